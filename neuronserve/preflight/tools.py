"""Whether the command-line tools that `pulumi up` takes are here, and new enough."""

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from neuronserve.preflight.finding import Finding, Verdict, attempt
from neuronserve.preflight.refusals import RefusedError

SUBJECT = "tool"
ANSWERS_WITHIN_S = 30

AWS_CLI = {1: (1, 27, 160), 2: (2, 12, 3)}
"""The first versions, by major version, that EKS says give access to its clusters
(https://docs.aws.amazon.com/eks/latest/userguide/create-kubeconfig.html)."""


def pulumi_cli(project: Path) -> Iterator[Finding]:
    """Compare the Pulumi CLI with the version that Pulumi.yaml requires."""
    document = yaml.safe_load((project / "Pulumi.yaml").read_text(encoding="utf-8"))
    required = re.fullmatch(r"\s*>=\s*([0-9.]+)\s*", str(document.get("requiredPulumiVersion", "")))
    least = _numbers(required[1]) if required else (0,)
    yield from attempt(
        SUBJECT,
        "Pulumi CLI",
        lambda: _compared("Pulumi CLI", ["pulumi", "version"], least, "https://www.pulumi.com/docs/install/"),
    )


def aws_cli() -> Iterator[Finding]:
    """Compare the AWS CLI, from which kubeconfigs have their tokens, with what EKS asks for."""
    link = "https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html"
    yield from attempt(SUBJECT, "AWS CLI", lambda: _compared("AWS CLI", ["aws", "--version"], AWS_CLI, link))


def _compared(
    name: str, words: list[str], least: tuple[int, ...] | Mapping[int, tuple[int, ...]], link: str
) -> Iterator[Finding]:
    there = _version(words)
    wanted = least if isinstance(least, tuple) else least.get(there[0] if there else max(least), least[max(least)])
    need = f"{_text(wanted)} or newer" if any(wanted) else "any version"
    if there and there >= wanted:
        yield Finding(SUBJECT, name, Verdict.FINE, need=need, have=_text(there), link=link)
    else:
        yield Finding(
            SUBJECT,
            name,
            Verdict.PROBLEM,
            need=need,
            have=_text(there) if there else f"no command {words[0]} on PATH",
            remedies=(f"Install {'a newer' if there else 'the'} {name}.",),
            link=link,
        )


def _version(words: list[str]) -> tuple[int, ...]:
    """Return the version that a command prints; none where there is no such command.

    Raises:
        RefusedError: it prints none.
    """
    path = shutil.which(words[0])
    if path is None:
        return ()
    shown = " ".join(words)
    try:
        done = subprocess.run(  # noqa: S603 (no shell)
            [path, *words[1:]], capture_output=True, text=True, timeout=ANSWERS_WITHIN_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        raise RefusedError(f"`{shown}` does not answer", f"Look why `{shown}` fails.") from None
    match = re.search(r"(?:^v?|aws-cli/)([0-9]+(?:\.[0-9]+)+)", done.stdout.strip())
    if done.returncode or not match:
        raise RefusedError(f"`{shown}` prints no version", f"Look why `{shown}` fails.")
    return _numbers(match[1])


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split(".") if number)


def _text(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
