"""Serves a model by ``ray.serve.llm``; run in an environment of its own, with nothing of neuronserve's.

Takes a port and, as JSON, the ``LLMConfig`` (https://docs.ray.io/en/latest/serve/llm/).
"""

import json
import signal
import sys

import ray
from ray import serve
from ray.serve.llm import LLMConfig, build_openai_app


def main() -> None:
    """Serve until SIGTERM."""
    port, config = int(sys.argv[1]), json.loads(sys.argv[2])
    ray.init(num_cpus=4)  # replica, engine and ingress ask for one each, whatever the machine has
    serve.start(http_options={"host": "127.0.0.1", "port": port})
    serve.run(build_openai_app({"llm_configs": [LLMConfig(**config)]}))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # Ray has set one of its own
    try:
        signal.pause()
    finally:
        serve.shutdown()


if __name__ == "__main__":
    main()
