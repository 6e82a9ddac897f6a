import json

import pulumi
import pulumi_kubernetes as kubernetes
import pytest

from neuronserve.plan.errors import ProgramError, ProjectError, ResourceError
from neuronserve.plan.plan import Plan
from neuronserve.plan.program import run, synthesise


def config_map(name: str, data: dict[str, pulumi.Input[str]], **options: object) -> kubernetes.core.v1.ConfigMap:
    return kubernetes.core.v1.ConfigMap(name, data=data, opts=pulumi.ResourceOptions(**options))


class Group(pulumi.ComponentResource):
    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("demo:index:Group", name, {}, opts)
        self.member = config_map(f"{name}-member", {"a": "b"}, parent=self)
        self.register_outputs({})


def test_a_plan_has_exactly_the_documented_form() -> None:
    plan = run(lambda: config_map("one", {"a": "b"}, protect=True))
    document = json.loads(plan.to_json())
    assert document.keys() == {"project", "stack", "resources", "outputs"}
    (resource,) = document["resources"]
    assert resource == {
        "urn": "urn:pulumi:dev::project::kubernetes:core/v1:ConfigMap::one",
        "type": "kubernetes:core/v1:ConfigMap",
        "name": "one",
        "parent": "urn:pulumi:dev::project::pulumi:pulumi:Stack::project-dev",
        "custom": True,
        "remote": False,
        "inputs": {"apiVersion": "v1", "data": {"a": "b"}, "kind": "ConfigMap"},
        "dependencies": [],
        "provider": None,
        "protect": True,
    }


def test_children_carry_their_parents_type_and_provider() -> None:
    def program() -> None:
        provider = kubernetes.Provider("cluster", context="test")
        Group("group", pulumi.ResourceOptions(providers=[provider]))

    plan = run(program)
    member = plan.resource("kubernetes:core/v1:ConfigMap")
    assert member.urn == "urn:pulumi:dev::project::demo:index:Group$kubernetes:core/v1:ConfigMap::group-member"
    assert member.parent == plan.resource("demo:index:Group").urn
    assert member.provider == plan.resource("pulumi:providers:kubernetes").urn


def test_what_only_the_cloud_knows_is_a_reference_also_inside_text() -> None:
    def program() -> None:
        first = config_map("first", {"a": "b"})
        config_map(
            "second",
            {"id": first.id, "name": pulumi.Output.format("name: {}!", first.metadata.name)},
        )
        pulumi.export("firstName", first.metadata.name)

    plan = run(program)
    first = plan.resource("kubernetes:core/v1:ConfigMap", "first")
    second = plan.resource("kubernetes:core/v1:ConfigMap", "second")
    assert second.inputs["data"] == {
        "id": f"${{{first.urn}.id}}",
        "name": f"name: ${{{first.urn}.metadata.name}}!",
    }
    assert second.dependencies == [first.urn]
    assert plan.outputs == {"firstName": f"${{{first.urn}.metadata.name}}"}


def test_secrets_are_nowhere_in_a_plan() -> None:
    def program() -> None:
        password = pulumi.Config("demo").require_secret("password")
        config_map(
            "holder",
            {"plain": password, "inside": pulumi.Output.concat("user:", password)},
        )
        pulumi.export("password", password)
        pulumi.export("derived", {"list": [password.apply(str.upper)]})

    plan = run(program, config={"demo:password": "hunter2"}, secret_keys=["demo:password"])
    assert "hunter2" not in plan.to_json().lower()
    assert plan.resource("kubernetes:core/v1:ConfigMap").inputs["data"] == {"inside": "[secret]", "plain": "[secret]"}
    assert plan.outputs["password"] == "[secret]"
    assert plan.outputs["derived"] == {"list": "[secret]"}


def test_the_same_program_gives_the_same_bytes() -> None:
    def program() -> None:
        for name in ("b", "a", "c"):
            config_map(name, {letter: letter for letter in "zyxwvutsrqponm"})

    first = run(program).to_json()
    assert all(run(program).to_json() == first for _ in range(3))
    assert [r.name for r in run(program).resources] == ["a", "b", "c"]


def test_duplicate_names_are_refused() -> None:
    def program() -> None:
        config_map("same", {"a": "1"})
        config_map("same", {"a": "2"})

    with pytest.raises(ResourceError, match=r"Two resources are called urn:pulumi:dev::project::.*::same"):
        run(program)


def test_a_failed_run_does_not_disturb_the_next() -> None:
    def failing() -> None:
        config_map("one", {"a": "b"})
        raise pulumi.RunError("the colour is wrong")

    for _ in range(2):
        with pytest.raises(ProgramError, match="the colour is wrong"):
            run(failing)
        assert len(run(lambda: config_map("one", {"a": "b"})).resources) == 1


def test_a_bug_of_the_program_is_no_plan_error() -> None:
    with pytest.raises(ZeroDivisionError):
        run(lambda: 1 / 0)


def test_wrong_properties_are_refused_all_at_once() -> None:
    def program() -> None:
        kubernetes.apps.v1.Deployment("app", spec={"replcas": 1, "template": {}})
        kubernetes.core.v1.Service("api", spec={"ports": [{"port": "eighty"}]})

    with pytest.raises(ResourceError) as refused:
        run(program)
    text = str(refused.value)
    assert "::app: spec.replcas does not exist; did you mean replicas?" in text
    assert "::app: spec.selector is missing" in text
    assert "::api: spec.ports[0].port is 'eighty', which is not of type integer" in text


def test_a_call_to_a_cloud_is_refused_by_name() -> None:
    with pytest.raises(ProgramError, match="test:index:lookUp"):
        run(lambda: pulumi.runtime.invoke("test:index:lookUp", {}))


def test_messages_of_the_program_are_kept_once() -> None:
    def program() -> None:
        pulumi.warn("no key is set")
        pulumi.info("three zones")
        pulumi.warn("no key is set")

    assert run(program).diagnostics == ("warning: no key is set", "info: three zones")


def test_lookups_name_what_is_there() -> None:
    plan: Plan = run(lambda: config_map("one", {"a": "b"}))
    with pytest.raises(LookupError, match="there are: kubernetes:core/v1:ConfigMap one"):
        plan.resource("kubernetes:core/v1:Secret")


def test_a_project_runs_in_its_folder_with_its_configuration(make_project) -> None:
    folder = make_project(
        project="config: {size: {type: integer, default: 3}}",
        program="""
            import pathlib
            import pulumi
            import helper
            pulumi.export("size", pulumi.Config().require_int("size"))
            pulumi.export("here", pathlib.Path("Pulumi.yaml").exists())
            pulumi.export("helper", helper.VALUE)
            """,
    )
    (folder / "helper.py").write_text("VALUE = 'beside the program'")
    assert synthesise(folder, "dev").outputs == {"here": True, "helper": "beside the program", "size": 3}


def test_problems_of_the_cli_and_of_the_program_come_together(make_project) -> None:
    folder = make_project(
        project="config: {size: {type: integer, default: 3}, name: {type: string, default: x}}",
        program="""
            import pulumi
            raise pulumi.RunError("demo:name is taken")
            """,
        dev="config: {demo:size: many, demo:nam: y}",
    )
    with pytest.raises(ProjectError) as refused:
        synthesise(folder, "dev")
    assert "demo:size is" in str(refused.value)
    assert "demo:nam is not a setting" in str(refused.value)
    assert "demo:name is taken" in str(refused.value)


def test_a_problem_of_the_configuration_alone_is_enough(make_project) -> None:
    folder = make_project(project="config: {size: {type: integer, default: 3}}", dev="config: {demo:size: many}")
    with pytest.raises(ProjectError, match="not of type integer"):
        synthesise(folder, "dev")
