"""Modals with input: how each field is rendered, and how its input is read back.

A form is rendered from what the domain needs, and parsed into the domain's own values, whose errors name the field. So
no rule about validity is defined here.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError
from slack_sdk.models.blocks import (
    Block,
    CheckboxesElement,
    ContextBlock,
    DatePickerElement,
    ExternalDataSelectElement,
    InputBlock,
    NumberInputElement,
    Option,
    PlainTextInputElement,
    SectionBlock,
    StaticMultiSelectElement,
    StaticSelectElement,
)
from slack_sdk.models.views import View

from adapters.console_commands import remedy_of
from adapters.slack.cards import AskIdRead
from adapters.slack.text import bounded, escaped, markup, plain
from api import lines
from application.commands.asks import place_of
from application.inbox.deferred_commands import DeferredAnswer, DeferredHours
from application.notifications.cards import EarlierHours, ToEstimate
from domain.asks.card import Card
from domain.asks.choices import AnswerChoice, Wanted
from domain.asks.model import Answer, AskKind, Condition, Verdict
from domain.asks.subject_texts import ENGLISH_NOW, TextVersion
from domain.directory.directory import Directory
from domain.engagement.scope.commands import PackageHours
from domain.pricing.three_points import ThreePoints
from domain.shared.errors import Refused
from domain.shared.input_errors import in_words
from domain.shared.values import Digest, spoken

# Callback ids.
ANSWER, HOURS = "answer", "hours"
# Slack's limit for a modal; and the blocks of a package: its title, hours, assumptions and risks.
MAX_BLOCKS, BLOCKS_OF_PACKAGE = 100, 4
PACKAGES_ON_PAGE = MAX_BLOCKS // BLOCKS_OF_PACKAGE
MAX_CONDITIONS = 3
# Slack's limit for a list.
MAX_OPTIONS = 100
MAX_TEXT_LENGTH, MAX_FIELD = 2000, 3000
MAX_ERROR = 200
TEXTS = ("assumptions", "risks")
POINTS_HINT = "Optimistic/likely/pessimistic, such as 40/60/100."
MAY_BE_EMPTY = "If left empty, you still have to give or return it."
READ_BY = {
    "assumptions": "The client reads them in the SOW.",
    "risks": "Whoever decides the deal reads them, not the client.",
}
# Where a form shows what a refusal calls by another name; fields that repeat are in rows, such as `work1`.
SHOWN_AT = {"grade": "work", "discipline": "work", "conditions": "text", "terms": "flags", "salesperson": "client"}
MAX_ROWS = 10
PEOPLE, CLIENT_NAMES, CLIENTS = "people", "clients", "client people"
ENGAGEMENTS, TO_CLIENT = "engagements", "to client"
# Action ids of lists with server-side search; for the last two, a colon and the ask follow.
OWNERS, ANOTHER = "owners", "another"

Values = Mapping[str, Mapping[str, Mapping[str, Any]]]


class FormInvalid(Exception):
    """The input does not fit; carries the message for each field, by block id."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(", ".join(errors))
        self.errors = errors


class Answering(BaseModel):
    """What a modal that answers an ask carries."""

    ask_id: AskIdRead
    subject_hash: Digest
    read_in: TextVersion = ENGLISH_NOW
    verdict: Verdict
    label: Annotated[str, Field(min_length=1, max_length=75)]
    page: Annotated[int, Field(ge=0, le=100)] = 0
    known: dict[str, str] = {}
    """For a page of hours: what this person had given for each package when it was rendered."""


# -- fields


def field(name: str, label: str, element: Any, *, optional: bool = False, hint: str = "") -> InputBlock:
    """A field with a name, which is its block id."""
    return InputBlock(
        block_id=name,
        label=plain(label, 2000),
        element=element,
        optional=optional,
        hint=plain(hint, 2000) if hint else None,
    )


def words(name: str, label: str, *, initial: str = "", optional: bool = False, hint: str = "") -> InputBlock:
    """A multi-line text field."""
    element = PlainTextInputElement(
        action_id=name,
        multiline=True,
        max_length=MAX_TEXT_LENGTH,
        initial_value=bounded(initial, MAX_TEXT_LENGTH) or None,
    )
    return field(name, label, element, optional=optional, hint=hint)


def line(name: str, label: str, *, initial: str = "", optional: bool = False, hint: str = "") -> InputBlock:
    """A single-line text field."""
    element = PlainTextInputElement(action_id=name, max_length=200, initial_value=bounded(initial, 200) or None)
    return field(name, label, element, optional=optional, hint=hint)


def three_points(name: str, label: str, *, initial: str = "", optional: bool = False, hint: str = "") -> InputBlock:
    """A field for hours, in any notation that fits on a line."""
    return line(name, label, initial=initial, optional=optional, hint=f"{POINTS_HINT} {hint}".strip())


def number(
    name: str,
    label: str,
    *,
    initial: str | None = None,
    optional: bool = False,
    whole: bool = False,
    least: str | None = None,
    most: str | None = None,
) -> InputBlock:
    """A number field."""
    element = NumberInputElement(
        action_id=name, is_decimal_allowed=not whole, initial_value=initial, min_value=least, max_value=most
    )
    return field(name, label, element, optional=optional)


def day(name: str, label: str, *, optional: bool = False, initial: date | None = None, hint: str = "") -> InputBlock:
    """A date field."""
    element = DatePickerElement(action_id=name, initial_date=str(initial) if initial else None)
    return field(name, label, element, optional=optional, hint=hint)


def searched(name: str, label: str, what: str, *, optional: bool = False, hint: str = "") -> InputBlock:
    """A select field with server-side search."""
    element = ExternalDataSelectElement(action_id=what, min_query_length=0, placeholder=plain("Type to search", 150))
    return field(name, label, element, optional=optional, hint=hint)


def chosen(
    name: str, label: str, options: Sequence[tuple[str, str]], *, optional: bool = False, initial: str = ""
) -> InputBlock:
    """A select field for a short list of values and labels; `initial` is the value preselected."""
    first = next((option(pair) for pair in options if pair[0] == initial), None)
    element = StaticSelectElement(action_id=name, options=list(map(option, options)), initial_option=first)
    return field(name, label, element, optional=optional)


def kinds_of_work(directory: Directory) -> list[tuple[str, str]]:
    """Each discipline with each grade as list options: `data|senior`."""
    return [
        (f"{discipline}|{grade}", f"{discipline}, {spoken(grade)}")
        for discipline in directory.disciplines
        for grade in directory.rate_card.grades
    ][:MAX_OPTIONS]


def several(
    name: str, label: str, options: Sequence[tuple[str, str]], initial: Collection[str] = (), *, hint: str = ""
) -> InputBlock:
    """A multi-select field that may be left empty; `initial` are the values preselected."""
    chosen = [option(pair) for pair in options if pair[0] in initial]
    element = StaticMultiSelectElement(
        action_id=name, options=list(map(option, options)), initial_options=chosen or None
    )
    return field(name, label, element, optional=True, hint=hint)


def ticked(name: str, label: str, options: Sequence[tuple[str, str]], initial: Collection[str] = ()) -> InputBlock:
    """Checkboxes; `initial` are those ticked when it opens."""
    holds = [option(pair) for pair in options if pair[0] in initial]
    element = CheckboxesElement(action_id=name, options=list(map(option, options)), initial_options=holds or None)
    return field(name, label, element, optional=True)


def option(pair: tuple[str, str]) -> Option:
    """A value and its label as a Slack option."""
    value, label = pair
    return Option(value=value, text=plain(label, 75))


def modal(callback: str, title: str, submit: str, blocks: Iterable[Block], carried: BaseModel | None = None) -> View:
    """A modal that is submitted under this callback id."""
    return View(
        type="modal",
        callback_id=callback,
        title=plain(title, 24),
        submit=plain(submit, 24),
        close=plain("Cancel", 24),
        private_metadata=carried.model_dump_json() if carried else "",
        blocks=list(blocks),
    )


def filled(values: Values, name: str) -> Any:
    """The input of a field: text, a date, a selected value, ticked values; None if it was left empty."""
    for element in values.get(name, {}).values():
        if "selected_options" in element:
            return [one["value"] for one in element["selected_options"] or []]
        if "selected_option" in element:
            return element["selected_option"]["value"] if element["selected_option"] else None
        return element.get("value") or element.get("selected_date") or None
    return None


def errors_of(refused: Refused, values: Values) -> dict[str, str]:
    """A refusal at the field it is about, by block id; at the first field if it is about none of the form's."""
    said = bounded(f"{refused.detail} {remedy_of(refused)}", MAX_ERROR)
    return {_block_of(refused.field or "", values): said}


def _block_of(name: str, values: Values) -> str:
    """The block that shows a field: by its name, or the row in which its value was typed."""
    parts = [part for part in name.split(".") if not part.isdigit()]
    row = next((int(part) for part in name.split(".") if part.isdigit()), 0)
    for part in reversed(parts):
        for shown in (part, SHOWN_AT.get(part, "")):
            if shown in values:
                return shown
            rows = [block for n in range(1, MAX_ROWS) if filled(values, block := f"{shown}{n}") is not None]
            if row < len(rows):
                return rows[row]
    return next(iter(values), "")


def fitting(make: type[BaseModel], given: dict[str, Any], names: Mapping[str, str]) -> Any:
    """Builds a value from input. Raises FormInvalid, at the fields that `names` maps the value's own fields to."""
    try:
        return make.model_validate(given)
    except ValidationError as wrong:
        errors = {}
        for error in wrong.errors():
            place = str(error["loc"][0]) if error["loc"] else ""
            errors[names.get(place, next(iter(names.values())))] = bounded(in_words(error), 150)
        raise FormInvalid(errors) from None


# -- answering an ask


def answer_form(card: Card, choice: AnswerChoice) -> View:
    """What an answer must include, titled with the decision's own label."""
    blocks: list[Block] = [SectionBlock(text=markup(f"*{escaped(card.title, 2900)}*"))]
    if choice.leads_to:
        blocks.append(ContextBlock(elements=[plain(choice.leads_to)]))
    for wanted in dict.fromkeys([*choice.wants, *choice.may_bring]):
        blocks += _wanted(card, choice, wanted, optional=wanted not in choice.wants)
    carried = Answering(
        ask_id=card.ask_id,
        subject_hash=card.subject_hash,
        read_in=card.read_in,
        verdict=choice.verdict,
        label=choice.label,
    )
    return modal(ANSWER, bounded(choice.label, 24), "Send", blocks, carried)


def _wanted(card: Card, choice: AnswerChoice, wanted: Wanted, *, optional: bool) -> Iterator[Block]:
    if wanted is Wanted.REASON:
        label, hint = _reason_label(card.kind), "It is recorded with your name."
        if choice.verdict is Verdict.NEED_INFO:
            label = "What do you need to know?"
            hint = f"{card.asks_back} is asked, and your own deadline is paused until the answer. {hint}"
        yield words("reason", label, optional=optional, hint=hint)
    elif wanted is Wanted.CONDITIONS:
        for n in range(1, MAX_CONDITIONS + 1):
            yield words(f"text{n}", f"Condition {n}", optional=n > 1)
            yield searched(f"owner{n}", "Who must meet it", f"{OWNERS}:{card.ask_id}", optional=n > 1)
            yield day(f"due{n}", "By when", optional=n > 1)
    elif wanted is Wanted.SCORE:
        yield number("score", "From 0 to 10", whole=True, least="0", most="10", optional=optional)
    elif wanted is Wanted.MEASURED:
        yield number("measured", "Current value", optional=optional)
    elif wanted is Wanted.AVAILABLE_FROM:
        yield day("available_from", "From when it can be staffed", optional=optional)
    elif wanted is Wanted.PACKAGES:
        named = [(name, f"{name} {card.facts.get(name, '')}") for name in choice.packages[:MAX_OPTIONS]]
        yield several("packages", "Which packages you mean", named, hint="If none is chosen, all of them.")


def _reason_label(kind: AskKind) -> str:
    return "Your answer" if kind is AskKind.ANSWER_QUESTION else "In your own words"


def answer_of(values: Values, carried: Answering) -> DeferredAnswer:
    """Parses the answer. Raises FormInvalid."""
    given: dict[str, Any] = {name: filled(values, name) for name in ("reason", "score", "measured", "available_from")}
    given |= {"conditions": tuple(_conditions(values)), "packages": tuple(filled(values, "packages") or ())}
    names = {name: name for name in values} or {"reason": "reason"}
    answer = fitting(Answer, {"verdict": carried.verdict, **given}, names | {"conditions": "text1"})
    return DeferredAnswer(
        ask_id=carried.ask_id,
        subject_hash=carried.subject_hash,
        read_in=carried.read_in,
        answer=answer,
        label=carried.label,
    )


def _conditions(values: Values) -> Iterator[Condition]:
    for n in range(1, MAX_CONDITIONS + 1):
        given = {name: filled(values, f"{name}{n}") for name in ("text", "owner", "due")}
        if not any(given.values()):
            continue
        lacking = {f"{name}{n}": "A condition needs a text, an owner and a day." for name in given if not given[name]}
        if lacking:
            raise FormInvalid(lacking)
        yield fitting(Condition, given, {name: f"{name}{n}" for name in given})


# -- three-point estimates for packages


def hours_form(card: Card, asked: ToEstimate, page: int = 0) -> View:
    """Hours, assumptions and risks for all packages asked about, on several pages if many, each stored when sent.

    If there are several packages, some may be left empty: they are still owed, or returned.
    """
    packages, given, names = asked.packages, asked.given, list(asked.packages)
    of = range(page * PACKAGES_ON_PAGE, min((page + 1) * PACKAGES_ON_PAGE, len(names)))
    blocks: list[Block] = []
    for name in (names[at] for at in of):
        blocks.append(SectionBlock(text=plain(f"{name}: {packages[name]}", 2900)))
        of_sow = place_of(card.ask_id).change is None
        blocks += _hours(name, asked.shown.get(name), of_sow=of_sow, optional=len(names) > 1)
    if not blocks:
        blocks.append(SectionBlock(text=plain("There is nothing left to estimate here.")))
    pages = -(-len(names) // PACKAGES_ON_PAGE)
    submit = "Send" if page + 1 >= pages else f"Send, continue ({page + 1} of {pages})"
    known = {name: given[name].hours.written if name in given else "" for name in (names[at] for at in of)}
    carried = Answering(
        ask_id=card.ask_id,
        subject_hash=card.subject_hash,
        verdict=Verdict.APPROVE,
        label="Give the hours",
        page=page,
        known=known,
    )
    return modal(HOURS, "Hours, three points", submit, blocks, carried)


def _hours(package: str, before: EarlierHours | None, *, of_sow: bool, optional: bool) -> Iterator[Block]:
    initial, hint = before.hours.written if before else "", MAY_BE_EMPTY if optional else ""
    yield three_points(f"{package}:hours", "Hours", initial=initial, optional=optional, hint=hint)
    for name in TEXTS:
        given = _texts(before, name)
        text = lines.shown(given, MAX_FIELD)
        one_a_line = f"One per line. {READ_BY[name]}" if of_sow else "One per line."
        hint = (
            one_a_line
            if text is not None
            else f"You gave {len(given)}, too long to show here. If left empty, they stay."
        )
        element = PlainTextInputElement(
            action_id=f"{package}:{name}",
            multiline=True,
            max_length=MAX_FIELD,
            initial_value=text or None,
        )
        yield field(f"{package}:{name}", name.capitalize(), element, optional=True, hint=hint)


def _texts(before: EarlierHours | None, name: str) -> tuple[str, ...]:
    found: tuple[str, ...] = getattr(before, name) if before else ()
    return found


def hours_of(values: Values, carried: Answering, given: Mapping[str, EarlierHours]) -> DeferredHours:
    """Parses the hours. Raises FormInvalid, at the package whose points are out of order.

    `given`: what this person estimated before; texts that the form could not show are left unchanged.
    """
    packages = [name for name in dict.fromkeys(name.partition(":")[0] for name in values) if _is_filled(values, name)]
    if not packages:
        raise FormInvalid({next(iter(values), ""): "Give hours for at least one package."})
    estimates = tuple(
        _estimate(values, package, given.get(package)).replace(known=carried.known.get(package)) for package in packages
    )
    place = place_of(carried.ask_id)
    return DeferredHours(
        ask_id=carried.ask_id,
        subject_hash=carried.subject_hash,
        engagement_id=place.engagement_id,
        change=place.change,
        estimates=estimates,
    )


def _is_filled(values: Values, package: str) -> bool:
    """True if anything is entered for a package; it may be empty if its hours are given later, or returned."""
    return any(filled(values, f"{package}:{name}") for name in ("hours", *TEXTS))


def _estimate(values: Values, package: str, before: EarlierHours | None) -> PackageHours:
    block = f"{package}:hours"
    hours: ThreePoints = fitting(ThreePoints, filled(values, block), {"hours": block})
    texts = {name: lines.said(filled(values, f"{package}:{name}"), _texts(before, name), MAX_FIELD) for name in TEXTS}
    fields = {"assumptions": f"{package}:assumptions", "risks": f"{package}:risks"}
    made: PackageHours = fitting(PackageHours, {"package": package, "hours": hours, **texts}, fields)
    return made
