"""What Python's fork server does before it forks: see :mod:`neuronserve.serving.fork_server`."""

from multiprocessing import get_context

from neuronserve.serving.engine_waiting import sleep_between_looks
from neuronserve.serving.fork_server import import_modules, name_server

import_modules(lambda: get_context("fork"))
name_server()
sleep_between_looks()
