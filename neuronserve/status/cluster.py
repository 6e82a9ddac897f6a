"""Reading from a Kubernetes cluster all that bears on one RayService."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kubernetes.client import ApiClient, CoreV1Api, CustomObjectsApi
from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

from neuronserve.status.kubeconfig import UnreachableError, no_kubernetes, unanswered
from neuronserve.status.pods import Object, containers, is_ready, is_running, is_started, previous_end

INSTANCE_LABEL = "app.kubernetes.io/instance"
"""Carries the service's name in each of its pods."""

ANSWER_WITHIN_S = 10
LOG_LINES = 15
NOT_FOUND = 404
NO_JSON = 0
"""What Kubernetes' client has for a status where an answer's type is one that the API server never sends."""
NO_ANSWER = (400, 403, NOT_FOUND)
"""HTTP statuses where one can do without: a log of a container that has just gone, and what a user may not read."""


@dataclass(frozen=True)
class Observed:
    """What a cluster holds of one RayService: objects as Kubernetes' API has them."""

    namespace: str
    name: str
    ray_service: Object | None
    """None if there is none of that name."""
    pods: list[Object] = field(default_factory=list)
    events: list[Object] = field(default_factory=list)
    """All of the namespace, in no order."""
    node_claims: list[Object] = field(default_factory=list)
    """Karpenter's, of the whole cluster; read only where a pod is not ready."""
    logs: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Last lines by pod and container, of containers that are not ready."""


class Cluster:
    """A cluster that can be read."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client
        self._core, self._custom = CoreV1Api(client), CustomObjectsApi(client)

    def observe(self, namespace: str, name: str) -> Observed:
        """Read what bears on a RayService.

        Raises:
            UnreachableError: the cluster does not answer, refuses who asks, or is none.
        """
        service = self._ask(
            lambda: self._custom.get_namespaced_custom_object(
                "ray.io", "v1", namespace, "rayservices", name, _request_timeout=ANSWER_WITHIN_S
            )
        )
        if service is not None:
            self._whole(service, "metadata", dict)
        pods = self._list(self._core.list_namespaced_pod, namespace, label_selector=f"{INSTANCE_LABEL}={name}")
        unready = [pod for pod in pods if not is_ready(pod)]
        claims = unready and self._ask(
            lambda: self._custom.list_cluster_custom_object(
                "karpenter.sh", "v1", "nodeclaims", _request_timeout=ANSWER_WITHIN_S
            ),
            NO_ANSWER,
        )
        return Observed(
            namespace,
            name,
            service,
            pods,
            self._list(self._core.list_namespaced_event, namespace),
            self._whole(claims, "items", list) if claims else [],
            {key: text for pod in unready for key, text in self._logs(namespace, pod).items()},
        )

    def metrics(self, seen: Observed) -> list[str]:
        """Return what the pods of a service say in Prometheus' format, of those that answer."""
        # A second, and needed by nothing but a status.
        from neuronserve.status.pod_metrics import pod_metrics  # noqa: PLC0415

        names = [pod["metadata"]["name"] for pod in seen.pods if is_running(pod)]
        return [text for name in names if (text := pod_metrics(self._core, seen.namespace, name))]

    def _logs(self, namespace: str, pod: Object) -> dict[tuple[str, str], str]:
        """Return the last lines of a pod's containers that have run; of one that has ended, those of its last run."""
        name, logs = pod["metadata"]["name"], {}
        for container in containers(pod):
            if container["ready"] or not is_started(container):
                continue
            text = self._read(
                self._core.read_namespaced_pod_log,
                name,
                namespace,
                container=container["name"],
                tail_lines=LOG_LINES,
                previous="terminated" not in container["state"] and previous_end(container) is not None,
            )
            if text and text.strip():
                logs[name, container["name"]] = text.strip()
        return logs

    def _list(self, method: Callable[..., Any], *words: Any, **options: Any) -> list[Object]:
        text = self._read(method, *words, **options)
        if text is None:
            return []
        try:
            return list(self._whole(json.loads(text), "items", list))
        except ValueError:
            raise self._no_kubernetes() from None

    def _read(self, method: Callable[..., Any], *words: Any, **options: Any) -> str | None:
        """Return what the API server sends, as it is: the client's own classes would change every key."""
        options |= {"_preload_content": False, "_request_timeout": ANSWER_WITHIN_S}
        answer = self._ask(lambda: method(*words, **options), NO_ANSWER)
        return None if answer is None else answer.data.decode(errors="replace")

    def _whole(self, answer: Any, part: str, kind: type) -> Any:
        """Return a part that each such answer of Kubernetes has; the page of a proxy, such as its login, has none."""
        if isinstance(answer, dict) and isinstance(answer.get(part), kind):
            return answer[part]
        raise self._no_kubernetes()

    def _no_kubernetes(self) -> UnreachableError:
        return UnreachableError(no_kubernetes(self._client.configuration.host))

    def _ask(self, question: Callable[[], Any], no_answer: tuple[int, ...] = (NOT_FOUND,)) -> Any:
        """Return the answer; None for the HTTP statuses that stand for none."""
        host = self._client.configuration.host
        try:
            return question()
        except ApiException as error:
            if error.status in no_answer:
                return None
            if error.status == NO_JSON:
                raise self._no_kubernetes() from None
            raise UnreachableError(f"{host} answers {error.status} {error.reason}") from None
        except (HTTPError, OSError) as error:
            raise UnreachableError(unanswered(host, error)) from None
        except ValueError:
            raise self._no_kubernetes() from None
