"""Keeping the replica's own log when vLLM sets up its logging.

An engine's start calls ``logging.config.dictConfig``, which closes every handler that is there. Serve's then has lost
the file behind it: nothing more is logged, and a replica that is asked for its log's path, as by the controller on a
new head, fails and is stopped (Ray 2.60, ``get_component_logger_file_path``).
"""

import contextlib
import logging
from collections.abc import Iterator
from logging.handlers import MemoryHandler

LOGGER = "ray.serve"


@contextlib.contextmanager
def kept_serve_log() -> Iterator[None]:
    """Give the handlers of Serve's logger their files back after the block."""
    handlers = [handler for handler in logging.getLogger(LOGGER).handlers if isinstance(handler, MemoryHandler)]
    targets = [(handler, handler.target) for handler in handlers]
    try:
        yield
    finally:
        for handler, target in targets:
            handler.setTarget(target)
