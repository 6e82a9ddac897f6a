"""kubectl, as a person types it."""

import contextlib
import json
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

TOO_BUSY = ("net/http: TLS handshake timeout", "Error from server (Timeout)")
"""What an API server comes to beside which engines start on too few processors."""


@dataclass(frozen=True)
class Kubectl:
    """kubectl on one cluster."""

    program: str
    kubeconfig: str

    def command(self, *words: str) -> list[str]:
        """Return a whole command line."""
        return [self.program, "--kubeconfig", self.kubeconfig, *words]

    def __call__(self, *words: str, text: str | None = None, seconds: float = 120) -> str:
        """Run kubectl to its end, and return what it prints."""
        deadline = time.monotonic() + seconds
        while True:
            done = subprocess.run(
                self.command(*words), input=text, capture_output=True, text=True, timeout=seconds, check=False
            )
            asked_again = words[0] == "get" and any(said in done.stderr for said in TOO_BUSY)
            if not asked_again or time.monotonic() > deadline:
                break
        assert done.returncode == 0, f"kubectl {' '.join(words)}: {done.stderr}{done.stdout}"
        return done.stdout

    def get(self, *words: str) -> Any:
        """Return objects as JSON."""
        return json.loads(self("get", *words, "--output", "json"))

    @contextlib.contextmanager
    def port_forward(self, *words: str) -> Iterator[None]:
        """Forward a port for as long as the block runs."""
        with subprocess.Popen(self.command(*words), stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                said = process.stdout.readline()
                assert "Forwarding from 127.0.0.1" in said, f"is the port taken on this machine? {said}"
                yield
            finally:
                process.terminate()


def eventually(what: str, holds: Callable[[], Any], seconds: float, state: Callable[[], str] = str) -> Any:
    """Return what becomes true; fail after so many seconds, saying what the state is."""
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}. {state()}"
        time.sleep(0.5)
    return found
