"""Images of this checkout as archives, built with buildah or docker unless one of the same content was built before."""

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.packaging.commands import ROOT

NAME = "localhost/neuronserve:cpu"
DOCKERFILE = "serving/image/Dockerfile.cpu"

BENCH_NAME = "localhost/neuronserve:bench"
BENCH_DOCKERFILE = "tests/kubernetes/Dockerfile.bench"

KEPT = 3
"""Archives of some GB that stay: one more than those in use."""

CERTIFICATES = Path("/etc/ssl/certs")
PIP_OPTION = re.compile(r"^(?:global|:env:)\.(cert|index-url|extra-index-url|find-links)='(.*)'$", re.MULTILINE)
"""What says where pip finds packages, as `pip config list` writes it."""


def cache_directory() -> Path:
    """Return where archives are kept."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "neuronserve" / "images"
    cache.mkdir(parents=True, exist_ok=True)
    return cache


def image_archive(base: str | None, name: str = NAME, dockerfile: str = DOCKERFILE) -> Path:
    """Return the archive of an image of this checkout, on another base than that of its Dockerfile if one is named."""
    cache = cache_directory()
    archive = cache / f"{fingerprint(base, dockerfile)}.tar"
    if not archive.exists():
        unfinished = archive.with_suffix(".unfinished")
        built(name, [*on_base(base), "--file", dockerfile], unfinished)
        unfinished.rename(archive)
        for old in sorted(cache.glob("*.tar"), key=lambda file: file.stat().st_mtime)[:-KEPT]:
            old.unlink()
    archive.touch()
    return archive


def on_base(base: str | None) -> list[str]:
    """Return the words with which an image is built on another base than that of its Dockerfile."""
    return ["--build-arg", f"BASE={base}"] if base else []


def built(name: str, words: list[str], archive: Path, text: str | None = None) -> None:
    """Build an image, as :func:`build` does, and write it to a file."""
    archive.unlink(missing_ok=True)
    if build(name, words, text) == "buildah":
        save = ["buildah", "push", "--quiet", name, f"docker-archive:{archive}:{name}"]
    else:
        save = ["docker", "save", "--output", str(archive), name]
    subprocess.run(save, check=True)


def build(name: str, words: list[str], text: str | None = None) -> str:
    """Build an image from this checkout, and return what has it; ``text`` is a Dockerfile for ``--file -``."""
    if shutil.which("buildah"):
        builder, command = "buildah", ["buildah", "bud", "--quiet", "--layers", "--isolation", "chroot", *_machine()]
    elif shutil.which("docker"):
        builder, command = "docker", ["docker", "build", "--quiet"]
    else:
        pytest.skip("neither buildah nor docker is here to build the serving image")
    subprocess.run([*command, "--tag", name, *words, "."], cwd=ROOT, input=text, text=True, check=True)
    return builder


def renamed(archive: Path, name: str, copy: Path) -> Path:
    """Copy an archive of one image, under another name."""
    with tarfile.open(archive) as old, tarfile.open(copy, "w") as new:
        for member in old:
            content = old.extractfile(member)
            if content and member.name == "manifest.json":
                (image,) = json.load(content)
                text = json.dumps([{**image, "RepoTags": [name]}]).encode()
                member.size, content = len(text), io.BytesIO(text)
            new.addfile(member, content)
    return copy


def fingerprint(base: str | None, dockerfile: str) -> str:
    """Return what an image is made from, as a name."""
    digest = hashlib.sha256(str(base).encode())
    for file in (ROOT / ".dockerignore", ROOT / dockerfile, *copied(dockerfile)):
        digest.update(str(file.relative_to(ROOT)).encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def copied(dockerfile: str) -> Iterator[Path]:
    """Return each file of this checkout that a Dockerfile copies."""
    for words in re.findall(r"^COPY (?!--from)(.*)$", (ROOT / dockerfile).read_text(), re.MULTILINE):
        for path in (ROOT / word for word in words.split()[:-1]):
            for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
                if file.is_file() and not {"__pycache__", "image"} & set(file.relative_to(ROOT).parts):
                    yield file


def _machine() -> list[str]:
    """Return the words that give a build this machine's certificates and the places where its pip finds packages."""
    listed = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True)
    options = dict(PIP_OPTION.findall(listed.stdout))
    configuration = cache_directory() / "pip.conf"
    configuration.write_text("\n".join(["[global]", *(f"{name} = {value}" for name, value in options.items())]) + "\n")
    places = {CERTIFICATES: CERTIFICATES, configuration: Path("/etc/pip.conf")}
    for name in ("find-links", "index-url", "extra-index-url"):
        for place in options.get(name, "").split():
            local = Path(place.removeprefix("file://"))
            if local.is_dir():
                places[local] = local
    # An index beside this folder of its files.
    places |= {path.parent: path.parent for path in places if path.name == "simple"}
    return [word for here, there in places.items() for word in ("--volume", f"{here}:{there}:ro")]
