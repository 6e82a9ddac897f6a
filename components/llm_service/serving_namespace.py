"""The component that makes a namespace for LLM services."""

import pulumi
import pulumi_kubernetes as kubernetes

from neuronserve.components.component import Component
from neuronserve.components.llm_service.args import ServingNamespaceArgs
from neuronserve.components.llm_service.checks import NAMESPACE_RULES
from neuronserve.components.llm_service.priorities import BATCH, HEAD, PRIORITIES, priority_class_name
from neuronserve.components.llm_service.settings import ServingNamespaceSettings
from neuronserve.facts import pod_security
from neuronserve.settings import read_arguments


class ServingNamespace(Component[ServingNamespaceSettings]):
    """A namespace in which any number of LLM services can be, with a Pod Security Standard for their pods.

    With it come two PriorityClasses, of Ray heads and of batch jobs: objects of the cluster, named after the namespace.

    It is apart from the services, so that one that goes takes no other with it. When the namespace goes, so does
    everything in it, of whomever: where several stacks share it, it should be of a stack of its own, or have
    ``retain_on_delete``.

    Raises:
        InvalidSettingsError: the arguments cannot be deployed; the message lists everything that is wrong.
    """

    name: pulumi.Output[str]
    """The namespace's name, for the services in it."""
    head_priority_class: pulumi.Output[str]
    """The PriorityClass of Ray heads in it, which are placed before workers: head.priority_class_name of a service."""
    batch_priority_class: pulumi.Output[str]
    """The PriorityClass of jobs in it, which give way to services."""

    def __init__(
        self, name: str, args: ServingNamespaceArgs | None = None, opts: pulumi.ResourceOptions | None = None
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
        classes = {
            purpose: kubernetes.scheduling.v1.PriorityClass(
                f"{name}-{purpose}",
                metadata=kubernetes.meta.v1.ObjectMetaArgs(
                    name=priority_class_name(settings.name, purpose),
                    labels={"app.kubernetes.io/part-of": "neuronserve"},
                ),
                **fields,
                opts=pulumi.ResourceOptions(parent=self),
            )
            for purpose, fields in PRIORITIES.items()
        }
        self.name = namespace.metadata.name
        self.head_priority_class = classes[HEAD].metadata.name
        self.batch_priority_class = classes[BATCH].metadata.name
        self.register_outputs(
            {
                "name": self.name,
                "headPriorityClass": self.head_priority_class,
                "batchPriorityClass": self.batch_priority_class,
            }
        )
