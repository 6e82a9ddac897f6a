"""Requests through the serve service, and through the port-forward commands of the README."""

import json
import os
import shutil
import subprocess
import sys

import httpx
import openai
import pytest

from neuronserve.cli.streaming import stream_answer
from tests.kubernetes.kubectl import Kubectl
from tests.kubernetes.local_stack import CLIENT, KEY, NAMESPACE, RAY_TOKEN, SERVICE_URL, LocalStack
from tests.packaging.commands import ROOT

MODEL = "smollm2-135m-instruct"
QUESTION = [{"role": "user", "content": "What is the capital of Japan?"}]
EXAMPLES = "neuronserve.serving.client_examples"

pytestmark = pytest.mark.node


@pytest.fixture(scope="module")
def base_url(stack: LocalStack, kubectl: Kubectl) -> str:
    with kubectl.port_forward("--namespace", NAMESPACE, "port-forward", "service/llm-serve-svc", "8000"):
        yield "http://localhost:8000/v1"


IN_THE_CLUSTER = """
import sys, httpx, openai
url, key, model = sys.argv[1:]
client = openai.OpenAI(base_url=url, api_key=key, max_retries=0, timeout=120)
asked = {"model": model, "messages": [{"role": "user", "content": "What is the capital of Japan?"}]}
asked |= {"temperature": 0, "max_tokens": 30}
assert "Tokyo" in client.chat.completions.create(**asked).choices[0].message.content
pieces = [chunk.choices[0].delta.content or "" for chunk in client.chat.completions.create(**asked, stream=True)]
assert "Tokyo" in "".join(pieces) and len(pieces) > 3, pieces
try:
    client.chat.completions.create(**asked | {"model": "no-such-model"})
except openai.NotFoundError as refused:
    assert "no-such-model" in refused.body["message"]
else:
    raise AssertionError("a model that is not there")
answer = httpx.get(f"{url}/models")
assert (answer.status_code, answer.json()["error"]["type"]) == (401, "authentication_error")
print("as wanted")
"""


@pytest.fixture(scope="module")
def client(base_url: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=base_url, api_key=KEY, max_retries=0, timeout=120)


def test_the_examples_through_the_serve_service(stack: LocalStack, kubectl: Kubectl) -> None:
    words = ("env", f"VLLM_API_KEY={KEY}", "python", "-m", EXAMPLES, "--base-url", SERVICE_URL)
    assert "Tokyo" in kubectl("exec", "-n", "default", CLIENT, "--", *words)


def test_chat_stream_error_and_a_missing_key_through_the_serve_service(stack: LocalStack, kubectl: Kubectl) -> None:
    words = ("python", "-c", IN_THE_CLUSTER, SERVICE_URL, KEY, MODEL)
    assert kubectl("exec", "-n", "default", CLIENT, "--", *words).strip() == "as wanted"


def test_the_examples_through_the_port_forward(base_url: str) -> None:
    words = [sys.executable, "-m", EXAMPLES, "--base-url", base_url]
    environment = {**os.environ, "VLLM_API_KEY": KEY}
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=120)
    assert "Tokyo" in done.stdout


def test_the_chat_command_through_the_port_forward(base_url: str) -> None:
    words = [sys.executable, "-m", "neuronserve.cli", "chat", QUESTION[0]["content"], "--temperature", "0"]
    environment = {**os.environ, "VLLM_API_KEY": KEY}
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=120)
    assert "Tokyo" in done.stdout


def test_curl_through_the_port_forward(base_url: str) -> None:
    if not shutil.which("curl"):
        pytest.skip("curl is not here")
    body = json.dumps({"model": MODEL, "messages": QUESTION, "temperature": 0, "max_tokens": 30})
    words = ["curl", "--silent", "--fail", f"{base_url}/chat/completions", "--json", body]
    asked = [*words, "--header", f"Authorization: Bearer {KEY}"]
    done = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=120)
    assert "Tokyo" in json.loads(done.stdout)["choices"][0]["message"]["content"]


def test_chat_and_streamed_chat(client: openai.OpenAI) -> None:
    completion = client.chat.completions.create(model=MODEL, messages=QUESTION, temperature=0, max_tokens=30)
    assert "Tokyo" in completion.choices[0].message.content
    pieces: list[str] = []
    answer = stream_answer(client, MODEL, QUESTION, pieces.append, max_tokens=30, temperature=0)
    assert "Tokyo" in answer.text
    assert len(pieces) > 3


def test_errors_are_objects(client: openai.OpenAI, base_url: str) -> None:
    with pytest.raises(openai.NotFoundError) as refused:
        client.chat.completions.create(model="no-such-model", messages=QUESTION)
    assert "no-such-model" in refused.value.body["message"]
    answer = httpx.get(f"{base_url}/models")
    assert answer.status_code == 401
    assert answer.json()["error"]["type"] == "authentication_error"


def test_the_dashboard_by_the_head_service(stack: LocalStack, kubectl: Kubectl) -> None:
    with kubectl.port_forward("--namespace", NAMESPACE, "port-forward", "service/vllm", "8265"):
        url = "http://localhost:8265/api/version"
        assert httpx.get(url, timeout=30).status_code == 401
        assert "ray_version" in httpx.get(url, headers={"Authorization": f"Bearer {RAY_TOKEN}"}, timeout=30).json()
