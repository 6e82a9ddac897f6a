"""Objects of a cluster: found by their kind, deleted, and waited for."""

import base64
import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kubernetes.client.exceptions import ApiException
from kubernetes.dynamic import DynamicClient
from urllib3.exceptions import HTTPError

from neuronserve.cleanup.deadline import Deadline
from neuronserve.status.kubeconfig import UnreachableError, no_kubernetes, unanswered

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

Object = dict[str, Any]
"""An object as Kubernetes' API has it."""

ANSWER_WITHIN_S = 20
LOOKS_EVERY_S = 1
NOT_FOUND, CONFLICT, DENIED = 404, 409, 403


@dataclass(frozen=True)
class ObjectKind:
    """A kind of object, and where the API server has it."""

    name: str
    api: str
    """Such as ``/apis/ray.io/v1``."""
    plural: str


RAY_SERVICE = ObjectKind("RayService", "/apis/ray.io/v1", "rayservices")
RAY_JOB = ObjectKind("RayJob", "/apis/ray.io/v1", "rayjobs")
RAY_CLUSTER = ObjectKind("RayCluster", "/apis/ray.io/v1", "rayclusters")
INGRESS = ObjectKind("Ingress", "/apis/networking.k8s.io/v1", "ingresses")
SERVICE = ObjectKind("Service", "/api/v1", "services")
CLAIM = ObjectKind("PersistentVolumeClaim", "/api/v1", "persistentvolumeclaims")
VOLUME = ObjectKind("PersistentVolume", "/api/v1", "persistentvolumes")
NODE_POOL = ObjectKind("NodePool", "/apis/karpenter.sh/v1", "nodepools")
NODE_CLAIM = ObjectKind("NodeClaim", "/apis/karpenter.sh/v1", "nodeclaims")


class Objects:
    """The objects of a cluster.

    Raises:
        UnreachableError: the cluster does not answer, or refuses who asks; so does every method.
    """

    def __init__(self, client: "ApiClient") -> None:
        self.host = str(client.configuration.host)
        self._authority = client.configuration.ssl_ca_cert
        self._client = self._ask(lambda: DynamicClient(client))  # type: ignore[no-untyped-call]

    def are_of(self, cluster: dict[str, Any]) -> bool:
        """Tell whether this is a cluster that EKS describes: by its address or, through a tunnel, by its authority."""
        if self.host.rstrip("/") == str(cluster.get("endpoint")).rstrip("/"):
            return True
        authority = cluster.get("certificateAuthority", {}).get("data")
        return bool(self._authority) and authority == base64.b64encode(Path(self._authority).read_bytes()).decode()

    def of(self, kind: ObjectKind) -> list[Object]:
        """Return all objects of a kind; none where the cluster does not know it."""
        text = self._ask(lambda: self._request("get", f"{kind.api}/{kind.plural}"))
        return [] if text is None else list(json.loads(text)["items"])

    def delete(self, kind: ObjectKind, thing: Object) -> None:
        """Ask for the end of an object, after that of what it owns."""
        namespace, name = thing["metadata"].get("namespace"), thing["metadata"]["name"]
        place = f"{kind.api}/namespaces/{namespace}" if namespace else kind.api
        # Another object of the same name, that somebody has made meanwhile, stays.
        body = {"propagationPolicy": "Foreground", "preconditions": {"uid": thing["metadata"]["uid"]}}
        self._ask(lambda: self._request("delete", f"{place}/{kind.plural}/{name}", body=body))

    def await_end(
        self,
        expected: dict[ObjectKind, list[Object]],
        deadline: Deadline,
        left: Callable[[int], None],
    ) -> list[tuple[ObjectKind, Object]]:
        """Wait until objects are gone, and return those that are not, as they are.

        Args:
            expected: the objects, by kind.
            deadline: until when to wait.
            left: is told how many are left.
        """
        while True:
            there = [(kind, one) for kind, things in expected.items() for one in self._still_there(kind, things)]
            left(len(there))
            if not there or not deadline.left:
                return there
            time.sleep(LOOKS_EVERY_S)

    def _still_there(self, kind: ObjectKind, things: Iterable[Object]) -> list[Object]:
        wanted = {one["metadata"]["uid"] for one in things}
        return [one for one in self.of(kind) if one["metadata"]["uid"] in wanted] if wanted else []

    def _request(self, method: str, path: str, **options: Any) -> str:
        answer = self._client.request(method, path, serialize=False, _request_timeout=ANSWER_WITHIN_S, **options)
        return str(answer.data.decode(errors="replace"))

    def _ask(self, question: Callable[[], Any]) -> Any:
        """Return the answer; None where there is no such thing, or one of that name which is another."""
        try:
            return question()
        except ApiException as error:
            if error.status in (NOT_FOUND, CONFLICT):
                return None
            advice = ": the user of the kubeconfig may not" if error.status == DENIED else ""
            raise UnreachableError(f"{self.host} answers {error.status} {error.reason}{advice}") from None
        except (HTTPError, OSError) as error:
            raise UnreachableError(unanswered(self.host, error)) from None
        except (AttributeError, TypeError, ValueError):  # of what the client makes of a page, such as a proxy's
            raise UnreachableError(no_kubernetes(self.host)) from None
