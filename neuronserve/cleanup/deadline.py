"""How long something may take."""

import time


class Deadline:
    """A moment until which to wait.

    Args:
        seconds: from now.
    """

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds that are left; none once it has passed."""
        return max(0.0, self._end - time.monotonic())
