"""Stacks that take values from Pulumi ESC."""

import json
from pathlib import Path

import pytest

from neuronserve.plan.errors import ProgramError, ProjectError
from neuronserve.plan.program import synthesise
from neuronserve.plan.project import UNDECIPHERED, StackConfig, load_project, load_stack_config

DECLARATIONS = """
    config:
      image: {type: string, default: ""}
      shape: {type: object, default: {}}
      token: {type: string, default: ""}
    """
PROGRAM = """
    import pulumi
    config = pulumi.Config()
    if not config.get("image"):
        raise pulumi.RunError("demo:image is not set.")
    pulumi.export("image", config.get("image"))
    """
IMPORTS = "environment: [platform/prod, team]\nconfig: {demo:token: mine}\n"
OPENED = json.dumps({"pulumiConfig": {"demo:image": "a:1", "shape": {"a": 1}, "token": "theirs", "aws:region": "x"}})
DEFINITION = """
values:
  other: 1
  pulumiConfig:
    image: a:1
    token: {fn::secret: hush}
    shape: {a: {fn::secret: hush}}
"""


def read(folder: Path, environment: str | None = None) -> StackConfig:
    file = None
    if environment is not None:
        file = folder / "environment.yaml"
        file.write_text(environment)
    return load_stack_config(load_project(folder), "dev", file)


def test_without_values_it_is_said_where_they_come_from(make_project) -> None:
    folder = make_project(project=DECLARATIONS, program=PROGRAM, dev=IMPORTS)
    with pytest.raises(ProjectError) as refused:
        synthesise(folder, "dev")
    missing, note = refused.value.problems
    assert missing == "demo:image is not set."
    assert "takes values from Pulumi ESC (platform/prod, team), which are not known offline" in note
    assert "--environment" in note


def test_a_plan_without_them_says_so(make_project) -> None:
    folder = make_project(project=DECLARATIONS, program=PROGRAM, dev=IMPORTS + "  # and\n")
    (folder / "Pulumi.dev.yaml").write_text("environment: [a]\nconfig: {demo:image: b}\n")
    (note,) = synthesise(folder, "dev").diagnostics
    assert "Pulumi ESC (a)" in note


def test_what_an_opened_environment_holds_stands_in_for_it(make_project) -> None:
    config = read(make_project(project=DECLARATIONS, dev=IMPORTS), OPENED)
    assert config.values == {
        "demo:image": "a:1",
        "demo:shape": '{"a": 1}',
        "demo:token": "mine",  # the stack file goes first
        "aws:region": "x",
    }
    assert (config.problems, config.note, config.secret_keys) == ({}, None, [])


def test_a_definition_does_too_and_keeps_its_secrets(make_project) -> None:
    config = read(make_project(project=DECLARATIONS, dev="environment: [a]\n"), DEFINITION)
    assert config.values["demo:token"] == UNDECIPHERED
    assert "hush" not in str(config)
    assert set(config.secret_keys) == {"demo:token", "demo:shape"}


def test_an_environment_of_the_stacks_own_is_read(make_project) -> None:
    dev = """
        environment:
          imports: [{a: {merge: false}}]
          values:
            pulumiConfig:
              image: b
              shape: {x: "${other.value}"}
              demo:token: {fn::open::aws-secrets: {}}
        """
    config = read(make_project(project=DECLARATIONS, dev=dev))
    assert config.values["demo:image"] == "b"
    assert "Pulumi ESC (a, shape in Pulumi.dev.yaml, demo:token in Pulumi.dev.yaml)" in str(config.note)


def test_mistakes_in_values_are_found(make_project) -> None:
    config = read(make_project(project=DECLARATIONS, dev="environment: [a]\n"), "pulumiConfig: {demo:imgae: a}")
    assert "demo:imgae" in config.problems


@pytest.mark.parametrize(
    ("dev", "environment", "says"),
    [
        ("environment: a\n", None, "environment is not a list of names"),
        ("environment: {imports: a}\n", None, "environment is not a list of names"),
        ("config: {}\n", "pulumiConfig: {}", "has no environment"),
        ("environment: [a]\n", 'pulumiConfig: {image: "${a.b}"}', "image is computed by ESC. Write its value."),
        ("environment: [a]\n", "[a", "is not YAML|not YAML that Pulumi takes"),
        ("confg: {}\n", None, "confg is unknown. Did you mean config?"),
        ("image: a\n", None, "image is unknown. Settings belong below config"),
    ],
)
def test_what_cannot_be_used_is_refused(make_project, dev: str, environment: str | None, says: str) -> None:
    with pytest.raises(ProjectError, match=says):
        read(make_project(project=DECLARATIONS, dev=dev), environment)


def test_a_file_that_is_not_there(make_project, tmp_path: Path) -> None:
    folder = make_project(project=DECLARATIONS, dev="environment: [a]\n")
    with pytest.raises(ProjectError, match="does not exist"):
        load_stack_config(load_project(folder), "dev", tmp_path / "none.yaml")


def test_what_the_program_says_is_kept(make_project) -> None:
    folder = make_project(project=DECLARATIONS, program=PROGRAM, dev="config: {}\n")
    with pytest.raises(ProgramError, match="demo:image is not set"):
        synthesise(folder, "dev")
