"""How a command gets into the cluster of a stack."""

import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from neuronserve.plan.annotations import SECRET
from neuronserve.plan.plan import Plan
from neuronserve.status.cluster import Cluster
from neuronserve.status.kubeconfig import UnreachableError, api_client

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

AWS_PROVIDER, KUBERNETES_PROVIDER = "pulumi:providers:aws", "pulumi:providers:kubernetes"
AWS_ANSWERS_WITHIN_S = 60


def cluster_of(plan: Plan, kubeconfig: str | None = None, context: str | None = None) -> Cluster:
    """Return the cluster of a stack; otherwise like :func:`client_of`."""
    return Cluster(client_of(plan, kubeconfig, context))


def client_of(plan: Plan, kubeconfig: str | None = None, context: str | None = None) -> "ApiClient":
    """Return a client of a stack's cluster: on AWS by the AWS CLI, as there are no outputs before the first `up` ends.

    Args:
        plan: the stack's plan.
        kubeconfig: path of another kubeconfig than the stack's.
        context: another context than the stack's.

    Raises:
        UnreachableError: there is no kubeconfig to be had, or it cannot be used.
    """
    if kubeconfig or context:
        return api_client(kubeconfig, context)
    if aws := plan.of_type(AWS_PROVIDER):
        inputs = aws[0].inputs
        return api_client(_eks_kubeconfig(str(plan.outputs["clusterName"]), inputs["region"], inputs.get("profile")))
    (provider,) = plan.of_type(KUBERNETES_PROVIDER)
    known = provider.inputs.get("kubeconfig")
    if known == SECRET:
        raise UnreachableError(f"The kubeconfig of stack {plan.stack} is encrypted")
    return api_client(known, provider.inputs.get("context"))


def _eks_kubeconfig(name: str, region: str, profile: str | None) -> str:
    words = ["aws", "eks", "update-kubeconfig", "--name", name, "--region", region]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "kubeconfig"
        words += ["--kubeconfig", str(file), *(["--profile", profile] if profile else [])]
        try:
            done = subprocess.run(  # noqa: S603 (no shell, and the names are checked)
                words, capture_output=True, text=True, timeout=AWS_ANSWERS_WITHIN_S, check=False
            )
        except FileNotFoundError:
            raise UnreachableError("There is no AWS CLI here (aws), which gives access to EKS: install it") from None
        except subprocess.TimeoutExpired:
            called = f"`{' '.join(words[:7])}`"
            raise UnreachableError(f"{called} has not answered for {AWS_ANSWERS_WITHIN_S} s") from None
        if done.returncode:
            raise UnreachableError(f"`{' '.join(words[:7])}` failed: {done.stderr.strip()}")
        return file.read_text(encoding="utf-8")
