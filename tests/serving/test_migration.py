"""What Ray does when a worker's pod has its node drained: services with room for one more replica rest on it."""

import json
import os
import subprocess
import sys

import pytest

from tests.packaging.commands import ROOT


@pytest.mark.server
def test_a_replica_answers_until_the_next_one_does() -> None:
    # In a process of its own: with nodes of its own, and without what a server of this process has set for Ray.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    environment |= {"PYTHONPATH": str(ROOT), "RAY_USAGE_STATS_ENABLED": "0"}
    environment |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "as-in-a-pod"}
    words = [sys.executable, "-m", "tests.serving.migration"]
    ran = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout.splitlines()[-1])
    assert told["answers"] == told["nodes"]
