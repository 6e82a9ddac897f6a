"""Planning the programs in ``examples/``; by itself also where there is no more of this library than its wheel.

planning.py <examples>    prints the name of each and how many resources it makes
"""

import json
import runpy
import sys
from pathlib import Path
from typing import Any

import yaml

from neuronserve.testing import Plan, plan_of

OTHER_STACKS = {
    "org/two-stacks-namespace/dev": {"namespace": "llms"},
    "org/neuronserve/inf2-8xlarge": {
        "services": {
            "vllm-llama3-inf2": {"endpoint": "http://vllm-llama3-inf2-serve-svc.vllm.svc.cluster.local:8000/v1"}
        },
        "apiKeys": {"vllm-llama3-inf2": "the-key"},
        "clusterName": "neuronserve-inf2-8xlarge",
        "kubeconfig": "{}",
    },
    "org/neuronserve/trn1-32xlarge": {
        "kubeconfig": "{}",
        "instanceProfileName": "profile",
        "nodeSecurityGroupId": "sg-0a1b2c3d4e5f60718",
        "discoveryTag": "neuronserve-trn1-32xlarge",
    },
}
"""What the examples read of other stacks."""
CLUSTER = {
    "aws:eks/getCluster:getCluster": {
        "name": "shared",
        "arn": "arn:aws:eks:us-west-2:123456789012:cluster/shared",
        "endpoint": "https://example.com",
        "version": "1.35",
        "vpcConfig": {"vpcId": "vpc-1", "clusterSecurityGroupId": "sg-1"},
        "certificateAuthorities": [{"data": "Y2E="}],
    }
}


def programs(examples: Path) -> dict[str, Path]:
    """Return the programs in a folder by name, which is that of their folder below it."""
    return {str(program.parent.relative_to(examples)): program for program in sorted(examples.rglob("__main__.py"))}


def planned(program: Path) -> Plan:
    """Return the plan of a program for stack ``dev``, with the configuration beside it."""
    config: dict[str, Any] = yaml.safe_load((program.parent / "Pulumi.dev.yaml").read_text())["config"]
    return plan_of(
        lambda: runpy.run_path(str(program)),
        project=yaml.safe_load((program.parent / "Pulumi.yaml").read_text())["name"],
        config={key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()},
        stack_outputs=OTHER_STACKS,
        answers=CLUSTER,
    )


if __name__ == "__main__":
    for name, program in programs(Path(sys.argv[1])).items():
        print(name, len(planned(program).resources))
