"""Revisions of a git checkout: which commit each is, and its files in a folder of their own."""

import os
import subprocess
from pathlib import Path


class RevisionError(Exception):
    """A revision cannot be had; the message says why."""


def repository_of(folder: Path) -> Path:
    """Return the top of the git checkout that a folder is in.

    Raises:
        RevisionError: it is in none.
    """
    top = _git(folder, "rev-parse", "--show-toplevel")
    if top is None:
        raise RevisionError(f"{folder} is in no git checkout, so it has no revisions. Name two plans.")
    return Path(top)


def commit_of(repository: Path, revision: str) -> str:
    """Return the commit that a revision stands for.

    Raises:
        RevisionError: there is none.
    """
    commit = _git(repository, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if not commit:
        raise RevisionError(
            f"There is no revision {revision} in {repository}, and no plan of that name. A shallow clone, or one that "
            "is behind, may lack it: `git fetch` it, or name a plan.json or the folder that holds one."
        )
    return commit


def common_ancestor(repository: Path, base: str, head: str) -> str:
    """Return the commit at which two revisions part.

    Raises:
        RevisionError: they have nothing in common, or one of them does not exist.
    """
    commits = [commit_of(repository, revision) for revision in (base, head)]
    found = _git(repository, "merge-base", *commits)
    if not found:
        raise RevisionError(f"{base} and {head} have no common ancestor in {repository}. Write {base}..{head} instead.")
    return found


def write_files(repository: Path, commit: str, folder: Path) -> None:
    """Write the files of a commit to a folder, without a trace in the repository.

    Raises:
        RevisionError: git cannot.
    """
    environment = {"GIT_INDEX_FILE": f"{folder}.index", "GIT_LFS_SKIP_SMUDGE": "1"}
    for arguments in (["read-tree", commit], ["checkout-index", "--all", f"--prefix={folder}/"]):
        if _git(repository, *arguments, **environment) is None:
            raise RevisionError(f"git cannot write the files of {commit} to {folder}: `git {arguments[0]}` failed.")


def _git(folder: Path, *arguments: str, **environment: str) -> str | None:
    """Return what git prints, None if it fails."""
    try:
        run = subprocess.run(  # noqa: S603
            ["git", "-C", str(folder), *arguments],  # noqa: S607 (the user's own)
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise RevisionError("git is not installed, so there are no revisions. Install it, or name two plans.") from None
    return run.stdout.strip() if run.returncode == 0 else None
