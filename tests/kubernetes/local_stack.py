"""Stack local in a cluster: the manifests of `neuronserve synth`, and what is done to them."""

import contextlib
import itertools
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import yaml

from tests.kubernetes import load
from tests.kubernetes.image import NAME
from tests.kubernetes.kubectl import Kubectl, eventually
from tests.packaging.commands import ROOT

NAMESPACE = "vllm"
READY_S = 300
GONE_S = 180
KEY = "a-key-for-tests"
CLIENT = "client"
SERVICE_URL = f"http://llm-serve-svc.{NAMESPACE}.svc.cluster.local:8000/v1"
WORKER, HEAD = (f"app.kubernetes.io/component={component}" for component in ("worker", "head"))

CLIENT_POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": CLIENT, "namespace": "default"},
    "spec": {
        "containers": [
            {"name": CLIENT, "image": NAME, "imagePullPolicy": "Never", "command": ["sleep", "infinity"]},
        ],
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": 0,
    },
}


@dataclass
class Answers:
    """What happened to the requests of a steady load."""

    rows: list[dict[str, Any]] = field(default_factory=list)

    @property
    def failures(self) -> list[str]:
        return [row["said"] for row in self.rows if row["said"] != "200"]

    def good_after(self, moment: float) -> list[float]:
        """Return when answers came to requests that were asked after a moment."""
        return sorted(row["ended"] for row in self.rows if row["said"] == "200" and row["began"] > moment)

    def longest_gap_after(self, moment: float) -> float:
        """Return for how long no answer came."""
        times = [moment, *sorted(row["ended"] for row in self.rows if row["said"] == "200" and row["ended"] > moment)]
        return max((later - earlier for earlier, later in itertools.pairwise(times)), default=0.0)


class LocalStack:
    """The stack in the cluster behind a kubeconfig."""

    def __init__(self, kubectl: Kubectl, folder: Path) -> None:
        self.kubectl = kubectl
        words = [sys.executable, "-m", "neuronserve.cli", "synth", "--stack", "local", "--out", str(folder)]
        subprocess.run(words, cwd=ROOT, check=True, capture_output=True)
        self.manifests = folder / "manifests"
        (secret,) = self.manifests.glob("*-secret-*.yaml")
        # As docs/local-stack.md says: the plan holds no key.
        literal = f"--from-literal=api-key={KEY}"
        words = [
            "create",
            "secret",
            "generic",
            "llm-api-key",
            "-n",
            NAMESPACE,
            literal,
            "--dry-run=client",
            "-o",
            "yaml",
        ]
        secret.write_text(kubectl(*words))

    def apply(self) -> float:
        """Apply the manifests in order, and return how many seconds it took until it was ready."""
        began = time.monotonic()
        for manifest in sorted(self.manifests.iterdir()):
            self.kubectl("apply", "--server-side", "--filename", str(manifest))
        self.wait_until_ready()
        return time.monotonic() - began

    def delete(self) -> float:
        """Delete everything, and return how many seconds it took until it was gone."""
        began = time.monotonic()
        for manifest in sorted(self.manifests.iterdir(), reverse=True):
            words = ("--ignore-not-found", f"--timeout={GONE_S}s")
            self.kubectl("delete", "--filename", str(manifest), *words, seconds=GONE_S + 30)
            eventually("the pods are gone", lambda: not self.pods(), GONE_S)
        return time.monotonic() - began

    def wait_until_ready(self) -> None:
        """Wait until the service has a replica and an endpoint."""
        words = ("wait", "rayservice/llm", "-n", NAMESPACE, "--for=condition=Ready", f"--timeout={READY_S}s")
        self.kubectl(*words, seconds=READY_S + 30)
        eventually("a worker is ready", lambda: self.ready(WORKER), 60, self.status)

    def ready(self, selector: str) -> list[str]:
        """Return the names of pods that are ready and stay."""
        return [
            pod["metadata"]["name"]
            for pod in self.pods(selector)
            if "deletionTimestamp" not in pod["metadata"]
            and any(c["type"] == "Ready" and c["status"] == "True" for c in pod["status"].get("conditions", []))
        ]

    def pods(self, selector: str = "app.kubernetes.io/instance=llm") -> list[dict[str, Any]]:
        return list(self.kubectl.get("pods", "-n", NAMESPACE, "-l", selector)["items"])

    def service(self) -> dict[str, Any]:
        return dict(self.kubectl.get("rayservice", "llm", "-n", NAMESPACE))

    def status(self) -> str:
        return json.dumps(self.service().get("status", {}))[-3000:]

    def in_worker(self, program: str) -> str:
        """Run a Python program in the worker."""
        (worker,) = self.ready(WORKER)
        return self.kubectl(
            "exec", "-n", NAMESPACE, "-i", worker, "-c", "ray-worker", "--", "python", "-", text=program
        )

    def change(self, **spec: Any) -> None:
        """Change the RayService's spec as a next `apply` would."""
        patch = yaml.safe_dump({"spec": spec})
        self.kubectl("patch", "rayservice", "llm", "-n", NAMESPACE, "--type=merge", "--patch", patch)

    @contextlib.contextmanager
    def load(self, clients: int = 4) -> Iterator[Answers]:
        """Ask without a pause, through the serve service, while the block runs; it starts once answers come."""
        answers = Answers()
        program = Path(load.__file__).read_text()
        words = (
            "exec",
            "-n",
            "default",
            "-i",
            CLIENT,
            "--",
            "python",
            "-u",
            "-c",
            program,
            SERVICE_URL,
            KEY,
            str(clients),
        )
        with subprocess.Popen(self.kubectl.command(*words), stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            reader = threading.Thread(target=_read, args=(process.stdout, answers))
            reader.start()
            try:
                eventually("each client has got answers", lambda: len(answers.rows) >= 2 * clients, 180)
                yield answers
            finally:
                self.kubectl("exec", "-n", "default", CLIENT, "--", "touch", str(load.STOP))
                reader.join(load.PATIENCE_S + 30)
                process.terminate()


def _read(lines: IO[str], answers: Answers) -> None:
    for line in lines:
        answers.rows.append(json.loads(line))
