"""A node pool that takes its instances from a capacity reservation, and buys on demand what that does not hold.

Karpenter has to be in the cluster already, made by `Karpenter` in a stack whose outputs these are.
"""

import pulumi

from neuronserve.components import NodePool
from neuronserve.components.cluster.provider import kubernetes_provider

config = pulumi.Config()
platform = pulumi.StackReference(config.require("platformStack"))
provider = kubernetes_provider("cluster", platform.require_output("kubeconfig"))
pool = NodePool(
    "reserved",
    {
        "instance_types": ["trn1.32xlarge"],
        "max_nodes": 2,
        "capacity_types": ["reserved", "on-demand"],
        "capacity_reservation_ids": config.require_object("capacityReservationIds"),
        "instance_profile_name": platform.require_output("instanceProfileName"),
        "security_group_ids": [platform.require_output("nodeSecurityGroupId")],
        "discovery_tag": platform.require_output("discoveryTag"),
    },
    pulumi.ResourceOptions(providers=[provider]),
)
pulumi.export("poolName", pool.pool_name)
