"""People before the pages, without a browser: they read the form that a page shows, fill it in and send it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx
from fastapi import FastAPI

from application.context import Interlock
from application.sign_in.sessions import begin_session
from domain.shared.values import PersonId

COOKIE = "interlock"
# Fields of every form of a command.
HIDDEN = {"csrf", "once", "basis"}


@dataclass
class FoundForm:
    """A form of a page: where it is sent, and what it holds before anybody types."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    """Every name that it has a field for, also one that is empty or not ticked."""
    options: dict[str, set[str]] = field(default_factory=dict)
    """What may be chosen, by the name of the field."""


class FormsOfPage(HTMLParser):
    """Collects the forms of a page, as a browser would send them."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[FoundForm] = []
        self._within: str | None = None
        self._text: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(FoundForm(given.get("action", ""), given.get("method", "get")))
        if not self.forms:
            return
        form, name = self.forms[-1], given.get("name", "")
        if tag in {"input", "select", "textarea", "button"} and name:
            form.names.add(name)
        if tag == "input" and name and ("checked" in given or given.get("type") not in {"checkbox", "radio"}):
            form.fields[name] = given.get("value", "")
        if tag == "select":
            self._within = name
            form.options[name] = set()
        if tag == "option" and self._within:
            form.options[self._within].add(given.get("value", ""))
            if "selected" in given:
                form.fields[self._within] = given.get("value", "")
        if tag == "textarea":
            self._within, self._text = name, []

    def handle_data(self, data: str) -> None:
        self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._within and self.forms:
            self.forms[-1].fields[self._within] = "".join(self._text).removeprefix("\n")
        if tag in {"textarea", "select"}:
            self._within = None


@dataclass
class Browser:
    """One person's browser, signed in."""

    http: httpx.AsyncClient
    person_id: str

    async def page(self, path: str, **more: Any) -> httpx.Response:
        """What an address shows, wherever it leads."""
        return await self.http.get(path, follow_redirects=True, **more)

    async def form(self, path: str) -> FoundForm:
        """The form of a command's page. Fails if the page shows none."""
        page = await self.page(path)
        assert page.status_code == 200, f"{self.person_id} {path}: {page.status_code} {page.text}"
        return command_form(page)

    async def filled(self, path: str, given: Mapping[str, str], *, without: bool = False) -> dict[str, str]:
        """The fields of the form of a page, filled in. `without`: what may be typed is emptied first."""
        form = await self.form(path)
        kept = {name: value for name, value in form.fields.items() if not without or name in HIDDEN}
        unknown = given.keys() - form.names
        assert not unknown, f"{path} has no field {sorted(unknown)}"
        for name, value in given.items():
            assert name not in form.options or value in form.options[name], f"{path}: {name} cannot be {value}"
        return {**kept, **given}

    async def send(self, path: str, given: Mapping[str, str]) -> httpx.Response:
        """Fills the form of a page in and sends it."""
        return await self.post(path, await self.filled(path, given))

    async def post(self, path: str, fields: Mapping[str, str]) -> httpx.Response:
        return await self.http.post(path, data=dict(fields), headers={"Origin": str(self.http.base_url)})


def command_form(page: httpx.Response) -> FoundForm:
    """The form of the page that gives the command: of those in the frame of the site, none has what was read."""
    found = [form for form in FormsOfPage(page.text).forms if form.names >= HIDDEN]
    assert len(found) == 1, page.text
    return found[0]


async def browser_of(app: Interlock, api: FastAPI, person_id: str) -> Browser:
    """A browser with a session of this person."""
    secret = await begin_session(app, PersonId(person_id), by="tests")
    transport = httpx.ASGITransport(api, raise_app_exceptions=False)
    http = httpx.AsyncClient(transport=transport, base_url="http://tests", timeout=60, cookies={COOKIE: secret})
    return Browser(http, person_id)
