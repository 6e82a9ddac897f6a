"""A Llama of two small layers with random weights: what a server adds to the engine is most of what it takes."""

import json
import shutil
from pathlib import Path

import yaml

from benchmarks.servers import ROOT, STACK
from neuronserve.serving import embedded_model

SHAPE = {"num_hidden_layers": 2, "hidden_size": 64, "intermediate_size": 128}
HEADS = {"num_attention_heads": 2, "num_key_value_heads": 2, "head_dim": 32}


def project_with_tiny_model(directory: Path) -> Path:
    """Copy this project's stack ``local`` into a directory, with such a model and the embedded one's tokenizer."""
    model = directory / "tiny-llama"
    _make(model)
    for file in ("Pulumi.yaml", "__main__.py"):
        shutil.copy(ROOT / file, directory)
    stack = Path("stacks") / f"Pulumi.{STACK}.yaml"
    document = yaml.safe_load((ROOT / stack).read_text())
    (service,) = document["config"]["neuronserve:services"].values()
    service["model"]["name"] = str(model)
    (directory / stack).parent.mkdir()
    (directory / stack).write_text(yaml.safe_dump(document))
    return directory


def _make(directory: Path) -> None:
    import torch  # noqa: PLC0415 (seconds to import)
    from transformers import AutoModelForCausalLM, LlamaConfig  # noqa: PLC0415

    embedded = embedded_model.materialise(embedded_model.cache_directory())
    config = json.loads((embedded / "config.json").read_text()) | SHAPE | HEADS
    torch.manual_seed(0)
    AutoModelForCausalLM.from_config(LlamaConfig(**config)).to(torch.bfloat16).save_pretrained(directory)
    for file in embedded.iterdir():
        if file.name.startswith(("tokenizer", "special_tokens", "vocab", "merges", "chat_template")):
            shutil.copy(file, directory)
