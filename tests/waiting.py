"""Waiting on a condition, with a deadline."""

import time
from collections.abc import Callable


def wait_until(what: str, holds: Callable[[], object], seconds: float) -> None:
    """Wait for a condition, and fail with its name if it does not come."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.1)
