"""What runs is what was planned, and the cluster sees to it."""

import pytest

from tests.kubernetes.kubectl import Kubectl
from tests.kubernetes.local_stack import CLIENT_POD, HEAD, NAMESPACE, WORKER, LocalStack

WHAT_A_PROCESS_MAY = """
import os, pathlib
print(os.getuid(), os.getgid())
for place in ("/opt/venv/x", "/opt/neuronserve/x", "/etc/x", "/x"):
    try:
        pathlib.Path(place).touch()
        print("written", place)
    except OSError:
        pass
for place in ("/tmp/x", os.environ["HOME"] + "/x"):
    pathlib.Path(place).touch()
print("token", pathlib.Path("/var/run/secrets/kubernetes.io").exists())
"""


@pytest.mark.node
def test_processes_are_nobody_and_write_nowhere(stack: LocalStack) -> None:
    assert stack.in_worker(WHAT_A_PROCESS_MAY).splitlines() == ["1000 1000", "token False"]


@pytest.mark.node
def test_resources_and_probes_are_those_of_the_plan(stack: LocalStack) -> None:
    cluster = stack.service()["spec"]["rayClusterConfig"]
    planned = {
        HEAD: cluster["headGroupSpec"]["template"],
        WORKER: cluster["workerGroupSpecs"][0]["template"],
    }
    for selector, template in planned.items():
        (pod,) = stack.ready_pods(selector)
        container, *_ = pod["spec"]["containers"]  # in a head, the autoscaler is beside it
        (wanted,) = template["spec"]["containers"]
        assert container["resources"] == wanted["resources"]
        assert container["securityContext"] == wanted["securityContext"]
        probe = {**container["readinessProbe"], "httpGet": container["readinessProbe"].get("httpGet", {})}
        probe["httpGet"].pop("scheme", None)  # filled in by the API server
        assert probe.items() >= wanted.get("readinessProbe", {}).items()
        assert not any(status["restartCount"] for status in pod["status"]["containerStatuses"])


@pytest.mark.node
def test_the_namespace_lets_no_other_pod_in(stack: LocalStack, kubectl: Kubectl) -> None:
    pod = {**CLIENT_POD, "metadata": {"name": "intruder", "namespace": NAMESPACE}}
    with pytest.raises(AssertionError, match="violates PodSecurity"):
        kubectl("apply", "--filename", "-", text=str(pod).replace("False", "false").replace("'", '"'))


@pytest.mark.node
def test_orphans_have_a_parent_that_waits_for_them(stack: LocalStack) -> None:
    # Kubernetes' pause does, and `ray start` does not. An engine's own are its replica's.
    assert stack.in_worker("import psutil; print(psutil.Process(1).name())").strip() == "pause"
