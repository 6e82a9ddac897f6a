from pathlib import Path

import pulumi
import pulumi_kubernetes as kubernetes
import pytest
import yaml

from neuronserve.plan.errors import PlanError
from neuronserve.plan.program import run
from neuronserve.review.manifests import manifests, to_yaml, write

SERVE_CONFIG = "applications:\n- name: llm\n"


def program() -> None:
    provider = kubernetes.Provider("cluster")
    options = pulumi.ResourceOptions(provider=provider)
    last = kubernetes.core.v1.ConfigMap("late", metadata={"name": "late"}, data={"a": "b"}, opts=options)
    kubernetes.core.v1.Namespace("zoo", metadata={"name": "zoo"}, opts=options)
    kubernetes.apiextensions.CustomResource(
        "service",
        api_version="ray.io/v1",
        kind="RayService",
        metadata={"name": "llm"},
        spec={"serveConfigV2": SERVE_CONFIG},
        opts=options,
    )
    kubernetes.core.v1.ServiceAccount(
        "early", metadata={"name": "early"}, opts=pulumi.ResourceOptions(provider=provider, depends_on=[last])
    )


def test_objects_come_in_an_order_in_which_they_can_be_applied() -> None:
    assert [name for name, _ in manifests(run(program))] == [
        "00-namespace-zoo.yaml",
        "01-configmap-late.yaml",
        "02-serviceaccount-early.yaml",
        "03-rayservice-llm.yaml",
    ]


def test_a_components_namespace_comes_before_what_lies_in_it() -> None:
    class Inner(pulumi.ComponentResource):
        def __init__(self, name: str) -> None:
            super().__init__("demo:index:Inner", name)
            options = pulumi.ResourceOptions(parent=self)
            kubernetes.core.v1.Namespace("room", metadata={"name": "room"}, opts=options)

    def nested() -> None:
        Inner("inner")
        kubernetes.core.v1.ConfigMap("map", metadata={"name": "map", "namespace": "room"}, data={})

    assert [manifest["kind"] for _, manifest in manifests(run(nested))] == ["Namespace", "ConfigMap"]


def test_only_objects_have_manifests() -> None:
    def others() -> None:
        kubernetes.helm.v3.Release("release", chart="chart")
        kubernetes.core.v1.ConfigMapList("list", items=[{"data": {}}])
        kubernetes.core.v1.ConfigMapPatch("patch", metadata={"name": "map"}, data={})

    assert manifests(run(others)) == []


def test_a_name_that_pulumi_makes_up_is_a_reference() -> None:
    ((name, manifest),) = manifests(run(lambda: kubernetes.core.v1.ConfigMap("map", data={})))
    assert name == "00-configmap-map.yaml"
    assert manifest["metadata"]["name"] == "${urn:pulumi:dev::project::kubernetes:core/v1:ConfigMap::map.metadata.name}"


def test_objects_are_whole_and_begin_as_people_write_them() -> None:
    (_, namespace), *_ = manifests(run(program))
    assert list(namespace) == ["apiVersion", "kind", "metadata"]
    assert namespace == {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "zoo"}}


def test_a_secrets_place_holder_is_text_that_an_api_server_takes() -> None:
    def with_secret() -> None:
        kubernetes.core.v1.Secret("key", metadata={"name": "key"}, data={"api-key": "aHVudGVyMg=="})

    ((_, manifest),) = manifests(run(with_secret))
    assert manifest["stringData"] == {"api-key": "[secret]"}
    assert "data" not in manifest


def test_a_secrets_open_data_stays_data() -> None:
    plan = run(lambda: kubernetes.core.v1.Secret("key", metadata={"name": "key"}, data={"a": "Yg=="}))
    plan.resources[0].inputs["data"]["open"] = "Yg=="
    ((_, manifest),) = manifests(plan)
    assert manifest["data"] == {"open": "Yg=="}
    assert manifest["stringData"] == {"a": "[secret]"}


def test_a_secrets_text_stays_beside_its_data() -> None:
    def with_both() -> None:
        kubernetes.core.v1.Secret("key", metadata={"name": "key"}, data={"a": "Yg=="}, string_data={"b": "c"})

    ((_, manifest),) = manifests(run(with_both))
    assert manifest["stringData"] == {"a": "[secret]", "b": "[secret]"}


def test_texts_of_several_lines_stay_readable() -> None:
    text = to_yaml({"text": SERVE_CONFIG, "short": "a"})
    assert "text: |\n" in text
    assert yaml.safe_load(text) == {"text": SERVE_CONFIG, "short": "a"}


def test_writing_replaces_an_earlier_plan_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "99-old.yaml").touch()
    (tmp_path / "serve_configs").mkdir()
    (tmp_path / "serve_configs" / "gone.yaml").touch()
    (tmp_path / "plan.json").write_text(run(lambda: None).to_json())
    (tmp_path / "mine.txt").write_text("keep")
    write(run(program), tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "manifests",
        "mine.txt",
        "plan.json",
        "serve_configs",
    ]
    assert not (tmp_path / "manifests" / "99-old.yaml").exists()
    assert [file.name for file in (tmp_path / "serve_configs").iterdir()] == ["llm.yaml"]
    assert (tmp_path / "serve_configs" / "llm.yaml").read_text() == SERVE_CONFIG
    write(run(lambda: None), tmp_path)
    assert not (tmp_path / "serve_configs").exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PlanError, match="cannot be written to .*file"):
        write(run(program), tmp_path / "file")
