"""The load generator in a cluster: its Job is made, its log read, and both are gone afterwards."""

import contextlib
import json
import secrets
import time
from collections.abc import Callable, Generator, Iterator
from typing import Any

import typer
from kubernetes.client import ApiClient, BatchV1Api, CoreV1Api
from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, SSLError

from neuronserve.bench.events import GeneratorError
from neuronserve.bench.job import CONTAINER, START_S, Place, objects
from neuronserve.status.cluster import NO_JSON
from neuronserve.status.kubeconfig import no_kubernetes, unanswered

LOOK_AGAIN_S = 1
ANSWER_WITHIN_S = 30
HOPELESS = ("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "CreateContainerConfigError")
"""Why a container waits, where waiting longer helps nobody."""

UNSCHEDULABLE = "Unschedulable"
"""No node has room: Karpenter makes one, and on a cluster without it nobody does."""

NOT_FOUND = 404
NEVER_SENT = (NewConnectionError, ConnectTimeoutError, SSLError)
"""Reasons for which a request did not reach anybody who could follow it."""

ANOTHER = "Name another kubeconfig with --kubeconfig, or --context."


class _NoKubernetesError(Exception):
    """Who answers is no API server of Kubernetes, such as a proxy with its page."""


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
        leftovers = _Leftovers(client, name, place.namespace)
        try:
            with leftovers.one_more("Job", batch.delete_namespaced_job):
                made = _asked(batch.create_namespaced_job, place.namespace, job)
            # So that it goes with the Job, should this process be killed.
            owner = {"apiVersion": "batch/v1", "kind": "Job", "name": name, "uid": made.metadata.uid}
            owned = config_map | {"metadata": config_map["metadata"] | {"ownerReferences": [owner]}}
            with leftovers.one_more("ConfigMap", core.delete_namespaced_config_map):
                _asked(core.create_namespaced_config_map, place.namespace, owned)
            yield _log(core, place.namespace, name)
        finally:
            leftovers.delete()


class _Leftovers:
    """What is, or may be, in the cluster, and has to go.

    That something does not go is told, and changes nothing of what came before: a good run stays good, and what went
    wrong stays the reason.
    """

    def __init__(self, client: ApiClient, name: str, namespace: str) -> None:
        self._host = client.configuration.host
        self._name, self._namespace = name, namespace
        self._deletions: list[tuple[str, Callable[..., Any]]] = []

    @contextlib.contextmanager
    def one_more(self, kind: str, delete: Callable[..., Any]) -> Iterator[None]:
        """Keep in mind what is made inside, unless it is certain that it was not: Ctrl-C may come before the answer."""
        self._deletions.append((kind, delete))
        try:
            yield
        except (ApiException, _NoKubernetesError):
            self._deletions.pop()
            raise
        except HTTPError as error:
            if isinstance(getattr(error, "reason", error), NEVER_SENT):
                self._deletions.pop()
            raise

    def delete(self) -> None:
        """Delete each, and tell on standard error what stays."""
        for kind, delete in self._deletions:
            if why := self._why_it_stays(delete):
                goes = "an hour after it has ended" if kind == "Job" else "with its Job"
                typer.echo(
                    f"{kind} {self._name} in namespace {self._namespace} stays: {why}. Kubernetes deletes it {goes}, "
                    f"or: kubectl delete {kind.lower()} {self._name} -n {self._namespace}",
                    err=True,
                )

    def _why_it_stays(self, delete: Callable[..., Any]) -> str | None:
        try:
            _asked(delete, self._name, self._namespace, propagation_policy="Background")
        except ApiException as error:
            return None if error.status == NOT_FOUND else _refusal(self._host, error)
        except HTTPError as error:
            return unanswered(self._host, error)
        except _NoKubernetesError:
            return no_kubernetes(self._host)
        except KeyboardInterrupt:
            return "its deletion was stopped"
        return None


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
        pods = _asked(core.list_namespaced_pod, namespace, label_selector=f"job-name={name}").items
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
    return str(_asked(core.read_namespaced_pod, pod, namespace).status.phase)


def _end(core: Any, namespace: str, pod: str) -> str:
    for status in _statuses(_asked(core.read_namespaced_pod, pod, namespace)):
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


def _asked(method: Callable[..., Any], *words: Any, **options: Any) -> Any:
    """Return what the API server answers, which always says of what kind it is.

    Raises:
        _NoKubernetesError: somebody else answers. Of a page, Kubernetes' client makes an object without anything in it,
            or refuses to.
    """
    try:
        answer = method(*words, _request_timeout=ANSWER_WITHIN_S, **options)
    except HTTPError:  # of which some are ValueErrors
        raise
    except ApiException as error:
        if error.status == NO_JSON:
            raise _NoKubernetesError from None
        raise
    except (ValueError, TypeError, AttributeError):  # by what it is that comes in place of an object
        raise _NoKubernetesError from None
    # What comes of a deletion is an object of the client's in some of its versions, and as it was sent in others.
    kind = answer.get("kind") if isinstance(answer, dict) else getattr(answer, "kind", None)
    if kind is None:
        raise _NoKubernetesError
    return answer


@contextlib.contextmanager
def _told_as_generator_error(client: ApiClient) -> Iterator[None]:
    host = client.configuration.host
    try:
        yield
    except ApiException as error:
        raise GeneratorError(_refusal(host, error)) from None
    except HTTPError as error:
        raise GeneratorError(f"{unanswered(host, error)}. {ANOTHER}") from None
    except _NoKubernetesError:
        raise GeneratorError(f"{no_kubernetes(host)}. {ANOTHER}") from None


def _refusal(host: str, error: ApiException) -> str:
    return f"{host} answers {error.status} {error.reason}: {_said(error)}"


def _said(error: ApiException) -> str:
    try:
        return str(json.loads(error.body or "")["message"]).rstrip(".")
    except (TypeError, ValueError, KeyError):
        return "no reason given"
