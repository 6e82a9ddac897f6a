"""The Ingress of an LLM service, of which the AWS Load Balancer Controller makes an Application Load Balancer.

Its annotations: https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/.
"""

import json
from collections.abc import Mapping
from typing import Any

import pulumi

from neuronserve.components.llm_service.ray_service_spec import HEAD_PORTS
from neuronserve.components.llm_service.settings import ExposeSettings
from neuronserve.settings import when_known

PREFIX = "alb.ingress.kubernetes.io"

PULUMI_ANNOTATIONS = {
    # By itself Pulumi would look for Endpoints of the Service as well, which is KubeRay's.
    "pulumi.com/waitFor": "jsonpath={.status.loadBalancer.ingress[*].hostname}",
}

LONGEST_DEREGISTRATION_S = 3600
"""https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html"""

HEALTH_CHECK = {
    # Through the proxy of the pod that is asked, and answered by a replica, wherever it is, whose engine is well.
    # `/-/healthz` is the proxy's own word: that of a head is well without a replica.
    "healthcheck-path": "/health",
    "healthcheck-protocol": "HTTP",
    "healthcheck-port": "traffic-port",
    "success-codes": "200",
    # A target that is new takes requests after its first: soon, as at an upgrade all are new at once.
    "healthcheck-interval-seconds": "5",
    "healthcheck-timeout-seconds": "4",
    "healthy-threshold-count": "2",
    "unhealthy-threshold-count": "3",
}
"""What means that a replica answers."""


def ingress_annotations(expose: ExposeSettings, deregistration_s: pulumi.Input[int]) -> dict[str, pulumi.Input[str]]:
    """Return the annotations that say what the load balancer is to be like.

    Args:
        expose: what the user wants of it.
        deregistration_s: seconds that requests get to finish in a pod that leaves.
    """
    annotations: dict[str, pulumi.Input[str]] = {
        "scheme": expose.scheme.value,
        "target-type": "ip",
        "ip-address-type": "ipv4",
        # Never port 80: what is not encrypted has no listener.
        "listen-ports": json.dumps([{"HTTPS": 443}]),
        "certificate-arn": expose.certificate_arn,
        "ssl-policy": expose.ssl_policy,
        "inbound-cidrs": when_known(",".join, expose.allowed_cidrs),
        "load-balancer-attributes": when_known(_map, _attributes(expose)),
        "target-group-attributes": when_known(
            lambda seconds: _map({"deregistration_delay.timeout_seconds": seconds}), deregistration_s
        ),
        **HEALTH_CHECK,
    }
    if expose.waf_acl_arn is not None:
        annotations["wafv2-acl-arn"] = expose.waf_acl_arn
    if expose.group is not None:
        annotations["group.name"] = expose.group
    if expose.tags:
        annotations["tags"] = when_known(_map, expose.tags)
    return PULUMI_ANNOTATIONS | {f"{PREFIX}/{name}": value for name, value in annotations.items()}


def ingress_spec(expose: ExposeSettings, service_name: pulumi.Input[str]) -> Any:
    """Return the ``spec`` of the Ingress (``networking.k8s.io/v1``) for a Service with Serve's port."""
    backend = {"service": {"name": service_name, "port": {"number": HEAD_PORTS["serve"]}}}
    paths = [{"path": path, "pathType": "Prefix", "backend": backend} for path in expose.paths]
    return {
        "ingressClassName": expose.ingress_class,
        "rules": [{"host": expose.hostname, "http": {"paths": paths}}],
    }


def _attributes(expose: ExposeSettings) -> dict[str, pulumi.Input[str | int | bool]]:
    """Return attributes of the load balancer, those that are off as well: one that is left out stays as it was."""
    bucket = expose.access_logs_bucket
    return {
        "idle_timeout.timeout_seconds": expose.idle_timeout_s,
        "routing.http.drop_invalid_header_fields.enabled": True,
        "deletion_protection.enabled": expose.deletion_protection,
        "access_logs.s3.enabled": bucket is not None,
        **({} if bucket is None else {"access_logs.s3.bucket": bucket}),
    }


def _map(entries: Mapping[str, str | int | bool]) -> str:
    """Return entries as an annotation has them."""
    return ",".join(
        f"{key}={str(value).lower() if isinstance(value, bool) else value}" for key, value in entries.items()
    )
