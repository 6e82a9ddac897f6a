"""What users give the pods of a service besides: where it arrives, what of it is refused, and what a server says."""

import uuid
from collections.abc import Iterator
from typing import Any

import pulumi
import pytest
from kubernetes.client.exceptions import ApiException

from neuronserve.components.llm_service.args import LlmServiceArgs
from neuronserve.components.llm_service.llm_service import LlmService
from neuronserve.components.llm_service.ray_service_spec import WRITABLE_DIRECTORIES
from neuronserve.plan.errors import ProgramError
from neuronserve.plan.plan import Plan
from neuronserve.plan.program import run
from neuronserve.review.manifests import manifests
from tests.components.llm_service.deployed import CPU, NEURON, RAY_SERVICE, changed, deploy
from tests.kubernetes_api import KubernetesApi
from tests.pod_fields import RIGHT, WRONG, Kind

FIELDS: dict[str, Any] = {
    "env": {"NEURON_CC_FLAGS": "-O1 --cache_dir=/tmp/cache", "OMP_NUM_THREADS": "4", "EMPTY": ""},
    "env_from": [{"secretRef": {"name": "more"}}, {"prefix": "X_", "configMapRef": {"name": "settings"}}],
    "labels": {"example.com/team": "search"},
    "annotations": {"example.com/note": "as they like, {even} this"},
    "node_selector": {"example.com/disk": ""},
    "tolerations": [{"key": "team", "operator": "Equal", "value": "search", "effect": "NoSchedule"}],
}
NEURON_TOLERATION = {"key": "aws.amazon.com/neuron", "operator": "Exists", "effect": "NoSchedule"}
PODS = ("head", "worker")


def templates(plan: Plan) -> dict[str, Any]:
    """Return the pod templates of head and workers."""
    cluster = plan.resource(RAY_SERVICE).inputs["spec"]["rayClusterConfig"]
    pods = (cluster["headGroupSpec"]["template"], cluster["workerGroupSpecs"][0]["template"])
    return dict(zip(PODS, pods, strict=True))


def variables(template: dict[str, Any]) -> dict[str, str]:
    env = template["spec"]["containers"][0]["env"]
    found = {variable["name"]: variable["value"] for variable in env}
    assert len(found) == len(env)
    return found


@pytest.mark.parametrize("pod", PODS)
@pytest.mark.parametrize("service", [CPU, NEURON], ids=["cpu", "neuron"])
def test_they_come_beside_what_the_service_sets_and_to_no_other_pod(service: LlmServiceArgs, pod: str) -> None:
    before = templates(deploy(service))
    after = templates(deploy(changed(service, **{pod: FIELDS})))
    (other,) = set(PODS) - {pod}
    assert after[other] == before[other]
    was, now = before[pod], after[pod]
    assert variables(now) == variables(was) | FIELDS["env"]
    assert now["spec"]["containers"][0]["envFrom"] == FIELDS["env_from"]
    assert now["metadata"]["labels"] == was["metadata"]["labels"] | FIELDS["labels"]
    assert now["metadata"]["annotations"] == was["metadata"]["annotations"] | FIELDS["annotations"]
    assert now["spec"]["nodeSelector"] == was["spec"].get("nodeSelector", {}) | FIELDS["node_selector"]
    assert now["spec"]["tolerations"] == was["spec"].get("tolerations", []) + FIELDS["tolerations"]
    has_chips = service is NEURON and pod == "worker"
    assert (NEURON_TOLERATION in now["spec"]["tolerations"]) is has_chips


def test_head_and_workers_pull_their_image_with_the_same_secrets() -> None:
    for template in templates(deploy(changed(CPU, image_pull_secrets=["registry", "other"]))).values():
        assert template["spec"]["imagePullSecrets"] == [{"name": "registry"}, {"name": "other"}]
    assert all("imagePullSecrets" not in template["spec"] for template in templates(deploy(CPU)).values())


@pytest.mark.parametrize("service", [CPU, NEURON], ids=["cpu", "neuron"])
def test_workers_name_the_scheduler_that_is_set(service: LlmServiceArgs) -> None:
    pods = templates(deploy(changed(service, worker={"scheduler_name": "neuron-scheduler"})))
    assert pods["worker"]["spec"]["schedulerName"] == "neuron-scheduler"
    assert "schedulerName" not in pods["head"]["spec"]


@pytest.mark.parametrize("pod", PODS)
def test_the_pods_of_one_kind_have_a_priority(pod: str) -> None:
    pods = templates(deploy(changed(NEURON, **{pod: {"priority_class_name": "high"}})))
    assert {name: one["spec"].get("priorityClassName") for name, one in pods.items()} == (
        dict.fromkeys(PODS) | {pod: "high"}
    )
    assert problem_of(CPU, **{pod: {"priority_class_name": "High Priority"}}) == (
        f"{pod}.priority_class_name is 'High Priority'; it should be the name of a PriorityClass, in lower-case "
        "letters, digits, '-' and '.'."
    )


def test_a_priority_that_is_known_later_reaches_the_pods() -> None:
    worker = {"priority_class_name": pulumi.Output.from_input("high")}
    assert templates(deploy(changed(NEURON, worker=worker)))["worker"]["spec"]["priorityClassName"] == "high"


def test_a_scheduler_says_nothing_of_who_has_the_other_chips_of_a_node() -> None:
    """Workers that share a node read their cores from the device plugin; those that have it to themselves know them."""
    worker = {"scheduler_name": "neuron-scheduler"}
    whole = templates(deploy(changed(NEURON, worker=worker)))["worker"]
    assert "NEURON_RT_VISIBLE_CORES" in variables(whole)
    part = templates(deploy(changed(NEURON, worker=worker | {"neuron_chips": 4})))["worker"]
    assert part["spec"]["schedulerName"] == "neuron-scheduler"
    assert "NEURON_RT_VISIBLE_CORES" not in variables(part)


def problem_of(service: LlmServiceArgs, **changes: Any) -> str:
    with pytest.raises(ProgramError) as refused:
        deploy(changed(service, **changes))
    message = str(refused.value)
    assert message.startswith("LlmService llm cannot be deployed: 1 problem.\n  1. ")
    return message.partition("  1. ")[2]


THREADS = {"OMP_NUM_THREADS", "VLLM_CPU_OMP_THREADS_BIND"}
"""What the service sets only until a user does."""


def test_the_users_number_of_threads_takes_the_place_of_ours() -> None:
    own = {"OMP_NUM_THREADS": "8", "VLLM_CPU_OMP_THREADS_BIND": "0-7"}
    assert variables(templates(deploy(changed(CPU, worker={"env": own})))["worker"]).items() >= own.items()


@pytest.mark.parametrize("pod", PODS)
def test_no_variable_that_the_service_sets_can_be_set(pod: str) -> None:
    secrets = {"hugging_face_token": "token"}
    for service in (CPU, NEURON):
        for name in variables(templates(deploy(changed(service, **secrets)))[pod]).keys() - THREADS:
            assert problem_of(service, **{pod: {"env": {name: "x"}}}).startswith(
                f"{pod}.env.{name} is not yours to set"
            )


@pytest.mark.parametrize("pod", PODS)
def test_no_label_by_which_pods_are_found_can_be_set(pod: str) -> None:
    for label in (*templates(deploy(CPU))[pod]["metadata"]["labels"], "ray.io/cluster", "app.kubernetes.io/name"):
        assert problem_of(CPU, **{pod: {"labels": {label: "x"}}}) == (
            f'{pod}.labels["{label}"] is not yours to set: this and KubeRay find the pods by it. Remove it.'
        )


@pytest.mark.parametrize(
    ("worker", "problem"),
    [
        (
            {"env": {"VLLM_API_KEY": "hunter2"}},
            "worker.env.VLLM_API_KEY is not yours to set: set api_key, which is kept in a Secret. Remove it.",
        ),
        (
            {"env": {"HF_TOKEN": "hunter2"}},
            "worker.env.HF_TOKEN is not yours to set: set hugging_face_token, which is kept in a Secret. Remove it.",
        ),
        (
            {"env": {"NEURON_RT_NUM_CORES": "2"}},
            "worker.env.NEURON_RT_NUM_CORES is not yours to set: the cores of a worker follow from instance_type and "
            "worker.neuron_chips. Remove it.",
        ),
        (
            {"env": {"RAY_memory_monitor_refresh_ms": "0"}},
            "worker.env.RAY_memory_monitor_refresh_ms is not yours to set: the service sets what it and Ray need, and "
            "ray_service_spec is there for who has to change that. Remove it.",
        ),
        (
            {"annotations": {"karpenter.sh/do-not-disrupt": "true"}},
            'worker.annotations["karpenter.sh/do-not-disrupt"] is not yours to set: set do_not_disrupt. Remove it.',
        ),
        (
            {"node_selector": {"node.kubernetes.io/instance-type": "inf2.xlarge"}},
            'worker.node_selector["node.kubernetes.io/instance-type"] is not yours to set: set instance_type. '
            "Remove it.",
        ),
        (
            {"env": {"NEURON_CC_FLAGS": "-O1 --cache_dir=/cache"}},
            "worker.env.NEURON_CC_FLAGS has the compiler's cache in /cache, and pods can write nowhere but "
            "in /var/tmp, /tmp, /home/ray, /var/cache/huggingface. Choose a folder in one of them, or leave it out.",
        ),
        (
            {"env": {"NEURON_COMPILE_CACHE_URL": "/tmpfs/x"}},
            "worker.env.NEURON_COMPILE_CACHE_URL has the compiler's cache in /tmpfs/x, and pods can write nowhere but "
            "in /var/tmp, /tmp, /home/ray, /var/cache/huggingface. Choose a folder in one of them, or leave it out.",
        ),
        (
            {"scheduler_name": "Neuron Scheduler"},
            "worker.scheduler_name is 'Neuron Scheduler'; it should be the name of a scheduler, in lower-case letters, "
            "digits, '-' and '.', such as my-scheduler.",
        ),
        (
            {"env": {"TOKENS": ["a"]}},
            "worker.env.TOKENS is a list; it should be text.",
        ),
    ],
)
def test_what_others_decide_is_refused(worker: dict[str, Any], problem: str) -> None:
    assert problem_of(NEURON, worker=worker) == problem


def test_a_program_cannot_make_a_secret_a_variable_in_plain_text() -> None:
    def program() -> None:
        LlmService("llm", changed(CPU, worker={"env": {"TOKEN": pulumi.Output.secret("hunter2")}}))

    with pytest.raises(ProgramError, match=r"1\. worker\.env\.TOKEN is an Output") as refused:
        run(program)
    assert "hunter2" not in str(refused.value)


def test_pull_secrets_are_named() -> None:
    assert problem_of(CPU, image_pull_secrets=["My Secret"]).startswith("image_pull_secrets holds 'My Secret'; it shou")
    assert problem_of(CPU, image_pull_secrets=[{"name": "a"}]).startswith("image_pull_secrets holds an object; it shou")


def test_workers_can_write_where_the_compiler_may_have_its_cache() -> None:
    mounts = templates(deploy(NEURON))["worker"]["spec"]["containers"][0]["volumeMounts"]
    assert {*WRITABLE_DIRECTORIES} <= {mount["mountPath"] for mount in mounts if not mount.get("readOnly")}
    for place in ("/var/tmp/mine", "/tmp", "s3://bucket/cache"):
        deploy(changed(NEURON, worker={"env": {"NEURON_COMPILE_CACHE_URL": place}}))


@pytest.mark.parametrize(("kind", "value", "message"), WRONG, ids=str)
def test_wrong_syntax_is_refused_of_head_and_workers(kind: Kind, value: Any, message: str) -> None:
    field = {"envFrom": "env_from"}.get(kind, kind)
    for pod in PODS:
        problem = problem_of(CPU, **{pod: {field: value}})
        assert problem.startswith(f"{pod}.{field} ")
        assert message in problem
        if kind == "labels":
            assert problem_of(CPU, **{pod: {"node_selector": value}}) == problem.replace(".labels", ".node_selector")


@pytest.fixture(scope="module")
def namespace(kubeconfig: str) -> Iterator[str]:
    """Make a namespace with the service's account in it."""
    name = f"fields-{uuid.uuid4().hex[:8]}"
    objects: list[dict[str, Any]] = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}},
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "llm", "namespace": name}},
    ]
    with KubernetesApi(kubeconfig).applied(objects):
        yield name


def pod_in(namespace: str, template: dict[str, Any]) -> dict[str, Any]:
    metadata = template["metadata"] | {"name": f"pod-{uuid.uuid4().hex[:8]}", "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}


@pytest.mark.parametrize("service", [CPU, NEURON], ids=["cpu", "neuron"])
def test_a_server_takes_the_service_and_its_pods(kubeconfig: str, namespace: str, service: LlmServiceArgs) -> None:
    worker = FIELDS | {"scheduler_name": "neuron-scheduler"}
    args = changed(service, namespace=namespace, head=FIELDS, worker=worker, image_pull_secrets=["registry"])
    plan, api = deploy(args), KubernetesApi(kubeconfig)
    (ray_service,) = (manifest for _, manifest in manifests(plan) if manifest["kind"] == "RayService")
    pods = [pod_in(namespace, template) for template in templates(plan).values()]
    with api.applied([ray_service]) as (kept,):
        group = kept.spec.rayClusterConfig.workerGroupSpecs[0].template
        assert group.spec.schedulerName == "neuron-scheduler"
        assert group.spec.containers[0].envFrom[0].secretRef.name == "more"
    with api.applied(pods) as made:
        for pod in made:
            assert pod.spec.imagePullSecrets[0].name == "registry"
            assert pod.metadata.annotations["example.com/note"] == FIELDS["annotations"]["example.com/note"]
        assert made[1].spec.schedulerName == "neuron-scheduler"


def with_field(namespace: str, kind: Kind, value: Any) -> dict[str, Any]:
    """Return a pod with a field that nobody has checked."""
    pod = pod_in(namespace, templates(deploy(CPU))["worker"])
    match kind:
        case "labels" | "annotations":
            pod["metadata"][kind] = value
        case "tolerations":
            pod["spec"][kind] = value
        case "env":
            pod["spec"]["containers"][0][kind] = [{"name": name, "value": text} for name, text in value.items()]
        case "envFrom":
            pod["spec"]["containers"][0][kind] = value
    return pod


def test_a_server_agrees_with_the_checks(kubeconfig: str, namespace: str) -> None:
    api = KubernetesApi(kubeconfig)
    for kind, value in RIGHT:
        with api.applied([with_field(namespace, kind, value)]):
            pass
    for kind, value, _ in WRONG:
        pod = with_field(namespace, kind, value)
        try:
            with pytest.raises(ApiException):
                api.apply(pod)
        finally:
            api.delete(pod)
