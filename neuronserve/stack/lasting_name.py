"""The name of a cluster that is made lasts as long as the cluster: `pulumi stack rename` must not make another one."""

import pulumi

from neuronserve.stack.settings import StackSettings


def lasting(stack: StackSettings, value: str) -> pulumi.Output[str]:
    """Return a value that everything in AWS waits for, once it is sure that the cluster keeps its name.

    A stack that names no cluster calls it after project and stack. What it was called at the first `up` is kept in the
    stack's state.

    Raises:
        pulumi.RunError: when the engine runs, if the cluster would get another name because the stack has one.
    """
    kept = pulumi.Stash("cluster-name", input=stack.cluster_name)

    def checked(name: str) -> str:
        if name != stack.cluster_name and not stack.cluster.cluster_name:
            raise pulumi.RunError(
                f"The cluster of this stack is called {name}. Project or stack have another name now, and the cluster "
                f"would be replaced by one called {stack.cluster_name}, with all that is in it. Keep its name: "
                f"pulumi config set --path cluster.clusterName {name}"
            )
        return value

    return kept.output.apply(checked)
