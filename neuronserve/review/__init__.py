"""What can be read off a plan: its Kubernetes objects, where pods have a place, what it costs, what it looks like."""
