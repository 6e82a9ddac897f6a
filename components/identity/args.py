"""The arguments of the components in ``components/identity``.

Generated from the settings classes by `make generate`: a change belongs there.
"""

from typing import NotRequired, TypedDict

import pulumi


class PodIdentityArgs(TypedDict):
    """The arguments of PodIdentity."""

    cluster_name: pulumi.Input[str]
    """The EKS cluster; it has to run the add-on eks-pod-identity-agent."""
    namespace: pulumi.Input[str]
    """The service account's namespace."""
    service_account: pulumi.Input[str]
    """The service account, which need not exist yet."""
    policies: NotRequired[dict[str, pulumi.Input[str]] | None]
    """Policies as JSON, by a suffix for their names. At most 6,144 characters each."""
    managed_policies: NotRequired[dict[str, pulumi.Input[str]] | None]
    """ARNs of policies that exist already, by a suffix for the names of their attachments."""
