"""The REST API as CLI and demo call it: each person with their own token, each request with an idempotency key."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from threading import Timer
from typing import Any
from urllib.parse import unquote
from weakref import finalize

import httpx
from pydantic import BaseModel
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_delay

from adapters.db.unanswered_requests import Unanswered, request_hash
from domain.shared.errors import RefusalKind, Refused, Rule, Waiting
from domain.shared.remedy_actions import RemedyAction

# How long the stack may be unavailable (killed and restarting, say) before a request is given up.
PATIENCE_SECONDS = 120.0
PAUSE_SECONDS, MAX_PAUSE = 0.5, 10.0
# Seconds after which the user is told what we are waiting for; anything shorter does not count as a wait.
SAID_AFTER = 3.0
OF_A_PROXY = frozenset({HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT})
# The refusal kind for each status code; any other status is a conflict.
KINDS = {
    401: RefusalKind.UNAUTHENTICATED,
    403: RefusalKind.FORBIDDEN,
    404: RefusalKind.NOT_FOUND,
    412: RefusalKind.OUTDATED,
    422: RefusalKind.INVALID,
    429: RefusalKind.TOO_MANY,
    500: RefusalKind.DAMAGED,
    503: RefusalKind.UNAVAILABLE,
}
PROBLEM = "application/problem+json"

Json = dict[str, Any]


class StackAway(Exception):
    """No stack answers."""


class RefusedError(Exception):
    """The API refused. `refused` says which rule applies, what is so, who holds it up and what to do."""

    def __init__(self, refused: Refused, fields: tuple[Json, ...] = (), path: str = "") -> None:
        """`fields`: what is wrong with which field of the request, if the API said so. `path`: the path requested."""
        super().__init__(refused.detail)
        self.refused = refused
        self.fields = fields
        self.path = path


class _Away(Exception):
    """Not now: retry the same request after `after` seconds. `refused` is set if Interlock itself said so."""

    def __init__(self, why: str, refused: Refused | None = None, after: float = PAUSE_SECONDS) -> None:
        super().__init__(why)
        self.refused = refused
        self.after = after


def is_interlock(url: str) -> bool:
    """True if an Interlock server answers at this address, ready or not."""
    try:
        answer = httpx.get(f"{url}/health", timeout=5)
        return answer.status_code == 200 and answer.json().get("product") == "interlock"
    except (httpx.TransportError, ValueError):
        return False


class FileNotTaken(RefusedError):
    """An uploaded file was refused. `lines` has each mistake with its `line`, `field` and `message`."""

    def __init__(self, refused: Refused, lines: tuple[Json, ...]) -> None:
        super().__init__(refused)
        self.lines = lines


class _FieldError(BaseModel):
    field: str = ""
    message: str = ""
    line: int | None = None
    remedy: str | None = None


class _WaitsFor(BaseModel):
    who: str
    ask_id: str | None = None
    role: str | None = None


class _Problem(BaseModel):
    """A refusal as it arrives over REST; tolerates servers newer than this client."""

    type: str
    title: str
    status: int
    detail: str = ""
    rule: str = ""
    remedy: str = ""
    action: str | None = None
    temporary: bool = False
    field: str | None = None
    waits_for: list[_WaitsFor] = []
    asked_now: str | None = None
    errors: list[_FieldError] | None = None

    @property
    def refused(self) -> Refused:
        """The refusal, in the server's own words."""
        beside = (error for error in self.errors or () if error.message.rstrip(".") not in self.detail)
        errors = "; ".join(f"{error.field}: {error.message}" for error in beside)
        known = self.rule in {rule.value for rule in Rule}
        return Refused(
            name=self.type.rsplit("/", maxsplit=1)[-1],
            rule=Rule(self.rule) if known else Rule.WELL_FORMED,
            title=self.title,
            detail=f"{self.detail} {errors}".strip(),
            remedy=self.remedy,
            action=_known_action(self.action),
            kind=KINDS.get(self.status, RefusalKind.CONFLICT),
            temporary=self.temporary,
            asked_now=self.asked_now,
            field=self.field,
            waits_for=tuple(Waiting(ask_id=one.ask_id or "", who=one.who, role=one.role) for one in self.waits_for),
        )


def _known_action(name: str | None) -> RemedyAction | None:
    """Returns None also for an action that only a newer server knows: its remedy says it in words."""
    return RemedyAction(name) if name in {action.value for action in RemedyAction} else None


def refusal_of(problem: Json) -> Refused:
    """Returns the refusal in a problem that came inside an answer, as one of several results."""
    return _Problem.model_validate(problem).refused


class FrontDoor:
    """Sends requests for people. A request without an answer is retried with the same key, so it takes effect once."""

    def __init__(
        self,
        url: str,
        tokens: dict[str, str],
        *,
        told: Callable[[str], object] = lambda _: None,
        patience: float = PATIENCE_SECONDS,
        unanswered: Unanswered | None = None,
    ) -> None:
        """`told` is called with what we are waiting for when a request takes long.

        `unanswered` stores the keys of requests that got no final answer; the same request is sent again under its key.
        """
        self._unanswered = unanswered
        self._told, self._patience = told, patience
        self._http = httpx.Client(base_url=f"{url}/api/v1", timeout=30)
        self._tokens = tokens
        finalize(self, self._http.close)  # a command can end in many ways, and none may leave a connection open

    def get(self, who: str, path: str, **query: Any) -> Json:
        """Reads JSON as `who`. Raises RefusedError or StackAway."""
        found: Json = self._request("GET", who, path, params=query)
        return found

    def text(self, who: str, path: str, **query: Any) -> str:
        """Reads text as `who`. Raises RefusedError or StackAway."""
        return str(self._request("GET", who, path, params=query, as_text=True))

    def send(self, who: str, method: str, path: str, body: Json | None, key: str) -> Json:
        """Sends a command as `who`; it takes effect once, even if retried. Raises RefusedError or StackAway."""
        if self._unanswered is None:
            return self._sent(who, method, path, body, key)
        request = request_hash(str(self._http.base_url), self._tokens[who], method, path, body or {})
        kept = self._unanswered.begin(
            request, key
        )  # before sending, so that the key survives if this process is killed
        if kept != key:
            self._told(
                "The same was sent before and had no final answer: this goes on with it, and does nothing twice."
            )
        try:
            done = self._sent(who, method, path, body, kept)
        except (RefusedError, StackAway) as failed:
            if isinstance(failed, RefusedError) and not failed.refused.temporary:
                self._unanswered.forget(request)
                raise
            self._told(
                "It had no final answer. Run the same command again: it goes on with it, and does nothing twice."
            )
            raise
        self._unanswered.forget(request)
        return done

    def _sent(self, who: str, method: str, path: str, body: Json | None, key: str) -> Json:
        done: Json = self._request(method, who, path, json=body or {}, headers={"Idempotency-Key": key})
        return done

    def send_file(self, who: str, path: str, content: bytes) -> Json:
        """Uploads a YAML file. Raises FileNotTaken if its content is refused, otherwise RefusedError or StackAway."""
        taken: Json = self._request("POST", who, path, content=content, headers={"Content-Type": "application/yaml"})
        return taken

    def _request(self, method: str, who: str, path: str, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {self._tokens[who]}", **more.pop("headers", {})}
        try:
            with self._said_if_it_takes_long() as note:
                for attempt in Retrying(
                    retry=retry_if_exception_type(_Away),
                    stop=stop_after_delay(self._patience),
                    wait=_pause,
                    before_sleep=note,
                    reraise=True,
                ):
                    with attempt:
                        return self._once(method, path, headers, more)
        except _Away as away:
            if away.refused is not None:
                raise RefusedError(away.refused) from away
            raise StackAway(
                f"No stack answers for {self._patience:.0f} s: {away} Start it with interlock up, or say where it is: "
                "INTERLOCK_URL."
            ) from away
        raise StackAway("not reached")

    @contextmanager
    def _said_if_it_takes_long(self) -> Iterator[Callable[[RetryCallState], None]]:
        """Says once what we are waiting for, even during a long attempt; `note` records why an attempt failed."""
        met: list[str] = [f"{self._http.base_url.netloc.decode()} has not answered yet."]

        def note(attempt: RetryCallState) -> None:
            if attempt.outcome is not None:
                met.append(str(attempt.outcome.exception()))

        def say() -> None:
            self._told(f"{met[-1]} Waiting, and trying again, for up to {self._patience:.0f} s.")

        timer = Timer(SAID_AFTER, say)
        timer.daemon = True
        timer.start()
        try:
            yield note
        finally:
            timer.cancel()

    def _once(self, method: str, path: str, headers: dict[str, str], more: Json) -> Any:
        as_text = more.get("as_text", False)
        more = {name: value for name, value in more.items() if name != "as_text"}
        try:
            response = self._http.request(method, path, headers=headers, **more)
        except httpx.TransportError as error:
            raise _Away(
                f"{self._http.base_url.netloc.decode()} does not answer ({error or type(error).__name__})."
            ) from error
        is_problem = response.headers.get("content-type", "").partition(";")[0] == PROBLEM
        if response.status_code in OF_A_PROXY and not is_problem:
            raise _Away(f"{self._http.base_url.netloc.decode()} answers {response.status_code}.")
        try:
            if is_problem:
                raise self._refusal(_Problem.model_validate_json(response.content), response)
            if as_text and response.is_success:
                return response.text
            answer = response.json() if response.is_success else None
        except ValueError:
            raise self._stranger(response) from None
        if not isinstance(answer, dict):
            raise self._stranger(response)
        return answer

    def _refusal(self, problem: _Problem, response: httpx.Response) -> Exception:
        if problem.temporary and "retry-after" in response.headers:
            return _Away(problem.detail, problem.refused, _seconds(response.headers["retry-after"]))
        lines = tuple(error.model_dump() for error in problem.errors or () if error.line)
        if lines:
            return FileNotTaken(problem.refused, lines)
        fields = tuple(error.model_dump() for error in problem.errors or ())
        return RefusedError(problem.refused, fields, unquote(response.request.url.path))

    def _stranger(self, response: httpx.Response) -> StackAway:
        """The error for a server that answers here but is not Interlock."""
        return StackAway(f"What answers {response.status_code} at {self._http.base_url.host} is no Interlock.")

    def await_ready(self, patience: float = PATIENCE_SECONDS) -> None:
        """Waits until the stack can carry out commands. Raises StackAway."""
        until = time.monotonic() + patience
        while time.monotonic() < until:
            try:
                if self._http.get(str(self._http.base_url).replace("/api/v1/", "/ready")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.2)
        raise StackAway(f"No stack is ready at {self._http.base_url}")


def _pause(attempt: RetryCallState) -> float:
    away = attempt.outcome.exception() if attempt.outcome else None
    return away.after if isinstance(away, _Away) else PAUSE_SECONDS


def _seconds(retry_after: str) -> float:
    """Returns the delay of a Retry-After header, clamped to a sensible range; an HTTP date is ignored."""
    return min(max(float(retry_after), PAUSE_SECONDS), MAX_PAUSE) if retry_after.isdecimal() else PAUSE_SECONDS
