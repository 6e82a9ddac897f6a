"""The bucket of access logs: private, encrypted, written to by load balancers of the account and nobody else."""

import json
from typing import Any

import pulumi
import pytest

from neuronserve.components import AccessLogBucket
from neuronserve.plan.aws_fakes import ACCOUNT
from neuronserve.plan.errors import ProgramError
from neuronserve.plan.plan import Plan, Resource
from neuronserve.plan.program import run

BUCKET = "aws:s3/bucket:Bucket"


def deploy(**args: Any) -> Plan:
    def program() -> None:
        bucket = AccessLogBucket("logs", args)  # type: ignore[arg-type] # as a program may give them
        pulumi.export("name", bucket.bucket_name)

    return run(program)


def part(plan: Plan, kind: str) -> Resource:
    return plan.resource(f"aws:s3/{kind[0].lower()}{kind[1:]}:{kind}")


def test_nobody_reaches_it_but_by_its_policy_and_what_is_in_it_is_encrypted_as_load_balancers_can() -> None:
    plan = deploy()
    private = part(plan, "BucketPublicAccessBlock").inputs
    assert {private[key] for key in private if key != "bucket"} == {True}
    assert part(plan, "BucketOwnershipControls").inputs["rule"] == {"objectOwnership": "BucketOwnerEnforced"}
    ((rule,),) = (part(plan, "BucketServerSideEncryptionConfiguration").inputs["rules"],)
    assert rule == {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}


def test_load_balancers_of_the_account_write_and_only_by_tls() -> None:
    plan = deploy()
    write, deny = json.loads(part(plan, "BucketPolicy").inputs["policy"])["Statement"]
    arn = f"${{{plan.resource(BUCKET).urn}.arn}}"
    assert write["Principal"] == {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}
    assert (write["Action"], write["Resource"]) == (["s3:PutObject"], [f"{arn}/AWSLogs/{ACCOUNT}/*"])
    assert (deny["Effect"], deny["Principal"], deny["Action"]) == ("Deny", "*", ["s3:*"])
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert deny["Resource"] == [arn, f"{arn}/*"]


def test_logs_go_after_their_time_and_with_the_bucket() -> None:
    plan = deploy(retention_in_days=7)
    (rule,) = part(plan, "BucketLifecycleConfiguration").inputs["rules"]
    assert rule["expiration"] == {"days": 7}
    assert rule["status"] == "Enabled"
    assert plan.resource(BUCKET).inputs["forceDestroy"] is True
    with pytest.raises(ProgramError, match="retention_in_days"):
        deploy(retention_in_days=0)


def test_who_writes_waits_until_it_may() -> None:
    def program() -> None:
        bucket = AccessLogBucket("logs")
        pulumi.Stash("user", input=bucket.bucket_name)

    plan = run(program)
    parts = {one.urn for one in plan.resources if one.type.startswith("aws:s3/")}
    assert len(parts) == 6
    assert parts <= set(plan.resource("pulumi:index:Stash").dependencies)
