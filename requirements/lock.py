"""Resolve every requirements/*.in anew into its pinned *.txt; `make lock` runs this, and needs the network.

Standard library only; uv, which resolves, is installed into a temporary environment.
"""

import subprocess
import tempfile
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
LISTS = ("control-plane", "serving-cpu", "development")
UV = "uv==0.13.9"
HEADER = "# Made by `make lock` from {name}.in; install with --no-deps.\n"


def main() -> None:
    """Resolve the lists of .venv together, so that they fit into one environment, and then those of other ones."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder) / "bin" / "python"
        subprocess.run([python, "-m", "pip", "install", "--quiet", UV], check=True)
        together = Path(folder) / "together.txt"
        _compile(python, [f"{name}.in" for name in LISTS], together)
        for name in LISTS:
            _write(python, name, [f"{name}.in", "--constraint", str(together)])
        _write(python, "ray-llm", ["ray-llm.in", "--constraint", str(together)])
        _write(python, "open-webui", ["open-webui.in"])
        _write(python, "vllm-0.13", ["vllm-0.13.in", "control-plane.in", "development.in"])
        _write(python, "bench", ["bench.in"])


def _write(python: Path, name: str, inputs: list[str]) -> None:
    output = HERE / f"{name}.txt"
    _compile(python, inputs, output)
    output.write_text(HEADER.format(name=name) + output.read_text())


def _compile(python: Path, inputs: list[str], output: Path) -> None:
    # The oldest Python that is supported; vLLM's list says where newer ones need more.
    command = [python, "-m", "uv", "pip", "compile", "--quiet", "--no-header", "--no-annotate"]
    command += ["--python-version", "3.11", "--python-platform", "x86_64-manylinux_2_28"]
    command += ["--override", "left-out.txt", "--no-emit-package", "intel-openmp"]
    subprocess.run([*command, *inputs, "--output-file", output], cwd=HERE, check=True)


if __name__ == "__main__":
    main()
