"""The half of a stack that is in Kubernetes, for whoever applies it by other means than Pulumi."""
