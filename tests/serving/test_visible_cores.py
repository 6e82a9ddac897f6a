import subprocess

import pytest

from neuronserve.serving.visible_cores import COMMAND, listed
from tests.packaging.commands import ROOT


@pytest.mark.parametrize(
    ("cores", "expected"), [("0-3", "0,1,2,3"), ("0,1", "0,1"), ("5", "5"), ("0-1,6-7", "0,1,6,7"), ("10-11", "10,11")]
)
def test_ranges_are_written_out(cores: str, expected: str) -> None:
    assert listed(cores) == expected


@pytest.mark.parametrize(("given", "seen"), [({"NEURON_RT_VISIBLE_CORES": "2-3"}, "2,3"), ({}, "unset")])
def test_what_ray_start_sees(given: dict[str, str], seen: str) -> None:
    # As KubeRay puts it before its own command, for which bash is.
    script = f"{COMMAND} && ulimit -n 1024; echo ${{NEURON_RT_VISIBLE_CORES-unset}}"
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), **given}
    shell = ["/bin/bash", "-c", "--", script]
    assert subprocess.run(shell, env=environment, capture_output=True, text=True, check=True).stdout.strip() == seen
