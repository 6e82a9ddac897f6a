"""Whether Hugging Face hands out the models of services: gated ones to a token of who accepted the licence."""

import os
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from neuronserve.plan.plan import Plan
from neuronserve.preflight.finding import Finding, Verdict, attempt
from neuronserve.preflight.refusals import RefusedError
from neuronserve.review.services import serve_configs, services

SUBJECT = "model"
HUB = "https://huggingface.co"
TOKEN_PATH = "HF_TOKEN_PATH"  # noqa: S105 (the name of a variable)
TOKENS = f"{HUB}/settings/tokens"
ANSWERS_WITHIN_S = 20
CLI_ANSWERS_WITHIN_S = 60


@dataclass(frozen=True)
class Model:
    """A model that a service loads from the hub."""

    service: str
    name: str
    revision: str
    has_token: bool
    """Whether the stack gives its pods a token."""


def models(plan: Plan) -> list[Model]:
    """Return the models that the services of a plan load from the hub: not those of a folder, or of the image."""
    configs, found = serve_configs(plan), []
    for service, resource in services(plan).items():
        for application in yaml.safe_load(configs.get(service, "{}")).get("applications", ()):
            arguments = application.get("args", {})
            name = str(arguments.get("model", ""))
            if name.count("/") == 1 and name[0] not in "./~":
                token = TOKEN_PATH in _variables(resource.inputs["spec"])
                found.append(Model(service, name, str(arguments.get("revision") or "main"), token))
    return found


def hub_models(plan: Plan, project: Path) -> Iterator[Finding]:
    """Ask the hub for a file of each model, as its pods will."""
    for model in models(plan):
        yield from attempt(SUBJECT, model.service, partial(_of, model, plan.stack, project))


def _of(model: Model, stack: str, project: Path) -> Iterator[Finding]:
    token = _token(model, stack, project) if model.has_token else None
    status, reason = _asked(model, token)
    setting = f"services.{model.service}.huggingFaceToken"
    page = f"{HUB}/{model.name}"
    set_token = f"pulumi config set --secret --path {setting} --stack {stack}"
    remedies: tuple[str, ...] = ()
    if status < 400:
        verdict, have = Verdict.FINE, "handed out" + (" to the token" if token else " without a token")
    elif token and (status == 403 or reason == "GatedRepo"):
        verdict, have = Verdict.PROBLEM, "the token is valid, and its owner has no access to this model"
        remedies = (f"Accept the licence at {page} as its owner, or let a fine-grained token read gated repositories.",)
    elif status == 401 and token:
        verdict, have = Verdict.PROBLEM, "the token is not valid"
        remedies = (f"Make a token at {TOKENS}: {set_token}",)
    elif reason == "GatedRepo":
        verdict, have = Verdict.PROBLEM, "gated, and the service has no token"
        remedies = (f"Accept the licence at {page}, make a token at {TOKENS}: {set_token}",)
    elif status in (401, 404):
        verdict, have = (
            Verdict.PROBLEM,
            f"no such model, revision or config.json{'' if token else ', or a private one'}",
        )
        remedies = (
            f"Look at services.{model.service}.model.name and revision, or give the service a token: {set_token}",
        )
    else:
        raise RefusedError(f"the hub answered {status}", "Try again later.", page)
    need = f"{model.name}, revision {model.revision}"
    yield Finding(SUBJECT, model.service, verdict, need=need, have=have, remedies=remedies, link=page)


def _asked(model: Model, token: str | None) -> tuple[int, str]:
    """Return with which status, and for which reason, the hub hands out a model's config.json or not."""
    hub = os.environ.get("HF_ENDPOINT") or HUB
    path = f"{urllib.parse.quote(model.name)}/resolve/{urllib.parse.quote(model.revision, safe='')}/config.json"
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(f"{hub.rstrip('/')}/{path}", method="HEAD", headers=headers)  # noqa: S310
    opener = urllib.request.build_opener(_NoRedirect)
    try:
        with opener.open(request, timeout=ANSWERS_WITHIN_S) as answer:
            return answer.status, ""
    except urllib.error.HTTPError as error:
        return error.code, error.headers.get("X-Error-Code", "")
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or type(error).__name__
        raise RefusedError(
            f"{hub} cannot be reached: {reason}", "Look at network and proxies, or HF_ENDPOINT."
        ) from None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Takes a redirection for an answer: the file is there, and the token goes to no other host."""

    def redirect_request(self, *_: Any) -> None:
        """Follow nothing."""


def _token(model: Model, stack: str, project: Path) -> str:
    """Return the token of a service as the Pulumi CLI deciphers it, or that of HF_TOKEN where that cannot be had."""
    path = f"services.{model.service}.huggingFaceToken"
    words = ["pulumi", "config", "get", "--path", path, "--stack", stack, "--non-interactive"]
    token = _printed(words, project) or os.environ.get("HF_TOKEN", "").strip()
    if not token:
        raise RefusedError(
            "could not be checked: the stack's token is encrypted, and the Pulumi CLI does not decipher it here",
            f"Look why `{' '.join(words[:-1])}` fails (PULUMI_CONFIG_PASSPHRASE, pulumi login), or set HF_TOKEN to it.",
        )
    if not (token.isascii() and token.isprintable() and " " not in token):
        raise RefusedError(
            "the token has characters that no HTTP header can carry", f"Set {path} to the token itself.", TOKENS
        )
    return token


def _printed(words: list[str], folder: Path) -> str:
    try:
        done = subprocess.run(  # noqa: S603 (no shell)
            words, cwd=folder, capture_output=True, text=True, timeout=CLI_ANSWERS_WITHIN_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return "" if done.returncode else done.stdout.strip()


def _variables(spec: dict[str, Any]) -> set[str]:
    """Return the names of the variables that a service's workers have."""
    pods = [group["template"]["spec"] for group in spec["rayClusterConfig"]["workerGroupSpecs"]]
    return {variable["name"] for pod in pods for each in pod["containers"] for variable in each.get("env", ())}
