"""Whether the image alias of each node pool has the variant that its instance types need.

Karpenter passes over a variant that is missing: a pool with Neuron chips then starts nodes of the standard image,
without a driver, and says that all is well
(https://github.com/aws/karpenter-provider-aws/blob/main/pkg/providers/amifamily/al2023.go).
"""

import re
from collections.abc import Iterator
from functools import partial

from neuronserve.plan.plan import Plan
from neuronserve.preflight.aws import Aws
from neuronserve.preflight.finding import Finding, Verdict, attempt
from neuronserve.preflight.machines import Machines, machines
from neuronserve.preflight.refusals import AwsError, RefusedError

SUBJECT = "machine image"
LINK = "https://docs.aws.amazon.com/eks/latest/userguide/retrieve-ami-id.html"
FOLDER = "/aws/service/eks/optimized-ami/{kubernetes}/amazon-linux-2023/x86_64/{variant}"
NEURON, STANDARD = "neuron", "standard"
CLUSTER = "eks:index:Cluster"


def machine_images(plan: Plan, aws: Aws) -> Iterator[Finding]:
    """Look up the image of each node pool for the cluster's version of Kubernetes."""
    pools = [one for one in machines(plan) if one.node_class]
    if not pools:
        return
    version = _kubernetes_version(plan, aws)
    for one in pools:
        yield from attempt(SUBJECT, one.name, partial(_of, one, version, aws))


def _of(one: Machines, kubernetes: str, aws: Aws) -> Iterator[Finding]:
    aliases = [term["alias"] for term in one.node_class.get("amiSelectorTerms", ()) if "alias" in term]
    match = re.fullmatch(r"al2023@(.+)", aliases[0]) if aliases else None
    variant = NEURON if one.are_accelerated else STANDARD
    if match is None:
        yield Finding(
            SUBJECT,
            one.name,
            Verdict.UNCHECKED,
            need=f"a {variant} image",
            have=f"the image is not named by an alias of al2023: {aliases[0] if aliases else 'selected otherwise'}",
            remedies=(f"Look at it yourself, or set {one.setting}.amiAlias.",),
            link=LINK,
        )
        return
    release, found = match[1], _image(aws, kubernetes, variant, match[1])
    need = f"the {variant} image of {aliases[0]} for Kubernetes {kubernetes}"
    if found:
        yield Finding(SUBJECT, one.name, Verdict.FINE, need=need, have=found, link=LINK)
        return
    instead = _image(aws, kubernetes, STANDARD, release) if variant == NEURON else None
    newest = _newest(aws, kubernetes, variant)
    yield Finding(
        SUBJECT,
        one.name,
        Verdict.PROBLEM,
        need=need,
        have=f"only its standard image, {instead}" if instead else "none",
        arithmetic=("Karpenter would start the standard image, without a Neuron driver, and not say so.",)
        if instead
        else (),
        remedies=(
            f"Set {one.setting}.amiAlias to al2023@{newest}, which has it."
            if newest
            else f"Set cluster.version to one that has images: AWS has no {variant} image for {kubernetes}.",
        ),
        link=LINK,
    )


def _image(aws: Aws, kubernetes: str, variant: str, release: str) -> str | None:
    """Return the id of an image, by the parameter that Karpenter reads."""
    name = f"amazon-eks-node-al2023-x86_64-{variant}-{kubernetes}-{release}"
    folder = FOLDER.format(kubernetes=kubernetes, variant=variant)
    path = f"{folder}/{'recommended' if release == 'latest' else name}/image_id"
    try:
        return str(aws.call("ssm:GetParameter", Name=path)["Parameter"]["Value"])
    except AwsError as error:
        if error.code == "ParameterNotFound":
            return None
        raise


def _newest(aws: Aws, kubernetes: str, variant: str) -> str | None:
    folder = FOLDER.format(kubernetes=kubernetes, variant=variant)
    names = [one["Name"] for one in aws.pages("ssm:GetParametersByPath", "Parameters", Path=folder, Recursive=True)]
    return max((match[1] for name in names if (match := re.search(r"-(v[0-9]{8})/image_id$", name))), default=None)


def _kubernetes_version(plan: Plan, aws: Aws) -> str:
    for cluster in plan.of_type(CLUSTER):
        if version := cluster.inputs.get("version"):
            return str(version)
    name = plan.outputs.get("clusterName")
    if not name or "${" in name:
        raise RefusedError("which cluster the nodes are for is not known from the plan", "Look the image up yourself.")
    return str(aws.call("eks:DescribeCluster", name=name)["cluster"]["version"])
