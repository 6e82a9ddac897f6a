"""The component that stands for a VPC which is there already."""

from typing import Any

import pulumi

from neuronserve.components.component import Component
from neuronserve.components.network.args import ExistingNetworkArgs
from neuronserve.components.network.checks import EXISTING_RULES
from neuronserve.components.network.settings import ExistingNetworkSettings
from neuronserve.settings import read_arguments, when_known


class ExistingNetwork(Component[ExistingNetworkSettings]):
    """A VPC that is there already, with the outputs of a :class:`~neuronserve.components.Network`; it makes nothing.

    Raises:
        InvalidSettingsError: the arguments cannot be deployed; the message lists everything that is wrong.
    """

    vpc_id: pulumi.Output[str]
    """The VPC's id."""
    private_subnet_ids: pulumi.Output[list[str]]
    """Ids of the subnets for nodes."""
    public_subnet_ids: pulumi.Output[list[str]]
    """Ids of the subnets for public load balancers."""
    intra_subnet_ids: pulumi.Output[list[str]]
    """Ids of the subnets for the control plane's network interfaces."""

    def __init__(self, name: str, args: ExistingNetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        settings = read_arguments(ExistingNetworkSettings, args, *EXISTING_RULES, of=f"ExistingNetwork {name}")
        super().__init__("neuronserve:index:ExistingNetwork", name, {}, opts)
        intra = when_known(
            lambda own, private: private if own is None else own,
            settings.intra_subnet_ids,
            settings.private_subnet_ids,
        )
        self.vpc_id = pulumi.Output.from_input(settings.vpc_id)
        self.private_subnet_ids = _ids(settings.private_subnet_ids)
        self.public_subnet_ids = _ids(settings.public_subnet_ids)
        self.intra_subnet_ids = _ids(intra)
        self.register_outputs(
            {
                "vpcId": self.vpc_id,
                "privateSubnetIds": self.private_subnet_ids,
                "publicSubnetIds": self.public_subnet_ids,
                "intraSubnetIds": self.intra_subnet_ids,
            }
        )


def _ids(given: Any) -> pulumi.Output[list[str]]:
    """Return ids, each of which or all of which may be known only later, as one output."""
    ids: pulumi.Output[list[str]] = pulumi.Output.from_input(given)
    return ids
