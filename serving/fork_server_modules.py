"""What Python's fork server does before it forks: see :mod:`neuronserve.serving.fork_server`."""

from multiprocessing import get_context

import setproctitle

from neuronserve.serving.fork_server import import_modules

import_modules(lambda: get_context("fork"))
setproctitle.getproctitle()  # the first call looks at the environment's place in memory, which is another one later
