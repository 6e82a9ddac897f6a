"""From a cluster's objects to what a person reads."""

import pytest

from neuronserve.status.service_status import Obstacle, State, service_status
from neuronserve.status.text import told
from tests.status.objects import Object, conditions, container, event, observed, pod, ray_service

WAITING = ray_service(conditions=conditions(Ready="False"))
UNSCHEDULED = ("False", "Unschedulable", "0/3 nodes are available: 3 Insufficient aws.amazon.com/neuron.")


def obstacles(*pods: Object, **more: object) -> tuple[Obstacle, ...]:
    return service_status(observed(WAITING, *pods, **more)).obstacles


@pytest.mark.parametrize(
    ("service", "state"),
    [
        (None, State.MISSING),
        (ray_service(), State.NOT_READY),
        (WAITING, State.NOT_READY),
        (ray_service(conditions=conditions(Ready="True", UpgradeInProgress="False")), State.READY),
        (ray_service(conditions=conditions(Ready="True", UpgradeInProgress="True")), State.UPGRADING),
    ],
)
def test_states(service: Object | None, state: State) -> None:
    assert service_status(observed(service)).state is state


def test_what_answers_is_told_in_one_line() -> None:
    ready = ray_service(conditions=conditions(Ready="True"), numServeEndpoints=2)
    running = pod("llm-1", phase="Running", Ready="True", PodScheduled="True")
    assert told(service_status(observed(ready, running))) == "llm in namespace vllm: ready, 2 pods answer"


@pytest.mark.parametrize("service", [ray_service(seen=None), ray_service(generation=3, seen=2)])
def test_an_operator_that_does_not_run_is_suspected(service: Object) -> None:
    (obstacle,) = service_status(observed(service)).obstacles
    assert obstacle.what == "KubeRay operator"
    assert "has not taken up the last change" in obstacle.why[0]


def test_scheduler_and_karpenter_say_why_a_pod_has_no_node() -> None:
    worker = pod("llm-1", PodScheduled=UNSCHEDULED)
    events = [
        event(worker, "my-scheduler", "FailedScheduling", "0/2 nodes", at="1"),
        event(worker, "karpenter", "FailedScheduling", "no instance type satisfied resources", at="2"),
        event(worker, "my-scheduler", "FailedScheduling", "0/3 nodes", at="3"),
        event(pod("llm-2"), "my-scheduler", "FailedScheduling", "of another pod"),
    ]
    assert obstacles(worker, events=events) == (
        Obstacle(
            "worker pod llm-1: Pending",
            (
                "my-scheduler: 0/3 nodes (FailedScheduling)",
                "karpenter: no instance type satisfied resources (FailedScheduling)",
            ),
        ),
    )


def test_without_events_the_pod_itself_says_why() -> None:
    (obstacle,) = obstacles(pod("llm-1", PodScheduled=UNSCHEDULED))
    assert obstacle.why == (f"my-scheduler: {UNSCHEDULED[2]}",)


def test_a_scheduler_that_nobody_installed_is_named() -> None:
    (obstacle,) = obstacles(pod("llm-1"))
    assert "schedulerName is my-scheduler" in obstacle.why[0]


def test_a_node_that_does_not_come_is_told_with_karpenters_reason() -> None:
    claim = {
        "metadata": {"name": "inf2-x7", "labels": {"karpenter.sh/nodepool": "inferentia-inf2"}},
        "status": {
            "conditions": conditions(
                Launched=("Unknown", "LaunchFailed", "VcpuLimitExceeded: 32 of 0 vCPUs"),
                Registered=("Unknown", "AwaitingReconciliation", "object is awaiting reconciliation"),
            )
        },
    }
    there = {"metadata": {"name": "other"}, "status": {"conditions": conditions(Launched="True")}}
    worker = pod("llm-1", PodScheduled=UNSCHEDULED)
    *_, obstacle = obstacles(worker, node_claims=[claim, there])
    assert obstacle == Obstacle(
        "node claim inf2-x7 of pool inferentia-inf2", ("karpenter: VcpuLimitExceeded: 32 of 0 vCPUs (LaunchFailed)",)
    )
    assert len(obstacles(pod("llm-1", PodScheduled="True"), node_claims=[claim])) == 1, "no pod waits for it"


def test_an_image_that_cannot_be_pulled() -> None:
    waiting = container(waiting={"reason": "ImagePullBackOff", "message": 'Back-off pulling image "x"'})
    worker = pod("llm-1", containers=[waiting], PodScheduled="True")
    failed = event(worker, "kubelet", "Failed", "not found")
    (obstacle,) = obstacles(worker, events=[failed])
    assert obstacle.why == (
        'container ray-worker: ImagePullBackOff: Back-off pulling image "x"',
        "kubelet: not found (Failed)",
    )


def test_a_container_that_ended_says_how_and_its_last_words() -> None:
    ended = container(
        waiting={"reason": "CrashLoopBackOff", "message": "back-off 10s"},
        last={"reason": "OOMKilled", "exitCode": 137},
    )
    worker = pod("llm-1", phase="Running", containers=[ended], PodScheduled="True")
    (obstacle,) = obstacles(worker, logs={("llm-1", "ray-worker"): "one\ntwo"})
    assert obstacle.why == (
        "container ray-worker: CrashLoopBackOff: back-off 10s; ended with OOMKilled, exit code 137; "
        "its log ends with\none\ntwo",
    )


def test_a_worker_that_waits_for_the_head_blames_the_head() -> None:
    waits = pod("llm-1", PodScheduled="True", containers=[container(waiting={"reason": "PodInitializing"})])
    waits["status"]["initContainerStatuses"] = [container("wait-gcs-ready", running={})]
    head = pod("llm-0", "head", PodScheduled=UNSCHEDULED)
    first, second = obstacles(waits, head)
    assert first.why[-1] == "It waits for the head to be ready."
    assert second.what == "head pod llm-0: Pending"


def test_pods_that_go_or_are_ready_are_no_obstacle() -> None:
    going = pod("llm-1")
    going["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert obstacles(going, pod("llm-2", phase="Running", Ready="True")) == ()


@pytest.mark.parametrize("cluster", ["activeServiceStatus", "pendingServiceStatus"])
def test_ray_serve_says_why_an_engine_does_not_start(cluster: str) -> None:
    message = (
        "The deployment failed to start 3 times in a row.\n" + "\n".join(map(str, range(20))) + "\nOSError: /models"
    )
    deployments = {
        "LlmServer": {"status": "DEPLOY_FAILED", "message": message},
        "Other": {"status": "HEALTHY", "message": "fine"},
    }
    applications = {"llm": {"status": "DEPLOY_FAILED", "message": message, "serveDeploymentStatuses": deployments}}
    service = ray_service(conditions=conditions(Ready="False"), **{cluster: {"applicationStatuses": applications}})
    (obstacle,) = service_status(observed(service)).obstacles
    assert obstacle.what == "Serve application llm: DEPLOY_FAILED"
    (why,) = obstacle.why
    assert why.endswith("OSError: /models")
    assert len(why.splitlines()) == 8


def test_kuberay_says_what_it_may_not_make() -> None:
    cluster = {"metadata": {"name": "llm-x7"}}
    refused = event(cluster, "raycluster-controller", "FailedToCreateWorkerPod", "exceeded quota", kind="RayCluster")
    other = event({"metadata": {"name": "other"}}, "rayservice-controller", "Failed", "other", kind="RayService")
    (obstacle,) = obstacles(events=[refused, other])
    assert obstacle.why == ("raycluster-controller: exceeded quota (FailedToCreateWorkerPod)",)


def test_where_nothing_says_more_kuberays_own_words_are_told() -> None:
    service = ray_service(conditions=conditions(Ready=("False", "Initializing", "RayService is initializing")))
    (obstacle,) = service_status(observed(service)).obstacles
    assert obstacle.why == ("KubeRay: RayService is initializing (Initializing)",)


def test_a_status_is_told_as_an_indented_list() -> None:
    worker = pod("llm-1", PodScheduled=UNSCHEDULED)
    assert told(service_status(observed(WAITING, worker))).splitlines() == [
        "llm in namespace vllm: not ready, 0 pods answer",
        "  worker pod llm-1: Pending",
        f"    my-scheduler: {UNSCHEDULED[2]}",
    ]
    assert told(service_status(observed(None))) == "llm in namespace vllm: there is no such RayService"
