"""The settings of the storage of Ray heads."""

from typing import Annotated

from neuronserve.settings import Later, Required, Settings, Text


class HeadStorageOptions(Settings):
    """The Valkey in Amazon ElastiCache in which the Ray heads of all services keep what the next one goes on from."""

    node_type: Later[Text] = "cache.t4g.micro"
    """Type of its two nodes. What a head keeps is little: what runs where, and how Serve is configured."""
    maintenance_window: Later[Text] = "sun:08:00-sun:09:00"
    """When AWS may work on it, in UTC. Heads start anew when it moves to the other node, and replicas go on."""


class HeadStorageSettings(HeadStorageOptions):
    """The arguments of HeadStorage."""

    vpc_id: Annotated[Later[Text], Required("the VPC of the cluster", stand_in="stand-in")]
    """The cluster's VPC."""
    subnet_ids: Annotated[
        Later[list[Later[Text]]], Required("subnets of that VPC, in at least two zones", stand_in=["stand-in"])
    ]
    """Subnets for its nodes, in at least two zones."""
    client_security_group_id: Annotated[
        Later[Text], Required("the security group of the cluster's nodes", stand_in="stand-in")
    ]
    """The security group from which it is reached: that of the nodes that Ray heads run on."""
