"""A program: a replica's node drains, as a worker's pod has it, and another one comes; it prints who answered."""

import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import ray
from ray import serve
from ray.cluster_utils import Cluster

from neuronserve.serving.leaving import DRAIN_COMMAND

START_S = 3
"""What the replica takes to start, as an engine does."""
NODE_S = 3
"""What passes until there is another node."""
DEADLINE_S = 100


@serve.deployment(graceful_shutdown_timeout_s=1, ray_actor_options={"resources": {"cores": 1}})
class Model:
    """Answers with the node on which it is."""

    def __init__(self) -> None:
        time.sleep(START_S)
        self._node = ray.get_runtime_context().get_node_id()

    async def __call__(self) -> str:
        return self._node


def main() -> None:
    """Print the answers, each once, and the two nodes."""
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    try:
        told = migration(cluster)
    finally:  # whoever starts Ray next on this machine would look for this cluster
        serve.shutdown()
        ray.shutdown()
        cluster.shutdown()
    print(json.dumps(told))


def migration(cluster: Cluster) -> dict[str, list[str]]:
    """Return the answers, each once, and the two nodes."""
    first = cluster.add_node(num_cpus=1, resources={"cores": 1})
    ray.init(address=cluster.address, namespace="serve", log_to_driver=False)
    handle = serve.run(Model.bind())
    answers = [handle.remote().result()]
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            try:
                answer = handle.remote().result(timeout_s=2)
            except Exception as error:
                answer = repr(error)
            if answer != answers[-1]:
                answers.append(answer)
            time.sleep(0.05)

    client = threading.Thread(target=ask)
    client.start()
    ray_command = str(Path(sys.executable).with_name(DRAIN_COMMAND[0]))
    where = ["--address", cluster.address, "--node-id", first.node_id, "--deadline-remaining-seconds", str(DEADLINE_S)]
    subprocess.run([ray_command, *DRAIN_COMMAND[1:], *where], check=True, stdout=sys.stderr)
    time.sleep(NODE_S)
    second = cluster.add_node(num_cpus=1, resources={"cores": 1})
    deadline = time.monotonic() + DEADLINE_S
    while answers[-1] != second.node_id and time.monotonic() < deadline:
        time.sleep(0.1)
    over.set()
    client.join()
    return {"answers": answers, "nodes": [first.node_id, second.node_id]}


if __name__ == "__main__":
    main()
