"""What an export holds, applied to a real API server, is what Pulumi made there, object by object."""

from typing import Any

from neuronserve.review.export.exported import WantedSecret, exported
from neuronserve.review.export.state import State
from neuronserve.review.manifests import manifests
from tests.engine.empty_cluster import EmptyCluster
from tests.engine.life import Life
from tests.engine.made_objects import made_objects
from tests.kubernetes_api import KubernetesApi

ASSOCIATION = "aws:eks/podIdentityAssociation:PodIdentityAssociation"


def secret(wanted: WantedSecret) -> dict[str, Any]:
    metadata = {"name": wanted.name, "namespace": wanted.namespace}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": dict.fromkeys(wanted.keys, "x")}


def completed(state: dict[str, dict[str, Any]]) -> State:
    """Return a state with what AWS answers and its stand-in does not: ids of associations."""
    answered = {"associationId": "a-0123456789abcdef0"}
    return State(
        {
            urn: one | {"outputs": answered | one["outputs"]} if one["type"] == ASSOCIATION else one
            for urn, one in state.items()
        }
    )


def test_exported_objects_are_those_that_pulumi_makes(life: Life, empty_cluster: EmptyCluster, kubeconfig: str) -> None:
    export = exported(life.plan, completed(life.state))
    secrets = [secret(one) for one in export.secrets]
    shown = [*export.base, *export.objects]
    namespaces = [one for one in shown if one["kind"] == "Namespace"]
    others = [one for one in shown if one not in namespaces]
    assert len(namespaces) + len(others) + len(secrets) == len(manifests(life.plan)) == len(life.made)
    api = KubernetesApi(kubeconfig)
    empty_cluster.with_crds()
    with api.applied([*namespaces, *secrets, *others]):
        applied = made_objects(api, [*namespaces, *others])
        with_keys = made_objects(api, secrets)
    of_pulumi = {name: one for name, one in life.made.items() if name.startswith("Secret ")}
    assert applied == {name: one for name, one in life.made.items() if name not in of_pulumi}
    assert {name: {*one["data"]} for name, one in with_keys.items()} == {
        name: {*one["data"]} for name, one in of_pulumi.items()
    }
