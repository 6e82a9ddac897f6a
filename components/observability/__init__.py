"""What watches the cluster: metrics and logs."""

from neuronserve.components.observability.cloudwatch import (
    CloudWatchObservability,
    CloudWatchObservabilityArgs,
    CloudWatchObservabilitySettings,
)

__all__ = ["CloudWatchObservability", "CloudWatchObservabilityArgs", "CloudWatchObservabilitySettings"]
