"""A card: what one person is shown of one ask, and the answers they can give. Slack, mail and pages only render it.

It says what is asked, why this person is asked, what changed since they last saw it, by when (in their time zone), who
else is asked and how the answers are counted. Its choices name the decision, and it carries the ask's id and the hash
of what it shows. Its title is given where the ask is opened, its buttons are in `choices.py`, its rows in
`facts_shown.py`. The card in an engagement's thread is addressed to nobody: it shows who is asked, by when and the
status, but no facts.

Weighed: a template for each kind of ask in each channel (thirty kinds times three channels, drifting apart), and
rendering from the view that REST returns (which does not know what this reader saw before). As a domain value, the
card's rules, above all who sees the facts, are tested without any channel.
"""

from collections.abc import Iterable
from typing import NamedTuple

from domain.asks.answers_shown import AskedPerson, everybody_asked, how_it_ended, led_to, method_in_words, said_by
from domain.asks.choices import CORRECT_HOURS, AnswerChoice, choices, may_correct_hours
from domain.asks.differences import differences
from domain.asks.document_shown import DocumentShown, document_of
from domain.asks.eligibility import question_ask, told_roles, why_barred, why_nobody
from domain.asks.facts_shown import facts_shown, rows_shown
from domain.asks.holder import AskHolder, ask_number
from domain.asks.model import BESIDE, Ask, AskKind, Outcome, StandIn, listed
from domain.asks.questions import who_answers
from domain.asks.subject_texts import ENGLISH_NOW, TextVersion
from domain.directory.people import Participants
from domain.engagement.roles.accepting import counts_in_words_only
from domain.playbook.model import role_label
from domain.shared.text import capitalized, sentence
from domain.shared.values import AskId, Digest, EngagementId, PersonId, Value, digest


class Card(Value):
    """One ask as one person sees it; `person_id` is None for the card in a thread."""

    ask_id: AskId
    engagement_id: EngagementId
    engagement_title: str
    client: str
    kind: AskKind
    title: str
    subject_hash: Digest
    read_in: TextVersion = ENGLISH_NOW
    """The version of the texts in which it is shown."""
    person_id: PersonId | None
    why: str
    facts: dict[str, str]
    beside: dict[str, str]
    changed: tuple[str, ...]
    due: str | None
    method: str
    people: tuple[AskedPerson, ...]
    question: str | None
    outcome: Outcome
    ended: str | None
    choices: tuple[AnswerChoice, ...]
    is_signature: bool
    """True where this person's approval is a signature: on a document, a change or an override."""
    may_delegate: bool
    version: str
    """Changes with every vote and question, so that pressing a button twice on one card makes one decision."""
    asked_by: PersonId
    """The requester: a colleague, or a client's contact who asked a question back."""
    document: DocumentShown | None = None
    """The document that the ask is about, for readers who may see it."""
    asks_back: str = ""
    """The name of the person who would answer a question back; empty where this reader may not ask one."""
    since: str | None = None
    """When it was asked; None once it has ended."""
    rests: str | None = None
    """Until when an open ask is paused by a hold, with the reason for colleagues only; None if it is not paused."""
    led_to: str = ""
    """What the answer that this reader gave led to."""

    @property
    def has_document_text(self) -> bool:
        """True where there is text to read: the ask's own document or, for a handoff, what both sides have signed."""
        return self.document is not None or self.kind is AskKind.ACCEPT_HANDOFF

    @property
    def beside_called(self) -> str:
        """The heading above what is not bound. For a document only its text is approved, and the heading says so."""
        if self.document is not None:
            return "Summary; the text of the document is what counts"
        return "For context; not part of what you approve"


class CardPlace(NamedTuple):
    """The engagement to which an ask belongs, as cards name it."""

    engagement_id: EngagementId
    title: str
    client: str


def card_for(
    of: AskHolder, ask: Ask, place: CardPlace, person_id: PersonId, *, whole: bool, before: Iterable[Ask] | None = None
) -> Card:
    """What an ask shows to one person, with times in their zone. `whole`: they may see what it is about.

    `before`: asks among which to look for earlier ones of the same thing; by default those that the aggregate holds.
    """
    may_answer = whole and _may_answer(of, ask, person_id)
    return _card(of, ask, place).replace(
        person_id=person_id,
        why=why_shown_to(of, ask, person_id),
        method=_method(of, ask, person_id),
        facts=facts_shown(of.cast, ask.kind, ask.facts) if whole else {},
        beside=ask.beside if whole else {},
        changed=changed_since_seen(of, before or of.asks.values(), ask, person_id) if whole else (),
        document=document_of(ask) if whole else None,
        due=of.cast.shown_to(person_id, ask.due_at) if ask.due_at and ask.is_open else None,
        since=of.cast.shown_to(person_id, ask.opened_at) if ask.is_open else None,
        people=tuple(said_by(of, ask, who, with_time=person_id, whole=whole) for who in everybody_asked(ask)),
        question=question_in_words(of, ask, person_id) if whole else None,
        led_to=led_to(ask, person_id),
        ended=how_it_ended(of, ask, person_id if whole else None),
        choices=open_to(of, ask, person_id) if whole else (),
        asks_back=of.cast.name(who_answers(of, ask, person_id)) if may_answer else "",
        is_signature=ask.is_signed_by(person_id),
        may_delegate=may_answer and not of.clocks_stand and ask.is_passed_on_by(person_id),
        rests=why_rests(of, ask, person_id),
    )


def open_to(of: AskHolder, ask: Ask, person_id: PersonId) -> tuple[AnswerChoice, ...]:
    """What somebody can answer now; nothing while on hold or where they may not answer."""
    if of.clocks_stand:
        return ()
    if _may_answer(of, ask, person_id):
        return choices(ask, person_id, in_words=counts_in_words_only(of, ask), returnable=of.returnable(ask))
    return (CORRECT_HOURS,) if may_correct_hours(of, ask, person_id) else ()


def why_rests(of: AskHolder, ask: Ask, reader: PersonId | None) -> str | None:
    """Until when an open ask is paused, with the reason for a colleague; None if it is not paused."""
    return of.hold_told(reader) if ask.is_open else None


def thread_card(of: AskHolder, ask: Ask, place: CardPlace) -> Card:
    """The card in the engagement's channel: no facts, no figures, no reasons except why hours were returned."""
    return _card(of, ask, place)


def _card(of: AskHolder, ask: Ask, place: CardPlace) -> Card:
    clock = of.cast.calendars[of.cast.usual_calendar]
    return Card(
        ask_id=ask.id,
        engagement_id=place.engagement_id,
        engagement_title=place.title,
        client=place.client,
        kind=ask.kind,
        title=ask.title,
        subject_hash=ask.subject_hash,
        person_id=None,
        why="",
        facts={},
        beside={},
        changed=(),
        due=clock.shown(ask.due_at) if ask.due_at and ask.is_open else None,
        since=clock.shown(ask.opened_at) if ask.is_open else None,
        method=_method(of, ask),
        people=tuple(said_by(of, ask, who) for who in everybody_asked(ask)),
        question=None,
        outcome=ask.outcome,
        ended=how_it_ended(of, ask, None),
        choices=(),
        is_signature=False,
        may_delegate=False,
        version=_version(ask),
        asked_by=ask.requester,
        rests=why_rests(of, ask, None),
    )


def _method(of: AskHolder, ask: Ask, reader: PersonId | None = None) -> str:
    return " ".join(filter(None, (method_in_words(of.cast, ask, reader), why_nobody(of, ask))))


def _version(ask: Ask) -> str:
    question = ask.question.model_dump(mode="json") if ask.question else None
    return digest([len(ask.votes), question])[:12]


def changed_since_seen(of: AskHolder, asks: Iterable[Ask], ask: Ask, person_id: PersonId) -> tuple[str, ...]:
    """What differs from when this person was last asked the same thing, one line each; empty if they never were."""
    seen = seen_before(asks, ask, person_id)
    if seen is None:
        return ()
    before, now = (rows_shown(of.cast.name, ask.kind, one.facts) for one in (seen, ask))
    return differences(before, now, of.stands_unasked(ask.kind))


def seen_before(asks: Iterable[Ask], ask: Ask, person_id: PersonId) -> Ask | None:
    """The last ask of the same thing that this person answered, else the last that concerned them, else None.

    An ask superseded before they answered is skipped where they have answered an earlier one: that is what they compare
    with.
    """
    seen, answered = None, None
    for earlier in asks:
        alike = (earlier.kind, earlier.subject) == (ask.kind, ask.subject)
        if alike and ask_number(earlier.id) < ask_number(ask.id) and earlier.concerns(person_id):
            seen = earlier
            answered = earlier if any(vote.by == person_id for vote in earlier.votes) else answered
    return answered or seen


def why_shown_to(of: AskHolder, ask: Ask, person_id: PersonId) -> str:
    """Why this person is shown the ask: their role, their name, the final decision, or whom they stand in for."""
    for voter in ask.voters:
        if voter.person_id == person_id:
            roles = listed([*map(role_label, told_roles(of.cast, voter))])
            because = f", who {voter.because}" if voter.because else ""
            return f"You are asked as {roles}{because}." if roles else "You are asked by name."
    if ask.climbed and person_id == ask.final_person:
        return f"The final decision is yours, because {ask.climbed}."
    stand_in = next((s for s in reversed(ask.stand_ins) if s.person_id == person_id), None)
    if stand_in is not None:
        return _standing(of.cast, stand_in)
    return "You asked for this." if person_id == ask.requester else ""


def _standing(cast: Participants, stand_in: StandIn) -> str:
    whom, rung = cast.name(stand_in.instead_of), stand_in.rung.replace("_", " ")
    if not stand_in.may_decide:
        return f"You are told because {whom} has not answered; only they can."
    return f"You may answer for {whom} ({rung})." if stand_in.rung in BESIDE else f"{whom} has not answered: as {rung}."


def _may_answer(of: AskHolder, ask: Ask, person_id: PersonId) -> bool:
    """True for somebody who owes an answer or may stand in. Only for display: the command checks again."""
    if not ask.is_open or person_id not in ask.asked:
        return False
    is_first = any(voter.person_id == person_id for voter in ask.silent)
    return is_first or why_barred(of, ask, person_id) is None


def question_in_words(of: AskHolder, ask: Ask, reader: PersonId | None = None) -> str | None:
    """The latest question back with its answer, or when the answer is due in the reader's time zone."""
    question = ask.question
    if question is None:
        return None
    by, to = ("you" if reader == person_id else of.cast.name(person_id) for person_id in (question.by, question.to))
    if question.answer is not None:
        return f"{capitalized(by)} asked {to}: {question.text} The answer: {question.answer}"
    put = question_ask(of, ask)
    due = f", due {of.cast.shown_to(reader or question.to, put.due_at)}" if put is not None and put.due_at else ""
    asked = f"{capitalized(by)} {'asked' if reader == question.by else 'asks'}"
    stands = " Your own deadline is paused until then." if ask.clock_waits and reader == question.held_up else ""
    return f"Waits for an answer from {to}{due}. {asked}: {sentence(question.text)}{stands}"
