"""Which API key asked: a line in the replica's log and a metric, neither of which has the key itself."""

from ray.serve import metrics

from neuronserve.serving.api_keys import LOGGER


class KeyUsage:
    """Notes whose key a request had. Serve writes the request's id into the line, as into that of its access log."""

    def __init__(self) -> None:
        self._requests = metrics.Counter(
            "neuronserve_requests",
            description="Requests by the holder of their API key and the status of the answer.",
            tag_keys=("api_key", "status"),
        )

    def note(self, holder: str, status: int) -> None:
        """Note one request, once it has been answered."""
        self._requests.inc(tags={"api_key": holder, "status": str(status)})
        LOGGER.info("API key %s: %s", holder, status, extra={"serve_access_log": True})
