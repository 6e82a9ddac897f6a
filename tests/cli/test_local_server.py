import socket
from typing import Any

import httpx
import pytest
import yaml

from neuronserve.cli import local_server as module
from neuronserve.cli.local_server import LocalServerError, in_url, local_server
from neuronserve.serving.serve_config import Replicas, serve_config
from neuronserve.serving.settings import ServingSettings


def config(**changes: object) -> str:
    values = {"accelerator": "cpu", "model": "smollm2-135m-instruct", "max_model_len": 512, "max_num_seqs": 2}
    return yaml.safe_dump(serve_config(ServingSettings.model_validate(values | changes), Replicas(1, 1)))


@pytest.mark.parametrize(("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_a_taken_port_is_named_before_anything_starts(family: socket.AddressFamily, host: str) -> None:
    try:
        taken = socket.create_server((host, 0), family=family)
    except OSError:
        pytest.skip(f"this machine has no {host}")
    port = taken.getsockname()[1]
    with (
        taken,
        pytest.raises(LocalServerError, match=f"Port {port} on {host} .*--port"),
        local_server(config(), host=host, port=port),
    ):
        pass


@pytest.mark.parametrize(
    ("host", "says"),
    [
        ("http://localhost", "Host 'http://localhost' cannot be listened on: .*without a scheme, brackets or a port"),
        ("[::1]", r"Host '\[::1\]' cannot be listened on"),
        ("a..b", "Host 'a..b' cannot be listened on: it is not the name of a host"),
        ("192.0.2.1", "Host '192.0.2.1' is no address of this machine"),
    ],
)
def test_a_host_that_is_none_of_this_machine_is_named(host: str, says: str) -> None:
    with pytest.raises(LocalServerError, match=says), local_server(config(), host=host, port=8019):
        pass


@pytest.mark.parametrize(
    ("host", "shown"),
    [("127.0.0.1", "localhost"), ("::", "[::1]"), ("::1", "[::1]"), ("fe80::1", "[fe80::1]"), ("a.b", "a.b")],
)
def test_an_address_as_a_url_has_it(host: str, shown: str) -> None:
    assert in_url(host) == shown


@pytest.mark.server
def test_what_this_machine_lacks_is_named_and_pages_of_a_browser_get_nothing_from_ray(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("RAY_AUTH_MODE", raising=False)
    answers: list[int] = []

    def look(config: Any, available: Any) -> None:
        from ray._private.worker import get_dashboard_url

        answers.append(httpx.get(f"http://{get_dashboard_url()}/api/jobs/", timeout=60).status_code)
        check_resources(config, available)

    check_resources = module._check_resources
    monkeypatch.setattr(module, "_check_resources", look)
    neuron = config(accelerator="neuron", tensor_parallel_size=2)
    with (
        pytest.raises(LocalServerError, match="needs 2 neuron_cores, and this machine has 0"),
        local_server(neuron, host="127.0.0.1", port=8018),
    ):
        pass
    assert answers == [401]


@pytest.mark.server
def test_an_engine_that_fails_is_reported_with_its_cause() -> None:
    spoiled = config(engine_arguments={"no_such_argument": 1})
    with pytest.raises(LocalServerError) as refused, local_server(spoiled, host="127.0.0.1", port=8018):
        pass
    assert "The engine failed to start" in str(refused.value)
    assert "--no-such-argument" in str(refused.value)
    assert "\n" not in str(refused.value)
