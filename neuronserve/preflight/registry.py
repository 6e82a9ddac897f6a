"""Whether the images of services are where their pods will look for them; Amazon ECR can be asked, others cannot."""

import re
from collections.abc import Iterator
from functools import partial

from neuronserve.plan.plan import Plan
from neuronserve.preflight.aws import Aws
from neuronserve.preflight.finding import Finding, Verdict, attempt
from neuronserve.preflight.refusals import AwsError
from neuronserve.review.pods import ray_pods

SUBJECT = "container image"
ECR = re.compile(
    r"(?P<account>[0-9]{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/"
    r"(?P<repository>[^:@]+)(?::(?P<tag>[^@]+))?(?:@(?P<digest>.+))?"
)
LINK = "https://docs.aws.amazon.com/AmazonECR/latest/userguide/docker-push-ecr-image.html"
EXAMPLES = re.compile(r"([^/]+\.)?example\.(com|org|net)(:[0-9]+)?/.*")
"""Hosts that never exist (https://www.rfc-editor.org/rfc/rfc2606): what stack files come with."""


def container_images(plan: Plan, aws: Aws) -> Iterator[Finding]:
    """Look up each image of the pods of RayServices."""
    images = {
        container["image"]: pods.name
        for pods in ray_pods(plan)
        for container in (*pods.spec.get("initContainers", ()), *pods.spec["containers"])
    }
    for image in sorted(images):
        yield from attempt(SUBJECT, image, partial(_of, image, aws))


def _of(image: str, aws: Aws) -> Iterator[Finding]:
    need = "an image that the nodes can pull"
    if EXAMPLES.fullmatch(image):
        yield Finding(
            SUBJECT,
            image,
            Verdict.PROBLEM,
            need=need,
            have="the placeholder of a stack file: nobody publishes this image",
            remedies=("Build it, push it, and set services.<name>.image to where it is.",),
            link=LINK,
        )
        return
    match = ECR.fullmatch(image)
    if match is None:
        yield Finding(
            SUBJECT, image, Verdict.WARNING, need=need, have="not in Amazon ECR: other registries are not asked"
        )
        return
    wanted = {"imageDigest": match["digest"]} if match["digest"] else {"imageTag": match["tag"] or "latest"}
    where = {"registryId": match["account"], "repositoryName": match["repository"]}
    missing = {
        "RepositoryNotFoundException": f"no repository {match['repository']} in {match['account']}, {match['region']}",
        "ImageNotFoundException": f"the repository has no {' '.join(wanted.values())}",
    }
    try:
        (found,) = aws.call("ecr:DescribeImages", region=match["region"], **where, imageIds=[wanted])["imageDetails"]
    except AwsError as error:
        if error.code not in missing:
            raise
        yield Finding(
            SUBJECT,
            image,
            Verdict.PROBLEM,
            need=need,
            have=missing[error.code],
            remedies=(f"Push it: docker push {image}", "Or set services.<name>.image to one that is there."),
            link=LINK,
        )
    else:
        yield Finding(SUBJECT, image, Verdict.FINE, need=need, have=found["imageDigest"], link=LINK)
