"""Does the application last? Twice as many clients as it takes, for minutes, a part of which hang up in the middle.

Nothing but answers and clean refusals may come back, no process may grow, and afterwards a request must take what it
took before. Prints a table, and ends with 1 if one of these does not hold.
"""

import argparse
import asyncio
import json
import random
import statistics
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx
import psutil
from rich.console import Console
from rich.table import Table

from benchmarks.servers import OURS, PORT, ROOT, Served, running

URL = f"http://127.0.0.1:{PORT}/v1/chat/completions"
PATIENCE_S = 300
HANG_UPS = 0.3
"""Share of the requests whose client leaves before the answer is there."""
SAMPLE_PERIOD_S = 15
MOST_GROWTH = 1.05
"""Of a process' memory, from the first to the last third of the time: less is a cache that fills."""
MOST_SLOWDOWN = 1.15
PROBES = 9


@dataclass
class Watched:
    """What is seen while it runs."""

    said: Counter[str] = field(default_factory=Counter)
    """Requests by what became of them."""
    memory: dict[str, list[int]] = field(default_factory=dict)
    """Bytes of each process by name and number, sample by sample, with what it shares: a share depends on others."""


def main() -> None:
    """Run the soak."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=20)
    options = parser.parse_args()
    served = Served.by(ROOT)
    with running(OURS, served):
        problems = asyncio.run(_soak(served, options.minutes * 60))
    for problem in problems:
        Console(stderr=True).print(f"error: {problem}")
    sys.exit(bool(problems))


async def _soak(served: Served, seconds: float) -> list[str]:
    limit = served.settings.max_num_seqs + served.settings.max_queued_requests
    watched = Watched()
    async with httpx.AsyncClient(timeout=PATIENCE_S, limits=httpx.Limits(max_connections=None)) as client:
        before = await _latency(client, served)
        until = time.monotonic() + seconds
        clients = [_client(client, served, until, random.Random(number), watched.said) for number in range(2 * limit)]
        await asyncio.gather(_watch(until, watched), *clients)
        after = await _latency(client, served)
    Console().print(_table(watched, 2 * limit, before, after))
    problems = _problems(watched)
    if after > MOST_SLOWDOWN * before:
        problems.append(f"a request that is alone takes {after:.2f} s afterwards, and took {before:.2f} s")
    return problems


async def _client(
    client: httpx.AsyncClient, served: Served, until: float, dice: random.Random, said: Counter[str]
) -> None:
    while time.monotonic() < until:
        asked = asyncio.create_task(_ask(client, served, stream=dice.random() < 0.5, tokens=dice.randint(1, 64)))
        leaves_s = dice.uniform(0.05, 5) if dice.random() < HANG_UPS else None
        done, _ = await asyncio.wait({asked}, timeout=leaves_s)
        if not done:
            asked.cancel()
            await asyncio.wait({asked})
            said["hung up"] += 1
            continue
        what, pause_s = asked.result()
        said[what] += 1
        await asyncio.sleep(pause_s)


async def _ask(client: httpx.AsyncClient, served: Served, *, stream: bool, tokens: int) -> tuple[str, float]:
    """Return what came back, and how long the server wants to be left alone."""
    body: dict[str, Any] = {
        "model": served.settings.served_model_name[0],
        "messages": [{"role": "user", "content": f"Count on from {random.randint(1, 10**6)} in words."}],
        "max_tokens": tokens,
        "ignore_eos": True,
        "stream": stream,
    }
    text = ""
    try:
        async with client.stream("POST", URL, json=body) as answer:
            async for part in answer.aiter_text():
                text += part
    except httpx.HTTPError as error:
        return f"{type(error).__name__}: {_root(error)!r}", 0.5
    if answer.status_code == 200:
        whole = text.rstrip().endswith("data: [DONE]") if stream else "choices" in json.loads(text)
        return "200" if whole else "200, cut short", 0
    wait = answer.headers.get("retry-after")
    is_clean = answer.status_code == 503 and wait and "message" in json.loads(text).get("error", {})
    return ("503" if is_clean else f"{answer.status_code}: {text[:200]}"), float(wait or 0.5)


def _root(error: BaseException) -> BaseException:
    while error.__cause__:
        error = error.__cause__
    return error


async def _latency(client: httpx.AsyncClient, served: Served) -> float:
    """Return the median of some requests that are alone, in seconds."""
    times = []
    for _ in range(PROBES):
        began = time.monotonic()
        await _ask(client, served, stream=False, tokens=32)
        times.append(time.monotonic() - began)
    return statistics.median(times)


async def _watch(until: float, watched: Watched) -> None:
    here = psutil.Process()
    while time.monotonic() < until:
        for process in here.children(recursive=True):
            try:
                name, memory = f"{process.name().partition('.')[0]} {process.pid}", process.memory_info().rss
            except psutil.Error:
                continue
            watched.memory.setdefault(name, []).append(memory)
        await asyncio.sleep(SAMPLE_PERIOD_S)


def _thirds(samples: list[int]) -> tuple[float, float]:
    """Return the medians of the first and of the last third."""
    third = max(1, len(samples) // 3)
    return statistics.median(samples[:third]), statistics.median(samples[-third:])


def _lasting(watched: Watched) -> list[tuple[str, float, float]]:
    """Return each process that was there all the time, with its memory early and late, the largest first."""
    longest = max(map(len, watched.memory.values()))
    rows = [(name, *_thirds(samples)) for name, samples in watched.memory.items() if len(samples) > 0.9 * longest]
    return sorted(rows, key=lambda row: -row[2])


def _problems(watched: Watched) -> list[str]:
    found = [f"{count} times: {what}" for what, count in watched.said.items() if what not in ("200", "503", "hung up")]
    for name, early, late in _lasting(watched):
        if late > MOST_GROWTH * early and late - early > 2**24:  # 16 MiB
            found.append(f"{name} has grown from {early / 2**20:.0f} to {late / 2**20:.0f} MiB")
    return found


def _table(watched: Watched, clients: int, before: float, after: float) -> Table:
    table = Table(title=f"{clients} clients; alone, a request took {before:.2f} s before and {after:.2f} s after")
    table.add_column("")
    table.add_column("early", justify="right")
    table.add_column("late", justify="right")
    for what, count in watched.said.most_common():
        table.add_row(f"answers: {what}", "", str(count))
    for name, early, late in _lasting(watched):
        table.add_row(f"MiB of {name}", f"{early / 2**20:.0f}", f"{late / 2**20:.0f}")
    return table


if __name__ == "__main__":
    main()
