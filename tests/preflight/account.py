"""An AWS account to look at: moto's server, with what a stack needs, and a way to take each thing from it.

Of three things moto knows nothing: values of quotas, but for some of VPCs; public parameters of images, which it
refuses to store; and capacity reservations. They are put into moto's own backends, so that boto3, protocols and server
are the real ones all the same.
"""

import datetime
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from moto import settings
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult, BaseResponse
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.responses import EC2Response
from moto.ecr.responses import ECRResponse
from moto.eks.responses import EKSResponse
from moto.logs.responses import LogsResponse
from moto.moto_api._internal.models import moto_api_backend
from moto.server import ThreadedMotoServer
from moto.servicequotas.exceptions import NoSuchResource
from moto.servicequotas.models import ServiceQuotasBackend
from moto.servicequotas.responses import ServiceQuotasResponse
from moto.ssm.models import Parameter, ssm_backends
from moto.ssm.responses import SimpleSystemManagerResponse

from neuronserve.preflight.aws import ACTIONS

REGION = "us-west-2"
ACCOUNT = DEFAULT_ACCOUNT_ID
IMAGES = "/aws/service/eks/optimized-ami/1.35/amazon-linux-2023/x86_64"
REPOSITORY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/neuronserve"
IMAGE = f"{REPOSITORY}:neuron"
INF, SPOT_INF, TRN, SPOT_TRN, STANDARD, SPOT_STANDARD = (
    *("L-1945791B", "L-B5D1601B", "L-2C3B7624", "L-6B0D517C"),
    *("L-1216C47A", "L-34B43A08"),
)
VPCS, ADDRESSES, NAT_GATEWAYS = "L-F678F1CE", "L-0263D0A3", "L-FE5A380F"

JSON_SERVICES: dict[type[BaseResponse], str] = {
    ECRResponse: "ecr:",
    EKSResponse: "eks:",
    LogsResponse: "logs:",
    ServiceQuotasResponse: "servicequotas:",
    SimpleSystemManagerResponse: "ssm:",
}
"""Services that AWS denies in JSON. Moto denies all in XML, which boto3 does not read there; here it is done right."""


@dataclass
class Account:
    """What an account has; every field may be changed while the server runs."""

    url: str
    quotas: dict[str, float] = field(
        default_factory=lambda: (
            dict.fromkeys((INF, SPOT_INF, TRN, SPOT_TRN, STANDARD, SPOT_STANDARD), 640.0)
            | {VPCS: 5.0, ADDRESSES: 5.0, NAT_GATEWAYS: 5.0}
        )
    )
    default_quotas: dict[str, float] = field(default_factory=dict)
    """Of those that nobody has asked to raise."""
    reservations: list[dict[str, Any]] = field(default_factory=list)
    allowed: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    """What boto3 has of it: the server's address, and credentials."""

    def client(self, service: str) -> Any:
        keys = {"aws_access_key_id": "setup", "aws_secret_access_key": "setup"}
        return boto3.client(service, region_name=REGION, endpoint_url=self.url, **keys)

    def add_image(self, release: str, variant: str, image: str = "ami-0123456789abcdef0") -> None:
        name = f"{IMAGES}/{variant}/amazon-eks-node-al2023-x86_64-{variant}-1.35-{release}/image_id"
        now = datetime.datetime.now(datetime.UTC)
        parameter = Parameter(ACCOUNT, name, image, "String", None, None, None, now, 1, "text")
        ssm_backends[ACCOUNT][REGION]._parameters[name] = [parameter]

    def remove_image(self, release: str, variant: str) -> None:
        name = f"{IMAGES}/{variant}/amazon-eks-node-al2023-x86_64-{variant}-1.35-{release}/image_id"
        del ssm_backends[ACCOUNT][REGION]._parameters[name]

    def allow_only(self, actions: list[str]) -> None:
        """Have the server ask IAM about each call, of a user with a policy that allows these actions."""
        iam = self.client("iam")
        iam.create_user(UserName="preflight")
        statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName="preflight", PolicyName="preflight", PolicyDocument=policy)
        key = iam.create_access_key(UserName="preflight")["AccessKey"]
        self.environment |= {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
        self.allowed = actions
        settings.INITIAL_NO_AUTH_ACTION_COUNT = 0

    def allow_all(self) -> None:
        """Have the server ask IAM about nothing."""
        settings.INITIAL_NO_AUTH_ACTION_COUNT = float("inf")


def server() -> Iterator[str]:
    """Yield the address of a server of moto's, with which tests share one process."""
    running = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    try:
        host, port = running.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        running.stop()


def account(url: str) -> Iterator[Account]:
    """Yield an account in which everything is as the stacks of this repository want it."""
    with pytest.MonkeyPatch.context() as patch:
        there = Account(url)
        there.environment = {
            "AWS_ENDPOINT_URL": there.url,
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "hunter2",
            "AWS_CONFIG_FILE": "/nonexistent",
            "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        patch.setattr(settings, "INITIAL_NO_AUTH_ACTION_COUNT", float("inf"))
        _answer_for(there, patch)
        for variant in ("standard", "neuron"):
            there.add_image("v20260903", variant)
        ecr = there.client("ecr")
        ecr.create_repository(repositoryName="neuronserve")
        ecr.put_image(repositoryName="neuronserve", imageTag="neuron", imageManifest=_manifest())
        try:
            yield there
        finally:
            moto_api_backend.reset()


def _manifest() -> str:
    digest = f"sha256:{'0' * 64}"
    return json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
            "config": {"mediaType": "application/vnd.docker.container.image.v1+json", "size": 1, "digest": digest},
            "layers": [],
        }
    )


def _answer_for(there: Account, patch: pytest.MonkeyPatch) -> None:
    def get_service_quota(_: ServiceQuotasBackend, service_code: str, quota_code: str) -> dict[str, Any]:
        if quota_code not in there.quotas:
            raise NoSuchResource
        return {"ServiceCode": service_code, "QuotaCode": quota_code, "Value": there.quotas[quota_code]}

    def get_aws_default_service_quota(response: ServiceQuotasResponse) -> str:
        asked = json.loads(response.body)
        if asked["QuotaCode"] not in there.default_quotas:
            raise NoSuchResource
        return json.dumps({"Quota": asked | {"Value": there.default_quotas[asked["QuotaCode"]]}})

    def describe_capacity_reservations(response: EC2Response) -> ActionResult:
        wanted = response._get_param("CapacityReservationIds", [])
        found = [one for one in there.reservations if one["CapacityReservationId"] in wanted or not wanted]
        if len(found) < len(wanted):
            raise EC2ClientError("InvalidCapacityReservationId.NotFound", f"{wanted} do not exist")
        return ActionResult({"CapacityReservations": found})

    def authorize(response: BaseResponse, resource: str = "*") -> None:
        action = JSON_SERVICES[type(response)] + response._get_action()
        if settings.INITIAL_NO_AUTH_ACTION_COUNT == 0 and action not in there.allowed:
            raise JsonRESTError("AccessDeniedException", f"not authorized to perform: {action}")

    for service in JSON_SERVICES:
        patch.setattr(service, "_authenticate_and_authorize_normal_action", authorize)
    patch.setattr(ServiceQuotasBackend, "get_service_quota", get_service_quota)
    patch.setattr(ServiceQuotasResponse, "get_aws_default_service_quota", get_aws_default_service_quota, raising=False)
    patch.setattr(EC2Response, "describe_capacity_reservations", describe_capacity_reservations, raising=False)


def without(action: str) -> list[str]:
    return [one for one in ACTIONS if one != action]


def reservation(name: str, **changed: Any) -> dict[str, Any]:
    return {
        "CapacityReservationId": name,
        "State": "active",
        "InstanceType": "inf2.8xlarge",
        "AvailabilityZoneId": "usw2-az1",
        "AvailableInstanceCount": 2,
        "TotalInstanceCount": 4,
        **changed,
    }
