"""What users get: distributions made as on a machine without symlinks, installed where the checkout is out of reach."""

import sys
import sysconfig
import tarfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.packaging.commands import ROOT, build, done


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The working tree as git writes it with core.symlinks off: a link is a text file that holds its target."""
    folder = tmp_path_factory.mktemp("checkout")
    storage = tmp_path_factory.mktemp("git")
    own = {"GIT_INDEX_FILE": str(storage / "index"), "GIT_OBJECT_DIRECTORY": str(storage)}
    done("git", "add", "--all", cwd=ROOT, **own)
    done("git", "-c", "core.symlinks=false", "checkout-index", "--all", f"--prefix={folder}/", cwd=ROOT, **own)
    for name in ("components", "serving"):
        assert (folder / "neuronserve" / name).read_text() == f"../{name}"
    return folder


@pytest.fixture(scope="session")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(checkout, tmp_path_factory.mktemp("wheel"), "wheel")


@pytest.fixture(scope="session")
def sdist(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(checkout, tmp_path_factory.mktemp("sdist"), "sdist")


@pytest.fixture(scope="session")
def unpacked_sdist(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    (top,) = folder.iterdir()
    return top


@dataclass(frozen=True)
class Environment:
    """A virtual environment that has the wheel, and from the tests' own environment everything else."""

    bin: Path
    packages: Path


@pytest.fixture(scope="session")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    folder = tmp_path_factory.mktemp("environment")
    done(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder)
    return with_wheel(folder, wheel)


def with_wheel(folder: Path, wheel: Path) -> Environment:
    """Install the wheel in the virtual environment of a folder."""
    python = folder / "bin" / "python"
    done(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", wheel, cwd=folder)
    packages = Path(done(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip())
    # After the wheel's own folder, and without a look at the .pth files there, of which one leads to the checkout.
    (packages / "dependencies.pth").write_text(f"{sysconfig.get_path('purelib')}\n{sysconfig.get_path('platlib')}\n")
    return Environment(python.parent, packages)
