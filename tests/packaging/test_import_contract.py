"""Who may import whom: the contracts in pyproject.toml hold, can fail, and say what CONTRIBUTING.md says."""

import re
import shutil
import sys
import textwrap
import tomllib
from pathlib import Path

import grimp
import pytest

from tests.packaging.commands import ROOT, run

CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
PACKAGE = "neuronserve."
LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def layers(container: str) -> list[list[str]]:
    (lines,) = (contract["layers"] for contract in CONTRACTS if contract.get("containers") == [container])
    return [[name.strip(" ()") for name in line.split("|")] for line in lines]


def forbidden(folder: str) -> set[str]:
    """Return what the contracts besides the layers forbid a folder: folders of ours by name, and packages."""
    return {
        module.removeprefix(PACKAGE)
        for contract in CONTRACTS
        if PACKAGE + folder in contract.get("source_modules", ())
        for module in contract["forbidden_modules"]
    }


def folders() -> set[str]:
    return {file.parent.name for file in (ROOT / "neuronserve").glob("*/__init__.py")}


def packages() -> set[str]:
    """Return every third-party package that a module of ours imports."""
    graph = grimp.build_graph("neuronserve", include_external_packages=True, cache_dir=None)
    return {module for module in graph.modules if not f"{module}.".startswith(PACKAGE)} - sys.stdlib_module_names


def rows() -> dict[str, tuple[str, str]]:
    """Return the cells "may import" and "never" of each folder of the package."""
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in re.findall(r"^\| `.*\|$", CONTRIBUTING, re.M)]
    named = {Path(folder.strip("`")).name: (may, never) for folder, _, may, never in cells}
    return {name: both for name, both in named.items() if any(both)}


def quoted(cell: str) -> set[str]:
    return set(re.findall(r"`(.*?)`", cell))


def test_every_folder_has_a_row() -> None:
    assert set(rows()) == folders()


@pytest.mark.parametrize("folder", sorted(folders()))
def test_the_table_says_what_the_contracts_say(folder: str) -> None:
    order = layers("neuronserve")
    (level,) = (index for index, layer in enumerate(order) if folder in layer)
    below = {name for layer in order[level + 1 :] for name in layer}
    not_ours = forbidden(folder) - folders()
    may_import, never = rows()[folder]

    if may_import == "everything":
        assert not forbidden(folder)
        assert level == 0
    else:
        assert quoted(may_import) == below - forbidden(folder)
        assert quoted(may_import) or may_import == "nothing of ours"

    if never == "any package":
        assert not_ours == packages()
    else:
        assert quoted(never) == {name for name in not_ours if name.partition("_")[0] == name}
        assert not_ours == {name for name in packages() if name.partition("_")[0] in quoted(never)}


def test_the_order_inside_components_is_that_of_the_contract() -> None:
    lines = "\n".join(" | ".join(layer) for layer in layers("neuronserve.components"))
    assert textwrap.indent(lines, "    ") in CONTRIBUTING


@pytest.mark.parametrize(
    ("file", "line", "broken"),
    [
        ("README.md", "", None),
        ("components/identity/policy.py", "import neuronserve.plan", "Arrows go down"),
        ("neuronserve/sizing/pod.py", "import neuronserve.settings", "Arrows go down"),
        ("components/helm/charts.py", "import neuronserve.components.cluster", "Inside components"),
        ("components/karpenter/permissions.py", "import neuronserve.components.network", "Inside components"),
        ("neuronserve/stack/checks.py", "import neuronserve.plan", "What is deployed"),
        ("neuronserve/plan/plan.py", "import neuronserve.settings", "Any Pulumi program"),
        ("neuronserve/review/cost.py", "import neuronserve.components", "A review"),
        ("serving/settings.py", "import pulumi", "The image"),
        ("serving/settings.py", "import neuronserve.facts", "The image"),
        ("components/llm_service/checks.py", "import neuronserve.serving.application", "Whoever plans"),
        ("neuronserve/facts/zones.py", "import yaml", "Facts and sizing"),
        ("neuronserve/sizing/pod.py", "import pydantic", "Facts and sizing"),
    ],
)
def test_the_linter_sees_what_breaks_a_contract(tmp_path: Path, file: str, line: str, broken: str | None) -> None:
    for name in ("neuronserve", "components", "serving"):
        shutil.copytree(ROOT / name, tmp_path / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, tmp_path)
    with (tmp_path / file).open("a") as module:
        module.write(f"\n{line}\n")
    linted = run(sys.executable, "-c", LINT, "--no-cache", "--no-logo", cwd=tmp_path)

    found = re.findall(r"^(.*) BROKEN", linted.stdout, re.MULTILINE)
    assert linted.returncode == (1 if broken else 0), linted.stdout + linted.stderr
    assert any(name.startswith(broken) for name in found) if broken else not found
