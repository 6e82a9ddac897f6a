"""``neuronserve chat``: a small streaming client for the terminal."""

import contextlib
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from neuronserve.cli.endpoints import wrong_base_url, wrong_key
from neuronserve.cli.errors import fail
from neuronserve.cli.proxies import proxy_of
from neuronserve.cli.streaming import StreamedAnswer, stream_answer

if TYPE_CHECKING:
    from openai import OpenAI
    from openai.types.chat import ChatCompletionMessageParam

MOST_SAID = 300
"""Characters of what a server says, which may be a whole page."""


def chat(
    prompt: Annotated[str | None, typer.Argument(help="One question; without it, a conversation.")] = None,
    base_url: Annotated[str, typer.Option(help="The server's API.")] = "http://localhost:8000/v1",
    model: Annotated[str | None, typer.Option(help="Model to ask; the server's first when left out.")] = None,
    system: Annotated[str | None, typer.Option(help="System prompt.")] = None,
    max_tokens: Annotated[int, typer.Option(help="Longest answer, in tokens.", min=1)] = 512,
    temperature: Annotated[float, typer.Option(help="0 is deterministic.", min=0, max=2)] = 0.7,
    api_key: Annotated[str, typer.Option(envvar="VLLM_API_KEY", help="The server's key.", show_default=False)] = "",
) -> None:
    """Talk to a running server, such as the one of `neuronserve serve`.

    Answers stream as they are made; below each stands how fast it came. Ctrl-D ends a conversation.
    """
    try:
        import openai  # noqa: PLC0415 (half a second, and not needed by the other commands)
    except ImportError:
        fail("`neuronserve chat` needs the openai package: pip install openai")
    if problem := wrong_base_url(base_url) or wrong_key(api_key):
        fail(problem)
    client = openai.OpenAI(base_url=base_url, api_key=api_key or "none", max_retries=0)
    messages: list[ChatCompletionMessageParam] = [{"role": "system", "content": system}] if system else []
    with _one_message(base_url):
        model = model or _first_model(client)
        if prompt is not None:
            answer = _answer(client, model, [*messages, {"role": "user", "content": prompt}], max_tokens, temperature)
            if problem := _cut_short(answer, max_tokens):
                fail(problem)
            return
        Console(stderr=True).print(f"Talking to {model}; Ctrl-D ends.", style="dim")
        while True:
            try:
                question = input("> ")
            except (EOFError, KeyboardInterrupt):
                return
            if question.strip():
                messages.append({"role": "user", "content": question})
                answer = _answer(client, model, messages, max_tokens, temperature)
                messages.append({"role": "assistant", "content": answer.text})
                if problem := _cut_short(answer, max_tokens):
                    Console(stderr=True, soft_wrap=True).print(problem, style="yellow", markup=False)


@contextlib.contextmanager
def _one_message(base_url: str) -> Iterator[None]:
    """End the command with one message for whatever goes wrong between it and a server."""
    import openai  # noqa: PLC0415

    try:
        yield
    except openai.APIConnectionError:
        if proxy := proxy_of(base_url):
            fail(f"No server answers at {base_url}, asked through {proxy}. Unset that, or add the host to no_proxy.")
        fail(f"No server answers at {base_url}. Start one with `make serve`, or name another with --base-url.")
    except openai.AuthenticationError:
        fail(f"The server at {base_url} wants another API key: set VLLM_API_KEY, or give --api-key.")
    except openai.APIStatusError as error:
        fail(f"The server at {base_url} answered {error.status_code}: {_one_line(error.message)}")
    except openai.OpenAIError as error:
        fail(f"The server at {base_url} did not finish its answer: {_one_line(error)}")
    except typer.Exit:
        raise
    except Exception as error:
        fail(
            f"What answers at {base_url} is no OpenAI-compatible API, or broke off ({_one_line(error)}). "
            "The URL ends in /v1; name another with --base-url."
        )


def _first_model(client: "OpenAI") -> str:
    models = client.models.list().data
    if not models:
        fail(f"The server at {client.base_url} serves no model. Wait until it has started, or name one with --model.")
    return str(models[0].id)


def _cut_short(answer: StreamedAnswer, max_tokens: int) -> str | None:
    """Return what a person should know of an answer that is not whole."""
    match answer.finish_reason:
        case None:
            return "The answer was broken off: the server closed the connection before it was finished."
        case "length":
            return f"The answer is cut short at {max_tokens} tokens or the model's own limit. Raise --max-tokens."
    return None


def _one_line(said: object) -> str:
    return " ".join(str(said).split())[:MOST_SAID]


def _answer(
    client: "OpenAI",
    model: str,
    messages: "list[ChatCompletionMessageParam]",
    max_tokens: int,
    temperature: float,
) -> StreamedAnswer:
    def show(text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()

    answer = stream_answer(client, model, messages, show, max_tokens=max_tokens, temperature=temperature)
    sys.stdout.write("\n")
    sys.stdout.flush()
    Console(stderr=True).print(str(answer), style="dim", highlight=False)
    return answer
