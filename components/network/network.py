"""The component that makes a VPC with its subnets and ways out, or takes one that is there."""

from ipaddress import IPv4Network

import pulumi
import pulumi_aws as aws

from neuronserve.components.identity import Statement, policy_document
from neuronserve.components.network.args import NatGateways, NetworkArgs
from neuronserve.components.network.checks import find_problems
from neuronserve.components.network.settings import ExistingNetworkSettings, FlowLogsSettings, NetworkSettings
from neuronserve.components.network.subnets import divide
from neuronserve.facts.zones import is_zone_id
from neuronserve.settings.settings import PYTHON_NAMES, InvalidSettingsError, read

FLOW_LOGS_TRUST = Statement(
    "AllowVpcFlowLogs", ("sts:AssumeRole",), principals={"Service": "vpc-flow-logs.amazonaws.com"}
)


class Network(pulumi.ComponentResource):
    """A VPC over two to four zones: public, private, intra and pod subnets, NAT gateways, endpoints, flow logs.

    Nodes are in the private subnets, with the VPC's own addresses; pods get theirs from the pod subnets, which are
    tagged for the VPC CNI's subnet discovery; the control plane's interfaces are in the intra subnets, from which
    nothing leads out. With the argument ``existing`` nothing is made, and the outputs are what it says.

    Raises:
        InvalidSettingsError: the arguments cannot be deployed; the message lists everything that is wrong.
    """

    vpc_id: pulumi.Output[str]
    """The VPC's id."""
    private_subnet_ids: pulumi.Output[list[str]]
    """Ids of the subnets for nodes, one in each zone."""
    public_subnet_ids: pulumi.Output[list[str]]
    """Ids of the subnets for public load balancers."""
    intra_subnet_ids: pulumi.Output[list[str]]
    """Ids of the subnets for the control plane's network interfaces."""
    pod_subnet_ids: pulumi.Output[list[str]]
    """Ids of the subnets for pods."""
    nat_public_ips: pulumi.Output[list[str]]
    """Addresses from which nodes and pods reach the internet."""

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        settings = _checked(name, args)
        super().__init__("neuronserve:index:Network", name, {}, opts)
        if settings.existing:
            self._take(settings.existing)
        else:
            self._make(name, settings)
        self.register_outputs(
            {
                "vpcId": self.vpc_id,
                "privateSubnetIds": self.private_subnet_ids,
                "publicSubnetIds": self.public_subnet_ids,
                "intraSubnetIds": self.intra_subnet_ids,
                "podSubnetIds": self.pod_subnet_ids,
                "natPublicIps": self.nat_public_ips,
            }
        )

    def _take(self, existing: ExistingNetworkSettings) -> None:
        self.vpc_id = pulumi.Output.from_input(existing.vpc_id)
        self.private_subnet_ids = pulumi.Output.from_input(existing.private_subnet_ids)
        self.public_subnet_ids = pulumi.Output.from_input(existing.public_subnet_ids)
        self.intra_subnet_ids = pulumi.Output.from_input(existing.intra_subnet_ids or existing.private_subnet_ids)
        self.pod_subnet_ids = pulumi.Output.from_input(existing.pod_subnet_ids)
        no_addresses: list[str] = []
        self.nat_public_ips = pulumi.Output.from_input(no_addresses)

    def _make(self, name: str, settings: NetworkSettings) -> None:
        child = pulumi.ResourceOptions(parent=self)
        zones = settings.number_of_zones
        vpc = aws.ec2.Vpc(
            f"{name}-vpc",
            cidr_block=settings.cidr,
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags={"Name": name, **settings.tags},
            opts=child,
        )
        # Whatever names no security group gets this one, which lets nothing in and nothing out.
        aws.ec2.DefaultSecurityGroup(
            f"{name}-default", vpc_id=vpc.id, ingress=[], egress=[], tags={"Name": f"{name}-default"}, opts=child
        )
        pod_addresses = aws.ec2.VpcIpv4CidrBlockAssociation(
            f"{name}-pods", vpc_id=vpc.id, cidr_block=settings.pod_cidr, opts=child
        )
        subnets = self._make_subnets(name, settings, vpc, pod_addresses)

        internet = aws.ec2.InternetGateway(f"{name}-internet", vpc_id=vpc.id, tags={"Name": name}, opts=child)
        public = self._make_route_table(f"{name}-public", vpc, subnets["public"])
        route_out = aws.ec2.Route(
            f"{name}-public-internet",
            route_table_id=public.id,
            destination_cidr_block="0.0.0.0/0",
            gateway_id=internet.id,
            opts=child,
        )
        gateways = self._make_nat_gateways(name, settings, subnets["public"], route_out)
        # One table for each zone, also where they are alike: a second gateway then changes routes, not tables.
        private = [
            self._make_route_table(f"{name}-private-{zone + 1}", vpc, [subnets["private"][zone], subnets["pod"][zone]])
            for zone in range(zones)
        ]
        for zone, table in enumerate(private):
            if gateways:
                aws.ec2.Route(
                    f"{name}-private-{zone + 1}-nat",
                    route_table_id=table.id,
                    destination_cidr_block="0.0.0.0/0",
                    nat_gateway_id=gateways[zone % len(gateways)].id,
                    opts=child,
                )
        self._make_route_table(f"{name}-intra", vpc, subnets["intra"])
        aws.ec2.VpcEndpoint(
            f"{name}-s3",
            vpc_id=vpc.id,
            vpc_endpoint_type="Gateway",
            service_name=f"com.amazonaws.{settings.region}.s3",
            route_table_ids=[public.id, *(table.id for table in private)],
            tags={"Name": f"{name}-s3"},
            opts=child,
        )
        self._make_interface_endpoints(name, settings, vpc, subnets["private"], pod_addresses)
        if settings.flow_logs:
            self._make_flow_logs(name, settings.flow_logs, vpc)

        self.vpc_id = vpc.id
        ids = {kind: pulumi.Output.all(*(subnet.id for subnet in made)) for kind, made in subnets.items()}
        self.private_subnet_ids = ids["private"]
        self.public_subnet_ids = ids["public"]
        self.intra_subnet_ids = ids["intra"]
        self.pod_subnet_ids = ids["pod"]
        self.nat_public_ips = pulumi.Output.all(*(gateway.public_ip for gateway in gateways))

    def _make_subnets(
        self,
        name: str,
        settings: NetworkSettings,
        vpc: aws.ec2.Vpc,
        pod_addresses: aws.ec2.VpcIpv4CidrBlockAssociation,
    ) -> dict[str, list[aws.ec2.Subnet]]:
        """Return the subnets by kind, in the order of the zones."""
        tags: dict[str, dict[str, pulumi.Input[str]]] = {
            "public": {"kubernetes.io/role/elb": "1"},
            "private": {
                "kubernetes.io/role/internal-elb": "1",
                "karpenter.sh/discovery": settings.discovery_tag if settings.discovery_tag is not None else name,
            },
            "intra": {},
            "pod": {"kubernetes.io/role/cni": "1"},
        }
        made: dict[str, list[aws.ec2.Subnet]] = {kind: [] for kind in tags}
        looked_up = None
        if settings.zones is None:
            looked_up = aws.get_availability_zones_output(
                state="available",
                filters=[{"name": "opt-in-status", "values": ["opt-in-not-required"]}],
                opts=pulumi.InvokeOptions(parent=self),
            )
        divided = divide(IPv4Network(settings.cidr), IPv4Network(settings.pod_cidr), settings.number_of_zones)
        for index, cidrs in enumerate(divided):
            zone_name: pulumi.Input[str] | None = None
            zone_id = None
            options = pulumi.ResourceOptions(parent=self)
            if looked_up is not None:
                zone_name = looked_up.names[index]
                # A zone that AWS opens must not move subnets: what was looked up first stays.
                options.ignore_changes = ["availabilityZone"]
            elif settings.zones is not None and is_zone_id(settings.zones[index]):
                zone_id = settings.zones[index]
            elif settings.zones is not None:
                zone_name = settings.zones[index]
            for kind, kind_tags in tags.items():
                pods = pulumi.ResourceOptions(depends_on=[pod_addresses] if kind == "pod" else [])
                made[kind].append(
                    aws.ec2.Subnet(
                        f"{name}-{kind}-{index + 1}",
                        vpc_id=vpc.id,
                        cidr_block=str(getattr(cidrs, kind)),
                        map_public_ip_on_launch=False,
                        tags={"Name": f"{name}-{kind}-{index + 1}", **kind_tags, **settings.tags},
                        availability_zone=zone_name,
                        availability_zone_id=zone_id,
                        opts=pulumi.ResourceOptions.merge(pods, options),
                    )
                )
        return made

    def _make_route_table(self, name: str, vpc: aws.ec2.Vpc, subnets: list[aws.ec2.Subnet]) -> aws.ec2.RouteTable:
        child = pulumi.ResourceOptions(parent=self)
        table = aws.ec2.RouteTable(name, vpc_id=vpc.id, tags={"Name": name}, opts=child)
        for index, subnet in enumerate(subnets, start=1):
            aws.ec2.RouteTableAssociation(f"{name}-{index}", subnet_id=subnet.id, route_table_id=table.id, opts=child)
        return table

    def _make_nat_gateways(
        self, name: str, settings: NetworkSettings, public: list[aws.ec2.Subnet], route_out: aws.ec2.Route
    ) -> list[aws.ec2.NatGateway]:
        count = {NatGateways.NONE: 0, NatGateways.SINGLE: 1, NatGateways.ONE_PER_ZONE: len(public)}
        gateways = []
        # An address and a gateway need the way out: with it they are made later, and deleted earlier.
        options = pulumi.ResourceOptions(parent=self, depends_on=[route_out])
        for index, subnet in enumerate(public[: count[settings.nat_gateways]], start=1):
            address = aws.ec2.Eip(
                f"{name}-nat-{index}", domain="vpc", tags={"Name": f"{name}-nat-{index}"}, opts=options
            )
            gateways.append(
                aws.ec2.NatGateway(
                    f"{name}-nat-{index}",
                    allocation_id=address.id,
                    subnet_id=subnet.id,
                    tags={"Name": f"{name}-nat-{index}"},
                    opts=options,
                )
            )
        return gateways

    def _make_interface_endpoints(
        self,
        name: str,
        settings: NetworkSettings,
        vpc: aws.ec2.Vpc,
        subnets: list[aws.ec2.Subnet],
        pod_addresses: aws.ec2.VpcIpv4CidrBlockAssociation,
    ) -> None:
        if not settings.interface_endpoints:
            return
        child = pulumi.ResourceOptions(parent=self)
        group = aws.ec2.SecurityGroup(
            f"{name}-endpoints",
            description="HTTPS from the VPC to the endpoints of AWS services",
            vpc_id=vpc.id,
            tags={"Name": f"{name}-endpoints"},
            opts=child,
        )
        for addresses, cidr in (("nodes", vpc.cidr_block), ("pods", pod_addresses.cidr_block)):
            aws.vpc.SecurityGroupIngressRule(
                f"{name}-endpoints-{addresses}",
                security_group_id=group.id,
                description=f"HTTPS from {addresses}",
                ip_protocol="tcp",
                from_port=443,
                to_port=443,
                cidr_ipv4=cidr,
                opts=child,
            )
        for endpoint in settings.interface_endpoints:
            aws.ec2.VpcEndpoint(
                f"{name}-{endpoint.value.replace('.', '-')}",
                vpc_id=vpc.id,
                vpc_endpoint_type="Interface",
                service_name=f"com.amazonaws.{settings.region}.{endpoint.value}",
                subnet_ids=[subnet.id for subnet in subnets],
                security_group_ids=[group.id],
                private_dns_enabled=True,
                tags={"Name": f"{name}-{endpoint.value}"},
                opts=child,
            )

    def _make_flow_logs(self, name: str, flow_logs: FlowLogsSettings, vpc: aws.ec2.Vpc) -> None:
        child = pulumi.ResourceOptions(parent=self)
        group = aws.cloudwatch.LogGroup(f"{name}-flow-logs", retention_in_days=flow_logs.retention_days, opts=child)
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


def _checked(name: str, args: NetworkArgs) -> NetworkSettings:
    reading = read(NetworkSettings, args, PYTHON_NAMES)
    problems = [*reading.problems, *find_problems(reading.settings, PYTHON_NAMES, reading.unusable)]
    if problems:
        raise InvalidSettingsError(f"Network {name}", problems)
    return reading.settings
