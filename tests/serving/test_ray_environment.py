"""What Ray makes of the environment in which it is started."""

import os
import subprocess
import sys

from neuronserve.serving.serve_config import RAY_ENVIRONMENT


def test_streams_pass_from_replica_to_proxy_by_grpc() -> None:
    """Through Ray's object store each piece takes twice the time of either process."""
    program = "from ray.serve._private.constants import RAY_SERVE_PROXY_USE_GRPC as used; print(used)"
    printed = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **RAY_ENVIRONMENT},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert printed.strip() == "True"
