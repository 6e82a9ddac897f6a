"""The serving image as an archive, built with buildah or docker unless one of the same content was built before."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.packaging.commands import ROOT

NAME = "localhost/neuronserve:cpu"
DOCKERFILE = "serving/image/Dockerfile.cpu"
CONTENT = (".dockerignore", DOCKERFILE, "requirements/torch-cpu.txt", "requirements/serving-cpu.txt", "serving")
BASE_VARIABLE = "NEURONSERVE_TEST_IMAGE_BASE"
BUILD_VARIABLE = "NEURONSERVE_TEST_IMAGE_BUILD"
"""Further words for the build, such as volumes that hold certificates."""

KEPT = 2
"""Archives of 3 GB that stay: one more than the one in use."""


def image_archive() -> Path:
    """Return the archive of this checkout's image."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "neuronserve" / "images"
    cache.mkdir(parents=True, exist_ok=True)
    archive = cache / f"{fingerprint()}.tar"
    if not archive.exists():
        unfinished = archive.with_suffix(".unfinished")
        unfinished.unlink(missing_ok=True)
        for command in commands(unfinished):
            subprocess.run(command, cwd=ROOT, check=True)
        unfinished.rename(archive)
        for old in sorted(cache.glob("*.tar"), key=lambda file: file.stat().st_mtime)[:-KEPT]:
            old.unlink()
    archive.touch()
    return archive


def fingerprint() -> str:
    """Return what the image is made from, as a name."""
    digest = hashlib.sha256(" ".join(os.environ.get(name, "") for name in (BASE_VARIABLE, BUILD_VARIABLE)).encode())
    for path in (ROOT / name for name in CONTENT):
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            digest.update(str(file.relative_to(ROOT)).encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def commands(archive: Path) -> list[list[str]]:
    """Return what builds the image and writes it to a file."""
    base = os.environ.get(BASE_VARIABLE)
    words = [*(["--build-arg", f"BASE={base}"] if base else []), *os.environ.get(BUILD_VARIABLE, "").split()]
    words += ["--file", DOCKERFILE, "--tag", NAME, "."]
    if shutil.which("buildah"):
        return [
            ["buildah", "bud", "--quiet", "--layers", *words],
            ["buildah", "push", "--quiet", NAME, f"docker-archive:{archive}:{NAME}"],
        ]
    if shutil.which("docker"):
        return [["docker", "build", "--quiet", *words], ["docker", "save", "--output", str(archive), NAME]]
    pytest.skip("neither buildah nor docker is here to build the serving image")
