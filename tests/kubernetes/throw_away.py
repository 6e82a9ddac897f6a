"""A throw-away Kubernetes with a node, and the image that images for it are built on: it has no registry."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

BASE = "localhost/debian-python:bookworm"

PROGRAMS = {
    "buildah": "buildah",
    "debootstrap": "debootstrap",
    "containerd": "containerd",
    "runc": "runc",
    "nft": "nftables",
    "ip": "iproute2",
    "/usr/lib/cni/bridge": "containernetworking-plugins",
}
"""What a node and its images take, and which of Debian's packages has it."""


@dataclass(frozen=True)
class Cluster:
    """A cluster, and how an image gets into it."""

    kubeconfig: str
    load_words: list[str]
    """The command that takes an archive into the nodes."""
    base: str | None
    """What images are built on, where not on that of their Dockerfile."""

    def load(self, archive: Path) -> None:
        """Take an archive of images into the nodes."""
        subprocess.run([*self.load_words, str(archive)], check=True, capture_output=True)


@contextlib.contextmanager
def throw_away(program: str) -> Iterator[Cluster]:
    """Start a cluster with a program that takes ``start DIR PART...``, ``load DIR ARCHIVE`` and ``stop DIR``."""
    if missing := [package for name, package in PROGRAMS.items() if not shutil.which(name)]:
        pytest.skip(f"a node needs what is not here. On Debian, as root: apt-get install {' '.join(missing)}")
    if os.geteuid():
        pytest.skip("a node is started by root")
    folder = tempfile.mkdtemp(prefix="node-")  # short: sockets in it have its path
    cluster = f"{folder}/cluster"
    try:
        kubeconfig = _done(program, "start", cluster, "kuberay", "node")
        yield Cluster(kubeconfig, [program, "load", cluster], debian_base())
    finally:
        subprocess.run([program, "stop", cluster], check=False)
        shutil.rmtree(folder, ignore_errors=True)


def debian_base() -> str:
    """Return the name of an image with Debian and Python, made from Debian's packages unless it is there."""
    if subprocess.run(["buildah", "inspect", "--type", "image", BASE], capture_output=True, check=False).returncode:
        with tempfile.TemporaryDirectory() as folder:
            packages = "--include=python3,python3-venv,ca-certificates"
            _done("debootstrap", "--variant=minbase", packages, "bookworm", folder)
            for archive in Path(folder, "var/cache/apt/archives").glob("*.deb"):
                archive.unlink()
            container = _done("buildah", "from", "scratch")
            _done("buildah", "add", "--quiet", container, folder, "/")
            _done("buildah", "commit", "--quiet", "--rm", container, BASE)
    return BASE


def _done(*words: str) -> str:
    finished = subprocess.run(words, capture_output=True, text=True, check=False)
    assert not finished.returncode, f"{' '.join(words)}: {finished.stdout[-2000:]}{finished.stderr[-2000:]}"
    return finished.stdout.strip()
