"""Parses the form of an ask's page into the deferred command that its sender wants."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated

from pydantic import StringConstraints

from api.lines import said
from api.pages.forms import Form, checked
from api.pages.rendering import MAX_FIELD
from api.problems import FieldError, InputRefused
from application.commands.asks import place_of
from application.inbox.deferred_commands import DeferredAnswer, DeferredHours
from application.queries.opened_ask import OpenedAsk, Package
from domain.asks.model import Answer, AskKind, Verdict
from domain.asks.subject_texts import TextVersion
from domain.engagement.scope.commands import PackageHours
from domain.shared.values import Digest, Value

# Conditions that an answer on a page can have; whoever has more writes the rest into the last one.
CONDITION_ROWS = 3
# Prefix of the names of fields that belong to a package; the package's id follows.
PACKAGE = "packages."
CONDITION = {"text": "what must be done", "owner": "who does it", "due": "by when"}

CardVersion = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{12}$")]


class Sent(Value):
    """What every answer carries: what it answers, and which answer it is."""

    subject_hash: Digest
    read_in: TextVersion | None = None
    """The texts in which it was shown; those of the card if the page is too old to say."""
    version: CardVersion
    verdict: Verdict


def sent_with(form: Form) -> Sent:
    """Raises InputRefused."""
    return checked(Sent, {name: form.get(name) for name in Sent.model_fields})


def deferred_of(opened: OpenedAsk, sent: Sent, form: Form) -> DeferredAnswer | DeferredHours:
    """Returns the deferred command that a form asks for. Raises InputRefused, naming each field as the form does."""
    card = opened.card
    if card.kind is AskKind.ESTIMATE and sent.verdict is Verdict.APPROVE:
        place = place_of(card.ask_id)
        estimates = tuple(_estimates(opened, form))
        if not estimates:
            raise InputRefused(FieldError(field="hours", message="give three points for at least one package"))
        return DeferredHours(
            ask_id=card.ask_id,
            subject_hash=sent.subject_hash,
            engagement_id=place.engagement_id,
            change=place.change,
            estimates=estimates,
        )
    given = {name: form.get(name) for name in ("reason", "score", "measured", "available_from")}
    packages = [name.removeprefix(PACKAGE) for name in form if name.startswith(PACKAGE)]
    said_of: dict[str, object] = {"verdict": sent.verdict, "conditions": list(_conditions(form)), "packages": packages}
    answer = checked(Answer, said_of | given)
    label = next((choice.label for choice in card.choices if choice.verdict is sent.verdict), sent.verdict.value)
    return DeferredAnswer(
        ask_id=card.ask_id,
        subject_hash=sent.subject_hash,
        read_in=sent.read_in or card.read_in,
        answer=answer,
        label=label,
    )


def _conditions(form: Form) -> Iterator[dict[str, str | None]]:
    """The rows that are not empty."""
    for n in range(CONDITION_ROWS):
        row = {name: form.get(f"conditions.{n}.{name}") for name in CONDITION}
        if any(row.values()):
            _require_whole(row, f"condition {n + 1}", CONDITION)
            yield row


def _require_whole(row: Mapping[str, str | None], of: str, labels: Mapping[str, str]) -> None:
    """Raises InputRefused, with the labels shown on the page, if a part is empty."""
    empty = [FieldError(field=f"{of}, {labels[name]}", message="is empty") for name in row if row[name] is None]
    if empty:
        raise InputRefused(*empty)


def _estimates(opened: OpenedAsk, form: Form) -> Iterator[PackageHours]:
    """The packages for which the form has any hours."""
    for package in opened.packages:
        hours = form.get(f"hours.{package.id}")
        if hours is not None:
            given = {
                "package": package.id,
                "hours": hours,
                "known": form.get(f"hours.{package.id}.known") or "",
                **{
                    name: said(form.get(f"hours.{package.id}.{name}"), texts, MAX_FIELD)
                    for name, texts in _texts(package)
                },
            }
            yield checked(PackageHours, given, within=package.id)


def _texts(package: Package) -> Iterator[tuple[str, Sequence[str]]]:
    """What the package's expert stated before as assumptions and risks."""
    yield "assumptions", package.shown.assumptions if package.shown else ()
    yield "risks", package.shown.risks if package.shown else ()
