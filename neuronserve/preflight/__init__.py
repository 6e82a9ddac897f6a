"""What a stack needs of an AWS account, and of this machine, before its first `pulumi up`: looked up, never changed."""
