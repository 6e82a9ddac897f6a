"""How a cluster with LLM services is watched: by CloudWatch, and by a Prometheus with Grafana of its own."""
