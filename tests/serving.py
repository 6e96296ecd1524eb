"""A server in a thread for tests, with a fake model, and plain requests to it."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest
from commandline import FakeRestorer

from vndiacritic.explain import Choice, Explained


class LocalRestorer(FakeRestorer):
    """The fake, with what a server asks for.

    A line with "cham" takes a tenth of a second, one with "doi" waits until it may go on, one with "hong" breaks.
    """

    info: Mapping[str, Any] = {"format_version": 0}
    style = "old"
    begun = threading.Event()  # a line that takes long
    may_go_on = threading.Event()

    def with_tone_style(self, style: str) -> LocalRestorer:
        styled = LocalRestorer()
        styled.style = style
        return styled

    def restore_lines(self, lines: Iterable[str], n_jobs: int = 1, **options: Any) -> Iterator[str]:
        for line in lines:
            if "cham" in line:
                self.begun.set()
                time.sleep(0.1)
            if "doi" in line:
                self.begun.set()
                self.may_go_on.wait(20)
            if "hong" in line:
                raise RuntimeError("broken on purpose")
            yield self.restore(line) + (options.get("mark") or "")

    def explain_lines(self, lines: Iterable[str], k: int, n_jobs: int = 1, **_: Any) -> Iterator[Explained]:
        for line in lines:
            at = line.find("cho")
            odds = (("chợ", 0.8), ("chờ", 0.15), ("cho", 0.05))[:k]
            choices = (Choice(at, at + 3, "chợ", 0.8, odds),) if at >= 0 else ()
            yield Explained(line.replace("cho", "chợ", 1), choices)


class Reply(NamedTuple):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """Of a failure, whose message says something."""
        error = self.json["error"]
        assert len(error["message"]) > 10
        return str(error["code"])


class Client(NamedTuple):
    """Sends requests to a port of this machine."""

    port: int

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def send(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, dict(headers))
            reply = connection.getresponse()
            return Reply(reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Reply:
        return self.send("GET", path, None, _named(headers))

    def post(self, kind: str, body: object, **headers: str) -> Reply:
        """Send JSON, or bytes as they are."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.send("POST", f"/api/{kind}", data, {"Content-Type": "application/json"} | _named(headers))


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers by their names, which are no names for Python."""
    return {name.replace("_", "-"): value for name, value in headers.items()}


@contextmanager
def served(**limits: Any) -> Iterator[Client]:
    """A server with some limits."""
    pytest.importorskip("uvicorn", reason="needs the extra: pip install '.[web]'")
    pytest.importorskip("starlette", reason="needs the extra: pip install '.[web]'")
    from vndiacritic.web.asked import Limits
    from vndiacritic.web.server import Server, listen

    LocalRestorer.begun.clear()
    LocalRestorer.may_go_on.clear()
    taken = listen(0)
    client = Client(taken.getsockname()[1])
    restorer: Any = LocalRestorer()
    server = Server(restorer, taken, Limits(**limits))
    thread = threading.Thread(target=server.answer)
    thread.start()
    try:
        yield client
    finally:
        server.should_exit = True
        thread.join(20)
    assert not thread.is_alive()
