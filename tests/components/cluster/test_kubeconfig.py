import json
from pathlib import Path

import pytest
from kubernetes.config import kube_config

from neuronserve.components.cluster.kubeconfig import eks_kubeconfig


@pytest.mark.parametrize("profile", [None, "work"])
def test_a_kubernetes_client_reads_it(profile: str | None, tmp_path: Path) -> None:
    # A fake `aws` that shows how it was called in place of a token.
    aws = tmp_path / "aws"
    aws.write_text(
        "#!/bin/sh\n"
        'printf \'{"apiVersion":"client.authentication.k8s.io/v1beta1","kind":"ExecCredential",'
        '"status":{"token":"%s"}}\' "$*"\n'
    )
    aws.chmod(0o755)
    config = json.loads(eks_kubeconfig("c", "https://c.example", "Q0E=", region="eu-west-1", profile=profile))
    config["users"][0]["user"]["exec"]["command"] = str(aws)
    file = tmp_path / "config"
    file.write_text(json.dumps(config))
    client = kube_config.new_client_from_config(str(file))
    assert client.configuration.host == "https://c.example"
    (token,) = client.configuration.api_key.values()
    of_profile = f"--profile {profile} " if profile else ""
    assert token == f"Bearer {of_profile}--region eu-west-1 eks get-token --cluster-name c --output json"
