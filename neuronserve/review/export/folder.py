"""Writing an export to a folder, in place of an earlier one."""

import shutil
import tempfile
from pathlib import Path

from neuronserve.plan.errors import PlanError
from neuronserve.review.export.argocd import APPLICATIONS
from neuronserve.review.export.text import BASE, CHARTS, HEADING, OBJECTS

README = "README.md"
OWN = (README, BASE, CHARTS, OBJECTS, APPLICATIONS)


def write(files: dict[str, str], directory: Path) -> None:
    """Write files, by their paths, and remove those of an earlier export. An error leaves what was there.

    Raises:
        PlanError: the folder cannot be written, or holds things that no earlier export made.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        if foreign := _foreign(directory):
            raise PlanError(
                f"Nothing is exported to {directory}: {foreign} is there, which no earlier export made, and it would "
                "be replaced. Name another folder, or remove it."
            )
        with tempfile.TemporaryDirectory(dir=directory, prefix=".unfinished-") as folder:
            for path, text in files.items():
                file = Path(folder, path)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
            for name in OWN:
                _remove(directory / name)
                if (new := Path(folder, name)).exists():
                    new.rename(directory / name)
    except OSError as error:
        raise PlanError(f"The export cannot be written to {directory}: {error.strerror}.") from None


def _foreign(directory: Path) -> str | None:
    """Return what is in the way, and was not made by an earlier export; None for nothing."""
    there = [name for name in OWN if (directory / name).is_symlink() or (directory / name).exists()]
    if not there:
        return None
    links = [name for name in there if (directory / name).is_symlink()]
    return links[0] if links else None if _is_export(directory) else there[0]


def _is_export(directory: Path) -> bool:
    try:
        first = (directory / README).read_text(encoding="utf-8").partition("\n")[0]
    except (OSError, ValueError):
        return False
    start, end = HEADING.split("{}")
    return first.startswith(start) and first.endswith(end)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
