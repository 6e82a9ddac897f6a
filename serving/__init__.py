"""What runs inside the Ray pods: the Serve application, the engine adapter, the image. Knows nothing of Pulumi."""
