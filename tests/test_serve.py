"""The server without a browser: what it answers, what it refuses, and how it ends. The model is a fake."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from commandline import command, environment, posix, run
from pages_in_tests import ParsedPage
from serving import Client, LocalRestorer, Reply, served

from vndiacritic import __version__

NFD = "Tro\u0302i"


@pytest.fixture(scope="module")
def server() -> Iterator[Client]:
    with served(size=10_000) as client:
        yield client


# ---- answers


@pytest.mark.parametrize(
    ("kind", "asked", "expected"),
    [
        ("restore", {"text": "Toi di cho.\r\nTroi dep"}, {"text": "Tôi đi chợ.\r\nTrời đẹp"}),
        ("restore", {"text": ""}, {"text": ""}),
        ("restore", {"text": "\ufeff\u2028\x00\U0001f600"}, {"text": "\ufeff\u2028\x00\U0001f600"}),
        ("restore", {"text": "cho", "min_confidence": 0.9, "mark": "?"}, {"text": "cho?"}),
        ("strip", {"text": f"Trời {NFD}"}, {"text": "Troi Troi"}),
        (
            "explain",
            {"text": "\U0001f600\nva cho", "alternatives": 1},
            {
                "text": "\U0001f600\nva chợ",
                "syllables": [
                    {
                        "start": 5,
                        "end": 8,
                        "text": "chợ",
                        "confidence": 0.8,
                        "alternatives": [{"text": "chợ", "confidence": 0.8}],
                    }
                ],
            },
        ),
        (
            "review",
            {"text": "di cho\n\nva cho"},
            {
                "pieces": [
                    ["di ", [0, 1, 8000, 2, 1500, 0, 500], "\n"],
                    ["\n"],
                    ["va ", [0, 1, 8000, 2, 1500, 0, 500], ""],
                ],
                "forms": ["cho", "chợ", "chờ"],
            },
        ),
    ],
)
def test_requests_are_answered(server: Client, kind: str, asked: dict[str, Any], expected: dict[str, Any]) -> None:
    reply = server.post(kind, asked)
    assert (reply.status, reply.json) == (200, expected)
    assert reply.headers["content-type"] == "application/json"


def test_characters_are_repaired(server: Client) -> None:
    reply = server.post("repair", {"text": "Tiáº¿ng Viá»‡t"}).json
    assert reply["text"] == "Tiếng Việt"
    assert reply["changes"][0]["step"] == "mojibake"


def test_a_document_is_cleaned_line_by_line(server: Client) -> None:
    reply = server.post("clean", {"text": "Một dòng.\nVà một dòng nữa.\n"}).json
    assert (reply["text"], reply["page"], reply["warning"]) == ("Một dòng.\nVà một dòng nữa.\n", False, "")
    assert [line["action"] for line in reply["lines"]] == ["keep", "keep"]


def test_the_server_tells_about_itself(server: Client) -> None:
    about = server.get("/api/info").json
    assert about["version"] == __version__
    assert about["limits"] == {"size": 10_000, "seconds": 30, "working": 2, "waiting": 8}


def test_every_request_is_described(server: Client) -> None:
    described = server.get("/openapi.json").json
    assert described["info"]["version"] == __version__
    assert described["servers"] == [{"url": server.address.rstrip("/")}]
    from vndiacritic.web.api import KINDS

    assert described["paths"].keys() == {f"/api/{kind}" for kind in KINDS} | {"/api/info"}
    for name, kind in KINDS.items():
        fields = described["paths"][f"/api/{name}"]["post"]["requestBody"]["content"]["application/json"]["schema"]
        assert fields["properties"].keys() == kind.fields.keys()
        assert set(fields["required"]) == {field for field, (default, _, _) in kind.fields.items() if default is None}
        for field, schema in fields["properties"].items():
            known = described["components"]["schemas"].get(schema.get("$ref", "").rpartition("/")[2], schema)
            assert known.get("default") == kind.fields[field].default


@pytest.mark.parametrize("kind", ["restore", "explain", "review", "clean", "repair", "strip"])
def test_answers_have_the_fields_that_are_described(server: Client, kind: str) -> None:
    described = server.get("/openapi.json").json
    reply = server.post(kind, {"text": "Tiáº¿ng Viá»‡t cho"}).json
    schema = described["paths"][f"/api/{kind}"]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
    _check(reply, schema, described["components"]["schemas"])


def _check(value: Any, schema: dict[str, Any], known: dict[str, Any]) -> None:
    """Compare a value with its schema, as far as ours go."""
    schema = known[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    if "oneOf" in schema:
        schema = next(one for one in schema["oneOf"] if isinstance(value, _TYPES[one["type"]]))
    assert isinstance(value, _TYPES[schema["type"]]), (value, schema)
    if isinstance(value, dict):
        assert set(schema["required"]) <= value.keys() <= schema["properties"].keys()
        for name, part in value.items():
            _check(part, schema["properties"][name], known)
    if isinstance(value, list):
        for part in value:
            _check(part, schema["items"], known)


_TYPES: dict[str, Any] = {
    "object": dict, "array": list, "string": str, "integer": int, "number": int | float, "boolean": bool,
}  # fmt: skip


def test_the_page_has_its_policy_as_a_header_too(server: Client) -> None:
    reply = server.get("/")
    page = ParsedPage(reply.body.decode())
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert reply.headers["content-security-policy"] == f"{page.policy}; frame-ancestors 'none'"
    assert "connect-src 'self'" in page.policy


# ---- what is refused


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        ("restore", b"{", "no JSON"),
        ("restore", b"[" * 9_000, "no JSON"),
        ("restore", b"\xff", "byte 0xff at offset 0"),
        ("restore", b'"cho"', "must be a JSON object"),
        ("restore", {}, "text must be a string"),
        ("restore", {"text": 1}, "text must be a string"),
        ("restore", {"text": None}, "text must be a string"),
        ("restore", b'{"text": "\\ud800"}', "whole characters"),
        ("restore", {"text": "cho", "txet": "cho"}, "no field 'txet': there are text, tone_style"),
        ("restore", {"text": "cho", "min_confidence": 2}, "a number from 0 to 1"),
        ("restore", b'{"text": "cho", "min_confidence": NaN}', "a number from 0 to 1"),
        ("restore", {"text": "cho", "min_confidence": True}, "a number from 0 to 1"),
        ("restore", {"text": "cho", "tone_style": "odd"}, "one of old, new, as-is"),
        ("restore", {"text": "cho", "tone_style": ["old"]}, "one of old, new, as-is"),
        ("restore", {"text": "cho", "mark": "?" * 21}, "at most 20 characters"),
        ("explain", {"text": "cho", "alternatives": 0}, "from 1 to 20"),
        ("clean", {"text": "cho", "keep": ["body"]}, "time, byline, credit"),
        ("clean", {"text": "cho", "steps": ["wash"]}, "wash"),
        ("clean", {"text": "c\x00"}, "NUL"),
        ("repair", {"text": "cho", "steps": ["wash"]}, "there is no step 'wash'"),
    ],
)
def test_wrong_requests_are_told_what_is_wrong(server: Client, kind: str, body: object, said: str) -> None:
    reply = server.post(kind, body)
    assert (reply.status, reply.code) == (400, "bad-request")
    assert said in reply.json["error"]["message"]


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "code"),
    [
        ("GET", "/nope", {}, 404, "no-such-path"),
        ("GET", "/api/restore", {}, 405, "wrong-method"),
        ("POST", "/", {}, 405, "wrong-method"),
        ("OPTIONS", "/api/restore", {}, 405, "wrong-method"),
        ("POST", "/api/restore", {}, 415, "not-json"),
        ("POST", "/api/restore", {"Content-Type": "text/plain"}, 415, "not-json"),
        ("POST", "/api/restore", {"Content-Type": "application/x-www-form-urlencoded"}, 415, "not-json"),
    ],
)
def test_other_requests_are_turned_away_in_json(
    server: Client, method: str, path: str, headers: dict[str, str], status: int, code: str
) -> None:
    reply = server.send(method, path, None if method == "GET" else b"{}", headers)
    assert (reply.status, reply.code) == (status, code)


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "localhost.:{port}", ""]
)
def test_a_name_that_only_points_here_is_not_answered(server: Client, host: str) -> None:
    reply = server.get("/", Host=host.format(port=server.port))
    assert (reply.status, reply.code) == (421, "wrong-host")


def test_one_host_is_named_once(server: Client) -> None:
    with socket.create_connection(("127.0.0.1", server.port), 20) as connection:
        host = f"Host: 127.0.0.1:{server.port}\r\n".encode()
        connection.sendall(b"GET / HTTP/1.1\r\n" + host + b"Host: evil.example\r\n\r\n")
        assert connection.recv(64).split()[1] in (b"400", b"421")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1"])
def test_its_own_names_are_answered(server: Client, host: str) -> None:
    own = f"{host}:{server.port}"
    assert server.get("/api/info", Host=own).status == 200
    assert server.post("restore", {"text": "cho"}, Host=own, Origin=f"http://{own}").status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "https://127.0.0.1:{port}"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},  # a form that is sent here
    ],
)
def test_pages_of_other_origins_are_turned_away(server: Client, headers: dict[str, str]) -> None:
    given = {name: value.format(port=server.port) for name, value in headers.items()}
    reply = server.send("POST", "/api/restore", b'{"text": "cho"}', {"Content-Type": "application/json"} | given)
    assert (reply.status, reply.code) == (403, "other-origin")


def test_a_link_may_open_the_page(server: Client) -> None:
    assert server.get("/", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate").status == 200


@pytest.mark.parametrize("path", ["/", "/api/info", "/nope"])
@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "evil.example"])
def test_answers_are_sealed(server: Client, path: str, host: str) -> None:
    headers = server.get(path, Host=host.format(port=server.port)).headers
    assert not [name for name in headers if name.startswith("access-control-")]
    assert "server" not in headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    sealed = {name: headers[name] for name in ("cache-control", "x-content-type-options", "x-frame-options")}
    assert sealed == {"cache-control": "no-store", "x-content-type-options": "nosniff", "x-frame-options": "DENY"}
    assert headers["cross-origin-resource-policy"] == headers["cross-origin-opener-policy"] == "same-origin"


# ---- limits


def test_what_is_too_large_is_refused_and_the_answer_arrives(server: Client) -> None:
    exact = b'{"text": "%s"}' % (b"a" * (10_000 - 12))
    assert server.post("strip", exact).status == 200
    for size in (1, 100_000):
        reply = server.post("strip", exact + b" " * size)
        assert (reply.status, reply.code) == (413, "too-large")
        assert "--max-size" in reply.json["error"]["message"]


def test_who_asks_first_need_not_send_it(server: Client) -> None:
    with socket.create_connection(("127.0.0.1", server.port), 20) as connection:
        connection.sendall(
            f"POST /api/strip HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nContent-Type: application/json\r\n"
            "Content-Length: 99999999\r\nExpect: 100-continue\r\n\r\n".encode()
        )
        assert connection.recv(64).split()[1] == b"413"


def test_pieces_of_a_body_are_counted_too(server: Client) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    pieces = (b" " * 1_000 for _ in range(20))
    headers = {"Content-Type": "application/json"}
    connection.request("POST", "/api/strip", pieces, headers, encode_chunked=True)
    assert connection.getresponse().status == 413
    connection.close()


def test_slow_work_is_ended_and_slow_bodies_are_not_waited_for() -> None:
    with served(seconds=0.3, working=1) as server:
        reply = server.post("restore", {"text": "cham\n" * 50})
        assert (reply.status, reply.code) == (503, "too-slow")
        assert 200 in [server.post("restore", {"text": "cho"}).status for _ in range(20)]  # the thread is free again
        with socket.create_connection(("127.0.0.1", server.port), 20) as connection:
            connection.sendall(
                f"POST /api/strip HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nContent-Type: application/json\r\n"
                "Content-Length: 10\r\n\r\n{".encode()
            )
            assert connection.recv(64).split()[1] == b"408"


def test_too_many_at_once_are_told_to_come_again() -> None:
    with served(working=1, waiting=0) as server:
        replies: list[Reply] = []
        slow = threading.Thread(target=lambda: replies.append(server.post("restore", {"text": "doi cho."})))
        slow.start()
        assert LocalRestorer.begun.wait(20)
        refused = server.post("strip", {"text": "cho"})
        assert (refused.status, refused.code, refused.headers["retry-after"]) == (503, "busy", "1")
        assert server.get("/api/info").status == 200  # others are answered all the while
        LocalRestorer.may_go_on.set()
        slow.join()
        assert [reply.json for reply in replies] == [{"text": "doi chợ."}]
        assert server.post("restore", {"text": "cho"}).status == 200


def test_some_may_wait_for_their_turn() -> None:
    with served(working=1, waiting=1) as server:
        replies: list[int] = []
        asked = [
            threading.Thread(target=lambda: replies.append(server.post("restore", {"text": "doi"}).status))
            for _ in range(2)
        ]
        for thread in asked:
            thread.start()
        LocalRestorer.may_go_on.set()
        for thread in asked:
            thread.join()
        assert replies == [200, 200]


def test_work_ends_when_its_client_goes() -> None:
    with served(seconds=20, working=1) as server:
        body = json.dumps({"text": "cham\n" * 100}).encode()
        with socket.create_connection(("127.0.0.1", server.port), 20) as connection:
            connection.sendall(
                f"POST /api/restore HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n".encode()
                + body
            )
            assert LocalRestorer.begun.wait(20)
        began = time.monotonic()
        assert server.post("restore", {"text": "cho"}).status == 200
        assert time.monotonic() - began < 5  # not the ten seconds of the other


def test_a_bug_is_told_as_one(capfd: pytest.CaptureFixture[str]) -> None:
    with served() as server:
        reply = server.post("restore", {"text": "hong"})
        assert (reply.status, reply.code) == (500, "bug")
        assert b"on purpose" not in reply.body
        assert "frame-ancestors 'none'" in reply.headers["content-security-policy"]
        assert server.post("restore", {"text": "cho"}).status == 200
    assert "broken on purpose" in capfd.readouterr().err


# ---- the command


def started(*args: str, **variables: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command("serve", "--port", "0", *args),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment() | variables,
        encoding="utf-8",
    )


@posix
def test_the_address_is_printed_and_ctrl_c_ends_it_quietly(tiny_model: Path) -> None:
    pytest.importorskip("uvicorn")
    with started("-m", str(tiny_model)) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        address = process.stdout.readline()
        found = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/\n", address)
        assert found
        reply = Client(int(found[1])).post("restore", {"text": "đẹp 123"})
        assert reply.json == {"text": "đẹp 123"}
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
        assert process.stderr.read() == "vndiacritic: serving until Ctrl-C\n"


def test_a_port_that_is_taken_is_said(loaded: list[object]) -> None:
    pytest.importorskip("uvicorn")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = run("serve", "--port", str(port))
    assert result.exit_code == 1
    assert f"cannot listen on 127.0.0.1:{port}" in result.stderr
    assert "--port" in result.stderr
    assert loaded


@pytest.mark.parametrize("missing", ["uvicorn", "starlette"])
def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    for name in [name for name in sys.modules if name.startswith(("vndiacritic.web", missing))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    result = run("serve", "--port", "0")
    assert result.exit_code == 1
    assert "pip install 'vndiacritic[web]'" in result.stderr


def test_help_and_review_need_no_extra(here: Path, tiny_model: Path) -> None:
    Path("blocked").mkdir()
    for name in ("uvicorn", "starlette"):
        Path("blocked", f"{name}.py").write_text("raise ImportError")
    path = os.pathsep.join((str(Path("blocked").resolve()), environment()["PYTHONPATH"]))
    Path("in.txt").write_text("nha")
    for args in (["serve", "--help"], ["review", "-m", str(tiny_model), "in.txt", "-o", "out.html"]):
        done = subprocess.run(
            command(*args), env=environment() | {"PYTHONPATH": path}, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr
