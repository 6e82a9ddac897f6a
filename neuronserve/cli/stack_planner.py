"""Plans stacks with the code of the folder in which it runs: a script that Python is given as text.

That folder may be any revision of a checkout, so it takes no more of it than the command ``synth``. Arguments: a folder
to write to, and stacks. For each stack it leaves a folder, as ``synth --out`` does, and ``<stack>.txt`` with what was
said.
"""

import contextlib
import io
import sys
from pathlib import Path


def plan(out: Path, stack: str) -> None:
    """Plan one stack."""
    from neuronserve.cli.main import app  # noqa: PLC0415 (of the folder in which this runs)

    said = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(said):
        try:
            app(["synth", "--stack", stack, "--out", str(out / stack)], standalone_mode=False)
        except Exception as error:  # whatever that code does, the other stacks have plans
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
    (out / f"{stack}.txt").write_text(said.getvalue(), encoding="utf-8")


if __name__ == "__main__":
    for name in sys.argv[2:]:
        plan(Path(sys.argv[1]), name)
