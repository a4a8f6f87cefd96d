"""The API's client waits for what passes by itself, says so, and shows at once what does not."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

import pytest

from adapters.db.unanswered_requests import Unanswered
from adapters.rest_client import FrontDoor, RefusedError, StackAway
from api.problems import of_refusal
from application.gateway_errors import EngineAway
from domain.shared.errors import Refusal, quarantine_refusal

PAUSED = quarantine_refusal("engagement/ENG-2026-0001")
AWAY = EngineAway("The workflow engine is not responding.", remedy="Try again.")


class Served(NamedTuple):
    status: int
    body: str
    kind: str = "application/problem+json; charset=utf-8"
    after: bool = False
    takes: float = 0


def refused(refusal: Refusal) -> Served:
    problem = of_refusal(refusal.refused)
    return Served(problem.status, problem.model_dump_json(exclude_none=True), after=problem.temporary)


DONE = Served(200, json.dumps({"done": True}), "application/json")
PROXY = Served(502, "<h1>Bad gateway</h1>", "text/html")


class Server(ThreadingHTTPServer):
    """Gives these answers one after another, and the last again and again."""

    answers: list[Served]
    asked = 0
    keys: list[str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        answer = self.server.answers[min(self.server.asked, len(self.server.answers) - 1)]
        self.server.asked += 1
        time.sleep(answer.takes)
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(answer.body.encode())))
        if answer.after:
            self.send_header("Retry-After", "1")
        self.end_headers()
        self.wfile.write(answer.body.encode())

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.keys.append(self.headers["Idempotency-Key"])
        self.do_GET()

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@contextmanager
def serving(*answers: Served) -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Handler) as server:
        server.answers, server.keys = list(answers), []
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def door(server: Server, told: list[str], patience: float = 10) -> FrontDoor:
    return FrontDoor(server.url, {"me": "token"}, told=told.append, patience=patience)


def test_what_an_operator_must_repair_is_shown_at_once() -> None:
    told: list[str] = []
    with serving(refused(PAUSED)) as server:
        with pytest.raises(RefusedError) as shown:
            door(server, told).get("me", "/engagements/ENG-2026-0001")
        assert (shown.value.refused.detail, server.asked, told) == (PAUSED.refused.detail, 1, [])


def test_nobody_asks_again_before_the_server_wants_to_be_asked() -> None:
    began = time.monotonic()
    with serving(refused(AWAY), DONE) as server:
        assert door(server, []).get("me", "/engagements") == {"done": True}
    assert time.monotonic() - began >= 1


@pytest.mark.parametrize("passing", [refused(AWAY), PROXY])
def test_what_passes_by_itself_is_waited_for_and_said(passing: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.rest_client.SAID_AFTER", 0.8)
    told: list[str] = []
    with serving(*[passing] * 5, DONE) as server:
        assert door(server, told).get("me", "/engagements") == {"done": True}
    [said] = told
    assert said.endswith("Waiting, and trying again, for up to 10 s.")
    assert "{" not in said
    assert "<" not in said


def test_one_attempt_that_is_not_answered_is_said_to_be_waited_for_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.rest_client.SAID_AFTER", 0.1)
    told: list[str] = []
    with serving(DONE._replace(takes=0.5)) as server:
        assert door(server, told).get("me", "/engagements") == {"done": True}
        (said,) = told
        assert said.startswith(f"127.0.0.1:{server.server_port} has not answered yet.")


def test_who_is_killed_before_the_answer_goes_on_with_the_same_when_it_is_run_again(tmp_path: Path) -> None:
    kept = tmp_path / "unanswered.json"
    with serving(DONE._replace(takes=3), DONE) as server:
        program = (
            "import sys; from pathlib import Path; from adapters.rest_client import FrontDoor; "
            "from adapters.db.unanswered_requests import Unanswered; url, path, key = sys.argv[1:]; "
            "door = FrontDoor(url, {'me': 'token'}, unanswered=Unanswered(Path(path))); "
            "door.send('me', 'POST', '/engagements', {}, key)"
        )
        command = [sys.executable, "-c", program, server.url, str(kept)]
        with subprocess.Popen([*command, "first"]) as killed:
            while not server.keys:
                time.sleep(0.05)
            killed.kill()
        subprocess.run([*command, "second"], check=True)
        assert server.keys == ["first", "first"]
    assert json.loads(kept.read_text()) == {}


@pytest.mark.parametrize("content", ["", "{half", "[]", '{"of another kind": 1}'])
def test_a_file_that_is_none_of_ours_is_as_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "unanswered.json").write_text(content)
    assert Unanswered(tmp_path / "unanswered.json").begin("a request", "a key") == "a key"
    assert Unanswered(tmp_path / "unanswered.json").begin("a request", "another") == "a key"


def test_the_same_that_had_no_final_answer_is_sent_under_the_same_key(tmp_path: Path) -> None:
    """Also by another process, and until it is answered; then the same is another thing to do."""
    with serving(refused(AWAY), refused(AWAY), DONE) as server:
        for key, title in (("first", "One"), ("second", "One"), ("third", "One"), ("fourth", "One"), ("fifth", "Two")):
            told: list[str] = []
            kept = Unanswered(tmp_path / "unanswered.json")
            front = FrontDoor(server.url, {"me": "token"}, told=told.append, patience=0, unanswered=kept)
            try:
                front.send("me", "POST", "/engagements", {"title": title}, key)
            except RefusedError:
                assert "Run the same command again" in told[-1]
        assert server.keys == ["first", "first", "first", "fourth", "fifth"]


def test_what_did_not_pass_in_time_is_shown_in_its_own_words() -> None:
    with serving(refused(AWAY)) as server, pytest.raises(RefusedError) as shown:
        door(server, [], patience=0.2).get("me", "/engagements")
    assert shown.value.refused.detail == AWAY.refused.detail


def test_where_nothing_answers_it_is_said_who_does_not() -> None:
    with serving(DONE) as server:
        gone = door(server, [], patience=0.2)
    with pytest.raises(StackAway, match=r"No stack answers .* 127\.0\.0\.1:\d+ does not answer.* interlock up"):
        gone.get("me", "/engagements")


@pytest.mark.parametrize(
    "other",
    [
        Served(404, "<h1>Not found</h1>", "text/html"),
        Served(404, '{"detail": "Not Found"}', "application/json"),
        Served(200, "<h1>Welcome</h1>", "text/html"),
    ],
)
def test_what_is_no_interlock_is_said_to_be_none(other: Served) -> None:
    with (
        serving(other) as server,
        pytest.raises(StackAway, match=f"answers {other.status} at 127.0.0.1 is no Interlock"),
    ):
        door(server, []).get("me", "/engagements")


@pytest.mark.parametrize("body", ["{}", "[]", "null", "no JSON", '{"type": 1, "title": "A", "status": 409}'])
@pytest.mark.parametrize("status", [200, 302, 409])
def test_what_answers_as_no_interlock_does_is_named_so(status: int, body: str) -> None:
    kind = "application/problem+json" if body.startswith("{") else "application/json"
    with serving(Served(status, body, kind)) as server, pytest.raises(StackAway, match="is no Interlock"):
        door(server, []).get("me", "/engagements")


def test_a_rule_of_a_newer_server_does_not_hide_its_refusal() -> None:
    newer = json.loads(refused(PAUSED).body) | {"rule": "of-tomorrow"}
    with serving(Served(503, json.dumps(newer))) as server, pytest.raises(RefusedError) as shown:
        door(server, []).get("me", "/engagements")
    assert shown.value.refused.detail == PAUSED.refused.detail
