"""Answers to a file of prompts: a RayJob on the node pools of a platform, which gives up the nodes when it is done.

`s3://<bucket>/prompts.jsonl` has a prompt a line, `{"id": "1", "prompt": "..."}`; the answers come below
`s3://<bucket>/answers/`. The platform needs a pool with two nodes of inf2.8xlarge more than its services take.

`pulumi up` returns when the job is made: `kubectl --namespace batch get rayjobs` says how it goes. Each change of the
job is another job, which answers what has no answer yet. None of this has run in a cluster, but for answer.py, which
has answered with a small model on the CPU.
"""

from pathlib import Path

import pulumi
import pulumi_kubernetes as kubernetes

from neuronserve.components import PodIdentity, ServingNamespace
from neuronserve.components.cluster.provider import kubernetes_provider
from neuronserve.components.identity.policy import Statement, policy_document
from neuronserve.components.llm_service.job_cluster import job_cluster_spec

NAME = "batch"

config = pulumi.Config()
bucket = config.require("bucket")
platform = pulumi.StackReference(config.require("platformStack"))
provider = kubernetes_provider("cluster", platform.require_output("kubeconfig"))
in_cluster = pulumi.ResourceOptions(providers=[provider])

namespace = ServingNamespace(NAME, opts=in_cluster)
account = kubernetes.core.v1.ServiceAccount(
    NAME, metadata={"name": NAME, "namespace": namespace.name}, opts=pulumi.ResourceOptions(provider=provider)
)
may_use_bucket = PodIdentity(
    NAME,
    {
        "cluster_name": platform.require_output("clusterName"),
        "namespace": namespace.name,
        "service_account": NAME,
        "policies": {
            "bucket": policy_document(
                [
                    Statement("List", ("s3:ListBucket",), (f"arn:aws:s3:::{bucket}",)),
                    Statement("ReadAndWrite", ("s3:GetObject", "s3:PutObject"), (f"arn:aws:s3:::{bucket}/*",)),
                ]
            )
        },
    },
)
program = kubernetes.core.v1.ConfigMap(
    "program",
    metadata={"namespace": namespace.name},
    data={"answer.py": (Path(__file__).parent / "answer.py").read_text()},
    opts=pulumi.ResourceOptions(provider=provider),
)
cluster = job_cluster_spec(
    NAME,
    {
        "instance_type": "inf2.8xlarge",
        "image": config.require("image"),
        "model": {
            "name": "NousResearch/Meta-Llama-3-8B-Instruct",
            "tensor_parallel_size": 2,
            "max_model_len": 4096,
            "max_num_seqs": 8,
        },
        "replicas": {"min": 2},
        # Where there is not room for all, services go before it.
        "head": {
            "annotations": may_use_bucket.pod_annotations,
            "priority_class_name": namespace.batch_priority_class,
        },
        "worker": {"priority_class_name": namespace.batch_priority_class},
        "ray_service_spec": {
            "rayClusterConfig": {
                "headGroupSpec": {
                    "template": {
                        "spec": {
                            "containers": [
                                {
                                    "name": "ray-head",
                                    "volumeMounts": [{"name": "program", "mountPath": "/program", "readOnly": True}],
                                }
                            ],
                            "volumes": [{"name": "program", "configMap": {"name": program.metadata.name}}],
                        }
                    }
                }
            }
        },
    },
)
job = kubernetes.apiextensions.CustomResource(
    NAME,
    api_version="ray.io/v1",
    kind="RayJob",
    metadata={"namespace": namespace.name},
    spec={
        # The operator tells Ray, without a pod of its own for it.
        "submissionMode": "HTTPMode",
        # Only the head talks to S3, by what the image need not have.
        "entrypoint": (
            "pip install --quiet --target $HOME/boto3 boto3 && PYTHONPATH=$PYTHONPATH:$HOME/boto3 "
            f"python3 /program/answer.py s3://{bucket}/prompts.jsonl s3://{bucket}/answers"
        ),
        "shutdownAfterJobFinishes": True,
        "backoffLimit": 2,
        "rayClusterSpec": cluster,
    },
    # KubeRay runs a RayJob once, so another one takes its place.
    opts=pulumi.ResourceOptions(
        provider=provider, depends_on=[account, may_use_bucket], replace_on_changes=["spec"], delete_before_replace=True
    ),
)
pulumi.export("rayJob", job.metadata["name"])
