"""How a user's mistake ends a command: one message, exit code 1, no traceback."""

from typing import NoReturn

import typer
from rich.console import Console


def fail(message: str) -> NoReturn:
    """Print ``message`` to standard error and end the command with exit code 1."""
    Console(stderr=True, soft_wrap=True).print(f"[bold red]error:[/] {_escape(message)}", highlight=False)
    raise typer.Exit(1)


def _escape(text: str) -> str:
    """Rich reads square brackets as style; a message's own are text."""
    return text.replace("[", r"\[")
