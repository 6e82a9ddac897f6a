"""Models of the hub, asked for as the pods will: without a token, with a valid one, and with others."""

import json
from pathlib import Path

import pytest

from neuronserve.plan.plan import Plan
from neuronserve.preflight.finding import Finding, Verdict
from neuronserve.preflight.hub import hub_models
from tests.preflight.conftest import tool
from tests.preflight.hub import GATED, OPEN, Hub
from tests.spoilt_plan import RAY_SERVICE, spoilt, worker

SERVICE = "llama3-1-long"
TOKEN = "hf_hunter2"
VARIABLE = {"name": "HF_TOKEN_PATH", "value": "/var/run/secrets/neuronserve/hugging-face-token/token"}


@pytest.fixture(autouse=True)
def on_path(monkeypatch: pytest.MonkeyPatch, tools: Path, model_hub: Hub) -> None:
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    monkeypatch.setenv("HF_ENDPOINT", model_hub.url)
    monkeypatch.delenv("HF_TOKEN", raising=False)
    model_hub.gated = {GATED}
    model_hub.tokens = {TOKEN}
    model_hub.accepted = {TOKEN}


@pytest.fixture
def with_token(plan: Plan) -> Plan:
    def add(inputs: dict[str, object]) -> None:
        worker(inputs)["containers"][0]["env"].append(VARIABLE)

    return spoilt(plan, RAY_SERVICE, add, f"{SERVICE}-ray-service")


def looked(plan: Plan, project: Path) -> dict[str, Finding]:
    found = {finding.about: finding for finding in hub_models(plan, project)}
    assert TOKEN not in str(found)
    return found


def stored(tools: Path, token: str) -> None:
    """Have the Pulumi CLI decipher a token, if it is asked as it should be."""
    asked = f"config get --path services.{SERVICE}.huggingFaceToken --stack inf2-and-trn1 --non-interactive"
    tool(tools, "pulumi", f'[ "$*" = "{asked}" ] || exit 255\ncat <<END\n{token}\nEND')


def test_a_gated_model_without_a_token(plan: Plan, model_hub: Hub, tmp_path: Path) -> None:
    found = looked(plan, tmp_path)
    assert found["llama3"].verdict is Verdict.FINE
    gated = found[SERVICE]
    assert (gated.verdict, gated.have) == (Verdict.PROBLEM, "gated, and the service has no token")
    assert f"--path services.{SERVICE}.huggingFaceToken --stack inf2-and-trn1" in gated.remedies[0]
    assert gated.link == f"https://huggingface.co/{GATED}"
    assert sorted(model_hub.asked) == [
        (f"/{OPEN}/resolve/main/config.json", None),
        (f"/{GATED}/resolve/main/config.json", None),
    ]


def test_the_stacks_token_is_deciphered_and_sent_for_its_service_alone(
    with_token: Plan, model_hub: Hub, tools: Path, tmp_path: Path
) -> None:
    stored(tools, TOKEN)
    found = looked(with_token, tmp_path)
    assert (found[SERVICE].verdict, found[SERVICE].have) == (Verdict.FINE, "handed out to the token")
    assert dict(model_hub.asked) == {
        f"/{OPEN}/resolve/main/config.json": None,
        f"/{GATED}/resolve/main/config.json": TOKEN,
    }


@pytest.mark.parametrize("token", ["hf_revoked", "hf_valid"])
def test_a_token_that_does_not_do(with_token: Plan, model_hub: Hub, tools: Path, tmp_path: Path, token: str) -> None:
    model_hub.tokens.add("hf_valid")
    stored(tools, token)
    valid = "the token is valid, and its owner has no access to this model"
    have = valid if token == "hf_valid" else "the token is not valid"
    finding = looked(with_token, tmp_path)[SERVICE]
    assert (finding.verdict, finding.have) == (Verdict.PROBLEM, have)
    assert token not in json.dumps(finding.__dict__)


@pytest.mark.parametrize("cli", ["fails", "is missing"])
def test_a_token_that_cannot_be_deciphered(
    with_token: Plan, tools: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cli: str
) -> None:
    tool(tools, "pulumi", "echo passphrase must be set >&2; exit 255")
    if cli == "is missing":
        (tools / "pulumi").unlink()
    finding = looked(with_token, tmp_path)[SERVICE]
    assert finding.verdict is Verdict.UNCHECKED
    assert "or set HF_TOKEN to it." in finding.remedies[0]
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    assert looked(with_token, tmp_path)[SERVICE].verdict is Verdict.FINE


def test_a_token_that_no_header_can_carry(with_token: Plan, tools: Path, tmp_path: Path, model_hub: Hub) -> None:
    stored(tools, "hf_hunter2\nwith a line")
    finding = looked(with_token, tmp_path)[SERVICE]
    assert finding.verdict is Verdict.UNCHECKED
    assert len(model_hub.asked) == 1


def test_a_model_that_is_not_there(plan: Plan, model_hub: Hub, tmp_path: Path) -> None:
    model_hub.models.remove(OPEN)
    finding = looked(plan, tmp_path)["llama3"]
    assert (finding.verdict, finding.have) == (
        Verdict.PROBLEM,
        "no such model, revision or config.json, or a private one",
    )


def test_a_revision_is_asked_for(plan: Plan, model_hub: Hub, tmp_path: Path) -> None:
    def pin(inputs: dict[str, dict[str, str]]) -> None:
        model = f"model: {OPEN}\n"
        inputs["spec"]["serveConfigV2"] = inputs["spec"]["serveConfigV2"].replace(
            model, f"{model}    revision: refs/pr/1\n"
        )

    looked(spoilt(plan, RAY_SERVICE, pin, "llama3-ray-service"), tmp_path)
    assert f"/{OPEN}/resolve/refs%2Fpr%2F1/config.json" in dict(model_hub.asked)


def test_a_hub_that_does_not_answer(
    plan: Plan, model_hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model_hub.status = 503
    assert looked(plan, tmp_path)["llama3"].have == "the hub answered 503"
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    found = looked(plan, tmp_path)
    assert {finding.verdict for finding in found.values()} == {Verdict.UNCHECKED}
    assert found["llama3"].have.startswith("http://127.0.0.1:1 cannot be reached: ")
