"""Steady load, run inside the cluster with nothing but the image's packages: one line of JSON for each request.

python load.py BASE_URL KEY CLIENTS STOP     until the file STOP is there
"""

import json
import sys
import threading
import time
from pathlib import Path

import httpx

PATIENCE_S = 180
BODY = {
    "model": "smollm2-135m-instruct",
    "messages": [{"role": "user", "content": "Count from one to fifty in words."}],
    "max_tokens": 24,
    "ignore_eos": True,
}


def ask(client: httpx.Client, url: str, *, stream: bool) -> tuple[str, float]:
    """Return ``200`` for a whole answer, or what went wrong; and how long to wait until the next request."""
    try:
        last = ""
        with client.stream("POST", url, json={**BODY, "stream": stream}) as answer:
            for line in answer.iter_lines():
                last = line or last
    except httpx.HTTPError as error:
        return type(error).__name__, 0.2
    if answer.status_code == 200 and stream and last != "data: [DONE]":
        return "cut short", 0.2
    return str(answer.status_code), float(answer.headers.get("Retry-After", 0))


def user(number: int, base_url: str, key: str, stop: Path) -> None:
    """Ask one request after the other, every other user for a stream, on a connection that stays open."""
    with httpx.Client(headers={"Authorization": f"Bearer {key}"}, timeout=PATIENCE_S) as client:
        while not stop.exists():
            began = time.time()
            said, pause_s = ask(client, f"{base_url}/chat/completions", stream=number % 2 == 1)
            # In one piece: other threads write lines as well.
            sys.stdout.write(json.dumps({"began": began, "ended": time.time(), "said": said}) + "\n")
            time.sleep(pause_s)


if __name__ == "__main__":
    _, url, secret, users, file = sys.argv
    for number in range(int(users)):
        threading.Thread(target=user, args=(number, url, secret, Path(file))).start()
