from pathlib import Path

import pytest

from neuronserve.plan.errors import PlanError
from neuronserve.plan.plan import Plan
from neuronserve.plan.program import run, synthesise
from neuronserve.review.manifests import write
from neuronserve.review.pods import ray_pods
from neuronserve.review.services import RAY_SERVICE, serve_config, serve_configs, services
from tests.spoilt_plan import spoilt, with_service_like

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def one() -> Plan:
    return synthesise(ROOT, "local")


@pytest.fixture(scope="module")
def name(one: Plan) -> str:
    return one.of_type(RAY_SERVICE)[0].inputs["metadata"]["name"]


def test_a_serve_configuration_is_the_services_to_the_letter(one: Plan, name: str) -> None:
    text = one.of_type(RAY_SERVICE)[0].inputs["spec"]["serveConfigV2"]
    assert serve_configs(one) == {name: text}
    assert serve_config(one) == text
    assert serve_config(one, name) == text


def test_each_service_has_its_own(one: Plan, name: str, tmp_path: Path) -> None:
    two = with_service_like(one, "zephyr")
    two = spoilt(two, RAY_SERVICE, lambda service: service["spec"].update(serveConfigV2="applications: []"), "zephyr")
    assert serve_config(two, "zephyr") == "applications: []"
    assert serve_config(two, name) == serve_config(one)
    write(two, tmp_path)
    written = {file.name: file.read_text() for file in (tmp_path / "serve_configs").iterdir()}
    assert written == {f"{name}.yaml": serve_config(one), "zephyr.yaml": "applications: []"}


def test_only_services_that_share_a_name_are_told_apart_by_namespace(one: Plan, name: str, tmp_path: Path) -> None:
    three = with_service_like(with_service_like(one, name, "other"), "zephyr")
    assert services(three).keys() == {f"vllm.{name}", f"other.{name}", "zephyr"}
    write(three, tmp_path)
    assert {file.stem for file in (tmp_path / "serve_configs").iterdir()} == services(three).keys()
    assert {pods.name.split()[0] for pods in ray_pods(three)} == services(three).keys()


def test_services_that_nobody_named_are_all_there(one: Plan, tmp_path: Path) -> None:
    two = with_service_like(one, "zephyr")
    two = with_service_like(two, "zephyr", "other")
    two = spoilt(two, RAY_SERVICE, lambda service: service.update(metadata={}), "zephyr")
    assert len(serve_configs(two)) == 3
    write(two, tmp_path)
    assert len(list((tmp_path / "serve_configs").iterdir())) == 3


def test_of_several_one_has_to_be_chosen(one: Plan, name: str) -> None:
    two = with_service_like(one, "zephyr")
    with pytest.raises(PlanError, match=f"^Stack local has 2 services. Choose one with --service: {name}, zephyr.$"):
        serve_config(two)
    with pytest.raises(PlanError, match=f"^Stack local has no service zefyr. .*--service: {name}, zephyr.$"):
        serve_config(two, "zefyr")


def test_a_platform_alone_has_nothing_to_serve() -> None:
    assert serve_configs(run(lambda: None)) == {}
    with pytest.raises(PlanError, match="^Stack dev has no service: no model is served there. Choose another stack.$"):
        serve_config(run(lambda: None))
