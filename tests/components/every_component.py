"""Every component, with the fewest arguments that it takes and with as many as it can be given."""

from typing import Any, get_args

import pulumi

from neuronserve import components
from neuronserve.components.component import Component
from neuronserve.settings import Settings

EKS = {
    "name": "llm",
    "arn": "arn:aws:eks:us-west-2:111122223333:cluster/llm",
    "region": "us-west-2",
    "vpc_id": "vpc-1",
    "security_group_ids": ["sg-1"],
}
IN_CLUSTER = {"cluster_name": "llm", "region": "us-west-2"}
SUBNETS = ["subnet-1", "subnet-2"]
NODES = {"instance_profile_name": "nodes", "security_group_ids": ["sg-1"], "discovery_tag": "llm", "max_nodes": 2}
EXPOSE = {
    "scheme": "internal",
    "hostname": "llm.example.com",
    "certificate_arn": "arn:aws:acm:us-west-2:111122223333:certificate/a1b2",
    "allowed_cidrs": ["10.1.0.0/16"],
}
POLICY = '{"Version": "2012-10-17", "Statement": []}'
MIRROR = {"registry": "mirror.example.com/x"}

FEWEST: dict[str, dict[str, Any]] = {
    "AccessLogBucket": {},
    "CloudWatchMonitoring": IN_CLUSTER,
    "CloudWatchObservability": IN_CLUSTER,
    "Cluster": {"vpc_id": "vpc-1", "subnet_ids": SUBNETS, "node_subnet_ids": SUBNETS},
    "DefaultStorageClass": {},
    "EfaDevicePlugin": {},
    "ExistingCluster": {"name": "theirs"},
    "ExistingNetwork": {"vpc_id": "vpc-1", "private_subnet_ids": SUBNETS},
    "HeadStorage": {"vpc_id": "vpc-1", "subnet_ids": SUBNETS, "client_security_group_id": "sg-1"},
    "Karpenter": IN_CLUSTER | {"cluster_arn": EKS["arn"]},
    "KubeRayOperator": {},
    "LlmService": {
        "image": "localhost/neuronserve:cpu",
        "accelerator": "cpu",
        "model": {"name": "smollm2-135m-instruct", "max_model_len": 2048, "max_num_seqs": 16},
    },
    "LoadBalancerController": IN_CLUSTER | {"vpc_id": "vpc-1"},
    "Network": {"region": "us-west-2"},
    "NeuronOperator": {"kubernetes_version": "1.35"},
    "NeuronPlatform": {},
    "NodePool": NODES | {"instance_types": ["inf2.8xlarge"]},
    "OpenWebUi": {"services": {"llm": {"namespace": "vllm", "serve_service": "llm-serve-svc"}}},
    "PodIdentity": {"cluster_name": "llm", "namespace": "kube-system", "service_account": "reader"},
    "PrometheusObservability": {},
    "ServingNamespace": {},
}
"""Valid arguments with as little as possible that is optional."""

MANY: dict[str, dict[str, Any]] = {
    "AccessLogBucket": {"retention_in_days": 30},
    "CloudWatchMonitoring": {
        "services": {"llama": {"namespace": "llms", "max_queued_requests": 4, "worker_usd_per_hour": 1.97}},
        "time_to_first_token_s": 2,
        "spend_usd_per_hour": 5,
    },
    "CloudWatchObservability": {
        "service_metrics": True,
        "log_retention_in_days": 7,
        "configuration": {"agent": {"x": 1}},
    },
    "Cluster": {
        "cluster_name": "production",
        "administrators": ["arn:aws:iam::111122223333:role/admin"],
        "system_nodes": {"min_size": 3, "disk_gib": 80},
        "eks_add_on_versions": {"coredns": "v1"},
        "tags": {"team": "a"},
        "aws_profile": "work",
    },
    "DefaultStorageClass": {"storage_class_name": "fast"},
    "EfaDevicePlugin": {"instance_types": ["trn1.32xlarge"], "tolerations": [{"key": "team"}], "mirror": MIRROR},
    "ExistingCluster": {"name": "others", "aws_profile": "work"},
    "ExistingNetwork": {"public_subnet_ids": ["subnet-3"]},
    "HeadStorage": {"node_type": "cache.t4g.small", "maintenance_window": "tue:02:00-tue:03:00"},
    "Karpenter": {"replicas": 1, "isolated_vpc": True, "values": {"logLevel": "debug"}, "mirror": MIRROR},
    "KubeRayOperator": {"namespace": "ray", "watch_namespaces": ["a"], "namespaced_permissions": True},
    "LlmService": {
        "service_name": "chat",
        "replicas": {"min": 1, "max": 2},
        "api_key": "key",
        "head": {"cpu": 2, "labels": {"team": "a"}},
        "head_fault_tolerance": {
            "storage": "Redis",
            "redis_address": "rediss://redis.example.com:6380",
            "redis_username": "ray",
            "redis_password": "of-redis",
        },
        "worker": {"env": {"A": "b"}, "env_from": [{"secretRef": {"name": "a"}}], "tolerations": [{"key": "team"}]},
        "image_pull_secrets": ["registry"],
        "network_policy": {"client_cidrs": ["10.1.0.0/20"]},
        "expose": EXPOSE | {"access_logs_bucket": "logs", "group": "llms", "tags": {"team": "a"}},
    },
    "LoadBalancerController": {"install_crds": False, "values": {"logLevel": "debug"}},
    "Network": {
        "availability_zone_ids": ["usw2-az1", "usw2-az2"],
        "flow_logs": {},
        "nat_gateways": "OnePerZone",
        "interface_endpoints": ["sts"],
        "tags": {"team": "a"},
    },
    "NeuronOperator": {"scheduler": False, "tolerations": [{"key": "team"}]},
    "NeuronPlatform": {
        "eks": EKS | {"discovery_tag": "llm", "system_nodes": True},
        "add_ons": {"efa": True},
        "node_pools": {"inferentia-inf2": {"instance_types": ["inf2.8xlarge"], "max_nodes": 2}},
        "neuron_tolerations": [{"key": "team"}],
        "mirror": MIRROR,
    },
    "NodePool": {"pool_name": "chips", "capacity_types": ["on-demand", "spot"], "node_pool_spec": {"weight": 10}},
    "OpenWebUi": {
        "services": {"llm": {"namespace": "vllm", "serve_service": "llm-serve-svc", "api_key": "key"}},
        "storage_class": "fast",
        "env": {"WEBUI_NAME": "Chat"},
        "env_from": [{"secretRef": {"name": "single-sign-on"}}],
        "network_policy": {"client_namespaces": ["ingress"]},
        "mirror": MIRROR,
    },
    "PodIdentity": {"policies": {"read": POLICY}, "managed_policies": {"x": "arn:aws:iam::aws:policy/X"}},
    "PrometheusObservability": {"storage_gib": 10, "spend_usd_per_hour": 5, "mirror": MIRROR, "neuron": False},
    "ServingNamespace": {"namespace_name": "llms", "labels": {"team": "a"}},
}
"""What to add for a plan in which more than the defaults can be seen."""

NAMES = sorted(name for name in components.__all__ if issubclass(getattr(components, name), pulumi.ComponentResource))


def component(name: str) -> Any:
    """Return a component's class."""
    return getattr(components, name)


def settings_type(name: str) -> type[Settings]:
    """Return the class of a component's settings."""
    (base,) = (base for base in component(name).__orig_bases__ if base.__origin__ is Component)
    held: type[Settings] = get_args(base)[0]
    return held
