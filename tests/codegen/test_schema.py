"""The JSON schema of stack files: ours keep it, and what the program refuses it refuses, as far as a schema can."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "stacks" / "schema.json").read_text())
STACKS = sorted((ROOT / "stacks").glob("Pulumi.*.yaml"))


def stack() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((ROOT / "stacks" / "Pulumi.inf2-and-trn1.yaml").read_text())
    return document


def mistakes(document: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in Draft202012Validator(SCHEMA).iter_errors(document)]


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("file", STACKS, ids=lambda file: file.stem)
def test_stacks_keep_it_and_say_where_it_is(file: Path) -> None:
    text = file.read_text()
    assert text.startswith("# yaml-language-server: $schema=schema.json\n")
    assert mistakes(yaml.safe_load(text)) == []


@pytest.mark.parametrize(
    ("path", "value", "wrong"),
    [
        ("neuronserve:servces", {}, "'neuronserve:servces'"),
        ("neuronserve:protect", "perhaps", "'perhaps' is not of type 'boolean'"),
        ("neuronserve:services", ["llama3"], "is not of type 'object'"),
        ("neuronserve:services/llama3", "small", "'small' is not of type 'object'"),
        ("neuronserve:services/llama3/instanceTyp", "inf2.xlarge", "'instanceTyp' was unexpected"),
        ("neuronserve:services/llama3/accelerator", "gpu", "'gpu' is not one of ['neuron', 'cpu']"),
        ("neuronserve:services/llama3/model/maxNumSeqs", "8", "'8' is not of type 'integer'"),
        ("neuronserve:services/llama3/model/max_num_seqs", 8, "'max_num_seqs' was unexpected"),
        ("neuronserve:services/new", {"accelerator": "cpu"}, "'image' is a required property"),
        ("neuronserve:services/llama3/apiKey", 5, "is not valid under any of the given schemas"),
        ("neuronserve:network/availabilityZoneIds", "usw2-az1", "'usw2-az1' is not of type 'array'"),
        ("neuronserve:network/availabilityZoneIds", [1], "1 is not of type 'string'"),
        ("neuronserve:network/natGateways", "Twice", "'Twice' is not one of"),
        ("neuronserve:cluster", {"version": 1.35}, "1.35 is not of type 'string'"),
        ("neuronserve:cluster", {"existing": {"nam": "x"}}, "'nam' was unexpected"),
        ("neuronserve:nodePools", {"default": {"capacityTypes": ["cheap"]}}, "'cheap' is not one of"),
        ("neuronserve:nodePools", {"default": {"limits": {"cpu": 64}}}, "64 is not of type 'string'"),
        ("neuronserve:addOns", {"kubeRai": True}, "'kubeRai' was unexpected"),
        ("neuronserve:tags", {"team": 5}, "5 is not of type 'string'"),
    ],
)
def test_it_finds_planted_mistakes(path: str, value: Any, wrong: str) -> None:
    document = stack()
    *parents, key = path.split("/")
    holder = document["config"]
    for parent in parents:
        holder = holder[parent]
    holder[key] = value
    found = mistakes(document)
    assert any(wrong in mistake for mistake in found), found


def test_it_admits_what_pulumi_writes_and_what_is_not_ours() -> None:
    document = stack()
    document |= {"encryptionsalt": "v1:x", "secretsprovider": "awskms://alias/x"}
    document["config"] |= {"aws:region": "us-west-2", "aws:profile": "me", "kubernetes:whatever": [1]}
    document["config"]["neuronserve:services"]["llama3"]["apiKey"] = {"secure": "v1:x"}
    document["config"]["neuronserve:cluster"] = {"existing": {"kubeconfig": {"secure": "v1:x"}}}
    assert mistakes(document) == []


def test_every_setting_in_it_says_what_it_means() -> None:
    def settings(schema: dict[str, Any], path: str) -> list[str]:
        without = []
        for name, held in schema.get("properties", {}).items():
            without += [] if held.get("description") else [f"{path}.{name}"]
            without += settings(held, f"{path}.{name}")
        if isinstance(held := schema.get("additionalProperties"), dict):
            without += settings(held, f"{path}.<name>")
        return without

    assert settings(SCHEMA["properties"]["config"], "config") == []
