"""Kubernetes' Pod Security Standards, as far as they concern the user and the capabilities of a container.

https://kubernetes.io/docs/concepts/security/pod-security-standards/
"""

from collections.abc import Collection, Iterable
from enum import StrEnum

LABELS = ("pod-security.kubernetes.io/enforce", "pod-security.kubernetes.io/warn")
"""Labels of a namespace that say which standard its pods have to meet."""


class PodSecurity(StrEnum):
    """The Pod Security Standards, the strictest first."""

    RESTRICTED = "restricted"
    """Pods without root and without capabilities."""
    BASELINE = "baseline"
    """Root as well, with the capabilities that container runtimes give by themselves."""
    PRIVILEGED = "privileged"
    """Any pod."""


RESTRICTED_CAPABILITIES = frozenset({"NET_BIND_SERVICE"})
BASELINE_CAPABILITIES = RESTRICTED_CAPABILITIES | {
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
}
"""What a pod of a standard may add."""

CAPABILITIES = BASELINE_CAPABILITIES | {
    "AUDIT_CONTROL",
    "AUDIT_READ",
    "BLOCK_SUSPEND",
    "BPF",
    "CHECKPOINT_RESTORE",
    "DAC_READ_SEARCH",
    "IPC_LOCK",
    "IPC_OWNER",
    "LEASE",
    "LINUX_IMMUTABLE",
    "MAC_ADMIN",
    "MAC_OVERRIDE",
    "NET_ADMIN",
    "NET_BROADCAST",
    "NET_RAW",
    "PERFMON",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_MODULE",
    "SYS_NICE",
    "SYS_PACCT",
    "SYS_PTRACE",
    "SYS_RAWIO",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "SYSLOG",
    "WAKE_ALARM",
}
"""Linux' capabilities, under the names that Kubernetes has for them (capabilities(7), without ``CAP_``)."""

ROOT = 0
"""The user ID of root."""


def needed(user: int, capabilities: Collection[str]) -> PodSecurity:
    """Return the strictest standard that admits a container of a user with added capabilities."""
    if not BASELINE_CAPABILITIES.issuperset(capabilities):
        return PodSecurity.PRIVILEGED
    if user == ROOT or not RESTRICTED_CAPABILITIES.issuperset(capabilities):
        return PodSecurity.BASELINE
    return PodSecurity.RESTRICTED


def loosest(levels: Iterable[PodSecurity]) -> PodSecurity:
    """Return the strictest standard that admits what each of these does; restricted where there are none."""
    return max(levels, key=list(PodSecurity).index, default=PodSecurity.RESTRICTED)
