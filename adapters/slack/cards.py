"""Renders an ask's card as blocks: as a direct message, in a thread, and page by page in a modal.

What is approved is what was shown. So if the facts do not fit into a message, the message says so and has no approve
button: that is on the last page of the modal in which all of them are read.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, Field
from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ConfirmObject,
    ContextBlock,
    DividerBlock,
    SectionBlock,
)
from slack_sdk.models.views import View

from adapters.delivery import RenderedMessage
from adapters.slack.text import MAX_BUTTON_LABEL, MAX_IN_MESSAGE, bounded, chunks, escaped, markup, plain
from domain.asks.card import Card
from domain.asks.choices import AnswerChoice
from domain.asks.document_shown import as_read
from domain.asks.model import AskKind, Outcome, Verdict
from domain.asks.subject_texts import ENGLISH_NOW, TextVersion
from domain.shared.values import ASK_FORM, AskId, Digest, digest

# Characters of facts that a message shows; Slack refuses a message whose blocks are too long in total.
FACTS_ON_MESSAGE = 6000
SECTIONS_ON_PAGE = 20
# An ask's id that Slack sends back.
AskIdRead = Annotated[AskId, Field(pattern=ASK_FORM)]
# Prefixes of the action ids.
CHOICE, OPEN, DELEGATE = "choice", "open", "delegate"
READ_ALL, READ_DOCUMENT = "Read it all to decide", "Read it"
# The callback id of the modal in which an ask is read.
READ = "read"

MARKS = {
    Outcome.APPROVED: "✅",
    Outcome.RETURNED: "↩️",
    Outcome.DECLINED: "⛔",
    Outcome.WITHDRAWN: "⚪",
    Outcome.SUPERSEDED: "♻️",
}


class Pressed(BaseModel):
    """The value of a card's button: the ask, the hash of what was shown, and the card's version."""

    ask_id: AskIdRead
    subject_hash: Digest
    read_in: TextVersion = ENGLISH_NOW
    version: Annotated[str, Field(max_length=12)] = ""
    verdict: Verdict | None = None
    is_plain: bool = False
    """True if the verdict alone is enough and no form is needed."""

    @property
    def value(self) -> str:
        """As Slack carries it: at most 2,000 characters."""
        return self.model_dump_json(exclude_none=True)


class ReadingPage(BaseModel):
    """The private metadata of the reading modal: the ask, and the page, counted from 0."""

    ask_id: AskIdRead
    page: Annotated[int, Field(ge=0, le=10_000)]


def message(card: Card, above: str = "") -> RenderedMessage:
    """The card for someone who is asked or informed; `above` says why they get it."""
    all_fit = len("\n".join(_shown(card))) <= FACTS_ON_MESSAGE
    blocks = [*_head(card, above), *_body(card, FACTS_ON_MESSAGE), *_around(card)]
    to_read = (
        READ_DOCUMENT if card.has_document_text and card.outcome is Outcome.OPEN else None if all_fit else READ_ALL
    )
    blocks += _buttons(card, with_yes=all_fit, to_read=to_read)
    return as_sent([*blocks, _foot(card)], _fallback(card))


def thread_message(card: Card) -> RenderedMessage:
    """The card in an engagement's thread: the status of the ask, for all who see the channel."""
    blocks = [*_head(card), *_around(card)]
    if card.outcome is Outcome.OPEN:
        blocks.append(ActionsBlock(elements=[_open(card, "Open")]))
    return as_sent([*blocks, _foot(card)], _fallback(card))


def note(card: Card, text: str) -> RenderedMessage:
    """A reminder: its text and a button that opens the card or, once the ask has ended, how it ended."""
    blocks: list[Block] = list(sections([text]))
    if card.outcome is Outcome.OPEN:
        blocks.append(ActionsBlock(elements=[_open(card, "Open")]))
    elif card.ended:
        blocks.append(ContextBlock(elements=[markup(f"{MARKS[card.outcome]} {escaped(card.ended)}")]))
    return as_sent(blocks, fallback(text))


def words(text: str) -> RenderedMessage:
    """A message of text only."""
    return as_sent(sections([text]), fallback(text))


def reading(card: Card, page: int = 0, text: str | None = None) -> View:
    """The modal in which all of an ask is read, including its document's `text`; the last page has the buttons."""
    pages = _pages(card, text)
    page = min(page, len(pages) - 1)
    is_last = page == len(pages) - 1
    blocks: list[Block] = [*_head(card)] if page == 0 else []
    blocks += [SectionBlock(text=plain(text)) for text in pages[page]]
    if is_last:
        blocks += [*_around(card), *_buttons(card, with_yes=True), _foot(card)]
    return View(
        type="modal",
        callback_id=READ,
        title=plain(card.ask_id, 24) if len(card.ask_id) <= 24 else plain(card.engagement_id, 24),
        close=plain("Close", 24),
        submit=None if is_last else plain(f"Read on ({page + 1} of {len(pages)})", 24),
        private_metadata=ReadingPage(ask_id=card.ask_id, page=page).model_dump_json(),
        blocks=blocks,
    )


def as_sent(blocks: Iterable[Block], text: str) -> RenderedMessage:
    """Blocks, their fallback text, and the hash that tells whether they are what was shown last."""
    plain_blocks = dumped(blocks)
    return RenderedMessage(plain_blocks, text, digest([plain_blocks, text]))


def fallback(text: str) -> str:
    """The text beside blocks, which notifications show: escaped, since Slack parses it."""
    return escaped(text, MAX_IN_MESSAGE) or " "


def dumped(blocks: Iterable[Block]) -> list[dict[str, Any]]:
    """Blocks as JSON-ready dictionaries."""
    return [block.to_dict() for block in blocks]


def sections(lines: Iterable[str]) -> Iterator[SectionBlock]:
    """Lines of people's text, not parsed as markup."""
    for text in chunks(lines):
        yield SectionBlock(text=plain(text))


def fact_lines(card: Card) -> list[str]:
    """What the decision binds to, then what is shown for context, one line each."""
    lines = [_fact(name, value) for name, value in card.facts.items()]
    if card.beside:
        lines += [f"{card.beside_called}:", *(_fact(name, value) for name, value in card.beside.items())]
    return lines


def _fact(name: str, value: str) -> str:
    """A fact; continuation lines of people's text are indented, so that none of them looks like a fact of ours."""
    return f"{name}: {value}".replace("\n", "\n    ")


def _pages(card: Card, text: str | None) -> list[list[str]]:
    texts = list(chunks([*_shown(card), *(["", *as_read(text)] if text else [])]))
    return [texts[at : at + SECTIONS_ON_PAGE] for at in range(0, len(texts), SECTIONS_ON_PAGE)] or [[]]


def _shown(card: Card) -> list[str]:
    return [*_changes(card), *fact_lines(card)]


def _changes(card: Card) -> list[str]:
    return ["Changed since you last saw it:", *(f"• {line}" for line in card.changed), ""] if card.changed else []


def _head(card: Card, above: str = "") -> Iterator[Block]:
    if above:
        yield SectionBlock(text=plain(above))
    yield SectionBlock(text=markup(f"*{escaped(card.title, 2900)}*"))
    where = f"{escaped(card.client, 300)} · {card.engagement_id} {escaped(card.engagement_title, 300)}"
    yield ContextBlock(elements=[markup(where)])
    if card.why:
        yield SectionBlock(text=plain(card.why))


def _body(card: Card, room: int) -> Iterator[Block]:
    shown = 0
    for text in chunks(_shown(card)):
        if shown >= room:
            yield ContextBlock(elements=[plain("There is more. Read it all before you approve.")])
            return
        yield SectionBlock(text=plain(text[: room - shown]))
        shown += len(text)


def _around(card: Card) -> Iterator[Block]:
    """When it is due, by which method, who else is asked; a pending question; how it ended."""
    if card.question:
        yield SectionBlock(text=plain(card.question))
    if card.rests:
        yield SectionBlock(text=plain(card.rests))
    since = f"; since {card.since}" if card.since else ""
    due = [f"Due {card.due}{since}."] if card.due else []
    yield ContextBlock(elements=[plain(" ".join([*due, card.method]), 2900)])
    if len(card.people) > 1 or any(one.said != "silent" for one in card.people):
        yield ContextBlock(elements=[plain(" · ".join(f"{one.name}: {one.said}" for one in card.people), 2900)])
    if card.ended:
        yield SectionBlock(text=markup(f"{MARKS[card.outcome]} *{escaped(card.ended, 2900)}*"))


def _buttons(card: Card, *, with_yes: bool, to_read: str | None = None) -> Iterator[Block]:
    offered = [choice for choice in card.choices if with_yes or not choice.verdict.is_for]
    elements = [_open(card, to_read)] if to_read else []
    elements += [_choice(card, choice) for choice in offered]
    if card.may_delegate:
        value = _pressed(card).value
        elements.append(ButtonElement(text=plain("Let somebody else answer", 75), action_id=DELEGATE, value=value))
    if elements:
        yield ActionsBlock(elements=elements)


def _pressed(card: Card) -> Pressed:
    return Pressed(ask_id=card.ask_id, subject_hash=card.subject_hash, read_in=card.read_in, version=card.version)


def _choice(card: Card, choice: AnswerChoice) -> ButtonElement:
    style = "primary" if choice.verdict is Verdict.APPROVE else None
    style = "danger" if choice.verdict is Verdict.DECLINE else style
    label = choice.label if choice.is_plain else f"{choice.label}…"
    pressed = _pressed(card).model_copy(update={"verdict": choice.verdict, "is_plain": choice.is_plain})
    return ButtonElement(
        text=plain(label, MAX_BUTTON_LABEL),
        action_id=f"{CHOICE}:{choice.verdict.value}",
        value=pressed.value,
        style=style,
        confirm=_confirm(card, choice),
    )


def _confirm(card: Card, choice: AnswerChoice) -> ConfirmObject | None:
    """Signatures, and what cannot be undone, need a confirmation."""
    if choice.verdict is not Verdict.APPROVE or not (card.is_signature or card.kind is AskKind.CANCEL_ENGAGEMENT):
        return None
    return ConfirmObject(
        title=plain(choice.label, 100),
        text=plain(f"{bounded(card.title, 200)} Your signature applies to exactly what is shown.", 300),
        confirm=plain(choice.label, 30),
        deny=plain("Not yet", 30),
    )


def _open(card: Card, label: str) -> ButtonElement:
    value = _pressed(card).value
    return ButtonElement(text=plain(label, MAX_BUTTON_LABEL), action_id=OPEN, value=value)


def _foot(card: Card) -> Block:
    return ContextBlock(elements=[plain(card.ask_id)])


def _fallback(card: Card) -> str:
    state = card.ended or (f"Due {card.due}." if card.due else "")
    return fallback(f"{card.title} {state} ({card.engagement_id})")


def divided(parts: Sequence[Sequence[Block]]) -> list[Block]:
    """Parts of a view with dividers between them; empty parts are left out."""
    found = list[Block]()
    for part in parts:
        if part:
            found += [*([DividerBlock()] if found else []), *part]
    return found
