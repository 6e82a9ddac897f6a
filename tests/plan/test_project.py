from pathlib import Path

import pytest

from neuronserve.plan.errors import ProjectError
from neuronserve.plan.project import UNDECIPHERED, StackConfig, find_project, load_project, load_stack_config

DECLARATIONS = """
    config:
      size: {type: integer, default: 3}
      wide: {type: boolean, default: false}
      title: {type: string, default: ""}
      tags: {type: array, items: {type: string}, default: [a]}
      shape: {type: object, default: {}}
      token: {type: string, default: ""}
    """


def read(folder: Path, stack: str = "dev") -> StackConfig:
    return load_stack_config(load_project(folder), stack)


def test_defaults_come_as_pulumi_hands_them_over(make_project) -> None:
    config = read(make_project(project=DECLARATIONS))
    assert config.values == {
        "demo:size": "3",
        "demo:wide": "false",
        "demo:title": "",
        "demo:tags": '["a"]',
        "demo:shape": "{}",
        "demo:token": "",
    }
    assert not config.problems


def test_the_stack_wins_over_defaults(make_project) -> None:
    config = read(make_project(project=DECLARATIONS, dev="config: {demo:size: '5', demo:shape: {a: [1, true]}}"))
    assert config.values["demo:size"] == "5"
    assert config.values["demo:shape"] == '{"a": [1, true]}'


@pytest.mark.parametrize("text", ["1.10", "2026-01-01", "0x1F", "yes", "007"])
def test_a_setting_is_the_text_that_stands_in_the_file(make_project, text: str) -> None:
    assert read(make_project(project=DECLARATIONS, dev=f"config: {{demo:title: {text}}}")).values["demo:title"] == text


def test_a_setting_without_a_value_is_empty(make_project) -> None:
    assert read(make_project(project=DECLARATIONS, dev="config: {demo:title: }")).values["demo:title"] == ""


def test_structures_keep_their_types(make_project) -> None:
    config = read(make_project(project=DECLARATIONS, dev="config: {demo:shape: {a: 1, b: true, c: no}}"))
    assert config.values["demo:shape"] == '{"a": 1, "b": true, "c": "no"}'


def test_other_namespaces_pass_with_a_value(make_project) -> None:
    folder = make_project(project="config: {'aws:region': {value: us-west-2}}", dev="config: {aws:profile: me}")
    assert read(folder).values == {"aws:region": "us-west-2", "aws:profile": "me"}


def test_encrypted_values_stay_secret_and_unread(make_project) -> None:
    folder = make_project(
        project=DECLARATIONS,
        dev="config: {demo:token: {secure: 'v1:abc'}, demo:shape: {inner: {secure: 'v1:def'}, open: 1}}",
    )
    config = read(folder)
    assert config.values["demo:token"] == UNDECIPHERED
    assert config.values["demo:shape"] == f'{{"inner": "{UNDECIPHERED}", "open": 1}}'
    assert set(config.secret_keys) == {"demo:token", "demo:shape"}
    assert not config.problems


@pytest.mark.parametrize(
    ("declared", "set_to", "says"),
    [
        ("size: {type: integer}", "", "demo:size is missing: stack dev has to set it."),
        ("size: {type: integer}", "demo:size: many", 'demo:size is "many", which is not of type integer.'),
        ("size: {type: integer}", "demo:size: true", 'demo:size is "true", which is not of type integer.'),
        ("size: {type: integer}", "demo:size: 1.0", "not of type integer"),
        ("size: {type: integer}", "demo:size: 1_0", "not of type integer"),
        ("size: {type: integer}", "demo:size: null", 'demo:size is ""'),
        ("size: {description: untyped}", "", "demo:size is missing"),
        ("wide: {type: boolean}", "demo:wide: yes", 'demo:wide is "yes", which is not of type boolean'),
        ("tags: {type: array, items: {type: string}}", "demo:tags: [1]", "not of type array of string"),
        ("shape: {type: object}", "demo:shape: 1", "not of type object"),
        ("token: {type: string, secret: true}", "demo:token: abc", "demo:token is a secret in plain text"),
        ("size: {type: integer, default: 1}", "demo:sise: 3", "Did you mean demo:size?"),
        ("size: {type: integer, default: x}", "", "a default that is not of its type integer"),
        ("size: {type: integer, default: 1, value: 2}", "", "both a default and a value"),
        ("size: {type: number, default: 1}", "", "which is not one of string, integer"),
        ("token: {type: string, secret: true, default: x}", "", "which Pulumi refuses"),
        ("tags: {type: array, default: []}", "", "an array without items"),
        ("tags: {type: array, items: {}, default: []}", "", "an array without items"),
        ("tags: {type: array, items: string, default: []}", "", "an array without items"),
        ("tags: {type: array, items: {type: array}, default: []}", "", "an array without items"),
        ("'aws:region': {type: string, default: x}", "", "only a value"),
    ],
)
def test_what_the_cli_refuses_is_refused(make_project, declared: str, set_to: str, says: str) -> None:
    problems = read(make_project(project=f"config: {{{declared}}}", dev=f"config: {{{set_to}}}")).problems
    assert len(problems) == 1
    assert says in next(iter(problems.values()))


def test_a_secret_in_plain_text_is_not_repeated(make_project) -> None:
    folder = make_project(project="config: {token: {type: string, secret: true}}", dev="config: {demo:token: hunter2}")
    assert "hunter2" not in str(read(folder).problems)


def test_an_unknown_stack_lists_those_that_exist(make_project) -> None:
    with pytest.raises(ProjectError, match=r"no stack prod: .*Stacks: dev, test\."):
        read(make_project(dev="", test=""), "prod")


def test_broken_yaml_says_where(make_project) -> None:
    with pytest.raises(ProjectError, match=r"Pulumi\.dev\.yaml, line 2: this is not YAML"):
        read(make_project(dev="config:\n  a: b: c\n"))


@pytest.mark.parametrize(
    ("stack", "says"),
    [
        (b"config:\n  demo:title: a\n  demo:title: b\n", "line 2: .*demo:title is set twice"),
        (b"config: {demo:shape: {a: 1, a: 2}}", "a is set twice"),
        (b"config: [a]", "config is not a mapping"),
        (b"config: {1: 2}", "the key 1 is not text"),
        (b"- a", "is not a mapping"),
        (b"config: {demo:title: \xe9}", "not text in UTF-8"),
        (b'config: {demo:title: "\x01"}', "is not YAML"),
    ],
)
def test_a_stack_file_that_cannot_be_read_is_named(make_project, stack: bytes, says: str) -> None:
    folder = make_project(project=DECLARATIONS)
    (folder / "Pulumi.dev.yaml").write_bytes(stack)
    with pytest.raises(ProjectError, match=rf"Pulumi\.dev\.yaml.*{says}"):
        read(folder)


@pytest.mark.parametrize(
    ("project", "says"),
    [
        ("main: 3", "main is not text"),
        ("stackConfigDir: 3", "stackConfigDir is not text"),
        ("config: [a]", "config is not a mapping"),
        ("main: nowhere", "There is no program: .*nowhere does not exist"),
    ],
)
def test_a_project_file_that_cannot_be_used_says_why(make_project, project: str, says: str) -> None:
    with pytest.raises(ProjectError, match=says):
        load_project(make_project(project=project))


def test_stacks_lie_in_the_stack_config_folder(make_project) -> None:
    folder = make_project(project="stackConfigDir: stacks", other="")
    (folder / "stacks").mkdir()
    (folder / "stacks" / "Pulumi.dev.yaml").write_text("")
    assert load_project(folder).stacks == ["dev"]


def test_a_project_is_found_from_below_it(make_project) -> None:
    folder = make_project()
    (folder / "a" / "b").mkdir(parents=True)
    assert find_project(folder / "a" / "b") == folder
    with pytest.raises(ProjectError, match=r"no Pulumi\.yaml"):
        find_project(Path("/"))
