from pathlib import Path

import pytest

from neuronserve.serving import vllm_adapter
from neuronserve.serving.engine_arguments import engine_arguments
from neuronserve.serving.settings import ServingSettings

pytestmark = pytest.mark.slow  # importing vLLM takes seconds


def settings(**changes: object) -> ServingSettings:
    values = {"accelerator": "neuron", "model": "a/b", "max_model_len": 4096, "max_num_seqs": 8}
    return ServingSettings.model_validate(values | changes)


def test_the_installed_vllm_takes_every_argument_of_a_neuron_engine() -> None:
    arguments = engine_arguments(settings(), "a/b")
    parsed = vllm_adapter.parse_arguments(arguments)
    assert {name: getattr(parsed, name) for name in arguments} == arguments


def test_lists_flags_and_mappings_reach_vllm() -> None:
    parsed = vllm_adapter.parse_arguments(
        engine_arguments(
            settings(
                engine_arguments={
                    "enable_auto_tool_choice": True,
                    "tool_call_parser": "llama3_json",
                    "allowed_origins": ["https://a.example"],
                }
            ),
            "a/b",
        )
    )
    assert parsed.enable_auto_tool_choice is True
    assert parsed.tool_call_parser == "llama3_json"
    assert parsed.allowed_origins == ["https://a.example"]


@pytest.mark.parametrize(
    ("wrong", "named"), [({"no_such_argument": 1}, "--no-such-argument"), ({"seed": "many"}, "many")]
)
def test_a_wrong_argument_is_named(wrong: dict[str, object], named: str) -> None:
    with pytest.raises(vllm_adapter.EngineArgumentsError, match=named):
        vllm_adapter.parse_arguments(engine_arguments(settings(engine_arguments=wrong), "a/b"))


def test_prompts_and_answers_are_not_logged_by_default() -> None:
    parsed = vllm_adapter.parse_arguments(engine_arguments(settings(), "a/b"))
    assert parsed.enable_log_requests is False
    assert parsed.enable_log_outputs is False


def test_what_a_module_lacks_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module that is there, and whose import fails, is no sign of another version."""
    package = tmp_path / "vllm_of_tomorrow"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "app.py").write_text("import no_such_package\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(vllm_adapter, "PACKAGE", "vllm_of_tomorrow")
    with pytest.raises(ModuleNotFoundError, match="no_such_package"):
        vllm_adapter._import("build_app", "app", "elsewhere")
    with pytest.raises(ImportError, match="this version of vLLM has no build_app in moved or gone.away"):
        vllm_adapter._import("build_app", "moved", "gone.away")
