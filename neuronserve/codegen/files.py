"""Which files are generated, and from what."""

from pathlib import Path

from neuronserve import __version__
from neuronserve.codegen.args import args_module
from neuronserve.codegen.documentation import documented_components
from neuronserve.codegen.package_schema import package_schema
from neuronserve.codegen.public_names import components_module
from neuronserve.codegen.pulumi_yaml import with_config_block
from neuronserve.codegen.reference import reference
from neuronserve.codegen.schema import schema
from neuronserve.components.add_ons.settings import (
    CloudWatchObservabilitySettings,
    EfaDevicePluginSettings,
    KubeRayOperatorSettings,
    LoadBalancerControllerSettings,
    NeuronOperatorSettings,
)
from neuronserve.components.cluster.settings import (
    ClusterSettings,
    DefaultStorageClassSettings,
    EksClusterSettings,
    ExistingClusterSettings,
)
from neuronserve.components.head_storage.settings import HeadStorageSettings
from neuronserve.components.helm.settings import MirrorSettings
from neuronserve.components.identity.settings import PodIdentitySettings
from neuronserve.components.karpenter.settings import KarpenterSettings, NodePoolOptions, NodePoolSettings
from neuronserve.components.llm_service.settings import (
    AccessLogBucketSettings,
    LlmServiceSettings,
    ServingNamespaceSettings,
)
from neuronserve.components.network.settings import ExistingNetworkSettings, NetworkSettings
from neuronserve.components.observability.settings import CloudWatchMonitoringSettings, PrometheusObservabilitySettings
from neuronserve.components.open_web_ui.settings import OpenWebUiSettings
from neuronserve.components.platform.settings import NeuronPlatformSettings
from neuronserve.settings import Settings
from neuronserve.stack.settings import StackSettings

ARGUMENTS: dict[str, tuple[type[Settings], ...]] = {
    "helm": (MirrorSettings,),
    "identity": (PodIdentitySettings,),
    "network": (NetworkSettings, ExistingNetworkSettings),
    "cluster": (ClusterSettings, ExistingClusterSettings, EksClusterSettings, DefaultStorageClassSettings),
    "head_storage": (HeadStorageSettings,),
    "karpenter": (KarpenterSettings, NodePoolSettings),
    "add_ons": (
        NeuronOperatorSettings,
        KubeRayOperatorSettings,
        EfaDevicePluginSettings,
        CloudWatchObservabilitySettings,
        LoadBalancerControllerSettings,
    ),
    "observability": (CloudWatchMonitoringSettings, PrometheusObservabilitySettings),
    "platform": (NodePoolOptions, NeuronPlatformSettings),
    "llm_service": (ServingNamespaceSettings, AccessLogBucketSettings, LlmServiceSettings),
    "open_web_ui": (OpenWebUiSettings,),
}
"""The settings of the components, by folder."""


def generated_files(root: Path) -> dict[Path, str]:
    """Return the text of every generated file of a checkout, by its path."""
    modules = {
        settings_type: f"neuronserve.components.{folder}.args"
        for folder, settings_types in ARGUMENTS.items()
        for settings_type in settings_types
    }
    files = {
        root / "components" / folder / "args.py": args_module(
            f"components/{folder}",
            settings_types,
            {known: module for known, module in modules.items() if known not in settings_types},
        )
        for folder, settings_types in ARGUMENTS.items()
    }
    files[root / "components" / "__init__.py"] = components_module(root / "components")
    project_file = root / "Pulumi.yaml"
    files[project_file] = with_config_block(project_file.read_text(encoding="utf-8"), StackSettings)
    files[root / "stacks" / "schema.json"] = schema(StackSettings)
    components = documented_components(root / "components")
    files[root / "docs" / "reference.md"] = reference(
        StackSettings, ARGUMENTS, {name: component.outputs for name, component in components.items()}
    )
    files[root / "neuronserve" / "provider" / "schema.json"] = package_schema(__version__, modules, components)
    return files
