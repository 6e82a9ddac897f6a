"""What the service account of a service may do in a real cluster: `kubectl auth can-i --list`, against a list."""

import time
from dataclasses import replace
from typing import Any

from kubernetes import client

from neuronserve.components.llm_service.ray_service_spec import ray_service_spec
from tests.components.llm_service.test_kuberay import DEADLINE_S, NEURON, api, apply, cluster_with, namespace

__all__ = ["api", "namespace"]  # fixtures

ACCOUNT = "llm"

AUTOSCALER: dict[tuple[str, str], set[str]] = {
    # It lists the cluster's pods, and gives a pod other resources in place where an annotation asks for it.
    ("", "pods"): {"get", "list", "watch", "patch"},
    ("", "pods/resize"): {"patch"},
    # It writes how many workers there should be, and which of them should go.
    ("ray.io", "rayclusters"): {"get", "patch"},
}
"""What KubeRay gives Ray's autoscaler (1.7, ``BuildRole``), by API group and resource; we cannot have it give less."""


def test_the_account_may_do_what_the_autoscaler_does_and_nothing_else(api: client.ApiClient, namespace: str) -> None:
    client.CoreV1Api(api).create_namespaced_service_account(namespace, {"metadata": {"name": ACCOUNT}})
    service = replace(NEURON, service_account_name=ACCOUNT)
    apply(api, namespace, service)
    (group,) = ray_service_spec(service)["rayClusterConfig"]["workerGroupSpecs"]
    cluster_with(api, namespace, group["template"]["metadata"]["annotations"]["neuronserve/engine"])
    start = time.monotonic()
    while not (more := allowed(api, namespace, ACCOUNT) - allowed(api, namespace, "nobody")):
        assert time.monotonic() - start < DEADLINE_S, "no role for the autoscaler"
        time.sleep(0.5)
    assert more == {(*place, verb) for place, verbs in AUTOSCALER.items() for verb in verbs}


def allowed(api: client.ApiClient, namespace: str, account: str) -> set[tuple[str, str, str]]:
    """Return the API group, resource and verb of everything that a service account may do in its namespace."""
    asking = client.ApiClient(api.configuration)
    asking.set_default_header("Impersonate-User", f"system:serviceaccount:{namespace}:{account}")
    # Those whom the API server puts in an account's groups.
    asking.set_default_header("Impersonate-Group", "system:serviceaccounts")
    body = {"spec": {"namespace": namespace}}
    review: Any = client.AuthorizationV1Api(asking).create_self_subject_rules_review(body)
    assert not review.status.incomplete
    return {
        (group, resource, verb)
        for rule in review.status.resource_rules
        for group in rule.api_groups
        for resource in rule.resources
        for verb in rule.verbs
    }
