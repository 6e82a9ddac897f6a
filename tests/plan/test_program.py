import asyncio
import gc
import json
import os
from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pytest

from neuronserve.plan.errors import ProgramError, ProjectError, ResourceError
from neuronserve.plan.fakes import completed
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
        "options": {},
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


def test_what_a_structure_lacks_is_a_reference() -> None:
    def program() -> None:
        service = kubernetes.core.v1.Service("api", metadata={"name": "api"}, spec={"type": "LoadBalancer"})
        pulumi.export("name", service.metadata.name)
        pulumi.export("type", service.spec.type)
        pulumi.export("uid", service.metadata.uid)
        pulumi.export("address", service.spec.cluster_ip)
        pulumi.export("host", service.status.load_balancer.ingress[0].hostname)

    plan = run(program)
    urn = plan.resource("kubernetes:core/v1:Service").urn
    assert plan.outputs == {
        "name": "api",
        "type": "LoadBalancer",
        "uid": f"${{{urn}.metadata.uid}}",
        "address": f"${{{urn}.spec.clusterIP}}",
        "host": f"${{{urn}.status.loadBalancer.ingress[0].hostname}}",
    }


def test_a_secret_structure_stays_secret() -> None:
    def program() -> None:
        map_ = kubernetes.core.v1.ConfigMap("map", metadata=pulumi.Output.secret({"labels": {"a": "hunter2"}}))
        pulumi.export("name", map_.metadata.name.apply(str.upper))
        pulumi.export("labels", map_.metadata.labels)

    assert run(program).outputs == {"labels": {"a": "[secret]"}, "name": "[secret]"}


def test_a_secret_structure_of_a_kind_without_a_class_stays_secret() -> None:
    def program() -> None:
        metadata = pulumi.Output.secret({"labels": {"a": "hunter2"}})
        llm = kubernetes.apiextensions.CustomResource(
            "llm", api_version="ray.io/v1", kind="RayService", metadata=metadata
        )
        pulumi.export("keys", llm.metadata.apply(sorted))

    plan = run(program)
    assert plan.resource("kubernetes:ray.io/v1:RayService").inputs["metadata"] == {"labels": {"a": "[secret]"}}
    assert plan.outputs == {"keys": "[secret]"}


def test_a_type_that_holds_itself_ends() -> None:
    schema = completed("urn:x", "schema", kubernetes.apiextensions.v1.outputs.JSONSchemaProps, None)
    assert schema["title"] == "${urn:x.schema.title}"
    assert schema["externalDocs"] == {
        "description": "${urn:x.schema.externalDocs.description}",
        "url": "${urn:x.schema.externalDocs.url}",
    }
    assert "not" not in schema


def test_what_is_unset_is_left_out_of_inputs_and_kept_among_outputs() -> None:
    def program() -> None:
        config_map("one", {"set": "a", "unset": None})
        pulumi.export("unset", None)

    plan = run(program)
    assert plan.resources[0].inputs["data"] == {"set": "a"}
    assert plan.outputs == {"unset": None}


def test_objects_of_kinds_without_a_class_are_named_too() -> None:
    def program() -> None:
        service = kubernetes.apiextensions.CustomResource("llm", api_version="ray.io/v1", kind="RayService", spec={})
        pulumi.export("name", service.metadata["name"])

    plan = run(program)
    assert plan.outputs == {"name": f"${{{plan.resource('kubernetes:ray.io/v1:RayService').urn}.metadata.name}}"}


def test_what_exists_outside_the_stack_is_referred_to_and_not_planned() -> None:
    def program() -> None:
        existing = kubernetes.core.v1.ConfigMap.get("existing", "default/existing")
        config_map("one", {"name": existing.metadata.name})

    (resource,) = run(program).resources
    assert resource.inputs["data"]["name"].endswith("::existing.metadata.name}")


def test_an_exported_resource_is_its_id() -> None:
    plan = run(lambda: pulumi.export("map", config_map("one", {})))
    assert json.loads(plan.to_json())["outputs"] == {"map": f"${{{plan.resources[0].urn}.id}}"}


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
    assert plan.outputs["derived"] == {"list": ["[secret]"]}


def test_a_secret_hides_itself_and_not_its_neighbours() -> None:
    def program() -> None:
        secret = pulumi.Output.secret("hunter2")
        env = [{"name": "KEY", "value": secret}, {"name": "PORT", "value": "80"}]
        kubernetes.core.v1.Pod("pod", spec={"containers": [{"name": "main", "image": "i", "env": env}]})
        pulumi.export("both", {"key": secret, "port": 80})

    plan = run(program)
    assert plan.resource("kubernetes:core/v1:Pod").inputs["spec"]["containers"] == [
        {
            "env": [{"name": "KEY", "value": "[secret]"}, {"name": "PORT", "value": "80"}],
            "image": "i",
            "name": "main",
        }
    ]
    assert plan.outputs == {"both": {"key": "[secret]", "port": 80}}


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


def test_a_failed_run_leaves_no_complaints(caplog) -> None:
    def failing() -> None:
        first = config_map("one", {"a": pulumi.Output.from_input("b").apply(fail)})
        config_map("two", {"a": first.metadata.name})

    def fail(_: str) -> str:
        raise pulumi.RunError("the colour is wrong")

    with pytest.raises(ProgramError):
        run(failing)
    gc.collect()  # asyncio complains when a task or its result is dropped
    assert not caplog.records


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


def test_a_program_can_list_its_configuration_by_public_api(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_CONFIG", '{"demo:stray": "of the process that plans"}')

    def program() -> None:
        pulumi.export("keys", sorted(pulumi.runtime.get_config_env()))
        pulumi.export("stray", pulumi.Config("demo").get("stray"))

    assert run(program, config={"demo:a": "1", "demo:b": "2"}).outputs == {"keys": ["demo:a", "demo:b"], "stray": None}
    assert "stray" in os.environ["PULUMI_CONFIG"]


def test_a_program_in_a_folder_of_its_own_runs_there(make_project) -> None:
    folder = make_project(project="main: program")
    (folder / "program").mkdir()
    (folder / "program" / "beside.py").write_text("VALUE = 'beside the program'")
    (folder / "program" / "__main__.py").write_text(
        "import pathlib, pulumi, beside\n"
        "pulumi.export('here', pathlib.Path.cwd().name)\n"
        "pulumi.export('beside', beside.VALUE)\n"
    )
    before = Path.cwd()
    assert synthesise(folder, "dev").outputs == {"here": "program", "beside": "beside the program"}
    assert Path.cwd() == before


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


def test_a_program_may_be_an_async_function() -> None:
    async def main() -> dict[str, Any]:
        return {"answer": await asyncio.sleep(0, 42)}

    assert run(lambda: pulumi.run(main)).outputs == {"answer": 42}


def test_a_program_that_fails_while_it_registers_ends_with_its_own_error() -> None:
    """Registrations are on their way in threads, each with an event loop, when an ``apply`` fails."""

    def program() -> None:
        def fail(_: object) -> None:
            raise pulumi.RunError("what is wrong")

        for number in range(50):
            pulumi.Stash(f"stash-{number}", input="x")
        pulumi.Output.from_input(1).apply(fail)

    for _ in range(10):
        with pytest.raises(ProgramError, match="what is wrong"):
            run(program)
