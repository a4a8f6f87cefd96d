"""The API as the CLI and the demo use it: each person by their own token, each request with a key of its own."""

import time
from typing import Any
from weakref import finalize

import httpx
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from domain.refusals import Refused

PATIENCE_SECONDS = 120.0
"""How long a stack may be away (it was killed and starts again) before a request is given up."""

Json = dict[str, Any]


class StackAway(Exception):
    """No stack answers."""


class RefusedError(Exception):
    """The API refused: `refused` says which rule, what is so, who holds it up, what to do."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.detail)
        self.refused = refused


class _Away(Exception):
    """Not now: try the same request again."""


def is_interlock(url: str) -> bool:
    """True where an Interlock answers at this address, ready or not."""
    try:
        answer = httpx.get(f"{url}/health", timeout=5)
        return answer.status_code == 200 and answer.json().get("product") == "interlock"
    except (httpx.TransportError, ValueError):
        return False


class FileNotTaken(RefusedError):
    """A file that was sent is refused; `lines`: each mistake with its `line`, `field` and `message`."""

    def __init__(self, refused: Refused, lines: tuple[Json, ...]) -> None:
        super().__init__(refused)
        self.lines = lines


class FrontDoor:
    """Requests by person. What was not answered is asked again with the same key: it has one effect."""

    def __init__(self, url: str, tokens: dict[str, str]) -> None:
        self._http = httpx.Client(base_url=f"{url}/api/v1", timeout=30)
        self._tokens = tokens
        finalize(self, self._http.close)  # a command ends in many ways, and none leaves a connection open

    def get(self, who: str, path: str, **query: Any) -> Json:
        """Reads something as somebody. Raises RefusedError, StackAway."""
        return self._request("GET", who, path, params=query)

    def send(self, who: str, method: str, path: str, body: Json | None, key: str) -> Json:
        """Does something as somebody, once, however often it must be sent. Raises RefusedError, StackAway."""
        return self._request(method, who, path, json=body or {}, headers={"Idempotency-Key": key})

    def send_file(self, who: str, path: str, content: bytes) -> Json:
        """Sends a YAML file as it is. Raises FileNotTaken where its content is refused, RefusedError, StackAway."""
        return self._request("POST", who, path, content=content, headers={"Content-Type": "application/yaml"})

    def _request(self, method: str, who: str, path: str, **more: Any) -> Json:
        headers = {"Authorization": f"Bearer {self._tokens[who]}", **more.pop("headers", {})}
        try:
            for attempt in Retrying(
                retry=retry_if_exception_type(_Away),
                stop=stop_after_delay(PATIENCE_SECONDS),
                wait=wait_fixed(0.5),
                reraise=True,
            ):
                with attempt:
                    return self._once(method, path, headers, more)
        except _Away as away:
            raise StackAway(f"No stack answers for {PATIENCE_SECONDS:.0f} s: {away}") from away
        raise StackAway("not reached")

    def _once(self, method: str, path: str, headers: dict[str, str], more: Json) -> Json:
        try:
            response = self._http.request(method, path, headers=headers, **more)
        except httpx.TransportError as error:
            raise _Away(str(error) or type(error).__name__) from error
        if response.status_code in {502, 503, 504}:
            raise _Away(response.text[:200])
        if response.status_code >= 400:
            lines = tuple(error for error in response.json().get("errors") or () if error.get("line"))
            raise FileNotTaken(_refused(response), lines) if lines else RefusedError(_refused(response))
        answer: Json = response.json()
        return answer

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


def _refused(response: httpx.Response) -> Refused:
    problem = response.json()
    known = {name: problem[name] for name in ("rule", "title", "detail", "remedy", "status") if name in problem}
    errors = "; ".join(f"{error['field']}: {error['message']}" for error in problem.get("errors", []))
    return Refused.model_validate(
        {
            "name": problem["type"].rsplit("/", maxsplit=1)[-1],
            "rule": "well-formed",
            "remedy": "",
            "waits_for": [
                {"ask": waiting.get("ask") or "", "who": waiting["who"]} for waiting in problem.get("waits_for", [])
            ],
            **known,
            "detail": f"{known.get('detail', '')} {errors}".strip(),
        }
    )
