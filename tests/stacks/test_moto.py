"""What a stack asks of AWS, asked of moto: botocore knows AWS's names and types, and moto keeps what it is told."""

import json
from typing import Any

import pytest

from neuronserve.plan.aws_inputs import REFERENCE
from neuronserve.plan.plan import Plan, Resource
from tests.stacks.moto_account import REGION, client

pytestmark = pytest.mark.slow

BUCKET = "access-logs"
ALB = "alb.ingress.kubernetes.io/"
GROUP = "aws:elasticache/replicationGroup:ReplicationGroup"
NAMES = {
    "description": "ReplicationGroupDescription",
    "maintenanceWindow": "PreferredMaintenanceWindow",
    "multiAzEnabled": "MultiAZEnabled",
    "nodeType": "CacheNodeType",
    "parameterGroupName": "CacheParameterGroupName",
    "subnetGroupName": "CacheSubnetGroupName",
}
"""AWS's names of inputs that the provider calls otherwise."""
OF_THE_PROVIDER = {"applyImmediately", "authTokenUpdateStrategy", "tags"}


def upper(value: Any) -> Any:
    """Return inputs with names that begin as AWS's do."""
    if isinstance(value, dict):
        return {name[0].upper() + name[1:]: upper(item) for name, item in value.items()}
    return [upper(item) for item in value] if isinstance(value, list) else value


def subnets() -> list[str]:
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    made = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.1.{place}.0/24", AvailabilityZone=f"{REGION}{zone}")
        for place, zone in enumerate("ab")
    ]
    return [one["Subnet"]["SubnetId"] for one in made]


def test_the_storage_of_heads(aws: None, exposed: Plan) -> None:
    inputs = exposed.resource(GROUP).inputs
    asked = {
        NAMES.get(name, name[0].upper() + name[1:]): value
        for name, value in inputs.items()
        if name not in OF_THE_PROVIDER
    }
    elasticache = client("elasticache")
    description = exposed.resource("aws:elasticache/subnetGroup:SubnetGroup").inputs["description"]
    elasticache.create_cache_subnet_group(
        CacheSubnetGroupName="heads", CacheSubnetGroupDescription=description, SubnetIds=subnets()
    )
    asked |= {"CacheSubnetGroupName": "heads", "SecurityGroupIds": ["sg-0123"], "CacheParameterGroupName": "heads"}
    elasticache.create_replication_group(ReplicationGroupId="heads", **asked | {"AuthToken": "0123456789abcdef"})
    (made,) = elasticache.describe_replication_groups()["ReplicationGroups"]
    assert made["AtRestEncryptionEnabled"]
    assert made["TransitEncryptionEnabled"]
    assert made["AuthTokenEnabled"]
    assert (made["MultiAZ"], made["AutomaticFailover"]) == ("enabled", "enabled")
    assert asked["NumCacheClusters"] == 2  # of which moto shows one


def of_bucket(plan: Plan, kind: str) -> Resource:
    return plan.resource(f"aws:s3/{kind[0].lower()}{kind[1:]}:{kind}")


def test_the_bucket_of_access_logs(aws: None, exposed: Plan) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    policy = REFERENCE.sub(f"arn:aws:s3:::{BUCKET}", of_bucket(exposed, "BucketPolicy").inputs["policy"])
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy)
    blocks = {
        name: value for name, value in of_bucket(exposed, "BucketPublicAccessBlock").inputs.items() if name != "bucket"
    }
    s3.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration=upper(blocks))
    (encryption,) = of_bucket(exposed, "BucketServerSideEncryptionConfiguration").inputs["rules"]
    by_default = {"SSEAlgorithm": encryption["applyServerSideEncryptionByDefault"]["sseAlgorithm"]}
    rules = [{"ApplyServerSideEncryptionByDefault": by_default}]
    s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": rules})
    (lifecycle,) = upper(of_bucket(exposed, "BucketLifecycleConfiguration").inputs["rules"])
    lifecycle["ID"] = lifecycle.pop("Id")
    s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": [lifecycle]})
    ownership = upper(of_bucket(exposed, "BucketOwnershipControls").inputs["rule"])
    s3.put_bucket_ownership_controls(Bucket=BUCKET, OwnershipControls={"Rules": [ownership]})

    assert json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"]) == json.loads(policy)
    assert all(s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"].values())
    (kept,) = s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"]
    assert (kept["Expiration"], kept["Status"]) == ({"Days": 90}, "Enabled")


def test_the_load_balancer(aws: None, exposed: Plan) -> None:
    """What the controller makes of the annotations (https://kubernetes-sigs.github.io/aws-load-balancer-controller)."""
    ingress = exposed.resource("kubernetes:networking.k8s.io/v1:Ingress").inputs
    said = {
        name.removeprefix(ALB): REFERENCE.sub(BUCKET, value)
        for name, value in ingress["metadata"]["annotations"].items()
        if name.startswith(ALB)
    }
    elb = client("elbv2")
    (made,) = elb.create_load_balancer(
        Name="llm", Subnets=subnets(), Scheme=said["scheme"], IpAddressType=said["ip-address-type"], Type="application"
    )["LoadBalancers"]
    balancer = made["LoadBalancerArn"]
    elb.modify_load_balancer_attributes(
        LoadBalancerArn=balancer, Attributes=attributes(said["load-balancer-attributes"])
    )
    kept = {
        one["Key"]: one["Value"]
        for one in elb.describe_load_balancer_attributes(LoadBalancerArn=balancer)["Attributes"]
    }
    assert kept["idle_timeout.timeout_seconds"] == "600"
    assert kept["access_logs.s3.bucket"] == BUCKET
    (group,) = elb.create_target_group(
        Name="llm",
        Protocol="HTTP",
        Port=8000,
        VpcId=made["VpcId"],
        TargetType=said["target-type"],
        HealthCheckProtocol=said["healthcheck-protocol"],
        HealthCheckPort=said["healthcheck-port"],
        HealthCheckPath=said["healthcheck-path"],
        HealthCheckIntervalSeconds=int(said["healthcheck-interval-seconds"]),
        HealthCheckTimeoutSeconds=int(said["healthcheck-timeout-seconds"]),
        HealthyThresholdCount=int(said["healthy-threshold-count"]),
        UnhealthyThresholdCount=int(said["unhealthy-threshold-count"]),
        Matcher={"HttpCode": said["success-codes"]},
    )["TargetGroups"]
    # AWS takes 3600 as well, where moto's range ends before it.
    elb.modify_target_group_attributes(
        TargetGroupArn=group["TargetGroupArn"],
        Attributes=attributes(said["target-group-attributes"].replace("=3600", "=3599")),
    )
    ((protocol, port),) = (pair for one in json.loads(said["listen-ports"]) for pair in one.items())
    certificate = client("acm").request_certificate(DomainName="llm.example.com")["CertificateArn"]
    elb.create_listener(
        LoadBalancerArn=balancer,
        Protocol=protocol,
        Port=port,
        SslPolicy=said["ssl-policy"],
        Certificates=[{"CertificateArn": certificate}],
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group["TargetGroupArn"]}],
    )
    (listener,) = elb.describe_listeners(LoadBalancerArn=balancer)["Listeners"]
    assert (listener["Protocol"], listener["Port"]) == ("HTTPS", 443)


def attributes(text: str) -> list[dict[str, str]]:
    pairs = (pair.partition("=") for pair in text.split(","))
    return [{"Key": key, "Value": value} for key, _, value in pairs]
