"""How a model writes tool calls, by its family: vLLM reads them by a parser that somebody has to name."""

import re

PARSERS = (
    (re.compile(r"llama-?3\.[1-3]", re.IGNORECASE), "llama3_json"),
    (re.compile(r"llama-?4", re.IGNORECASE), "llama4_pythonic"),
    (re.compile(r"qwen3-coder", re.IGNORECASE), "qwen3_xml"),
    (re.compile(r"qwen(?:2\.5|3)|hermes", re.IGNORECASE), "hermes"),
    (re.compile(r"mistral|mixtral", re.IGNORECASE), "mistral"),
    (re.compile(r"phi-?4-mini", re.IGNORECASE), "phi4_mini_json"),
    (re.compile(r"gpt-oss", re.IGNORECASE), "openai"),
    (re.compile(r"granite-?3", re.IGNORECASE), "granite"),
)
"""Families that were trained on tools, by what is in their models' names, with the parsers that vLLM 0.13 and 0.32 have
for them (https://docs.vllm.ai/en/stable/features/tool_calling). Llama 3 was not, nor were embedding models."""


def tool_call_parser(model: str) -> str | None:
    """Return the parser for a model, a Hugging Face id or a path; None for families without one."""
    name = model.rstrip("/").rpartition("/")[2]
    return next((parser for family, parser in PARSERS if family.search(name)), None)
