"""Writes down whom a Python process connects to, or asks the name of: put on PYTHONPATH, it is loaded as it starts."""

import os
import sys
from pathlib import Path

LOG = Path(os.environ["NEURONSERVE_TEST_CONNECTIONS"])


def _note(event, arguments):
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event == "socket.connect" and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    with LOG.open("a") as log:
        log.write(f"{host.decode() if isinstance(host, bytes) else host}\n")


sys.addaudithook(_note)
