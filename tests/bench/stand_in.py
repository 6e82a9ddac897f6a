"""Stands in for the load generator: tells of answers with known times, as guidellm's runner does. Started as a file.

``STAND_IN`` is JSON: ``refuse`` refuses so many requests of each step, ``hang`` waits for ever after so many responses,
``fail_after`` gives up after so many, ``silent`` ends with no event, ``log`` is a file for what it was given, ``code``
is what is refused with.
"""

import json
import os
import sys
import time
from pathlib import Path


def say(**event: object) -> None:
    print(json.dumps(event), flush=True)


def main() -> None:
    load = json.loads(Path(sys.argv[1]).read_text())
    wanted = json.loads(os.environ.get("STAND_IN", "{}"))
    if file := wanted.get("log"):
        seen = {"load": load, "key": os.environ["NEURONSERVE_BENCH_KEY"], "pid": os.getpid()}
        Path(file).write_text(json.dumps(seen))
    if wanted.get("silent"):
        sys.exit("no module named guidellm")
    say(event="started", generator="stand-in 1")
    told, code = 0, wanted.get("code", 503)
    for users in load["users"]:
        for number in range(users * load["requests_per_user"]):
            if told == wanted.get("hang"):
                time.sleep(600)
            if told == wanted.get("fail_after"):
                say(event="failed", message="RuntimeError: the worker died")
                sys.exit(1)
            turn, user = divmod(number, users)
            start = 1000.0 + 3.0 * turn
            event = {"started_s": start, "ended_s": start + 2.5, "input_tokens": 520, "output_tokens": 240}
            if number < wanted.get("refuse", 0):
                event |= {"ended_s": start + 0.01, "output_tokens": 0, "error_code": code, "error_msg": f"{code} full"}
            elif load["stream"]:
                event |= {"first_token_s": start + 0.1 + 0.01 * user, "last_token_s": start + 2.49}
            say(event="response", users=users, **event)
            told += 1
        say(event="finished", users=users)


if __name__ == "__main__":
    main()
