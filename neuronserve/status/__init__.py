"""What a running service says of itself: whether it is ready and, where it is not, which pod keeps it, and why."""
