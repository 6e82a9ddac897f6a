"""Where the Ray head keeps what the next one goes on from, in the words of KubeRay 1.7 and of a NetworkPolicy.

KubeRay keeps the Ray clusters of an upgrade apart by their UIDs, in one Redis and on volumes: nothing here names the
place of a cluster, which two of them would share (``controllers/ray/common/pod.go``, ``configureRedisFT``).
"""

from dataclasses import dataclass
from typing import Any

import pulumi

from neuronserve.components.llm_service.settings import HeadStorageKind, LlmServiceSettings
from neuronserve.settings import when_known

PASSWORD_ENTRY = "password"  # noqa: S105 (a name)

CA_CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
"""The authorities that a Debian or Ubuntu image trusts, ElastiCache's among them. By itself Ray looks where its own
OpenSSL was built to, and refuses ElastiCache (https://github.com/ray-project/ray/issues/41161)."""

VOLUME_GIB = 1
"""Of embedded storage: the smallest that EBS has."""

EMBEDDED_BACKEND = "rocksdb"


@dataclass(frozen=True)
class HeadStorageAddress:
    """Where a head's storage is."""

    redis_address: pulumi.Input[str] | None = None
    """Of a Redis; None for a volume that KubeRay makes."""
    redis_username: pulumi.Input[str] | None = None
    password_secret_name: str | None = None
    """The Secret with the entry :data:`PASSWORD_ENTRY`; None for a Redis without a password."""


def head_storage(settings: LlmServiceSettings) -> HeadStorageAddress | None:
    """Return where the storage of a service's heads is; None where they have none."""
    tolerance = settings.head_fault_tolerance
    match tolerance.storage:
        case HeadStorageKind.EMBEDDED:
            return HeadStorageAddress()
        case HeadStorageKind.REDIS:
            return HeadStorageAddress(
                tolerance.redis_address,
                tolerance.redis_username,
                None if tolerance.redis_password is None else f"{settings.name}-redis",
            )
    return None


def add_head_storage(cluster: dict[str, Any], storage: HeadStorageAddress | None) -> None:
    """Add to the ``spec`` of a RayCluster where its head keeps what it knows."""
    if storage is None:
        return
    if storage.redis_address is None:
        cluster["gcsFaultToleranceOptions"] = {"backend": EMBEDDED_BACKEND, "storage": {"size": f"{VOLUME_GIB}Gi"}}
        return
    options: dict[str, Any] = {"redisAddress": storage.redis_address}
    if storage.redis_username is not None:
        options["redisUsername"] = {"value": storage.redis_username}
    if storage.password_secret_name is not None:
        key = {"name": storage.password_secret_name, "key": PASSWORD_ENTRY}
        options["redisPassword"] = {"valueFrom": {"secretKeyRef": key}}
    cluster["gcsFaultToleranceOptions"] = options
    # Empty is as good as unset: whether there is TLS may be known only when the address is.
    authorities = when_known(lambda address: CA_CERTIFICATES if has_tls(address) else "", storage.redis_address)
    if isinstance(authorities, pulumi.Output) or authorities:
        (container,) = cluster["headGroupSpec"]["template"]["spec"]["containers"]
        container["env"].append({"name": "RAY_REDIS_CA_CERT", "value": authorities})


def head_storage_port(storage: HeadStorageAddress | None) -> pulumi.Input[int] | None:
    """Return the port that a head has to be let out to; None for none."""
    if storage is None or storage.redis_address is None:
        return None
    return when_known(lambda address: int(address.rpartition(":")[2]), storage.redis_address)


def has_tls(address: str) -> bool:
    """Return whether an address of a Redis asks for TLS."""
    return address.startswith("rediss://")
