"""The load generator in a cluster: its Job is made, its log read, and both are gone afterwards."""

import contextlib
import json
import secrets
import time
from collections.abc import Generator, Iterator
from typing import Any

from kubernetes.client import ApiClient, BatchV1Api, CoreV1Api
from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

from neuronserve.bench.events import GeneratorError
from neuronserve.bench.job import CONTAINER, START_S, Place, objects
from neuronserve.status.kubeconfig import first_line

LOOK_AGAIN_S = 1
ANSWER_WITHIN_S = 30
HOPELESS = ("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "CreateContainerConfigError")
"""Why a container waits, where waiting longer helps nobody."""

UNSCHEDULABLE = "Unschedulable"
"""No node has room: Karpenter makes one, and on a cluster without it nobody does."""

NOT_FOUND = 404


@contextlib.contextmanager
def running_in_cluster(
    client: ApiClient, place: Place, load: str, timeout_s: float, image: str
) -> Iterator[Iterator[str]]:
    """Run the load generator as a Job and yield the lines of its log as they come; delete it afterwards.

    Args:
        client: of the cluster.
        place: where the Job goes.
        load: what :func:`~neuronserve.bench.generator.specification` returns.
        timeout_s: longest time of all steps together.
        image: one that has guidellm.

    Raises:
        GeneratorError: the cluster refuses the Job, or its pod does not start or ends before it is done.
    """
    # Objects are written as Kubernetes has them, which its client takes, and its types do not.
    core: Any = CoreV1Api(client)
    batch: Any = BatchV1Api(client)
    name = f"neuronserve-bench-{secrets.token_hex(3)}"
    job, config_map = objects(name, place, load, timeout_s, image)
    with _told_as_generator_error(client):
        try:
            made = batch.create_namespaced_job(place.namespace, job, _request_timeout=ANSWER_WITHIN_S)
            # So that it goes with the Job, should this process be killed.
            owner = {"apiVersion": "batch/v1", "kind": "Job", "name": name, "uid": made.metadata.uid}
            config_map["metadata"] |= {"ownerReferences": [owner]}
            core.create_namespaced_config_map(place.namespace, config_map, _request_timeout=ANSWER_WITHIN_S)
            yield _log(core, place.namespace, name)
        finally:
            for delete in (batch.delete_namespaced_job, core.delete_namespaced_config_map):
                _delete(delete, name, place.namespace)


def _log(core: Any, namespace: str, name: str) -> Iterator[str]:
    pod = yield from _started(core, namespace, name)
    read = 0
    while True:
        # A connection that lasts is cut by whatever lies between, and the log is short: it is read anew from its start.
        phase = _phase(core, namespace, pod)
        ended = phase in ("Succeeded", "Failed")
        try:
            answer = core.read_namespaced_pod_log(
                pod, namespace, container=CONTAINER, follow=not ended, _preload_content=False
            )
            for index, line in enumerate(_lines(answer)):
                if index >= read:
                    read = index + 1
                    yield line
            if ended:
                break
        except HTTPError:
            pass
        except ApiException:
            if phase != "Failed":  # a container that could not start has no log
                raise
            break
        time.sleep(LOOK_AGAIN_S)
    if _phase(core, namespace, pod) == "Failed":
        raise GeneratorError(f"pod {pod} failed: {_end(core, namespace, pod)}")


def _started(core: Any, namespace: str, name: str) -> Generator[str, None, str]:
    """Return the Job's pod once it has started, and until then yield an event each time that it has no room."""
    deadline = time.monotonic() + START_S
    told = ""
    why = "the Job has no pod; `kubectl describe job` has the reason"
    while time.monotonic() < deadline:
        pods = core.list_namespaced_pod(
            namespace, label_selector=f"job-name={name}", _request_timeout=ANSWER_WITHIN_S
        ).items
        for pod in pods:
            if pod.status.phase in ("Running", "Succeeded", "Failed"):
                return str(pod.metadata.name)
            reason, why = _why(pod)
            if reason in HOPELESS:
                raise GeneratorError(f"pod {pod.metadata.name} cannot start: {why}")
            if reason == UNSCHEDULABLE and why != told:
                told = why
                yield json.dumps({"event": "waiting", "message": f"pod {pod.metadata.name} has no room: {why}"})
        time.sleep(LOOK_AGAIN_S)
    raise GeneratorError(f"its pod has not started for {START_S} s: {why}")


def _why(pod: Any) -> tuple[str, str]:
    """Return why a pod has not started, in Kubernetes' word and in its words."""
    for status in _statuses(pod):
        if waiting := status.state.waiting:
            return waiting.reason or "", f"{waiting.reason}: {waiting.message or ''}".strip(": ")
    for condition in pod.status.conditions or []:
        if condition.status == "False" and condition.message:
            return condition.reason or "", condition.message
    return "", "no reason given"


def _phase(core: Any, namespace: str, pod: str) -> str:
    return str(core.read_namespaced_pod(pod, namespace, _request_timeout=ANSWER_WITHIN_S).status.phase)


def _end(core: Any, namespace: str, pod: str) -> str:
    for status in _statuses(core.read_namespaced_pod(pod, namespace, _request_timeout=ANSWER_WITHIN_S)):
        ended = status.state.terminated
        if ended and ended.exit_code:
            said = (ended.message or "").strip().rpartition("\n")[2]
            return f"{ended.reason or 'exit'} {ended.exit_code}" + (f": {said}" if said else "")
    return "no reason given"


def _statuses(pod: Any) -> list[Any]:
    """Return the statuses of a pod's containers, those first that run first."""
    return [*(pod.status.init_container_statuses or []), *(pod.status.container_statuses or [])]


def _lines(answer: Any) -> Iterator[str]:
    """Yield the lines of a log as they come; what a connection breaks off in the middle comes again."""
    rest = b""
    for piece in answer.stream(decode_content=True):
        *whole, rest = (rest + piece).split(b"\n")
        yield from (line.decode(errors="replace") for line in whole)


def _delete(delete: Any, name: str, namespace: str) -> None:
    try:
        delete(name, namespace, propagation_policy="Background", _request_timeout=ANSWER_WITHIN_S)
    except ApiException as error:
        if error.status != NOT_FOUND:
            raise


@contextlib.contextmanager
def _told_as_generator_error(client: ApiClient) -> Iterator[None]:
    host = client.configuration.host
    try:
        yield
    except ApiException as error:
        raise GeneratorError(f"{host} answers {error.status} {error.reason}: {_said(error)}") from None
    except HTTPError as error:
        raise GeneratorError(f"{host} does not answer: {first_line(error)}") from None


def _said(error: ApiException) -> str:
    try:
        return str(json.loads(error.body or "")["message"])
    except (TypeError, ValueError, KeyError):
        return "no reason given"
