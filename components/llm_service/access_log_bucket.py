"""The component that makes a bucket for the access logs of load balancers."""

import pulumi
import pulumi_aws as aws

from neuronserve.components.component import Component, waiting_for
from neuronserve.components.identity.policy import Statement, policy_document
from neuronserve.components.llm_service.args import AccessLogBucketArgs
from neuronserve.components.llm_service.settings import AccessLogBucketSettings
from neuronserve.settings import read_arguments

LOG_DELIVERY = "logdelivery.elasticloadbalancing.amazonaws.com"
"""Who writes the logs of Application Load Balancers
(https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html)."""


class AccessLogBucket(Component[AccessLogBucketSettings]):
    """A bucket to which load balancers of this account and region write their access logs.

    It is private, encrypted and reached by TLS alone. When it goes, its logs go with it: who has to keep them longer
    than what they tell of names a bucket of their own, or gives this one ``retain_on_delete``.

    Raises:
        InvalidSettingsError: the arguments cannot be deployed; the message lists everything that is wrong.
    """

    bucket_name: pulumi.Output[str]
    """The bucket's name, for ``access_logs_bucket`` of what is exposed."""
    bucket_arn: pulumi.Output[str]
    """Its ARN."""

    def __init__(
        self, name: str, args: AccessLogBucketArgs | None = None, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        settings = read_arguments(AccessLogBucketSettings, args, of=f"AccessLogBucket {name}")
        super().__init__("neuronserve:index:AccessLogBucket", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        bucket = aws.s3.Bucket(f"{name}-bucket", force_destroy=True, tags={"Name": name}, opts=child)
        of_bucket: list[pulumi.Resource] = [
            aws.s3.BucketOwnershipControls(
                f"{name}-ownership", bucket=bucket.bucket, rule={"object_ownership": "BucketOwnerEnforced"}, opts=child
            ),
            aws.s3.BucketPublicAccessBlock(
                f"{name}-private",
                bucket=bucket.bucket,
                block_public_acls=True,
                block_public_policy=True,
                ignore_public_acls=True,
                restrict_public_buckets=True,
                opts=child,
            ),
            aws.s3.BucketServerSideEncryptionConfiguration(
                f"{name}-encryption",
                bucket=bucket.bucket,
                # With S3's own keys, the only ones that load balancers can write with.
                rules=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}],
                opts=child,
            ),
            aws.s3.BucketLifecycleConfiguration(
                f"{name}-retention",
                bucket=bucket.bucket,
                rules=[
                    {
                        "id": "expire",
                        "status": "Enabled",
                        "filter": {"prefix": ""},
                        "expiration": {"days": settings.retention_in_days},
                        "abort_incomplete_multipart_upload": {"days_after_initiation": 7},
                    }
                ],
                opts=child,
            ),
            aws.s3.BucketPolicy(
                f"{name}-policy", bucket=bucket.bucket, policy=_policy(bucket.arn, _account_id(child)), opts=child
            ),
        ]
        # A load balancer tries to write as soon as it is told to, and to its end.
        self.bucket_name = waiting_for(bucket.bucket, *of_bucket)
        self.bucket_arn = bucket.arn
        self.register_outputs({"bucketName": self.bucket_name, "bucketArn": self.bucket_arn})


def _account_id(child: pulumi.ResourceOptions) -> pulumi.Output[str]:
    return aws.get_caller_identity_output(opts=pulumi.InvokeOptions(parent=child.parent)).account_id


def _policy(bucket_arn: pulumi.Output[str], account_id: pulumi.Output[str]) -> pulumi.Output[str]:
    return policy_document(
        [
            Statement(
                "WriteAccessLogs",
                ("s3:PutObject",),
                # The account in the path is that of the load balancer.
                [pulumi.Output.format("{}/AWSLogs/{}/*", bucket_arn, account_id)],
                principals={"Service": LOG_DELIVERY},
            ),
            Statement(
                "DenyWithoutTls",
                ("s3:*",),
                [bucket_arn, pulumi.Output.format("{}/*", bucket_arn)],
                {"Bool": {"aws:SecureTransport": "false"}},
                effect="Deny",
                principals="*",
            ),
        ]
    )
