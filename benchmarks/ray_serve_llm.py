"""Serve one model by ray.serve.llm until SIGTERM: ray_serve_llm.py PORT NAME ENGINE_ARGUMENTS, the last in JSON."""

import json
import signal
import sys
import threading

import ray
from ray import serve
from ray.serve.llm import LLMConfig, build_openai_app


def main() -> None:
    """Start Ray, the application, and wait."""
    port, name, text = sys.argv[1:]
    arguments = json.loads(text)
    source = arguments.pop("model")
    arguments.pop("served_model_name", None)
    ray.init(address="local", include_dashboard=False)
    serve.start(http_options={"host": "127.0.0.1", "port": int(port)})
    config = LLMConfig(
        model_loading_config={"model_id": name, "model_source": source},
        engine_kwargs=arguments,
        accelerator_config={"kind": "cpu"},
        deployment_config={"autoscaling_config": {"min_replicas": 1, "max_replicas": 1}},
    )
    serve.run(build_openai_app({"llm_configs": [config]}), blocking=False)
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    over.wait()
    serve.shutdown()
    ray.shutdown()


if __name__ == "__main__":
    main()
