"""How a user's mistake ends a command: one message, an exit code that is not 0, no traceback."""

from typing import NoReturn

import typer
from rich.console import Console

TROUBLE = 2
"""The exit code of commands that compare or check, when something cannot be: 1 says that they have found something."""


def fail(message: str, exit_code: int = 1) -> NoReturn:
    """Print ``message`` to standard error and end the command with an exit code."""
    Console(stderr=True, soft_wrap=True).print(f"[bold red]error:[/] {_escape(message)}", highlight=False)
    raise typer.Exit(exit_code)


def _escape(text: str) -> str:
    """Rich reads square brackets as style; a message's own are text."""
    return text.replace("[", r"\[")
