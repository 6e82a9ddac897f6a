"""What a change of the RayService does to a service under load, and what becomes of one that cannot start."""

import time
from functools import partial
from typing import Any

import yaml

from tests.kubernetes.conftest import Note
from tests.kubernetes.kubectl import Kubectl, eventually
from tests.kubernetes.local_stack import NAMESPACE, READY_S, WORKER, LocalStack
from tests.kubernetes.test_faults import CLIENTS, noted

CAUSE_S = 120
"""From a change to its cause in the status: Serve starts a replica, which imports vLLM, and tries again."""


def serve_config(stack: LocalStack, **settings: Any) -> str:
    """Return the service's Serve configuration with other settings of the application."""
    config = yaml.safe_load(stack.service()["spec"]["serveConfigV2"])
    config["applications"][0]["args"].update(settings)
    return yaml.safe_dump(config, sort_keys=False)


def says(stack: LocalStack, text: str) -> bool:
    """Whether a text is anywhere in the RayService's status."""
    return text in str(stack.service()["status"])


def upgraded(stack: LocalStack, cluster: str) -> bool:
    """Whether another Ray cluster than this one is in charge, and the change is over."""
    status = stack.service()["status"]
    conditions = {condition["type"]: condition["status"] for condition in status["conditions"]}
    in_charge = status["activeServiceStatus"].get("rayClusterName")
    return in_charge != cluster and conditions["UpgradeInProgress"] == "False"


def test_a_change_of_the_serve_configuration_keeps_the_pods(stack: LocalStack, note: Note) -> None:
    stack.wait_until_ready()
    pods = {pod["metadata"]["uid"] for pod in stack.pods()}
    with stack.load(CLIENTS) as answers:
        began = time.time()
        stack.change(serveConfigV2=serve_config(stack, max_queued_requests=32))

        def is_running() -> bool:
            llm = stack.service()["status"]["activeServiceStatus"]["applicationStatuses"]["llm"]
            return llm["status"] == "RUNNING" and len(answers.good_after(began + 15)) > CLIENTS

        eventually("the change is in", is_running, READY_S, stack.status)
    noted(note, "serveConfigV2 changed", answers, began)
    assert {pod["metadata"]["uid"] for pod in stack.pods()} == pods
    assert "500" not in answers.failures


def test_a_change_of_the_pods_moves_to_another_cluster_without_a_failure(stack: LocalStack, note: Note) -> None:
    stack.wait_until_ready()
    service = stack.service()
    cluster = service["status"]["activeServiceStatus"]["rayClusterName"]
    config = service["spec"]["rayClusterConfig"]
    for group in (config["headGroupSpec"], *config["workerGroupSpecs"]):
        # As a change of the image does, which would have to be built: another definition of the pods.
        group["template"]["spec"]["containers"][0]["env"].append({"name": "CHANGED", "value": "1"})
    with stack.load(CLIENTS) as answers:
        began = time.time()
        stack.change(rayClusterConfig=config)
        eventually("the new cluster is in charge", lambda: upgraded(stack, cluster), READY_S, stack.status)
        note("pods changed: new cluster in charge", f"{time.time() - began:.0f} s")
        moved = time.time()
        eventually("the new cluster answers", lambda: len(answers.good_after(moved)) > 2 * CLIENTS, 60)
    noted(note, "pods changed", answers, began)
    assert answers.failures == []
    eventually("the old cluster is gone", lambda: len(stack.pods()) == 2, READY_S, stack.status)


def test_an_engine_that_cannot_start_says_why(stack: LocalStack, kubectl: Kubectl, note: Note) -> None:
    stack.wait_until_ready()
    before = stack.service()["spec"]["serveConfigV2"]
    try:
        for cause, settings, said in (
            ("model missing", {"model": "/no/such/model"}, "/no/such/model"),
            ("compiler missing", {"engine_arguments": {"enforce_eager": False}}, "InvalidCxxCompiler"),
        ):
            began = time.time()
            stack.change(serveConfigV2=serve_config(stack, **settings))
            eventually(f"{said} is in the status", partial(says, stack, said), CAUSE_S, stack.status)
            note(f"cannot start, {cause}: cause in status", f"{time.time() - began:.0f} s")
            (worker,) = [pod["metadata"]["name"] for pod in stack.pods(WORKER)]
            logs = "grep -rhF -m1 '" + said + "' /tmp/ray/session_latest/logs | head -1"
            assert said in kubectl("exec", "-n", NAMESPACE, worker, "-c", "ray-worker", "--", "bash", "-c", logs)
            stack.change(serveConfigV2=before)
            stack.wait_until_ready()
    finally:
        stack.change(serveConfigV2=before)


def test_everything_deleted_and_applied_again(stack: LocalStack, note: Note) -> None:
    note("everything deleted", f"{stack.delete():.0f} s")
    note("applied again: Ready", f"{stack.apply():.0f} s")
    with stack.load(1) as answers:
        pass
    assert answers.failures == []
