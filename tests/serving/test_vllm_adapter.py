import dataclasses
from pathlib import Path

import pytest

from neuronserve.serving import vllm_adapter
from neuronserve.serving.engine_arguments import engine_arguments
from neuronserve.serving.settings import RESERVED_ENGINE_ARGUMENTS, ServingSettings

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


def test_the_arguments_of_tool_calls_follow_their_schema_unless_somebody_says_otherwise() -> None:
    if not hasattr(vllm_adapter.parse_arguments({}), "tool_strict_level"):
        pytest.skip("this vLLM always has them follow it")
    assert vllm_adapter.parse_arguments({}).tool_strict_level == "parameter"
    assert vllm_adapter.parse_arguments({"tool_strict_level": "auto"}).tool_strict_level == "auto"


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


HONOURED = {
    *("allow_credentials", "allowed_headers", "allowed_methods", "allowed_origins", "disable_fastapi_docs"),
    *("enable_offline_docs", "enable_request_id_headers", "middleware", "root_path"),
    *("anthropic_disabled_thinking_effort", "cohere_format", "cohere_is_reasoning_model", "chat_template"),
    *("chat_template_content_format", "default_chat_template_kwargs", "enable_auto_tool_choice"),
    *("enable_flash_late_interaction", "enable_force_include_usage", "enable_log_deltas"),
    *("enable_per_request_metrics", "enable_prompt_tokens_details", "enable_scale_out", "enable_server_load_tracking"),
    *("enable_tokenizer_info_endpoint", "exclude_tools_when_tool_choice_none", "fingerprint_mode", "fingerprint_value"),
    *("log_error_stack", "lora_modules", "max_log_len", "response_role", "return_tokens_as_token_ids"),
    *("sse_keep_alive_interval", "tokens_only", "tool_call_parser", "tool_parser_plugin", "tool_server"),
    *("tool_strict_level", "trust_request_chat_template", "trust_request_mm_kwargs"),
}
"""What vLLM's application, or ours, does something with; the rest of its server's arguments is refused."""


def test_every_argument_of_vllms_server_is_honoured_or_refused() -> None:
    frontend = vllm_adapter._import("FrontendArgs", "launchers.cli_args", "openai.cli_args")
    names = {field.name for field in dataclasses.fields(frontend)}
    assert names <= HONOURED | RESERVED_ENGINE_ARGUMENTS.keys()
    assert not HONOURED & RESERVED_ENGINE_ARGUMENTS.keys()


PLUGIN = """
from vllm.tool_parsers.abstract_tool_parser import ToolParser, ToolParserManager

@ToolParserManager.register_module("ours")
class Ours(ToolParser):
    pass
"""


def prepared(**changes: object) -> None:
    vllm_adapter.prepare(vllm_adapter.parse_arguments(engine_arguments(settings(engine_arguments=changes), "a/b")))


def test_a_tool_parser_of_the_users_own_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "ours.py").write_text(PLUGIN)
    chosen = {"enable_auto_tool_choice": True, "tool_call_parser": "ours"}
    with pytest.raises(vllm_adapter.EngineArgumentsError, match="invalid tool call parser: ours"):
        prepared(**chosen)
    prepared(**chosen, tool_parser_plugin=str(tmp_path / "ours.py"))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"enable_auto_tool_choice": True}, "--enable-auto-tool-choice requires --tool-call-parser"),
        ({"chat_template": "/no/such/template.jinja"}, "/no/such/template.jinja"),
    ],
)
def test_arguments_that_do_not_go_together_are_refused_before_the_engine_starts(
    changes: dict[str, object], said: str
) -> None:
    with pytest.raises(vllm_adapter.EngineArgumentsError, match=said):
        prepared(**changes)
