"""From engine arguments, which are YAML, to the flags of vLLM's command line: each as vLLM's own parser takes it."""

import argparse
import difflib
import json

from pydantic import JsonValue


class EngineArgumentsError(ValueError):
    """vLLM has no such argument, or refused its value; the message is for a person."""


def flags(parser: argparse.ArgumentParser, arguments: dict[str, JsonValue]) -> list[str]:
    """Return arguments as words of the parser's command line.

    Args:
        parser: vLLM's.
        arguments: values by argument name (``max_model_len``); None leaves the default.

    Raises:
        EngineArgumentsError: the parser has no argument of a name.
    """
    return [
        word
        for name, value in arguments.items()
        if value is not None
        for word in _words(_flag(name), _action(parser, name), value)
    ]


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _action(parser: argparse.ArgumentParser, name: str) -> argparse.Action:
    known = {spelt: action for action in parser._actions for spelt in action.option_strings}
    if action := known.get(_flag(name)) or known.get(f"--{name}"):
        return action
    names = [action.dest for action in parser._actions if action.option_strings]
    close = difflib.get_close_matches(name, names, n=1)
    raise EngineArgumentsError(
        f"This version of vLLM has no engine argument {name} ({_flag(name)})."
        + (f" Did you mean {close[0]}?" if close else "")
    )


def _words(flag: str, action: argparse.Action, value: JsonValue) -> list[str]:
    match action:
        case argparse.BooleanOptionalAction():
            if isinstance(value, bool):
                return [flag if value else flag.replace("--", "--no-", 1)]
        case argparse._StoreTrueAction():
            if isinstance(value, bool):
                return [flag] if value else []
        case argparse._AppendAction():
            return [f"{flag}={_word(item)}" for item in (value if isinstance(value, list) else [value])]
        case argparse.Action(nargs="+" | "*"):
            return [flag, *(_word(item) for item in (value if isinstance(value, list) else [value]))]
    return [f"{flag}={_word(value)}"]


def _word(value: JsonValue) -> str:
    """Return a value as one word: texts as they are, all else as JSON has it."""
    return value if isinstance(value, str) else json.dumps(value)
