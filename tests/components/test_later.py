"""Values that are known only while Pulumi runs: handed on where nothing hangs on them, refused where something does."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pulumi
import pytest

from neuronserve.codegen.kinds import Setting, settings_of
from neuronserve.plan.errors import ProgramError
from neuronserve.plan.plan import Plan
from neuronserve.plan.program import run
from neuronserve.settings import PYTHON_NAMES, InvalidSettingsError, Secret, Settings, read
from neuronserve.settings.base import mark, nested
from tests.components.every_component import FEWEST, MANY, NAMES, component, settings_type


def needed_at_once(held: type[Settings], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield where no Output may be, in settings and in what they hold."""
    for setting in settings_of(held):
        below = (*path, setting.name)
        if further := nested(held.model_fields[setting.name]):
            yield from needed_at_once(further.settings_type, (*below, "it") if further.is_map else below)
        elif not setting.kind.may_be_output:
            yield below


SETTINGS = [(name, setting) for name in NAMES for setting in settings_of(settings_type(name))]
LATER = [(name, setting.name) for name, setting in SETTINGS if setting.kind.may_be_output]
OPTIONAL = [
    (name, setting.name) for name, setting in SETTINGS if setting.kind.may_be_output and not setting.is_required
]
NEVER = [(name, setting.name) for name, setting in SETTINGS if not setting.kind.may_be_output]
ENTRIES = [(name, setting) for name, setting in SETTINGS if setting.kind.items and setting.kind.items.may_be_output]
BELOW = [(name, path) for name in NAMES for path in needed_at_once(settings_type(name)) if len(path) > 1]
"""What has to be known of what arguments hold, by its path."""
EXCLUDED = {("NodePool", "subnet_ids"), ("NodePool", "availability_zone_names")}
"""What takes the place of another argument; its own tests have it."""
SECRETS = {("LlmService", "api_key"), ("LlmService", "hugging_face_token")}
TOPIC = ("CloudWatchMonitoring", "topic_arn")
MADE_FOR = {*SECRETS, TOPIC}
"""For which an object is made, or in whose place none is."""
IS_JSON = {(name, setting.name) for name, setting in SETTINGS if setting.kind.of is Any}

MODEL = {"name": "meta-llama/Llama-3.1-8B-Instruct", "max_model_len": 4096, "max_num_seqs": 8}
NEURON = {"instance_type": "inf2.8xlarge", "image": "registry.example.com/neuronserve:neuron"}
VALUES: dict[tuple[str, str], Any] = {
    ("Cluster", "public_access_cidrs"): ["203.0.113.7/32"],
    ("Cluster", "endpoint_public_access"): True,
    ("CloudWatchMonitoring", "topic_arn"): "arn:aws:sns:us-west-2:111122223333:mine",
    ("Cluster", "version"): "1.36",
    ("Network", "cidr_block"): "10.2.0.0/16",
    ("NeuronOperator", "kube_scheduler_tag"): "v1.35.0-eks-1-35-1",
    ("NodePool", "availability_zone_ids"): ["usw2-az1"],
    ("NodePool", "ami_alias"): "al2023@v20260101",
}
"""What can be given where neither the arguments of a component nor its defaults have something."""
TOGETHER = {
    ("Cluster", "public_access_cidrs"): {"endpoint_public_access": True},
    ("Cluster", "endpoint_public_access"): {"public_access_cidrs": ["203.0.113.7/32"]},
}
"""What has to be set as well."""


def later(value: Any) -> pulumi.Output[Any]:
    return pulumi.Output.from_input(value)


def made(name: str, args: Callable[[], dict[str, Any]]) -> Plan:
    return run(lambda: component(name)("it", args()))


def content(plan: Plan) -> list[str]:
    """Return all of a plan but the names of resources, which may hold what is known."""
    return sorted(json.dumps([resource.type, resource.inputs]) for resource in plan.resources)


def valid(name: str, setting: str) -> Any:
    """Return a value that a setting can have."""
    (found,) = (one for of, one in SETTINGS if (of, one.name) == (name, setting))
    args = FEWEST[name] | MANY[name]
    if (name, setting) in VALUES:
        return VALUES[name, setting]
    if args.get(setting) is not None:
        return args[setting]
    if found.default is not None:
        return found.default
    return {list: ["sg-1", "sg-2"], Any: {"a": {"b": 7}}, int: 30}.get(found.kind.of, "some-text")


@pytest.mark.usefixtures("event_loop")
@pytest.mark.parametrize(("name", "setting"), LATER)
def test_an_output_is_handed_on_untouched(name: str, setting: str) -> None:
    output = later("anything")
    reading = read(settings_type(name), FEWEST[name] | {setting: output}, PYTHON_NAMES)
    assert not reading.problems
    assert getattr(reading.settings, setting) is output


@pytest.mark.parametrize(("name", "setting"), sorted({*LATER} - EXCLUDED))
def test_a_wrong_value_gets_the_same_message_now_or_later(name: str, setting: str) -> None:
    wrong: Any = 7 if (name, setting) in IS_JSON else {"a": 7}
    args = FEWEST[name] | TOGETHER.get((name, setting), {})
    with pytest.raises(InvalidSettingsError) as at_once:
        component(name)("it", args | {setting: wrong})
    (problem,) = at_once.value.problems
    secret = mark(settings_type(name).model_fields[setting], Secret)
    shown = "set" if secret else "7" if (name, setting) in IS_JSON else "an object"
    assert problem.startswith(f"{setting} is {shown}; it should")
    with pytest.raises(ProgramError) as when_known:
        made(name, lambda: args | {setting: later(wrong)})
    assert str(when_known.value) == str(at_once.value)


@pytest.mark.parametrize(("name", "setting"), sorted({*LATER} - EXCLUDED))
def test_a_plan_is_the_same_whether_a_value_is_known_now_or_later(name: str, setting: str) -> None:
    args = FEWEST[name] | MANY[name] | TOGETHER.get((name, setting), {})
    value = valid(name, setting)
    plan = content(made(name, lambda: args | {setting: value}))
    assert content(made(name, lambda: args | {setting: later(value)})) == plan

    async def soon() -> Any:
        return value

    assert content(made(name, lambda: args | {setting: soon()})) == plan


@pytest.mark.parametrize(("name", "setting"), sorted({*OPTIONAL} - EXCLUDED - MADE_FOR))
def test_an_output_that_comes_to_none_is_as_unset(name: str, setting: str) -> None:
    def outcome(args: dict[str, Any]) -> Any:
        try:
            return content(made(name, lambda: args | {setting: later(None)} if args is not unset else args))
        except ProgramError as refused:
            return str(refused)

    unset = {key: value for key, value in FEWEST[name].items() if key != setting}
    assert outcome({**unset}) == outcome(unset)


@pytest.mark.parametrize(("name", "setting"), sorted(MADE_FOR))
def test_what_an_object_is_made_for_has_to_come_to_something(name: str, setting: str) -> None:
    args = FEWEST[name]
    with pytest.raises(ProgramError, match=f"{setting} is an Output, and came to None"):
        made(name, lambda: args | {setting: later(None)})


@pytest.mark.usefixtures("event_loop")
@pytest.mark.parametrize(("name", "setting"), NEVER)
def test_an_output_is_refused_where_what_is_made_depends_on_it(name: str, setting: str) -> None:
    if setting == "served_model_name":
        pytest.skip("one text or several")
    args = FEWEST[name] | {setting: later("anything")}
    with pytest.raises(InvalidSettingsError) as caught:
        component(name)("it", args)
    (problem,) = (one for one in caught.value.problems if one.startswith(f"{setting} is an Output"))
    assert "has to be known when the program runs" in problem
    assert "(await reference.get_output_details(name)).value" in problem


@pytest.mark.usefixtures("event_loop")
@pytest.mark.parametrize(("name", "path"), BELOW, ids=lambda one: one if isinstance(one, str) else ".".join(one))
def test_so_is_one_in_what_an_argument_holds(name: str, path: tuple[str, ...]) -> None:
    if path[-1] == "served_model_name":
        pytest.skip("one text or several")
    top, *below = path
    given: Any = later("anything")
    for part in reversed(below):
        given = {part: given}
    if top in FEWEST[name]:
        given = FEWEST[name][top] | given
    with pytest.raises(InvalidSettingsError) as caught:
        component(name)("it", FEWEST[name] | {top: given})
    (problem,) = (one for one in caught.value.problems if one.startswith(f"{'.'.join(path)} is an Output"))
    assert "has to be known when the program runs" in problem
    assert "(await reference.get_output_details(name)).value" in problem


def test_what_the_message_says_of_another_stack_works(monkeypatch: pytest.MonkeyPatch) -> None:
    from neuronserve.plan.fakes import FAKES

    monkeypatch.setitem(
        FAKES, "pulumi:pulumi:StackReference", lambda _urn, _inputs: {"outputs": {"type": "inf2.8xlarge"}}
    )
    reference = "org/platform/prod"

    async def main() -> None:
        there = pulumi.StackReference(reference)
        component("LlmService")(
            "llm", {**NEURON, "instance_type": (await there.get_output_details("type")).value, "model": sized()}
        )

    assert "inf2.8xlarge" in run(lambda: pulumi.run(main)).to_json()
    with pytest.raises(ProgramError, match="instance_type is an Output, and what is made depends on its value"):
        run(
            lambda: component("LlmService")(
                "llm",
                {
                    **NEURON,
                    "instance_type": pulumi.StackReference(reference).require_output("type"),
                    "model": sized(),
                },
            )
        )


def sized(**model: Any) -> dict[str, Any]:
    return {**MODEL, "tensor_parallel_size": 2, **model}


@pytest.mark.usefixtures("event_loop")
@pytest.mark.parametrize(("name", "setting"), ENTRIES)
def test_an_entry_that_is_an_output_is_handed_on_untouched(name: str, setting: Setting) -> None:
    output = later("anything")
    given: Any = {"key": output} if setting.kind.of is dict else [output]
    reading = read(settings_type(name), FEWEST[name] | {setting.name: given}, PYTHON_NAMES)
    assert not reading.problems
    held = getattr(reading.settings, setting.name)
    (entry,) = held.values() if isinstance(held, dict) else held
    assert entry is output


def test_an_entry_is_checked_when_it_is_known() -> None:
    args = FEWEST["Cluster"]
    with pytest.raises(ProgramError, match="administrators holds 'nobody', which is not the ARN of a role or user"):
        made("Cluster", lambda: args | {"administrators": [later("nobody")]})
    with pytest.raises(ProgramError, match=r"tags.team is an object; it should be text"):
        made("Cluster", lambda: args | {"tags": {"team": later({})}})


def test_a_rule_that_needs_a_value_waits_for_it_and_others_do_not() -> None:
    wrong = {"availability_zone_ids": ["use1-az1"], "cidr_block": "10.0.0.0"}
    with pytest.raises(
        ProgramError, match=r"2 problems\.\n  1\. cidr_block is .*\n  2\. availability_zone_ids holds 1: "
    ):
        made("Network", lambda: {**wrong, "region": later("us-west-2")})
    with pytest.raises(ProgramError, match=r"1 problem\.\n.*holds use1-az1, use1-az2: not in us-west-2"):
        made(
            "Network",
            lambda: {"region": later("us-west-2"), "availability_zone_ids": ["use1-az1", "use1-az2"]},
        )


@pytest.mark.parametrize("setting", [*MODEL, "revision", "served_model_name", "max_queued_requests"])
def test_what_an_engine_gets_may_be_known_later(setting: str) -> None:
    value = sized(revision="main", served_model_name=["llama"], max_queued_requests=7)[setting]
    plain = content(made("LlmService", lambda: {**NEURON, "model": sized(**{setting: value})}))
    assert content(made("LlmService", lambda: {**NEURON, "model": sized(**{setting: later(value)})})) == plain


def test_a_model_that_is_known_later_is_fitted_when_all_of_it_is_known() -> None:
    wrong = {"max_model_len": 8192, "max_num_seqs": 16}
    with pytest.raises(InvalidSettingsError) as at_once:
        component("LlmService")("it", {**NEURON, "model": sized(**wrong)})
    assert "GiB" in str(at_once.value)

    def outputs() -> dict[str, Any]:
        return {key: later(value) for key, value in {**MODEL, **wrong}.items()}

    with pytest.raises(ProgramError) as when_known:
        made("LlmService", lambda: {**NEURON, "model": sized(**outputs())})
    assert str(when_known.value) == str(at_once.value)


@pytest.mark.parametrize("name", ["KubeRayOperator", "Karpenter", "LoadBalancerController"])
def test_anything_inside_a_charts_values_may_be_known_later(name: str) -> None:
    def values(of: Callable[[Any], Any]) -> dict[str, Any]:
        return {"a": of("x"), "image": {"tag": of("y")}, "env": [{"name": of("A"), "value": of("b")}]}

    def plan(of: Callable[[Any], Any]) -> list[str]:
        return content(made(name, lambda: FEWEST[name] | {"values": values(of)}))

    assert plan(later) == plan(lambda value: value)


@pytest.mark.parametrize("name", ["EfaDevicePlugin", "Karpenter", "KubeRayOperator", "NeuronOperator"])
def test_the_registry_of_a_mirror_may_be_known_later(name: str) -> None:
    def plan(of: Callable[[Any], Any]) -> list[str]:
        return content(made(name, lambda: FEWEST[name] | {"mirror": {"registry": of("mirror.example.com/x")}}))

    assert plan(later) == plan(lambda value: value)
    assert "mirror.example.com/x" in "".join(plan(later))
    with pytest.raises(ProgramError, match=r"mirror.registry is \"https://x\"; it should be a host and a path"):
        made(name, lambda: FEWEST[name] | {"mirror": {"registry": later("https://x")}})


def test_so_may_anything_inside_an_engines_arguments_and_a_pods_fields() -> None:
    def plan(of: Callable[[Any], Any]) -> list[str]:
        def args() -> dict[str, Any]:
            pod = {
                "env_from": [{"secretRef": {"name": of("aws")}}],
                "labels": {"team": of("a")},
                "tolerations": [{"key": "team", "value": of("a")}],
            }
            arguments = {"tool_call_parser": of("hermes"), "lora_modules": [{"name": "x", "path": of("/models/x")}]}
            return {
                **NEURON,
                "model": sized(engine_arguments=arguments),
                "worker": pod,
                "head": pod,
                "image_pull_secrets": [of("registry")],
                "ray_service_spec": {"serveService": {"metadata": {"name": of("x")}}},
            }

        return content(made("LlmService", args))

    assert plan(later) == plan(lambda value: value)


def test_no_output_comes_to_depend_on_another() -> None:
    def program() -> None:
        image, namespace = pulumi.Stash("image", input="x:1"), pulumi.Stash("namespace", input="llms")
        component("LlmService")(
            "llm",
            {"accelerator": "cpu", "image": image.output, "namespace": namespace.output, "model": FEWEST_MODEL},
        )

    account = run(program).resource("kubernetes:core/v1:ServiceAccount")
    assert [one.rpartition("::")[2] for one in account.dependencies] == ["namespace"]


FEWEST_MODEL = FEWEST["LlmService"]["model"]


def test_a_secret_that_cannot_be_used_is_not_shown() -> None:
    args = {"accelerator": "cpu", "model": FEWEST_MODEL}
    with pytest.raises(ProgramError) as caught:
        made("LlmService", lambda: args | {"image": pulumi.Output.secret("Not An Image")})
    assert "image is a secret, and its value cannot be used." in str(caught.value)
    assert "Not An" not in str(caught.value)
    with pytest.raises(ProgramError, match="image is 'Not An Image', which is not a reference to a container image"):
        made("LlmService", lambda: args | {"image": pulumi.Output.unsecret(pulumi.Output.secret("Not An Image"))})
