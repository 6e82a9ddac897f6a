"""One worker becomes two under load and one again: Serve asks, Ray's autoscaler decides, KubeRay makes the pods."""

import time
from pathlib import Path

import yaml

from tests.kubernetes.conftest import Note
from tests.kubernetes.kubectl import eventually
from tests.kubernetes.local_stack import READY_S, WORKER, LocalStack
from tests.kubernetes.test_faults import noted

SETTINGS = {
    "replicas": {"min": 1, "max": 2},
    "model": {"maxNumSeqs": 2},
    "rayServiceSpec": {"rayClusterConfig": {"autoscalerOptions": {"idleTimeoutSeconds": 20}}},
}
"""Few requests are a load, and an idle worker goes soon."""

PATIENCE_S = {"upscale_delay_s": 5, "downscale_delay_s": 20}
"""How long Serve looks at a load before it follows it: by default half a minute, and ten before it takes one away."""

CLIENTS = 8


def test_from_one_worker_to_two_and_back(stack: LocalStack, note: Note, tmp_path: Path) -> None:
    stack.wait_until_ready()
    manifests = stack.planned(tmp_path, **SETTINGS)
    (file,) = manifests.glob("*rayservice*")
    service = yaml.safe_load(file.read_text())
    config = yaml.safe_load(service["spec"]["serveConfigV2"])
    config["applications"][0]["deployments"][0]["autoscaling_config"].update(PATIENCE_S)
    service["spec"]["serveConfigV2"] = yaml.safe_dump(config)
    file.write_text(yaml.safe_dump(service))
    try:
        stack.apply(manifests)
        with stack.load(1) as steady:
            began = time.time()
            with stack.load(CLIENTS) as answers:
                eventually("two workers are ready", lambda: len(stack.ready(WORKER)) == 2, READY_S, stack.status)
                note("load of 8 clients: second worker ready", f"{time.time() - began:.0f} s")
                grown = time.time()
                eventually("answers flow", lambda: len(answers.good_after(grown)) > 5 * CLIENTS, READY_S)
            ended = time.time()
            eventually("one worker is left", lambda: len(stack.pods(WORKER)) == 1, READY_S, stack.status)
            note("load gone: second worker gone", f"{time.time() - ended:.0f} s")
            smaller = time.time()
            eventually("answers flow", lambda: len(steady.good_after(smaller)) > 5, READY_S)
        noted(note, "scaled to two workers", answers, began)
        noted(note, "scaled back to one", steady, ended)
        assert answers.failures == []
        assert steady.failures == []
    finally:
        stack.apply()
