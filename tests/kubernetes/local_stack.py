"""Stack local in a cluster: the manifests of `neuronserve synth`, and what is done to them."""

import base64
import contextlib
import itertools
import json
import re
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import yaml

from neuronserve.components.overlay import overlaid
from tests.kubernetes import load, redis
from tests.kubernetes.image import NAME
from tests.kubernetes.kubectl import Kubectl, eventually
from tests.project import ROOT, project_with, values_of

NAMESPACE = "vllm"
READY_S = 300
UPGRADE_S = 600
"""A second set of pods starts beside one that answers, on the same processors."""
GONE_S = 180
KEY = "a-key-for-tests"
RAY_TOKEN = "a-token-for-tests"
ENTRIES = {
    "llm-api-key": f"api-key={KEY}",
    "llm-ray-token": f"auth_token={RAY_TOKEN}",
    "llm-redis": f"password={redis.PASSWORD}",
}
"""What is in the Secrets of which the plan has no more than the names."""
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
        self.manifests = self._planned(folder, "--stack", "local")

    def planned(self, folder: Path, **service: Any) -> Path:
        """Plan the stack with other values of its service laid over its own, and return the folder of manifests."""
        values = overlaid(values_of("local"), {"services": {"llm": service}})
        return self._planned(folder / "out", "--stack", "test", "--project", str(project_with(folder, values)))

    def _planned(self, folder: Path, *words: str) -> Path:
        words = (sys.executable, "-m", "neuronserve.cli", "synth", "--out", str(folder), *words)
        subprocess.run(words, cwd=ROOT, check=True, capture_output=True)
        # As docs/local-stack.md says: the plan holds no key.
        for secret in (folder / "manifests").glob("*-secret-*.yaml"):
            name = secret.stem.partition("-secret-")[2]
            entry = ENTRIES[name]
            words = ("generic", name, "-n", NAMESPACE, f"--from-literal={entry}", "--dry-run=client")
            secret.write_text(self.kubectl("create", "secret", *words, "--output", "yaml"))
        return folder / "manifests"

    def apply(self, manifests: Path | None = None) -> float:
        """Apply manifests in order, and return how many seconds it took until what they say was there and ready."""
        began, before = time.monotonic(), self._ray_cluster()
        for manifest in sorted((manifests or self.manifests).iterdir()):
            self.kubectl("apply", "--server-side", "--force-conflicts", "--filename", str(manifest))
        if self._ray_cluster() != before:
            eventually("the operator has seen the change", self._is_seen, 60, self.status)
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
        """Wait until the service has a replica and an endpoint, and no second Ray cluster."""
        for condition, seconds in (("Ready=True", READY_S), ("UpgradeInProgress=False", UPGRADE_S)):
            words = ("wait", "rayservice/llm", "-n", NAMESPACE, f"--for=condition={condition}", f"--timeout={seconds}s")
            self.kubectl(*words, seconds=seconds + 30)
        eventually("a worker is ready, and there is one cluster", self._is_alone, READY_S, self.status)
        eventually("the application runs", lambda: self.application() == "RUNNING", READY_S, self.status)

    def application(self) -> str:
        """Return what the status says of the application."""
        applications = self.service()["status"]["activeServiceStatus"].get("applicationStatuses", {})
        return str(applications.get("llm", {}).get("status"))

    def _ray_cluster(self) -> dict[str, Any]:
        """Return the Ray cluster in the spec, for a change of which the operator makes another one."""
        found = self.kubectl.get("rayservice", "-n", NAMESPACE)["items"]
        return dict(found[0]["spec"]["rayClusterConfig"]) if found else {}

    def _is_seen(self) -> bool:
        """Whether the operator has written its status anew; it does so only when more than this number changes."""
        service = self.service()
        return bool(service.get("status", {}).get("observedGeneration") == service["metadata"]["generation"])

    def _is_alone(self) -> bool:
        clusters = {pod["metadata"]["labels"]["ray.io/cluster"] for pod in self.pods()}
        return bool(self.ready(WORKER)) and clusters == {self.cluster()}

    def cluster(self) -> str:
        """Return the name of the Ray cluster in charge."""
        return str(self.service()["status"]["activeServiceStatus"]["rayClusterName"])

    def ready(self, selector: str) -> list[str]:
        """Return the names of pods that are ready and stay."""
        return [pod["metadata"]["name"] for pod in self.ready_pods(selector)]

    def ready_pods(self, selector: str = "app.kubernetes.io/instance=llm") -> list[dict[str, Any]]:
        """Return the pods that are ready and stay: not a worker that stands idle since a replica has moved."""
        return [
            pod
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

    def says(self, pattern: str) -> bool:
        """Whether what a regular expression describes is anywhere in the RayService's status."""
        return bool(re.search(pattern, json.dumps(self.service().get("status", {}))))

    def in_worker(self, program: str) -> str:
        """Run a Python program in the worker."""
        (worker,) = self.ready(WORKER)
        return self.kubectl(
            "exec", "-n", NAMESPACE, "-i", worker, "-c", "ray-worker", "--", "python", "-", text=program
        )

    def ask(self, path: str) -> str:
        """Return what the API answers to a GET, through the serve service."""
        program = (
            "import sys, urllib.request as r\n"
            f"q = r.Request('{SERVICE_URL}{path}', headers={{'Authorization': 'Bearer {KEY}'}})\n"
            "sys.stdout.buffer.write(r.urlopen(q, timeout=60).read())"
        )
        return self.kubectl("exec", "-n", "default", CLIENT, "--", "python", "-c", program)

    def status_with(self, key: str) -> int:
        """Return the status of the answer to a request with a key, through the serve service."""
        program = (
            f"import httpx; print(httpx.get('{SERVICE_URL}/models', headers={{'x-api-key': '{key}'}}).status_code)"
        )
        return int(self.kubectl("exec", "-n", "default", CLIENT, "--", "python", "-c", program))

    def set_key(self, holder: str, key: str | None) -> None:
        """Add or remove an API key, as `pulumi up` does."""
        data = {holder: key and base64.b64encode(key.encode()).decode()}
        patch = json.dumps({"data": data})
        self.kubectl("patch", "secret", "llm-api-key", "-n", NAMESPACE, "--type=merge", "--patch", patch)

    def change(self, **spec: Any) -> None:
        """Change the RayService's spec as a next `apply` would."""
        patch = yaml.safe_dump({"spec": spec})
        self.kubectl("patch", "rayservice", "llm", "-n", NAMESPACE, "--type=merge", "--patch", patch)

    @contextlib.contextmanager
    def load(self, clients: int = 4) -> Iterator[Answers]:
        """Ask without a pause, through the serve service, while the block runs; it starts once answers come."""
        answers, stop = Answers(), f"/tmp/stop-{uuid.uuid4()}"
        program = ["python", "-u", "-c", Path(load.__file__).read_text(), SERVICE_URL, KEY, str(clients), stop]
        words = ("exec", "-n", "default", "-i", CLIENT, "--", *program)
        with subprocess.Popen(self.kubectl.command(*words), stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            reader = threading.Thread(target=_read, args=(process.stdout, answers))
            reader.start()
            try:
                eventually("each client has got answers", lambda: len(answers.good_after(0)) >= 2 * clients, 180)
                answers.rows.clear()  # before the first, nodes may not yet know where the service leads
                yield answers
            finally:
                self.kubectl("exec", "-n", "default", CLIENT, "--", "touch", stop)
                reader.join(load.PATIENCE_S + 30)
                process.terminate()


def _read(lines: IO[str], answers: Answers) -> None:
    for line in lines:
        answers.rows.append(json.loads(line))
