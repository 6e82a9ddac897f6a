"""The component that makes a VPC with its subnets and ways out."""

from functools import partial
from ipaddress import IPv4Network
from typing import NamedTuple

import pulumi
import pulumi_aws as aws

from neuronserve.components.agreement import Agreed, offer
from neuronserve.components.component import Component, waiting_for
from neuronserve.components.identity.policy import Statement, policy_document
from neuronserve.components.log_group import log_group
from neuronserve.components.network.args import NetworkArgs
from neuronserve.components.network.checks import RULES
from neuronserve.components.network.settings import FlowLogsSettings, NatGateways, NetworkSettings
from neuronserve.components.network.subnets import FEWEST_ZONES, zone_subnets
from neuronserve.facts.aws import DISCOVERY_TAG, PRIVATE_SUBNET_TAG, PUBLIC_SUBNET_TAG
from neuronserve.facts.zones import WITHOUT_CONTROL_PLANE, zone_number
from neuronserve.settings import InvalidSettingsError, SettingNames, read_arguments, when_known

FLOW_LOGS_TRUST = Statement(
    "AllowVpcFlowLogs", ("sts:AssumeRole",), principals={"Service": "vpc-flow-logs.amazonaws.com"}
)


class Zone(NamedTuple):
    """A zone of the network."""

    key: str
    """What sets it apart in the names of resources: its id or name, or a number where it is looked up."""
    place: int
    """Its place in the addresses."""
    name: pulumi.Input[str] | None
    id: str | None


class Network(Component[NetworkSettings]):
    """A VPC over two to four zones: public, private and intra subnets, NAT gateways, endpoints, flow logs.

    Nodes and their pods are in the private subnets; the control plane's interfaces are in the intra subnets, from which
    nothing leads out. What belongs to a zone is named after it, and has addresses that depend on no other zone.

    Raises:
        InvalidSettingsError: the arguments cannot be deployed; the message lists everything that is wrong.
    """

    vpc_id: pulumi.Output[str]
    """The VPC's id."""
    private_subnet_ids: pulumi.Output[list[str]]
    """Ids of the subnets for nodes and pods, one in each zone."""
    public_subnet_ids: pulumi.Output[list[str]]
    """Ids of the subnets for public load balancers."""
    intra_subnet_ids: pulumi.Output[list[str]]
    """Ids of the subnets for the control plane's network interfaces."""
    nat_public_ips: pulumi.Output[list[str]]
    """Addresses from which nodes and pods reach the internet."""
    cidr_block: pulumi.Output[str]
    """The VPC's addresses."""
    discovery_tag: pulumi.Output[str]
    """Value of the tag karpenter.sh/discovery of the subnets for nodes: what a NodePool finds them by."""
    region: pulumi.Output[str]
    """The region."""

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        settings = read_arguments(NetworkSettings, args, *RULES, of=f"Network {name}", defaults={"discovery_tag": name})
        super().__init__("neuronserve:index:Network", name, {}, opts)
        offer(Agreed.DISCOVERY_TAG, settings.discovery_tag or name, f"Network {name}")
        child = pulumi.ResourceOptions(parent=self)
        vpc = aws.ec2.Vpc(
            f"{name}-vpc",
            cidr_block=settings.cidr_block,
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags={"Name": name, **settings.tags},
            opts=child,
        )
        # Whatever names no security group gets this one, which lets nothing in and nothing out.
        aws.ec2.DefaultSecurityGroup(
            f"{name}-default", vpc_id=vpc.id, ingress=[], egress=[], tags={"Name": f"{name}-default"}, opts=child
        )
        zones = self._zones(name, settings)
        subnets = self._make_subnets(name, settings, zones, vpc)

        internet = aws.ec2.InternetGateway(f"{name}-internet", vpc_id=vpc.id, tags={"Name": name}, opts=child)
        public = self._make_route_table(f"{name}-public", vpc)
        needed: dict[str, list[pulumi.Resource]] = {
            "public": [
                self._associate(f"{name}-public-{zone.key}", subnets["public"][zone.key], public) for zone in zones
            ]
        }
        route_out = aws.ec2.Route(
            f"{name}-public-internet",
            route_table_id=public.id,
            destination_cidr_block="0.0.0.0/0",
            gateway_id=internet.id,
            opts=child,
        )
        gateways = self._make_nat_gateways(name, settings, subnets["public"], route_out)
        # One table for each zone, also where they are alike: a second gateway then changes routes, not tables.
        private, needed["private"] = [], []
        for zone in zones:
            table = self._make_route_table(f"{name}-private-{zone.key}", vpc)
            private.append(table)
            needed["private"].append(self._associate(f"{name}-private-{zone.key}", subnets["private"][zone.key], table))
            if gateways:
                needed["private"].append(
                    aws.ec2.Route(
                        f"{name}-private-{zone.key}-nat",
                        route_table_id=table.id,
                        destination_cidr_block="0.0.0.0/0",
                        nat_gateway_id=gateways.get(zone.key, next(iter(gateways.values()))).id,
                        opts=child,
                    )
                )
        intra = self._make_route_table(f"{name}-intra", vpc)
        needed["intra"] = [
            self._associate(f"{name}-intra-{zone.key}", subnets["intra"][zone.key], intra) for zone in zones
        ]
        to_s3 = aws.ec2.VpcEndpoint(
            f"{name}-s3",
            vpc_id=vpc.id,
            vpc_endpoint_type="Gateway",
            service_name=when_known("com.amazonaws.{}.s3".format, settings.region),
            route_table_ids=[public.id, *(table.id for table in private)],
            tags={"Name": f"{name}-s3"},
            opts=child,
        )
        endpoints = self._make_interface_endpoints(name, settings, vpc, list(subnets["private"].values()))
        needed["public"].append(route_out)
        needed["private"] += [to_s3, *endpoints]
        if settings.flow_logs:
            self._make_flow_logs(name, settings.flow_logs, vpc)

        self.vpc_id = vpc.id
        # Who is in a subnet needs its way out, and the endpoints, from the first minute to the last.
        ids: dict[str, pulumi.Output[list[str]]] = {
            kind: waiting_for(pulumi.Output.all(*(subnet.id for subnet in made.values())), *needed[kind])
            for kind, made in subnets.items()
        }
        self.private_subnet_ids = ids["private"]
        self.public_subnet_ids = ids["public"]
        self.intra_subnet_ids = ids["intra"]
        self.nat_public_ips = pulumi.Output.all(*(gateway.public_ip for gateway in gateways.values()))
        self.cidr_block = vpc.cidr_block
        tagged = [*subnets["private"].values(), *needed["private"]]
        self.discovery_tag = waiting_for(settings.discovery_tag or name, *tagged)
        self.region = pulumi.Output.from_input(settings.region)
        self.register_outputs(
            {
                "vpcId": self.vpc_id,
                "cidrBlock": self.cidr_block,
                "discoveryTag": self.discovery_tag,
                "region": self.region,
                "privateSubnetIds": self.private_subnet_ids,
                "publicSubnetIds": self.public_subnet_ids,
                "intraSubnetIds": self.intra_subnet_ids,
                "natPublicIps": self.nat_public_ips,
            }
        )

    def _zones(self, name: str, settings: NetworkSettings) -> list[Zone]:
        """Return the zones in an order that does not depend on how they were named."""
        if settings.availability_zone_ids is not None:
            return [Zone(zone, zone_number(zone) - 1, None, zone) for zone in sorted(settings.availability_zone_ids)]
        if settings.availability_zone_names is not None:
            return [Zone(zone, zone_number(zone) - 1, zone, None) for zone in sorted(settings.availability_zone_names)]
        looked_up = aws.get_availability_zones_output(
            state="available",
            filters=[{"name": "opt-in-status", "values": ["opt-in-not-required"]}],
            exclude_zone_ids=[*WITHOUT_CONTROL_PLANE],
            opts=pulumi.InvokeOptions(parent=self),
        )
        wanted = settings.number_of_availability_zones
        zones = pulumi.Output.all(looked_up.names, settings.region).apply(
            lambda known: _enough(*known, of=f"Network {name}", wanted=wanted, names=settings.as_written)
        )
        return [Zone(str(place + 1), place, zones[place], None) for place in range(wanted)]

    def _make_subnets(
        self,
        name: str,
        settings: NetworkSettings,
        zones: list[Zone],
        vpc: aws.ec2.Vpc,
    ) -> dict[str, dict[str, aws.ec2.Subnet]]:
        """Return the subnets by kind and by the key of their zone."""
        tags: dict[str, dict[str, pulumi.Input[str]]] = {
            "public": {PUBLIC_SUBNET_TAG: "1"},
            "private": {PRIVATE_SUBNET_TAG: "1", DISCOVERY_TAG: settings.discovery_tag or name},
            "intra": {},
        }
        made: dict[str, dict[str, aws.ec2.Subnet]] = {kind: {} for kind in tags}
        # A zone that AWS opens must not move subnets: what was looked up first stays.
        ignored = ["availabilityZone"] if settings.availability_zones is None else None
        for zone in zones:
            for kind, kind_tags in tags.items():
                made[kind][zone.key] = aws.ec2.Subnet(
                    f"{name}-{kind}-{zone.key}",
                    vpc_id=vpc.id,
                    cidr_block=when_known(partial(_subnet, kind, zone.place), settings.cidr_block),
                    map_public_ip_on_launch=False,
                    tags={"Name": f"{name}-{kind}-{zone.key}", **kind_tags, **settings.tags},
                    availability_zone=zone.name,
                    availability_zone_id=zone.id,
                    opts=pulumi.ResourceOptions(parent=self, ignore_changes=ignored),
                )
        return made

    def _make_route_table(self, name: str, vpc: aws.ec2.Vpc) -> aws.ec2.RouteTable:
        return aws.ec2.RouteTable(name, vpc_id=vpc.id, tags={"Name": name}, opts=pulumi.ResourceOptions(parent=self))

    def _associate(self, name: str, subnet: aws.ec2.Subnet, table: aws.ec2.RouteTable) -> pulumi.Resource:
        return aws.ec2.RouteTableAssociation(
            name, subnet_id=subnet.id, route_table_id=table.id, opts=pulumi.ResourceOptions(parent=self)
        )

    def _make_nat_gateways(
        self, name: str, settings: NetworkSettings, public: dict[str, aws.ec2.Subnet], route_out: aws.ec2.Route
    ) -> dict[str, aws.ec2.NatGateway]:
        """Return the NAT gateways by the key of their zone."""
        count = {NatGateways.NONE: 0, NatGateways.SINGLE: 1, NatGateways.ONE_PER_ZONE: len(public)}
        gateways = {}
        # An address and a gateway need the way out: with it they are made later, and deleted earlier.
        options = pulumi.ResourceOptions(parent=self, depends_on=[route_out])
        for zone, subnet in list(public.items())[: count[settings.nat_gateways]]:
            tags = {"Name": f"{name}-nat-{zone}"}
            address = aws.ec2.Eip(f"{name}-nat-{zone}", domain="vpc", tags=tags, opts=options)
            gateways[zone] = aws.ec2.NatGateway(
                f"{name}-nat-{zone}", allocation_id=address.id, subnet_id=subnet.id, tags=tags, opts=options
            )
        return gateways

    def _make_interface_endpoints(
        self,
        name: str,
        settings: NetworkSettings,
        vpc: aws.ec2.Vpc,
        subnets: list[aws.ec2.Subnet],
    ) -> list[aws.ec2.VpcEndpoint]:
        if not settings.interface_endpoints:
            return []
        child = pulumi.ResourceOptions(parent=self)
        group = aws.ec2.SecurityGroup(
            f"{name}-endpoints",
            description="HTTPS from the VPC to the endpoints of AWS services",
            vpc_id=vpc.id,
            tags={"Name": f"{name}-endpoints"},
            opts=child,
        )
        aws.vpc.SecurityGroupIngressRule(
            f"{name}-endpoints",
            security_group_id=group.id,
            description="HTTPS from nodes and pods",
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            cidr_ipv4=vpc.cidr_block,
            opts=child,
        )
        return [
            aws.ec2.VpcEndpoint(
                f"{name}-{endpoint.value.replace('.', '-')}",
                vpc_id=vpc.id,
                vpc_endpoint_type="Interface",
                service_name=when_known(f"com.amazonaws.{{}}.{endpoint.value}".format, settings.region),
                subnet_ids=[subnet.id for subnet in subnets],
                security_group_ids=[group.id],
                private_dns_enabled=True,
                tags={"Name": f"{name}-{endpoint.value}"},
                opts=child,
            )
            for endpoint in settings.interface_endpoints
        ]

    def _make_flow_logs(self, name: str, flow_logs: FlowLogsSettings, vpc: aws.ec2.Vpc) -> None:
        child = pulumi.ResourceOptions(parent=self)
        group = log_group(f"{name}-flow-logs", retention_in_days=flow_logs.retention_in_days, opts=child)
        role = aws.iam.Role(f"{name}-flow-logs", assume_role_policy=policy_document([FLOW_LOGS_TRUST]), opts=child)
        writing = aws.iam.RolePolicy(
            f"{name}-flow-logs",
            role=role.name,
            policy=policy_document(
                [
                    Statement(
                        "WriteFlowLogs",
                        ("logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"),
                        (group.arn, pulumi.Output.format("{}:*", group.arn)),
                    ),
                    Statement("FindLogGroup", ("logs:DescribeLogGroups",), ("*",)),
                ]
            ),
            opts=child,
        )
        aws.ec2.FlowLog(
            f"{name}-flow-logs",
            vpc_id=vpc.id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=group.arn,
            iam_role_arn=role.arn,
            max_aggregation_interval=60,
            tags={"Name": name},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[writing]),
        )


def _subnet(kind: str, place: int, cidr_block: str) -> str:
    """Return the addresses of the subnet of a kind in the zone with a place in a VPC's addresses."""
    return str(getattr(zone_subnets(IPv4Network(cidr_block), place), kind))


def _enough(zones: list[str], region: str, *, of: str, wanted: int, names: SettingNames) -> list[str]:
    """Return the names of zones, of which an account may see fewer than a network wants.

    Raises:
        pulumi.RunError: there are too few.
    """
    if len(zones) >= wanted:
        return zones
    fewer = f"Set it to {len(zones)}, or choose" if len(zones) >= FEWEST_ZONES else "Choose"
    problem = (
        f"{names('number_of_availability_zones')} is {wanted}, and this account sees {len(zones)} in {region}: "
        f"{', '.join(zones) or 'none'}. {fewer} another region."
    )
    raise InvalidSettingsError(of, [problem]).raised_later(names)
