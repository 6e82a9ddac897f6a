import json
from pathlib import Path

import pytest

from neuronserve.serving import embedded_model
from neuronserve.serving.models import ModelNotFoundError, resolve_model


@pytest.mark.parametrize("name", ["NousResearch/Meta-Llama-3-8B-Instruct", "a/b-c_d.1"])
def test_a_hub_id_is_left_as_it_is(name: str) -> None:
    assert resolve_model(name) == name


def test_a_directory_with_a_checkpoint(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    assert resolve_model(str(tmp_path)) == str(tmp_path)


def test_a_directory_without_one_names_the_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError, match=str(tmp_path / "config.json")):
        resolve_model(str(tmp_path))


def test_s3_says_what_to_do_instead() -> None:
    with pytest.raises(ModelNotFoundError, match="S3 is not supported yet.*Hugging Face id"):
        resolve_model("s3://bucket/model")


@pytest.mark.parametrize("name", ["llama", "a/b/c", "https://x/y", "smollm2"])
def test_anything_else_lists_what_is_possible(name: str) -> None:
    with pytest.raises(ModelNotFoundError, match="smollm2-135m-instruct"):
        resolve_model(name)


def test_the_embedded_model_is_a_llama_checkpoint_for_both_generations_of_transformers() -> None:
    directory = Path(resolve_model(embedded_model.NAME))
    config = json.loads((directory / "config.json").read_text())
    assert config["architectures"] == ["LlamaForCausalLM"]
    assert config["rope_theta"] == config["rope_parameters"]["rope_theta"] == 100000
    assert "quantization_config" not in config
    tokenizer = json.loads((directory / "tokenizer_config.json").read_text())
    assert tokenizer["tokenizer_class"] == "PreTrainedTokenizerFast"
    assert (directory / "model.safetensors").stat().st_size > 250e6
    assert resolve_model(embedded_model.NAME) == str(directory)


def test_a_failed_conversion_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(gguf_file: Path, directory: Path) -> None:
        (directory / "half").touch()
        raise OSError("disk full")

    monkeypatch.setattr(embedded_model, "_convert", fail)
    with pytest.raises(OSError, match="disk full"):
        embedded_model.materialise(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == [
        f"smollm2-135m-instruct-{embedded_model._package_version()}.lock"
    ]


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_model, "PACKAGE", "llm-nothing")
    with pytest.raises(embedded_model.EmbeddedModelMissingError, match=r"llm-nothing.*serving-cpu\.txt"):
        embedded_model.materialise(tmp_path)
