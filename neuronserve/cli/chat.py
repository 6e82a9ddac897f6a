"""``neuronserve chat``: a small streaming client for the terminal."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from neuronserve.cli.errors import fail
from neuronserve.cli.streaming import stream_answer

if TYPE_CHECKING:
    from openai import OpenAI
    from openai.types.chat import ChatCompletionMessageParam


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
    client = openai.OpenAI(base_url=base_url, api_key=api_key or "none", max_retries=0)
    messages: list[ChatCompletionMessageParam] = [{"role": "system", "content": system}] if system else []
    try:
        model = model or client.models.list().data[0].id
        if prompt is not None:
            _answer(client, model, [*messages, {"role": "user", "content": prompt}], max_tokens, temperature)
            return
        Console(stderr=True).print(f"Talking to {model}; Ctrl-D ends.", style="dim")
        while True:
            try:
                question = input("> ")
            except (EOFError, KeyboardInterrupt):
                return
            if question.strip():
                messages.append({"role": "user", "content": question})
                text = _answer(client, model, messages, max_tokens, temperature)
                messages.append({"role": "assistant", "content": text})
    except openai.APIConnectionError:
        fail(f"No server answers at {base_url}. Start one with `make serve`, or name another with --base-url.")
    except openai.AuthenticationError:
        fail(f"The server at {base_url} wants another API key: set VLLM_API_KEY, or give --api-key.")
    except openai.APIStatusError as error:
        fail(f"The server at {base_url} answered {error.status_code}: {error.message}")
    except openai.OpenAIError as error:
        fail(f"The server at {base_url} did not finish its answer: {error}")


def _answer(
    client: "OpenAI",
    model: str,
    messages: "list[ChatCompletionMessageParam]",
    max_tokens: int,
    temperature: float,
) -> str:
    def show(text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()

    answer = stream_answer(client, model, messages, show, max_tokens=max_tokens, temperature=temperature)
    sys.stdout.write("\n")
    sys.stdout.flush()
    Console(stderr=True).print(str(answer), style="dim", highlight=False)
    return answer.text
