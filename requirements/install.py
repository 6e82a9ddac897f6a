"""Make .venv and put the pinned dependencies into it; does nothing when they are there already.

Standard library only: it runs before anything is installed.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements"
VENV = ROOT / ".venv"
STAMP = VENV / "installed"
PIP = "pip==26.3"


def main() -> None:
    """Bring .venv up to date, or say why that is impossible."""
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        sys.exit(
            f"error: this is Python {sys.version.split()[0]} ({sys.executable}); neuronserve needs 3.11, 3.12 or 3.13. "
            "Name one: make PYTHON=python3.12 …"
        )
    fingerprint = _fingerprint()
    if STAMP.is_file() and STAMP.read_text() == fingerprint:
        return
    _say("Making .venv")
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=False)
    if made.returncode:
        sys.exit("error: `python -m venv` failed; on Debian and Ubuntu it needs the package python3-venv.")
    _pip("Updating pip", PIP)
    _pip(
        "Installing PyTorch for the CPU",
        "--retries=1",
        "--no-deps",
        "-r",
        str(REQUIREMENTS / "torch-cpu.txt"),
    )
    files = [REQUIREMENTS / f"{name}.txt" for name in ("control-plane", "serving-cpu", "development")]
    # The lists are complete, so nothing else may be added to them: without --no-deps vLLM brings CUDA libraries.
    _pip(
        "Installing Pulumi, Ray, vLLM and the tools",
        "--no-deps",
        *(word for file in files for word in ("-r", str(file))),
    )
    _pip("Installing neuronserve itself", "--no-deps", "--no-build-isolation", "--quiet", "-e", str(ROOT))
    _compile()
    _check_torch()
    STAMP.write_text(fingerprint)


def _fingerprint() -> str:
    """Return what the environment depends on: the lists, the interpreter, and where the checkout lies."""
    files = [Path(__file__), ROOT / "pyproject.toml", *sorted(REQUIREMENTS.glob("*.txt"))]
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    return f"{digest} {sys.version} {ROOT}\n"


def _pip(step: str, *arguments: str) -> None:
    _say(step)
    command = [str(VENV / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "--no-compile"]
    finished = subprocess.run([*command, *arguments], check=False)
    if finished.returncode:
        sys.exit(f"error: pip failed while: {step}. Its message is above; running the same command again goes on.")


def _compile() -> None:
    """Compile all modules once, on all processors, where pip takes one.

    Left to the first use, it would be done at every start where PYTHONDONTWRITEBYTECODE is set.
    """
    _say("Compiling")
    command = [str(VENV / "bin" / "python"), "-m", "compileall", "-qq", "-j", "0", str(VENV / "lib")]
    subprocess.run(command, check=False)  # some files are templates and no Python


def _check_torch() -> None:
    check = "import torch, sys; sys.exit(torch.version.cuda is not None)"
    checked = subprocess.run([str(VENV / "bin" / "python"), "-c", check], capture_output=True, text=True, check=False)
    if checked.returncode:
        cause = "".join(f" ({line})" for line in checked.stderr.strip().splitlines()[-1:])
        sys.exit(
            f"error: pip found no CPU build of PyTorch that works here{cause}. "
            "It comes from https://download.pytorch.org/whl/cpu; "
            "behind a proxy or mirror, set PIP_EXTRA_INDEX_URL or PIP_FIND_LINKS to a place that has it."
        )


def _say(step: str) -> None:
    print(f"==> {step}", flush=True)


if __name__ == "__main__":
    main()
