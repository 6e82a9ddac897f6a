"""The arguments of the components in ``components/head_storage``.

Generated from the settings classes by `make generate`: a change belongs there.
"""

from typing import NotRequired, TypedDict

import pulumi


class HeadStorageArgs(TypedDict):
    """The arguments of HeadStorage."""

    node_type: NotRequired[pulumi.Input[str] | None]
    """Type of its two nodes. What a head keeps is little: what runs where, and how Serve is configured. Default:
    cache.t4g.micro."""
    maintenance_window: NotRequired[pulumi.Input[str] | None]
    """When AWS may work on it, in UTC. Heads start anew when it moves to the other node, and replicas go on. Default:
    sun:08:00-sun:09:00."""
    vpc_id: pulumi.Input[str]
    """The cluster's VPC."""
    subnet_ids: pulumi.Input[list[pulumi.Input[str]]]
    """Subnets for its nodes, in at least two zones."""
    client_security_group_id: pulumi.Input[str]
    """The security group from which it is reached: that of the nodes that Ray heads run on."""
