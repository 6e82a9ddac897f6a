"""The only way to AWS: calls by the name of the IAM action that each takes. Those of a preflight all read."""

import functools
import math
import re
from collections.abc import Iterator, Sequence
from typing import Any

from neuronserve.preflight.refusals import AwsError, NoAccountError, RefusedError

ACTIONS = (
    "ec2:DescribeAddresses",
    "ec2:DescribeAvailabilityZones",
    "ec2:DescribeCapacityReservations",
    "ec2:DescribeInstanceTypeOfferings",
    "ec2:DescribeInstances",
    "ec2:DescribeNatGateways",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
    "ecr:DescribeImages",
    "eks:DescribeCluster",
    "servicequotas:GetAWSDefaultServiceQuota",
    "servicequotas:GetServiceQuota",
    "ssm:GetParameter",
    "ssm:GetParametersByPath",
    "sts:GetCallerIdentity",
)
"""What the credentials have to be allowed, on any resource; docs/preflight.md has the policy. AWS lets everybody have
the last one."""

CLIENTS = {"servicequotas": "service-quotas"}
"""Services that boto3 knows by another name than IAM."""

APIS = {"elb": "elasticloadbalancing", "elbv2": "elasticloadbalancing"}
"""Two of boto3's clients whose actions are one service's in IAM: calls name the client."""

EXPIRED = (
    *("ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException"),
    *("AuthFailure", "SignatureDoesNotMatch", "InvalidAccessKeyId"),
)
"""By which names AWS says that it does not know the credentials, or no longer."""

CREDENTIALS = "https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html"
ANSWERS_WITHIN_S = 20
LOOKS_EVERY_S = 5
"""How often AWS is asked for what is waited for."""

MOST_SAID = 200
"""Characters of an answer that is none of AWS'."""


class Aws:
    """An account in a region, with the credentials that boto3 finds: environment, profile, SSO, instance.

    Args:
        region: where to ask; None for the one that boto3 is configured with.
        profile: of ~/.aws/config; None for that of AWS_PROFILE, or the default one.
        actions: all that may be called.

    Raises:
        NoAccountError: there is no such profile, or no region.
    """

    def __init__(self, region: str | None, profile: str | None, actions: Sequence[str] = ACTIONS) -> None:
        import boto3  # noqa: PLC0415 (an extra)
        from botocore.exceptions import BotoCoreError  # noqa: PLC0415

        self._actions = frozenset(actions)
        try:
            self._session = boto3.Session(region_name=region, profile_name=profile)
        except BotoCoreError as error:
            raise NoAccountError(
                f"{_one_line(error)}. Set aws:profile, or AWS_PROFILE, to one of ~/.aws/config."
            ) from None
        if self._session.region_name is None:
            raise NoAccountError("The stack's region is not known before it is made. Set AWS_REGION to it.")
        self.region: str = self._session.region_name

    @functools.cached_property
    def identity(self) -> dict[str, str]:
        """Whose credentials these are: ``Account`` and ``Arn``.

        Raises:
            NoAccountError: there are none, or AWS does not take them, or cannot be reached.
        """
        try:
            answer: dict[str, str] = self.call("sts:GetCallerIdentity")
        except RefusedError as refused:
            raise NoAccountError(f"AWS does not say whose credentials these are: {refused}. {refused.remedy}") from None
        return answer

    def call(self, action: str, *, region: str | None = None, **parameters: Any) -> Any:
        """Return the answer to one call.

        Args:
            action: one of those that may be called; for load balancers with the API that is meant, such as
                ``elbv2:DescribeTags``.
            region: another region than the stack's.
            parameters: as in AWS's API.

        Raises:
            AwsError: AWS answered with an error.
            RefusedError: AWS cannot be reached.
            NoAccountError: there are no credentials, or AWS does not take them.
        """
        client, method = _asked(action, lambda: self._method(action, region))
        return _asked(action, lambda: getattr(client, method)(**parameters))

    def pages(self, action: str, key: str, **parameters: Any) -> Iterator[Any]:
        """Yield what the answers to a call hold below a key, page after page; otherwise like :meth:`call`."""
        client, method = _asked(action, lambda: self._method(action, None))
        if not client.can_paginate(method):
            yield from _asked(action, lambda: getattr(client, method)(**parameters))[key]
            return
        pages = iter(client.get_paginator(method).paginate(**parameters))
        while page := _asked(action, lambda: next(pages, None)):
            yield from page[key]

    def wait(self, action: str, waiter: str, within_s: float, **parameters: Any) -> bool:
        """Wait by one of boto3's waiters, which asks by an action; return whether it came about in time.

        Raises:
            AwsError: AWS answered with an error.
        """
        from botocore.exceptions import WaiterError  # noqa: PLC0415

        client, _ = _asked(action, lambda: self._method(action, None))
        attempts = max(1, math.ceil(within_s / LOOKS_EVERY_S))

        def ask() -> bool:
            try:
                config = {"Delay": LOOKS_EVERY_S, "MaxAttempts": attempts}
                client.get_waiter(waiter).wait(**parameters, WaiterConfig=config)
            except WaiterError as error:
                if said := error.last_response.get("Error"):
                    message = _one_line(said.get("Message", ""))
                    raise AwsError(iam_action(action), said["Code"], message) from None
                return False
            return True

        return bool(_asked(action, ask))

    def _method(self, action: str, region: str | None) -> tuple[Any, str]:
        from botocore import xform_name  # noqa: PLC0415

        service, operation = action.split(":")
        if iam_action(action) not in self._actions:
            raise LookupError(f"{action} is not one of the actions that the documentation lists")
        return self._client(CLIENTS.get(service, service), region or self.region), xform_name(operation)

    @functools.cache  # noqa: B019 (as long as the command)
    def _client(self, service: str, region: str) -> Any:
        from botocore.config import Config  # noqa: PLC0415

        config = Config(
            connect_timeout=ANSWERS_WITHIN_S,
            read_timeout=ANSWERS_WITHIN_S,
            retries={"mode": "standard", "max_attempts": 3},
        )
        return self._session.client(service, region_name=region, config=config)


def iam_action(action: str) -> str:
    """Return what IAM calls an action that is named with boto3's client."""
    service, operation = action.split(":")
    return f"{APIS.get(service, service)}:{operation}"


def _asked(action: str, ask: Any) -> Any:
    from botocore.exceptions import (  # noqa: PLC0415
        BotoCoreError,
        ClientError,
        ConnectionError,  # noqa: A004 (botocore's own)
        CredentialRetrievalError,
        HTTPClientError,
        NoCredentialsError,
        PartialCredentialsError,
        SSOError,
        TokenRetrievalError,
    )
    from botocore.parsers import ResponseParserError  # noqa: PLC0415

    try:
        return ask()
    except ClientError as error:
        code = error.response["Error"]["Code"]
        said = _one_line(error.response["Error"].get("Message", ""))
        if code in EXPIRED:
            raise NoAccountError(
                f"AWS does not take the credentials ({code}: {said}). Sign in anew, by aws sso login or aws configure, "
                f"or enable the region for the account; {CREDENTIALS}"
            ) from None
        raise AwsError(iam_action(action), code, said) from None
    except (NoCredentialsError, PartialCredentialsError):
        raise NoAccountError(
            "There are no AWS credentials here. Sign in by aws configure or aws sso login, or name a profile: "
            f"pulumi config set aws:profile <profile>, or AWS_PROFILE; {CREDENTIALS}"
        ) from None
    except (CredentialRetrievalError, SSOError, TokenRetrievalError) as error:
        raise NoAccountError(
            f"The AWS credentials cannot be had: {_one_line(error)}. Sign in: aws sso login."
        ) from None
    except (ConnectionError, HTTPClientError) as error:
        raise RefusedError(f"AWS cannot be reached: {_one_line(error)}", "Look at network and proxies.") from None
    except (ResponseParserError, KeyError) as error:  # the latter of a page that can be read as XML
        raise RefusedError(
            f"What answers to {action} is not AWS: {_one_line(error)[:MOST_SAID]}", "Look at network and proxies."
        ) from None
    except (BotoCoreError, ValueError) as error:
        raise RefusedError(f"{action} could not be called: {_one_line(error)}", "Look at ~/.aws/config.") from None


def _one_line(said: object) -> str:
    return re.sub(r"\s+", " ", str(said)).strip().rstrip(".")
