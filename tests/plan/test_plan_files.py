"""Plans and stack files that are read back."""

import json
from pathlib import Path

import pytest
from pulumi_aws import ec2

from neuronserve.plan.errors import PlanError
from neuronserve.plan.plan import Plan
from neuronserve.plan.program import run
from neuronserve.plan.project import encrypted_settings, load_project


def test_a_plan_comes_back_also_one_of_another_version() -> None:
    plan = run(lambda: ec2.Vpc("vpc", cidr_block="10.0.0.0/16"))
    assert Plan.from_json(plan.to_json()) == plan
    document = json.loads(plan.to_json())
    del document["resources"][0]["options"]
    document["resources"][0]["later"] = 1
    assert Plan.from_json(json.dumps(document)) == plan


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"project": 1, "stack": 1, "outputs": {}, "resources": [{}]}'])
def test_what_is_no_plan_is_refused(text: str) -> None:
    with pytest.raises(PlanError, match="no plan"):
        Plan.from_json(text)


def test_encrypted_settings_are_found_at_any_depth(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: app\nruntime: python\n")
    (tmp_path / "__main__.py").write_text("")
    (tmp_path / "Pulumi.dev.yaml").write_text(
        "config:\n  key: {secure: v1:a}\n  other:list: [{secure: v1:b}, c]\n  app:map: {d: {e: {secure: v1:c}}}\n"
    )
    assert encrypted_settings(load_project(tmp_path), "dev") == {
        "app:key": "v1:a",
        "other:list[0]": "v1:b",
        "app:map.d.e": "v1:c",
    }
