"""The small deal of `tests.api.played` played over the forms of pages: what a test sends to REST is typed into a form.

Each command of REST has here the form that gives it; who answers asks does so over REST, since their page has tests of
its own.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from tests.api.played import Played
from tests.clock import day
from tests.stack import Json, Stack
from tests.web.browsing import Browser, browser_of


class PlaceOfForm(NamedTuple):
    """The form of a command of REST. `subject`: which part of the path it is about, from 0; None: nothing."""

    form: str
    subject: int | None = None


# Commands of REST to an engagement that forms give, by operation.
FORMS_OF: Mapping[str, PlaceOfForm] = {
    "POST /needs": PlaceOfForm("record-needs"),
    "POST /needs/restate": PlaceOfForm("restate-needs"),
    "POST /promises": PlaceOfForm("record-promises"),
    "POST /promises/{}/cover": PlaceOfForm("cover-promise", 0),
    "POST /promises/{}/decline": PlaceOfForm("decline-promise", 0),
    "POST /promises/{}/reconcile": PlaceOfForm("reconcile-promise", 0),
    "PUT /roles/{}": PlaceOfForm("propose-holder", 0),
    "POST /roles/{}/release": PlaceOfForm("release-role", 0),
    "POST /roles/{}/replace": PlaceOfForm("replace-holder", 0),
    "POST /roles/{}/request": PlaceOfForm("request-role", 0),
    "POST /roles/{}/expectations": PlaceOfForm("agree-expectations", 0),
    "PUT /parties/{}": PlaceOfForm("name-party", 0),
    "PUT /work-packages": PlaceOfForm("set-work-packages"),
    "PUT /dates": PlaceOfForm("move-dates"),
    "POST /dates/keep": PlaceOfForm("keep-dates"),
    "PUT /milestones": PlaceOfForm("set-milestones"),
    "PUT /requirements": PlaceOfForm("set-requirements"),
    "POST /requirements/take": PlaceOfForm("take-requirements"),
    "PUT /purchases": PlaceOfForm("set-purchases"),
    "POST /estimates": PlaceOfForm("give-estimate"),
    "POST /work-packages/{}/estimate": PlaceOfForm("give-estimate", 0),
    "POST /work-packages/{}/choose": PlaceOfForm("choose-estimate", 0),
    "POST /rate-card": PlaceOfForm("take-rate-card"),
    "POST /price": PlaceOfForm("propose-price"),
    "PUT /documents/{}": PlaceOfForm("draft-document", 0),
    "POST /documents/sow/extend": PlaceOfForm("extend-offer"),
    "POST /documents/{}/send": PlaceOfForm("send-document", 0),
    "POST /handoff": PlaceOfForm("offer-handoff"),
    "POST /milestones/{}/deliver": PlaceOfForm("deliver-milestone", 0),
    "POST /milestones/{}/take-back": PlaceOfForm("take-milestone-back", 0),
    "POST /milestones/{}/bill": PlaceOfForm("bill-milestone", 0),
    "POST /actuals": PlaceOfForm("report-hours"),
    "POST /contacts": PlaceOfForm("record-contact"),
    "POST /pulses": PlaceOfForm("ask-pulse"),
    "POST /complaints": PlaceOfForm("raise-complaint"),
    "POST /complaints/{}/withdraw": PlaceOfForm("withdraw-complaint", 0),
    "POST /tasks/{}/complete": PlaceOfForm("complete-task", 0),
    "POST /changes": PlaceOfForm("submit-change"),
    "POST /changes/{}/revise": PlaceOfForm("revise-change", 0),
    "POST /changes/{}/withdraw": PlaceOfForm("withdraw-change", 0),
    "POST /changes/{}/estimate": PlaceOfForm("estimate-change", 0),
    "POST /potential-changes": PlaceOfForm("record-potential-change"),
    "POST /potential-changes/{}/drop": PlaceOfForm("drop-potential-change", 0),
    "POST /hold": PlaceOfForm("hold"),
    "POST /resume": PlaceOfForm("resume"),
    "POST /lose": PlaceOfForm("lose"),
    "POST /cancel": PlaceOfForm("cancel"),
    "POST /close": PlaceOfForm("close"),
    "POST /playbook": PlaceOfForm("take-playbook"),
}
# Forms that show their command's effect before it is given, by the operation of REST that does.
PREVIEWS: Mapping[str, str] = {
    "POST /price/preview": "POST /price",
    "POST /changes/preview": "POST /changes",
}


class PlayedOnPages(Played[Stack]):
    """A deal whose commands are given by forms."""

    async def do(self, who: str, method: str, path: str, body: Json = None, **more: Any) -> Json:
        operation, subject = place_of(f"{method} {path}")
        place = FORMS_OF[PREVIEWS.get(operation, operation)]
        given = dict(typed_in(operation, subject, body if body is not None else _of_csv(more)))
        browser = await self.browser(who)
        is_preview = operation in PREVIEWS
        if is_preview:
            given["preview"] = "yes"
        address, typed = self.address(place, subject), self.kept.setdefault("typed", {})
        again = (who, address, more.get("key"))
        if again not in typed:
            typed[again] = await browser.filled(address, given, without=method == "PUT" or is_preview)
        answer = await browser.post(address, typed[again] if "key" in more else typed.pop(again))
        assert answer.status_code == (200 if is_preview else 303), f"{who} {method} {path}: {answer.text}"
        after = answer if is_preview else await browser.page(answer.headers["location"])
        assert after.status_code == 200, after.text
        self.kept.setdefault("operations", set()).add(operation)
        return {"page": after.text}

    def address(self, place: PlaceOfForm, subject: str) -> str:
        """The address of a form of this deal."""
        about = f"?subject={subject}" if place.subject is not None else ""
        return f"/engagements/{self.engagement}/do/{place.form}{about}"

    async def browser(self, who: str) -> Browser:
        browsers: dict[str, Browser] = self.kept.setdefault("browsers", {})
        if who not in browsers:
            browsers[who] = await browser_of(self.stack.app, self.stack.api, who)
        return browsers[who]


def place_of(called: str) -> tuple[str, str]:
    """The operation of a request, and what it is about."""
    if called in {*FORMS_OF, *PREVIEWS}:
        return called, ""
    for operation in FORMS_OF:
        found = re.fullmatch(re.escape(operation).replace(r"\{\}", "([^/]+)"), called)
        if found:
            return operation, found[1]
    raise AssertionError(f"no form gives {called}")


def _of_csv(more: Mapping[str, Any]) -> Json:
    """Hours that come as a file, as the rows of a form."""
    if "content" not in more:
        return {}
    rows = more["content"].decode().strip().splitlines()[1:]
    return {"hours": [dict(zip(("item", "hours"), row.split(","), strict=True)) for row in rows]}


def typed_in(operation: str, subject: str, body: Json) -> Iterator[tuple[str, str]]:
    """What a body of REST is in the fields of a form."""
    match operation:
        case "POST /work-packages/{}/estimate":
            kept = {name: value for name, value in body.items() if name != "reason"}
            yield from flat({"estimates": [{"package": subject, **kept}]})
        case "POST /changes" | "POST /changes/{}/revise" | "POST /changes/preview":
            yield from flat(in_items(body["change"]))
        case "POST /promises/{}/cover":
            yield from ((f"by.{item}", "yes") for item in body["by"])
        case _:
            yield from flat(body)


def in_items(change: Json) -> Json:
    """A change given in one, with an item for each line of work."""
    lines = [
        {"kind": "work_added", "discipline": line["discipline"], "grade": line["grade"], "hours": line["hours"]}
        for line in change["work"]
    ]
    first = {**lines[0], "amount": change["price"], "days": change["days"]}
    return {"title": change["title"], "reason": change["reason"], "items": [first, *lines[1:]]}


def flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Nested values as fields: `needs.0.text`. A list of plain values is one field, a line each."""
    if isinstance(value, Mapping) and "optimistic" in value:
        yield name, "/".join(str(value[point]) for point in ("optimistic", "likely", "pessimistic"))
    elif isinstance(value, Mapping):
        for part, inner in value.items():
            yield from flat(inner, f"{name}.{part}" if name else part)
    elif isinstance(value, list) and value and all(isinstance(one, str) for one in value):
        yield name, "\n".join(value)
    elif isinstance(value, list):
        for n, inner in enumerate(value):
            yield from flat(inner, f"{name}.{n}")
    elif isinstance(value, bool):
        yield name, "yes" if value else "no"
    elif value is not None:
        yield name, str(value)


def in_days(days: int) -> str:
    return str(day(days))
