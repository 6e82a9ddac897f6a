"""The program of the job, in the Ray head: it hands prompts to the engines, and writes down what they answer.

    answer.py <prompts.jsonl> <folder for answers>

Both may be paths, or in S3. The answers to as many prompts as an engine is given at a time are a file of their own: a
job that starts again leaves out what is there.
"""

import hashlib
import json
import os
import sys
from typing import Any

import ray
import smart_open
from ray.util import ActorPool

from neuronserve.serving.offline_engine import offline_engine
from neuronserve.serving.settings import EngineSettings

PROMPTS_AT_A_TIME = 1000
MOST_TOKENS = 512


class Engine:
    """A vLLM engine in an actor of its own, the one that a replica of an LLM service would have."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._engine = offline_engine(EngineSettings.model_validate(settings))

    def answer(self, file: str, prompts: list[dict[str, str]]) -> tuple[str, list[dict[str, str]]]:
        """Return an answer to each prompt, and the file that they are for."""
        from vllm import SamplingParams  # noqa: PLC0415 (it takes seconds, and the head has no use for it)

        conversations: Any = [[{"role": "user", "content": one["prompt"]}] for one in prompts]
        outputs = self._engine.chat(conversations, SamplingParams(max_tokens=MOST_TOKENS, temperature=0))
        return file, [
            {"id": one["id"], "answer": output.outputs[0].text} for one, output in zip(prompts, outputs, strict=True)
        ]


def main(prompts: str, answers: str) -> None:
    """Answer all prompts that have no answer yet."""
    engines = json.loads(os.environ["NEURONSERVE_ENGINES"])
    with smart_open.open(prompts) as file:
        lines = file.readlines()
    parts = [lines[start : start + PROMPTS_AT_A_TIME] for start in range(0, len(lines), PROMPTS_AT_A_TIME)]
    files = {f"{answers}/{hashlib.sha256(''.join(part).encode()).hexdigest()[:16]}.jsonl": part for part in parts}
    missing = [(file, [json.loads(line) for line in part]) for file, part in files.items() if not is_there(file)]
    if not missing:
        return
    engine = ray.remote(Engine).options(max_restarts=-1, max_task_retries=2, **engines["actorOptions"])
    pool = ActorPool([engine.remote(engines["settings"]) for _ in range(min(engines["number"], len(missing)))])
    for file, answered in pool.map_unordered(lambda one, part: one.answer.remote(*part), missing):
        with smart_open.open(file, "w") as written:
            written.writelines(f"{json.dumps(answer)}\n" for answer in answered)


def is_there(file: str) -> bool:
    """Return whether a file of answers has been written."""
    try:
        smart_open.open(file).close()
    except OSError:
        return False
    return True


if __name__ == "__main__":
    main(*sys.argv[1:])
