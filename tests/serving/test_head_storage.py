"""A Ray head whose state is kept, as KubeRay starts it: in a Redis with TLS and a password, and on a volume."""

import contextlib
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from neuronserve.components.llm_service.head_storage import HeadStorageAddress, add_head_storage
from tests.serving.test_ray_token import END_S, RAY, START_S, free_ports
from tests.waiting import wait_until

PASSWORD = "c0ffee" * 8
NAMESPACE = "of-one-ray-cluster"

BARE = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "RAY_USAGE_STATS_ENABLED": "0"}

CLEAN_UP = """
import os
from urllib.parse import urlparse
from ray._private.gcs_utils import cleanup_redis_storage
at = urlparse(os.environ["RAY_REDIS_ADDRESS"])
assert cleanup_redis_storage(
    host=at.hostname, port=at.port, password=os.environ["REDIS_PASSWORD"], use_ssl=at.scheme == "rediss",
    storage_namespace=os.environ["RAY_external_storage_namespace"],
)
"""
"""What KubeRay's clean-up Job runs (1.7, ``buildRedisCleanupJob``)."""


@dataclass
class Redis:
    """A redis-server that speaks TLS alone, and asks for a password."""

    folder: Path
    port: int

    def asked(self, *words: str) -> str:
        """Return what it answers to a command."""
        cli = ("redis-cli", "-p", str(self.port), "--tls", "--cacert", str(self.folder / "ca.crt"))
        ran = subprocess.run([*cli, "-a", PASSWORD, *words], capture_output=True, text=True, timeout=60, check=False)
        return ran.stdout

    @property
    def environment(self) -> dict[str, str]:
        """What a head has that a service's spec and KubeRay give it, but for the authority that signed."""
        (container,) = self._cluster["headGroupSpec"]["template"]["spec"]["containers"]
        options = self._cluster["gcsFaultToleranceOptions"]
        assert options["redisPassword"]["valueFrom"]["secretKeyRef"] == {"name": "llm-redis", "key": "password"}
        (variable,) = (one["name"] for one in container["env"])
        return BARE | {
            "HOME": str(self.folder),
            "RAY_REDIS_ADDRESS": options["redisAddress"],
            "REDIS_PASSWORD": PASSWORD,
            "RAY_external_storage_namespace": NAMESPACE,
            "RAY_redis_db_connect_retries": "5",
            variable: str(self.folder / "ca.crt"),
        }

    @property
    def _cluster(self) -> dict[str, Any]:
        cluster: dict[str, Any] = {"headGroupSpec": {"template": {"spec": {"containers": [{"env": []}]}}}}
        address = f"rediss://localhost:{self.port}"
        add_head_storage(cluster, HeadStorageAddress(address, password_secret_name="llm-redis"))
        return cluster


@pytest.fixture(scope="module")
def redis() -> Iterator[Redis]:
    if not shutil.which("redis-server") or not shutil.which("openssl"):
        pytest.skip("redis-server and openssl are not there: apt-get install redis-server openssl")
    with tempfile.TemporaryDirectory(prefix="ray", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (port,) = free_ports(1)
        words = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout ca.key -out ca.crt"
        subprocess.run(words.split(), cwd=folder, check=True, capture_output=True)
        words = f"redis-server --port 0 --tls-port {port} --tls-cert-file ca.crt --tls-key-file ca.key --save"
        words = [*words.split(), "", "--tls-auth-clients", "no", "--requirepass", PASSWORD]
        server = subprocess.Popen(words, cwd=folder, stdout=subprocess.DEVNULL)
        try:
            running = Redis(folder, port)
            (folder / "ca.crt").chmod(0o644)
            wait_until("Redis answers", lambda: "PONG" in running.asked("ping"), 30)
            yield running
        finally:
            server.kill()
            server.wait()


@contextlib.contextmanager
def head_in(folder: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Start a Ray head by KubeRay's command line."""
    gcs, dashboard, client, agent = free_ports(4)
    words = f"{shlex.quote(RAY)} start --head --block --num-cpus=0 --node-ip-address=127.0.0.1 --temp-dir={folder}/r"
    words += f" --port={gcs} --dashboard-port={dashboard} --ray-client-server-port={client}"
    words += f" --dashboard-agent-listen-port={agent}"
    if "REDIS_PASSWORD" in environment:
        words += " --redis-password=$REDIS_PASSWORD"
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            ["/bin/bash", "-c", words], env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield process
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(END_S)
        for one in psutil.process_iter(["cmdline"]):
            if any(str(folder / "r") in word for word in one.info["cmdline"] or []):
                one.kill()


@pytest.mark.server
def test_a_head_keeps_its_state_behind_tls_and_a_password_and_kuberay_clears_it(redis: Redis) -> None:
    def keys() -> list[str]:
        return [key for key in redis.asked("keys", "*").split() if NAMESPACE in key]

    with head_in(redis.folder, redis.environment) as process:
        wait_until("the head has written", lambda: keys() or process.poll() is not None, START_S)
        assert keys(), (redis.folder / "log").read_text()
        logs = [file for file in (redis.folder / "r").rglob("*") if file.is_file() and not file.is_symlink()]
        assert len(logs) > 5
        for file in [redis.folder / "log", *logs]:
            assert PASSWORD.encode() not in file.read_bytes(), file
    words = [sys.executable, "-c", CLEAN_UP]
    subprocess.run(words, env=redis.environment, check=True, capture_output=True, timeout=120)
    assert not keys()


@pytest.mark.server
def test_a_head_keeps_its_state_on_a_volume() -> None:
    """By the variables that KubeRay sets for the backend of the spec (1.7, ``configureEmbeddedFT``)."""
    cluster: dict[str, Any] = {}
    add_head_storage(cluster, HeadStorageAddress())
    with tempfile.TemporaryDirectory(prefix="ray", ignore_cleanup_errors=True) as name:
        folder, volume = Path(name), Path(name) / "gcs"
        volume.mkdir()
        environment = BARE | {"HOME": name, "RAY_gcs_storage_path": str(volume)}
        environment["RAY_gcs_storage"] = cluster["gcsFaultToleranceOptions"]["backend"]
        with head_in(folder, environment) as process:
            there = "CURRENT"  # in every RocksDB
            wait_until("the head has written", lambda: [*volume.rglob(there)] or process.poll() is not None, START_S)
            assert [*volume.rglob(there)], (folder / "log").read_text()
