"""The VPC that a cluster stands in, made or there already."""
