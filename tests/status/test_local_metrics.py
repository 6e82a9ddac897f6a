"""Finding the server on this machine by the file that Ray writes, and asking it."""

import json
from pathlib import Path

import pytest

from neuronserve.status.local_metrics import DISCOVERY, NoLocalServerError, local_metrics
from tests.answering import answering


@pytest.fixture
def ray(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path))
    (tmp_path / "ray").mkdir()
    return tmp_path / "ray" / DISCOVERY


def test_all_places_are_asked_and_silent_ones_left_out(ray: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")  # which leads nowhere, and not there
    first, second = "ray_a 1\n", '# HELP ray_b of b\nray_b{c="d"} 2\n'
    with answering(lambda _: first) as one, answering(lambda _: second) as other:
        ray.write_text(json.dumps([{"labels": {"job": "ray"}, "targets": [one, "127.0.0.1:9", other]}]))
        assert local_metrics() == [first, second]


@pytest.mark.parametrize("text", [None, "", "{", "[]", "{}", "[1]", '[{"targets": ["127.0.0.1:9"]}]'])
def test_without_a_server_it_is_said_how_to_start_one(ray: Path, text: str | None) -> None:
    if text is not None:
        ray.write_text(text)
    with pytest.raises(NoLocalServerError, match="Start one with `neuronserve serve`"):
        local_metrics()


@pytest.mark.parametrize(
    "answer",
    [
        "<html>\nanother program\n</html>",
        "# TYPE ray_a gauge\nprocess_cpu_seconds_total 1\n",
        b"SSH-2.0-OpenSSH_9\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nray_a 1\n",
        b"",
    ],
    ids=["a page", "other metrics", "no HTTP", "a server that dies", "nothing"],
)
def test_what_is_no_whole_answer_of_ray_is_left_out(ray: Path, answer: str | bytes) -> None:
    with answering(lambda _: answer) as broken, answering(lambda _: "ray_b 2\n") as whole:
        ray.write_text(json.dumps([{"targets": [broken]}]))
        with pytest.raises(NoLocalServerError):
            local_metrics()
        ray.write_text(json.dumps([{"targets": [broken, whole]}]))
        assert local_metrics() == ["ray_b 2\n"]
