"""The component that makes a namespace for LLM services."""

import pulumi
import pulumi_kubernetes as kubernetes

from neuronserve.components.component import UNSET, Component
from neuronserve.components.llm_service.args import ServingNamespaceArgs
from neuronserve.components.llm_service.checks import NAMESPACE_RULES
from neuronserve.components.llm_service.settings import ServingNamespaceSettings
from neuronserve.facts import pod_security
from neuronserve.settings import read_arguments


class ServingNamespace(Component[ServingNamespaceSettings]):
    """A namespace in which any number of LLM services can be, with a Pod Security Standard for their pods.

    It is apart from the services, so that one that goes takes no other with it. When the namespace goes, so does
    everything in it, of whomever: where several stacks share it, it should be of a stack of its own, or have
    ``retain_on_delete``.

    Raises:
        InvalidSettingsError: the arguments cannot be deployed; the message lists everything that is wrong.
    """

    name: pulumi.Output[str]
    """The namespace's name, for the services in it."""

    def __init__(
        self, name: str, args: ServingNamespaceArgs = UNSET, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        settings = read_arguments(
            ServingNamespaceSettings,
            args,
            *NAMESPACE_RULES,
            of=f"ServingNamespace {name}",
            defaults={"namespace_name": name},
        )
        super().__init__("neuronserve:index:ServingNamespace", name, {}, opts)
        namespace = kubernetes.core.v1.Namespace(
            f"{name}-namespace",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(
                name=settings.name,
                labels={
                    "app.kubernetes.io/part-of": "neuronserve",
                    **dict.fromkeys(pod_security.LABELS, settings.pod_security.value),
                    **settings.labels,
                },
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.name = namespace.metadata.name
        self.register_outputs({"name": self.name})
