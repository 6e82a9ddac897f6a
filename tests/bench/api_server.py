"""As much of Kubernetes' API as a Job with a log takes, with a pod that nothing runs."""

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.kubeconfig import kubeconfig_of

UID = "0a0b0c0d-0000-4000-8000-000000000000"


@dataclass
class Pod:
    """What the API says of the Job's pod, and of its log."""

    phases: list[str]
    """One after the other, each time that somebody looks; the last one stays."""
    log: str | None = ""
    """None for that of a container that has never run."""
    cut: list[int] = field(default_factory=list)
    """After how many characters a connection to the log breaks off, one after the other; then none does."""
    container: dict[str, Any] = field(default_factory=dict)
    unschedulable: str = ""
    """Why it has no node while it is pending."""
    refuse: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Status and message for whoever makes an object of a kind, or, for ``delete Job`` and its like, deletes it."""
    unanswered: set[str] = field(default_factory=set)
    """Kinds of which an object is made without an answer."""
    page_for: tuple[str, ...] = ()
    """HTTP methods to which a proxy answers, with a page."""
    page: tuple[str, str] = ("text/html", "<html>Log in</html>")
    """Its type, and the page."""
    made: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Objects by kind."""
    deleted: set[str] = field(default_factory=set)
    """Their kinds."""
    asked_to_delete: list[str] = field(default_factory=list)
    """Kinds, also of what was not deleted."""

    def object(self) -> dict[str, Any]:
        phase = self.phases.pop(0) if len(self.phases) > 1 else self.phases[0]
        state = {
            "name": "bench",
            "ready": False,
            "restartCount": 0,
            "image": "",
            "imageID": "",
            "state": self.container,
        }
        status = {"phase": phase, "containerStatuses": [state]}
        if self.unschedulable and phase == "Pending":
            condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}
            status = {"phase": phase, "conditions": [condition | {"message": self.unschedulable}]}
        return {"kind": "Pod", "metadata": {"name": "bench-1"}, "status": status}


class _Handler(BaseHTTPRequestHandler):
    pod: Pod

    def do_GET(self) -> None:
        if self._is_paged():
            return
        path = urlsplit(self.path)
        if path.path.endswith("/log"):
            text = self.pod.log
            if text is None:
                self._object(400, {"kind": "Status", "message": 'container "bench" is waiting to start'})
                return
            if self.pod.cut:
                text = text[: self.pod.cut.pop(0)]
            assert parse_qs(path.query)["container"] == ["bench"]
            self._send(200, text.encode(), "text/plain")
        elif path.path.endswith("/pods"):
            self._object(200, {"kind": "PodList", "items": [self.pod.object()]})
        else:
            self._object(200, self.pod.object())

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self._is_paged() or self._is_refused(body["kind"]):
            return
        self.pod.made[body["kind"]] = body
        if body["kind"] in self.pod.unanswered:
            return
        self._object(201, {**body, "metadata": {**body["metadata"], "uid": UID}})

    def do_DELETE(self) -> None:
        kind = "Job" if "/jobs/" in self.path else "ConfigMap"
        self.pod.asked_to_delete.append(kind)
        if self._is_paged() or self._is_refused(f"delete {kind}"):
            return
        if kind in self.pod.made:
            self.pod.deleted.add(kind)
            self._object(200, {"kind": "Status", "status": "Success"})
        else:
            self._object(404, {"kind": "Status", "message": "not found"})

    def _is_paged(self) -> bool:
        is_paged = self.command in self.pod.page_for
        if is_paged:
            type_, page = self.pod.page
            self._send(200, page.encode(), type_)
        return is_paged

    def _is_refused(self, what: str) -> bool:
        refusal = self.pod.refuse.get(what)
        if refusal:
            status, message = refusal
            self._object(status, {"kind": "Status", "message": message})
        return refusal is not None

    def _object(self, status: int, content: dict[str, Any]) -> None:
        self._send(status, json.dumps(content).encode(), "application/json")

    def _send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def serving(pod: Pod) -> Iterator[str]:
    """Run the API, and yield the content of a kubeconfig for it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"pod": pod}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield kubeconfig_of(f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
