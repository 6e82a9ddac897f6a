"""The settings of what gives pods permissions in AWS."""

from typing import Annotated

from pydantic import Field

from neuronserve.settings import Later, Required, Settings, Text


class PodIdentitySettings(Settings):
    """The arguments of PodIdentity."""

    cluster_name: Annotated[Later[Text], Required("the name of the EKS cluster", stand_in="stand-in")]
    """The EKS cluster; it has to run the add-on eks-pod-identity-agent."""
    namespace: Annotated[Later[Text], Required("the service account's namespace", stand_in="stand-in")]
    """The service account's namespace."""
    service_account: Annotated[Later[Text], Required("the service account's name", stand_in="stand-in")]
    """The service account, which need not exist yet."""
    policies: dict[str, Later[Text]] = Field(default_factory=dict)
    """Policies as JSON, by a suffix for their names. At most 6,144 characters each."""
    managed_policies: dict[str, Later[Text]] = Field(default_factory=dict)
    """ARNs of policies that exist already, by a suffix for the names of their attachments."""
