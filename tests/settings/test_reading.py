"""Reading raw settings: maps of settings, unset ones, Outputs, and the messages about what is wrong."""

from typing import Annotated, Any

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field
from pydantic.alias_generators import to_snake

from neuronserve.plan.program import run
from neuronserve.settings import (
    PYTHON_NAMES,
    InvalidSettingsError,
    Json,
    Later,
    Required,
    Secret,
    SettingNames,
    Settings,
    Text,
    WholeNumber,
    read,
    read_arguments,
)
from neuronserve.settings.reading import Reading

NAMES = SettingNames(prefix="neuronserve:", camel_case=True)


class Model(Settings):
    name: Annotated[Text, Required("what it is called", stand_in="stand-in")]
    max_num_seqs: Annotated[WholeNumber, Field(ge=1), Required("how many at once", stand_in=1)]
    arguments: Json = Field(default_factory=dict)


class Service(Settings):
    model: Annotated[Model, Required("an object", stand_in={})]
    image: Later[Text] = "image"
    replicas: WholeNumber = 1
    token: Annotated[Later[Text] | None, Secret()] = None


class Stack(Settings):
    services: dict[str, Service] = Field(default_factory=dict)
    main: Service | None = None
    tags: dict[str, Text] = Field(default_factory=dict)
    zones: list[Text] | None = None
    protect: bool = False


def reading_of(raw: dict[str, Any]) -> Reading[Stack]:
    return read(Stack, raw, NAMES)


def service(**changes: Any) -> dict[str, Any]:
    return {"model": {"name": "llama", "maxNumSeqs": 8}, **changes}


def test_a_map_of_settings_is_read_entry_by_entry() -> None:
    reading = reading_of({"services": {"llama": service(replicas=3), "a b.c/ü": service()}})
    assert not reading.problems
    assert not reading.unusable
    assert reading.settings.services["llama"].replicas == 3
    assert reading.settings.services["a b.c/ü"].model.max_num_seqs == 8


@pytest.mark.parametrize(
    ("services", "problems"),
    [
        ("small", ['neuronserve:services is "small"; it should be an object.']),
        ([service()], ["neuronserve:services is a list; it should be an object."]),
        ({"llama": "small"}, ['neuronserve:services.llama is "small"; it should be an object.']),
        ({"llama": None}, ["neuronserve:services.llama is null; it should be an object."]),
        ({"llama": []}, ["neuronserve:services.llama is a list; it should be an object."]),
        (
            {"llama": service(replicas="3")},
            ['neuronserve:services.llama.replicas is "3"; it should be a whole number.'],
        ),
        ({"llama": service(replicsa=3)}, ["neuronserve:services.llama.replicsa is unknown. Did you mean {}replicas?"]),
        ({"llama": {}}, ["neuronserve:services.llama.model is not set. Set it to an object."]),
        (
            {"llama": service(model={"maxNumSeqs": 0})},
            [
                "neuronserve:services.llama.model.name is not set. Set it to what it is called.",
                "neuronserve:services.llama.model.maxNumSeqs is 0; it should be greater than or equal to 1.",
            ],
        ),
        (
            {"llama": service(model={"max_num_seqs": 8, "name": "llama"})},
            ["neuronserve:services.llama.model.max_num_seqs is unknown. Did you mean {}model.maxNumSeqs?"],
        ),
        ({"llama": service(colour="red")}, ["neuronserve:services.llama.colour is unknown. Remove it, or use one of "]),
        ({"llama": service(token=[5])}, ["neuronserve:services.llama.token is set; it should be text."]),
    ],
)
def test_a_mistake_in_a_map_is_named_by_its_whole_path(services: Any, problems: list[str]) -> None:
    found = reading_of({"services": services}).problems
    assert len(found) == len(problems)
    for one, start in zip(found, problems, strict=True):
        assert one.startswith(start.format("neuronserve:services.llama."))


@pytest.mark.parametrize(
    ("key", "written"),
    [
        ("llama", "services.llama.replicas"),
        ("Llama_3-x", "services.Llama_3-x.replicas"),
        ("maxNumSeqs", "services.maxNumSeqs.replicas"),
        ("max_num_seqs", "services.max_num_seqs.replicas"),
        ("llama.eu", 'services["llama.eu"].replicas'),
        ("a b", 'services["a b"].replicas'),
        ('say "hi"', r'services["say \"hi\""].replicas'),
        ("ü/x:y", 'services["ü/x:y"].replicas'),
        ("", 'services[""].replicas'),
        ("model", "services.model.replicas"),
    ],
)
def test_a_key_is_written_as_pulumi_takes_it(key: str, written: str) -> None:
    assert reading_of({"services": {key: service(replicas="x")}}).problems == [
        f'neuronserve:{written} is "x"; it should be a whole number.'
    ]


def test_a_mistake_in_one_entry_leaves_the_others_alone() -> None:
    reading = reading_of({"services": {"good": service(replicas=2), "bad": service(replicas="x"), "ugly": 5}})
    assert len(reading.problems) == 2
    assert {path[:3] for path in reading.unusable if path[1] != "ugly"} == {("services", "bad", "replicas")}
    assert ("services", "ugly") in reading.unusable
    assert reading.settings.services["good"].replicas == 2
    assert reading.settings.services["bad"].replicas == 1
    assert reading.settings.services["bad"].model.name == "llama"


@given(
    st.dictionaries(st.text(), st.sampled_from(["x", None, [], {}, 5, service(), service(replicas="x")]), max_size=5)
)
def test_whatever_is_in_a_map_is_read_or_explained(services: dict[str, Any]) -> None:
    reading = reading_of({"services": services})
    wrong = [key for key, value in services.items() if value != service()]
    assert len(reading.problems) == len(wrong)
    assert reading.settings.services.keys() == services.keys()


def test_keys_that_are_not_text_become_it() -> None:
    assert read(Stack, {"services": {5: service(replicas="x")}}, NAMES).problems == [
        'neuronserve:services.5.replicas is "x"; it should be a whole number.'
    ]


def test_entries_of_a_plain_map_have_paths_too() -> None:
    reading = reading_of({"tags": {"team": "search", "cost": [5], "example.com/x": ""}})
    assert reading.problems == [
        "neuronserve:tags.cost is a list; it should be text.",
        'neuronserve:tags["example.com/x"] is ""; it should not be empty.',
    ]
    assert reading.settings.tags == {"team": "search"}


def test_what_a_list_holds_is_said_so() -> None:
    assert reading_of({"zones": ["a", {}]}).problems == ["neuronserve:zones holds an object; it should be text."]


@pytest.mark.parametrize(("given", "text"), [(4711, "4711"), (True, "true"), (1.5, "1.5"), (2.0, "2"), ("no", "no")])
def test_a_text_takes_what_looks_like_a_number_or_a_boolean(given: object, text: str) -> None:
    reading = reading_of({"tags": {"cost-center": given}, "zones": [given]})
    assert reading.problems == []
    assert (reading.settings.tags, reading.settings.zones) == ({"cost-center": text}, [text])


def test_none_is_the_same_as_not_set() -> None:
    unset = {"services": None, "main": None, "tags": None, "zones": None, "protect": None}
    reading = reading_of(unset)
    assert not reading.problems
    assert reading.settings == Stack()
    assert not reading.settings.model_fields_set
    nested = read(Stack, {"services": {"llama": service(replicas=None, image=None, token=None)}}, NAMES)
    assert nested.settings.services["llama"] == Service(model=Model(name="llama", max_num_seqs=8))
    assert nested.settings.services["llama"].model_fields_set == {"model"}


def test_none_for_what_is_required_is_not_set() -> None:
    assert reading_of({"services": {"llama": service(model=None)}}).problems == [
        "neuronserve:services.llama.model is not set. Set it to an object."
    ]


def test_none_for_what_does_not_exist_is_unknown() -> None:
    assert reading_of({"protct": None}).problems == ["neuronserve:protct is unknown. Did you mean neuronserve:protect?"]


def test_none_inside_json_stays() -> None:
    raw = {"main": service(model={"name": "a", "maxNumSeqs": 1, "arguments": {"a": None, "b": [None]}})}
    settings = reading_of(raw).settings
    assert settings.main is not None
    assert settings.main.model.arguments == {"a": None, "b": [None]}


def test_a_misspelt_setting_is_not_what_it_was_meant_to_be() -> None:
    reading = reading_of({"services": {"llama": service(replicsa=3)}})
    assert reading.unusable == {("services", "llama", "replicsa"), ("services", "llama", "replicas")}
    # Where both are set, the right one is what it says.
    reading = reading_of({"services": {"llama": service(replicsa=3, replicas=2)}})
    assert reading.unusable == {("services", "llama", "replicsa")}
    assert reading.settings.services["llama"].replicas == 2


def test_an_output_is_handed_on_where_no_decision_hangs_on_it() -> None:
    problems: list[str] = []

    def program() -> None:
        later = pulumi.Output.from_input("later")
        reading = read(Stack, {"main": {**service(), "image": later}}, NAMES)
        assert reading.settings.main is not None
        assert reading.settings.main.image is later
        problems.extend(reading.problems)
        problems.extend(read(Stack, {"main": service(replicas=later), "tags": {"a": later}}, NAMES).problems)

    run(program)
    assert [problem.partition(", and what")[0] for problem in problems] == [
        "neuronserve:main.replicas is an Output",
        "neuronserve:tags.a is an Output",
    ]


def test_arguments_that_are_settings_are_not_read_again() -> None:
    settings = Service(model=Model(name="llama", max_num_seqs=8))
    assert read_arguments(Service, settings, of="Service llama") == settings
    # ... but get the defaults that only the component knows.
    assert read_arguments(Service, settings, of="Service llama", defaults={"token": "name"}).token == "name"


def test_arguments_are_named_as_in_python() -> None:
    with pytest.raises(InvalidSettingsError) as caught:
        read_arguments(Stack, {"services": {"a.b": {"model": {"name": "x"}}}}, of="Stack x")
    assert caught.value.problems == ['services["a.b"].model.max_num_seqs is not set. Set it to how many at once.']
    with pytest.raises(InvalidSettingsError, match="its arguments are a list; they should be a mapping"):
        read_arguments(Stack, [], of="Stack x")  # type: ignore[arg-type]


def test_each_entry_of_a_map_keeps_rules_of_its_own() -> None:
    def few(service: Service, names: SettingNames) -> list[str]:
        return [f"{names('replicas')} is {service.replicas}."] if service.replicas > 2 else []

    args = {"services": {"a": service(replicas=3), "b.c": service(replicas=4), "d": service(replicas="x"), "e": 5}}
    with pytest.raises(InvalidSettingsError) as caught:
        read_arguments(Stack, in_python(args), of="Stack x", entry_rules={"services": [few]})
    assert caught.value.problems == [
        'services.d.replicas is "x"; it should be a whole number.',
        "services.e is 5; it should be an object.",
        "services.a.replicas is 3.",
        'services["b.c"].replicas is 4.',
    ]


def in_python(raw: Any) -> Any:
    """Return arguments with the names that they have in a program."""
    return {to_snake(key): in_python(value) for key, value in raw.items()} if isinstance(raw, dict) else raw


def test_a_path_has_one_name_for_each_user() -> None:
    assert PYTHON_NAMES("model.max_num_seqs") == "model.max_num_seqs"
    assert NAMES("model.max_num_seqs") == "neuronserve:model.maxNumSeqs"
    assert NAMES.below("services", "x")("max_num_seqs") == "neuronserve:services.x.maxNumSeqs"
