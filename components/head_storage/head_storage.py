"""The component that makes the storage of Ray heads: a Valkey in Amazon ElastiCache."""

import secrets

import pulumi
import pulumi_aws as aws

from neuronserve.components.component import Component, waiting_for
from neuronserve.components.generated_secret import generated_secret
from neuronserve.components.head_storage.args import HeadStorageArgs
from neuronserve.components.head_storage.checks import OPTION_RULES
from neuronserve.components.head_storage.settings import HeadStorageSettings
from neuronserve.settings import read_arguments

VERSION, FAMILY = "8.1", "valkey8"
"""Of Valkey, and of its parameters (https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/engine-versions.html)."""

PORT = 6379
NODES = 2
"""A primary and a replica in another zone, which takes over."""

TOKEN_BYTES = 32
"""Random bytes in the token, in hexadecimal: of other characters AUTH takes few
(https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth.html)."""


class HeadStorage(Component[HeadStorageSettings]):
    """A Valkey in Amazon ElastiCache in which Ray heads keep what the next one goes on from.

    One does for all services of a cluster: KubeRay gives each Ray cluster keys of its own. Two nodes in two zones, TLS
    alone, a token, encrypted at rest, and nothing but the cluster's nodes reaches it. There are no backups: what a head
    knew yesterday is of no use to the next one. Nothing is evicted when its memory is full; then writing fails.

    What uses its address and token goes before it, as KubeRay clears away what a Ray cluster has left in it.

    Raises:
        InvalidSettingsError: the arguments cannot be deployed; the message lists everything that is wrong.
    """

    address: pulumi.Output[str]
    """Its address as Ray takes it, rediss://<host>:<port>: redis_address of an LlmService."""
    auth_token: pulumi.Output[str]
    """The token, a secret: redis_password of an LlmService."""

    def __init__(self, name: str, args: HeadStorageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        settings = read_arguments(HeadStorageSettings, args, *OPTION_RULES, of=f"HeadStorage {name}")
        super().__init__("neuronserve:index:HeadStorage", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        group = aws.ec2.SecurityGroup(
            f"{name}-clients",
            description="Valkey of the Ray heads, from the nodes of the cluster",
            vpc_id=settings.vpc_id,
            tags={"Name": name},
            opts=child,
        )
        admitted = aws.vpc.SecurityGroupIngressRule(
            f"{name}-clients",
            security_group_id=group.id,
            description="Valkey from the nodes of the cluster",
            referenced_security_group_id=settings.client_security_group_id,
            ip_protocol="tcp",
            from_port=PORT,
            to_port=PORT,
            opts=child,
        )
        subnets = aws.elasticache.SubnetGroup(
            f"{name}-subnets", description="Valkey of the Ray heads", subnet_ids=settings.subnet_ids, opts=child
        )
        parameters = aws.elasticache.ParameterGroup(
            f"{name}-parameters",
            description="Valkey of the Ray heads",
            family=FAMILY,
            # It is no cache: what it forgot, a head would look for.
            parameters=[aws.elasticache.ParameterGroupParameterArgs(name="maxmemory-policy", value="noeviction")],
            opts=child,
        )
        self.auth_token = generated_secret(f"{name}-generated-token", secrets.token_hex(TOKEN_BYTES), child)
        valkey = aws.elasticache.ReplicationGroup(
            name,
            description="What Ray heads know",
            engine="valkey",
            engine_version=VERSION,
            auto_minor_version_upgrade=False,  # the version is ours to choose, and to test
            node_type=settings.node_type,
            num_cache_clusters=NODES,
            multi_az_enabled=True,
            automatic_failover_enabled=True,
            port=PORT,
            subnet_group_name=subnets.name,
            security_group_ids=[group.id],
            parameter_group_name=parameters.name,
            at_rest_encryption_enabled=True,
            transit_encryption_enabled=True,
            transit_encryption_mode="required",
            auth_token=self.auth_token,
            auth_token_update_strategy="ROTATE",  # noqa: S106 (of a changed one: the old one stays valid beside it)
            maintenance_window=settings.maintenance_window,
            snapshot_retention_limit=0,
            # What `pulumi up` says has happened has, and not by the next maintenance.
            apply_immediately=True,
            opts=child,
        )
        # Who uses it needs the way in, from the first minute to the last.
        self.address = waiting_for(
            pulumi.Output.format("rediss://{}:{}", valkey.primary_endpoint_address, PORT), admitted
        )
        self.register_outputs({"address": self.address, "authToken": self.auth_token})
