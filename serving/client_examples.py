"""Three examples of calling the API: a simple question, a story with parameters, a streamed count.

A script of its own that needs nothing but the ``openai`` package; it exits with 0 only if every example got an answer.
"""

import argparse
import os
import sys

import openai


class EmptyAnswerError(RuntimeError):
    """The server answered without saying anything."""


def simple_question(client: openai.OpenAI, model: str) -> str:
    """Ask one question."""
    completion = client.chat.completions.create(
        model=model,
        messages=[
            {"role": "system", "content": "You are a helpful assistant."},
            {"role": "user", "content": "What is the capital of Japan?"},
        ],
        temperature=0,
        max_tokens=100,
    )
    answer = completion.choices[0].message.content or ""
    print(answer)
    return answer


def story_with_parameters(client: openai.OpenAI, model: str) -> str:
    """Ask for a story, with sampling parameters."""
    completion = client.chat.completions.create(
        model=model,
        messages=[
            {"role": "system", "content": "You are a creative writer."},
            {"role": "user", "content": "Write a short story about a robot who learns to paint."},
        ],
        temperature=0.9,
        top_p=0.95,
        max_tokens=200,
    )
    answer = completion.choices[0].message.content or ""
    print(answer)
    return answer


def streaming_count(client: openai.OpenAI, model: str) -> str:
    """Stream an answer, and print each piece when it arrives."""
    stream = client.chat.completions.create(
        model=model,
        messages=[{"role": "user", "content": "Count from 1 to 10, one number per line."}],
        temperature=0,
        max_tokens=100,
        stream=True,
    )
    answer = ""
    for chunk in stream:
        if chunk.choices and (piece := chunk.choices[0].delta.content):
            print(piece, end="", flush=True)
            answer += piece
    print()
    return answer


EXAMPLES = (simple_question, story_with_parameters, streaming_count)


def main() -> None:
    """Run the examples and exit: 0 if all were answered, 1 with the reason if one was not."""
    parser = argparse.ArgumentParser(description="Three examples of calling the API.")
    parser.add_argument("--base-url", default="http://localhost:8000/v1", help="default: %(default)s")
    parser.add_argument("--model", help="default: the first that the server lists")
    options = parser.parse_args()
    client = openai.OpenAI(base_url=options.base_url, api_key=os.environ.get("VLLM_API_KEY") or "none")
    try:
        model = options.model or client.models.list().data[0].id
        for example in EXAMPLES:
            print(f"--- {example.__name__.replace('_', ' ')}", flush=True)
            if not example(client, model).strip():
                raise EmptyAnswerError("the answer is empty")
    except openai.APIConnectionError:
        sys.exit(f"error: no server answers at {options.base_url}")
    except openai.APIStatusError as error:
        sys.exit(f"error: {options.base_url} answered {error.status_code}: {error.message}")
    except (openai.OpenAIError, EmptyAnswerError) as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
