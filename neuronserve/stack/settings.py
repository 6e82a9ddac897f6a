"""Everything that a stack file can set: the one typed model of it."""

from typing import Annotated, Any

import pulumi
from pydantic import Field

from neuronserve.components.cluster.settings import ClusterOptions, KubernetesVersion
from neuronserve.components.head_storage.settings import HeadStorageOptions
from neuronserve.components.llm_service.settings import LlmServiceSettings
from neuronserve.components.network.settings import ExistingNetworkSettings, NatGateways, NetworkOptions
from neuronserve.components.observability.settings import CloudWatchMonitoringOptions, PrometheusOptions
from neuronserve.components.open_web_ui.settings import OpenWebUiOptions
from neuronserve.components.platform.settings import PlatformOptions
from neuronserve.facts.pod_security import PodSecurity, loosest
from neuronserve.facts.policy_rules import RuleId
from neuronserve.serving.settings import Accelerator
from neuronserve.settings import Later, Required, Secret, Settings, Text, known
from neuronserve.status.kubeconfig import is_path


class StackNetworkSettings(NetworkOptions):
    """The VPC of the cluster that the stack makes: made as well, or there already."""

    existing: ExistingNetworkSettings | None = None
    """A VPC to use instead of making one; then nothing else is set here."""


class KnownClusterSettings(Settings):
    """A cluster that is there already; with neither name nor kubeconfig, that of the ambient kubeconfig."""

    name: Text | None = None
    """Name of an EKS cluster in the account and region of aws:region."""
    kubeconfig: Annotated[Later[Text] | None, Field(repr=False), Secret(unless=is_path)] = None
    """Path of a kubeconfig, or its content, encrypted; for any Kubernetes."""
    context: Text | None = None
    """Context of the kubeconfig. Default: its current one."""
    version: KubernetesVersion | None = None
    """Its version of Kubernetes, by which the Neuron scheduler is chosen. Default: that of a cluster which is made."""


class StackClusterSettings(ClusterOptions):
    """The cluster of the stack: made, or there already."""

    existing: KnownClusterSettings | None = None
    """A cluster to use instead of making one, {} for that of the ambient kubeconfig; then nothing else is set here."""


class StackOpenWebUiSettings(OpenWebUiOptions):
    """Open WebUI, a page in the browser to chat with the models of all services, with users of its own."""

    enabled: bool = False
    """Whether it is made."""


class PolicyExceptionSettings(Settings):
    """A rule that does not hold for some resources."""

    rule: Annotated[RuleId, Required("the rule", RuleId.UNPROTECTED)]
    """The rule (docs/review.md has them)."""
    resources: Annotated[list[Text], Required("the names of the resources, in which * stands for anything", ["*"])]
    """Names of the resources that it does not hold for, in which * stands for anything."""
    reason: Annotated[Text, Required("why the rule does not hold", "none")]
    """Why, for whoever reads the report."""


class ObservabilitySettings(Settings):
    """What watches the cluster and its services, beyond the add-on cloudWatch (docs/observability.md)."""

    cloud_watch: CloudWatchMonitoringOptions | None = None
    """A dashboard and alarms in CloudWatch, which gets the services' own metrics for them; {} for all of it. Default:
    none."""
    prometheus: PrometheusOptions | None = None
    """A Prometheus with Grafana, dashboards and alerts in the cluster; {} for that with all defaults. Default: none."""


class StackSettings(PlatformOptions):
    """Everything that a stack can set."""

    services: dict[str, LlmServiceSettings] = Field(default_factory=dict)
    """The LLM services, by name; without any the stack is a platform alone."""
    network: StackNetworkSettings = StackNetworkSettings()
    """The VPC."""
    cluster: StackClusterSettings = StackClusterSettings()
    """The EKS cluster."""
    head_storage: HeadStorageOptions = HeadStorageOptions()
    """Where the Ray heads of services with headFaultTolerance.storage ElastiCache keep what they know."""
    observability: ObservabilitySettings = ObservabilitySettings()
    """What watches it."""
    open_web_ui: StackOpenWebUiSettings = StackOpenWebUiSettings()
    """Open WebUI, a page in the browser to chat with the services' models."""
    tags: dict[str, Text] = Field(default_factory=dict)
    """Tags of everything in AWS, besides project and stack."""
    protect: bool = False
    """Whether Pulumi refuses to delete network and cluster."""
    policy_exceptions: dict[str, PolicyExceptionSettings] = Field(default_factory=dict)
    """What `neuronserve check` and the policy pack let pass, by a name of your choice."""

    @property
    def region(self) -> str:
        """The region of AWS, which is set under the name that Pulumi's AWS provider reads; empty if it is not."""
        return pulumi.Config("aws").get("region") or ""

    @property
    def aws_profile(self) -> str | None:
        """The profile of the AWS CLI, likewise; None for the ambient credentials."""
        return pulumi.Config("aws").get("profile")

    @property
    def cluster_name(self) -> str:
        """The name of the cluster that is made, or that is there by name."""
        there = self.cluster.existing
        if there and there.name:
            return there.name
        return known(self.cluster.cluster_name) or f"{pulumi.get_project()}-{pulumi.get_stack()}"

    @property
    def kubernetes_version(self) -> str:
        """The cluster's version of Kubernetes."""
        there = self.cluster.existing
        return known(there.version if there and there.version else self.cluster.version)

    @property
    def all_tags(self) -> dict[str, str]:
        """Tags of everything in AWS."""
        return {"project": pulumi.get_project(), "stack": pulumi.get_stack(), **self.tags}

    @property
    def has_system_nodes(self) -> bool:
        """Whether network and cluster are made, and not there already."""
        return self.cluster.existing is None

    @property
    def takes_over_log_groups(self) -> bool:
        """Whether log groups that are there already become the stack's."""
        return self.has_system_nodes or self.adopt_log_groups

    @property
    def is_on_eks(self) -> bool:
        """Whether the cluster is on EKS: one that is made, or found by its name."""
        return self.cluster.existing is None or self.cluster.existing.name is not None

    @property
    def is_isolated(self) -> bool:
        """Whether nothing leads out of the network."""
        return self.has_system_nodes and self.network.nat_gateways is NatGateways.NONE

    @property
    def uses_neuron(self) -> bool:
        """Whether a service or a pool has Neuron chips."""
        return super().uses_neuron or any(
            service.accelerator is Accelerator.NEURON for service in self.services.values()
        )

    @property
    def exposes_services(self) -> bool:
        """Whether a service has a load balancer."""
        return any(service.expose is not None for service in self.services.values())

    @property
    def wants_service_metrics(self) -> bool:
        """Whether CloudWatch gets the metrics of the services."""
        return self.observability.cloud_watch is not None and bool(self.services)

    @property
    def neuron_tolerations(self) -> list[dict[str, Any]]:
        """Taints of Neuron nodes that workers tolerate: device plugins have to be there before them."""
        services = [one for one in self.services.values() if one.accelerator is Accelerator.NEURON]
        tolerations = [toleration for one in services for toleration in one.worker.tolerations]
        return [one for place, one in enumerate(tolerations) if one not in tolerations[:place]]

    @property
    def namespaces(self) -> dict[str, PodSecurity]:
        """The namespaces of the services, which are plain texts in a stack file, and the standard that admits them."""
        needed: dict[str, list[PodSecurity]] = {}
        for service in self.services.values():
            needed.setdefault(str(service.namespace), []).append(service.pod_security)
        return {name: loosest(levels) for name, levels in sorted(needed.items())}
