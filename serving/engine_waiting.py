"""Leaving the processor to others while an engine's processes wait for each other.

The engine waits for its workers, and they for it, by asking for the next message again and again: each wait takes a
whole processor. With accelerators, that is one of many that have nothing else to do. On the CPU it is one that the
workers, or the replica and Serve's proxy, could use.
"""

import functools
import importlib
import time
from typing import Any

PAUSE_S = 0.0001
"""Between two looks for a message: a step of even a small model takes a hundred of these."""

MESSAGES = "vllm.distributed.device_communicators.shm_broadcast"
"""Where vLLM 0.32 waits: it calls ``sched_yield`` there between two looks."""


def sleep_between_looks() -> None:
    """Have this process, and those that are forked from it, sleep where vLLM only yields."""
    messages: Any = importlib.import_module(MESSAGES)
    messages.sched_yield = functools.partial(time.sleep, PAUSE_S)
