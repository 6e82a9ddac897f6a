"""The Kubernetes provider by which things get into a cluster."""

import pulumi
import pulumi_kubernetes as kubernetes


def kubernetes_provider(
    name: str,
    kubeconfig: pulumi.Input[str] | None = None,
    *,
    context: str | None = None,
    takes_over: bool = False,
    opts: pulumi.ResourceOptions | None = None,
) -> kubernetes.Provider:
    """Make a provider with all that the components rely on.

    With server-side apply what others write into the same objects stays, and CRDs have no annotation that would be too
    long. A Secret with another content, such as a new API key, is changed in place instead of being made anew under
    the pods that read it.

    Args:
        name: the resource's.
        kubeconfig: content of a kubeconfig, or a path; None for the ambient one.
        context: one of its contexts. Default: its current one.
        takes_over: whether what is in the cluster already becomes the stack's, such as CRDs that an earlier one left;
            where it is false that is for the user to say, for one `up`, by the variable that the provider reads itself.
        opts: the resource's options.
    """
    return kubernetes.Provider(
        name,
        kubeconfig=kubeconfig,
        context=context,
        enable_server_side_apply=True,
        enable_secret_mutable=True,
        upsert_existing_objects=takes_over or None,
        opts=opts,
    )
