"""Dockerfile.neuron builds on a base with what it asks AWS's image for: wget, neuron-ls, a Python with vLLM and pip.

AWS's image itself, some 10 GB, is not taken; the CPU image stands in, with a neuron-ls that finds nothing.
"""

import json
import subprocess
from typing import Any

from tests.kubernetes.image import DOCKERFILE, NAME, build, on_base
from tests.kubernetes.throw_away import Cluster

BASE, IMAGE = "localhost/neuronserve:neuron-base", "localhost/neuronserve:neuron"
LIKE_AWS = f"""\
FROM {NAME}
USER root
RUN mkdir -p /opt/aws/neuron/bin && ln -s /bin/false /opt/aws/neuron/bin/neuron-ls
ENTRYPOINT ["python", "-m", "vllm.entrypoints.openai.api_server"]
"""


def test_the_neuron_image_builds(cluster: Cluster) -> None:
    build(NAME, [*on_base(cluster.base), "--file", DOCKERFILE])
    build(BASE, ["--file", "-"], LIKE_AWS)
    builder = build(IMAGE, [*on_base(BASE), "--file", "serving/image/Dockerfile.neuron"])
    config = _config(builder)
    assert config["User"] == "1000"
    assert not config.get("Entrypoint")
    assert "HOME=/home/ray" in config["Env"]


def _config(builder: str) -> dict[str, Any]:
    words = ["inspect", "--type", "image", IMAGE]
    inspected = json.loads(subprocess.run([builder, *words], stdout=subprocess.PIPE, check=True).stdout)
    config: dict[str, Any] = inspected["OCIv1"]["config"] if builder == "buildah" else inspected[0]["Config"]
    return config
