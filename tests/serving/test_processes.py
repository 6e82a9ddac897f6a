import subprocess
import sys

import pytest

from neuronserve.serving.processes import EngineProcesses, killed_for_memory

ORPHAN = """
import psutil, subprocess, time
from neuronserve.serving.processes import adopt_orphans, end_child_processes
adopt_orphans()
orphan = int(subprocess.run(["sh", "-c", "sleep 600 >/dev/null 2>&1 & echo $!"], capture_output=True, text=True).stdout)
parent = psutil.Process(orphan).ppid()
end_child_processes()
print(parent == psutil.Process().pid, psutil.pid_exists(orphan))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone lets a process adopt others")
def test_orphans_are_ended_and_no_zombie_stays() -> None:
    done = subprocess.run([sys.executable, "-c", ORPHAN], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["True", "False"]


def test_other_processes_are_not_the_engine_s() -> None:
    processes = EngineProcesses()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        assert processes.lost() == []
        other.kill()
    assert processes.lost() == []


def test_kills_are_counted_with_either_version_of_cgroups(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    first, second = tmp_path / "memory.oom_control", tmp_path / "memory.events"
    monkeypatch.setattr("neuronserve.serving.processes.OOM_COUNTS", (second, first))
    assert killed_for_memory() == 0
    first.write_text("oom_kill_disable 0\nunder_oom 0\noom_kill 3\n")
    assert killed_for_memory() == 3
    second.write_text("low 0\nhigh 0\nmax 12\noom 2\noom_kill 1\noom_group_kill 0\n")
    assert killed_for_memory() == 1
