"""A card: what one person is shown of one ask, and what they can say to it. Slack, mail and pages only draw it.

It says what is asked, why this person, what changed since they last saw it, by when (their zone), who else is asked
and by what method; its choices name the decision, and it is bound to the ask and to the hash of what it shows. The card
in an engagement's thread is put to nobody: it shows who is asked, by when and how it stands, none of the facts.

Weighed: a template a kind of ask in each face (thirty kinds, three faces, drifting apart), and drawing from the view
that REST answers with (which knows nothing of what this reader saw before). Here a card is a value of the domain, so
that its rules, above all who sees the facts, are tested without any face.
"""

from collections.abc import Iterable
from typing import NamedTuple

from domain.asking.choices import CORRECT_HOURS, Choice, choices, may_correct_hours
from domain.asking.leads_to import leads_to
from domain.asking.opening import differences
from domain.asking.outcomes import answer_label, outcome_label
from domain.asking.questions import who_answers
from domain.asking.seats import question_ask, told_roles, why_barred, why_nobody
from domain.asking.tally import decisive, lacks_last_word
from domain.asks import BESIDE, Answer, Ask, Asking, AskKind, Outcome, StandIn, Vote, ask_number, listed
from domain.document_shown import DocumentShown, document_of, without_bytes
from domain.engagement.estimates import with_estimators_named
from domain.engagement.staffing import counts_in_words_only
from domain.people import Cast
from domain.playbook import Method, role_label
from domain.values import Digest, PersonId, Value, digest
from domain.words import capitalized, fitting, readable_facts, sentence
from domain.working_time import day_shown, shown

ROLE = "role"
"""The fact that is the identifier of a role."""
CALLED = {AskKind.ACCEPT_MILESTONE: {"share": "share of progress", "note": "what was delivered"}}
"""What facts are called where they are shown, by the kind of ask: they are bound by a shorter name."""


class Said(Value):
    """Somebody asked, and where they stand: `silent`, or their verdict and when."""

    person: PersonId
    name: str
    said: str


class Card(Value):
    """One ask as one person is shown it; `person` is None for the card of a thread."""

    ask: str
    engagement: str
    engagement_title: str
    client: str
    kind: AskKind
    title: str
    hash: Digest
    person: PersonId | None
    why: str
    facts: dict[str, str]
    beside: dict[str, str]
    changed: tuple[str, ...]
    due: str | None
    method: str
    people: tuple[Said, ...]
    question: str | None
    outcome: Outcome
    ended: str | None
    choices: tuple[Choice, ...]
    is_signature: bool
    """True where a yes of this person's is a signature: of a document, of a change, of an override."""
    may_delegate: bool
    turn: str
    """Known by the answers and questions that it shows: a button pressed twice on one card is one decision."""
    asked_by: PersonId = ""
    """Who asks: somebody of the firm, or of the client where they asked back."""
    document: DocumentShown | None = None
    """The document that it is about, for whoever may read it."""
    asks_back: str = ""
    """Who would be asked, by name, if this person asked back; empty where they may not."""
    rests: str | None = None
    """Until when nothing is answered, while the engagement is on hold; why, for the firm's own."""
    led_to: str = ""
    """What the answer leads to that its reader has given."""

    @property
    def beside_called(self) -> str:
        """What stands above what is shown beside: of a document the text alone is approved, and says the same."""
        if self.document is not None:
            return "In short; what counts is the text of the document"
        return "For context; not part of what you approve"


class Place(NamedTuple):
    """The engagement of an ask, in words."""

    engagement: str
    title: str
    client: str


def card_for(
    of: Asking, ask: Ask, place: Place, person: PersonId, *, whole: bool, before: Iterable[Ask] | None = None
) -> Card:
    """What an ask of this aggregate shows to somebody, by their own clock. `whole`: they may see what it is about.

    `before`: asks among which those are that came before it; none given: those that the aggregate holds.
    """
    may_answer = whole and _may_answer(of, ask, person)
    return _card(of, ask, place).having(
        person=person,
        why=why_shown_to(of, ask, person),
        facts=facts_shown(of.cast, ask) if whole else {},
        beside=ask.beside if whole else {},
        changed=changed_since_seen(before or of.asks.values(), ask, person) if whole else (),
        document=document_of(ask) if whole else None,
        due=of.cast.shown_to(person, ask.due_at) if ask.due_at and ask.is_open else None,
        people=tuple(_said(of, ask, who, with_time=person, whole=whole) for who in _asked(ask)),
        question=question_in_words(of, ask, person) if whole else None,
        led_to=_led_to(ask, person),
        ended=_ended(of, ask, person if whole else None),
        choices=open_to(of, ask, person) if whole else (),
        asks_back=of.cast.name(who_answers(of, ask, person)) if may_answer else "",
        is_signature=ask.is_signed_by(person),
        may_delegate=may_answer and not of.clocks_stand and ask.is_passed_on_by(person),
        rests=why_rests(of, ask, person),
    )


def open_to(of: Asking, ask: Ask, person: PersonId) -> tuple[Choice, ...]:
    """What somebody can say to an ask now; nothing on hold, and where they may not answer it."""
    if of.clocks_stand:
        return ()
    if _may_answer(of, ask, person):
        return choices(ask, person, in_words=counts_in_words_only(of, ask))
    return (CORRECT_HOURS,) if may_correct_hours(of, ask, person) else ()


def why_rests(of: Asking, ask: Ask, reader: PersonId | None) -> str | None:
    """Until when an open ask rests; why, for a reader of the firm. None: it does not."""
    if of.hold_shown is None or not ask.is_open:
        return None
    is_told_why = reader is not None and not of.cast.is_client(reader)
    return of.hold_shown if is_told_why else f"{of.hold_shown.partition(':')[0]}."


def thread_card(of: Asking, ask: Ask, place: Place) -> Card:
    """What everybody in the engagement's channel is shown: no fact, no reason, no figure."""
    return _card(of, ask, place)


def _card(of: Asking, ask: Ask, place: Place) -> Card:
    clock = of.cast.calendars[of.cast.usual_calendar]
    return Card(
        ask=ask.id,
        engagement=place.engagement,
        engagement_title=place.title,
        client=place.client,
        kind=ask.kind,
        title=ask.title,
        hash=ask.hash,
        person=None,
        why="",
        facts={},
        beside={},
        changed=(),
        due=clock.shown(ask.due_at) if ask.due_at and ask.is_open else None,
        method=" ".join(filter(None, (method_in_words(of.cast, ask), why_nobody(of, ask)))),
        people=tuple(_said(of, ask, who) for who in _asked(ask)),
        question=None,
        outcome=ask.outcome,
        ended=_ended(of, ask, None),
        choices=(),
        is_signature=False,
        may_delegate=False,
        turn=_turn(ask),
        asked_by=ask.requester,
        rests=why_rests(of, ask, None),
    )


def _turn(ask: Ask) -> str:
    question = ask.question.model_dump(mode="json") if ask.question else None
    return digest([len(ask.votes), question])[:12]


def facts_shown(cast: Cast, ask: Ask) -> dict[str, str]:
    """The facts of an ask as people read them: without what is a hash, roles and estimators by name."""
    facts, called = readable_facts(ask.facts), CALLED.get(ask.kind, {})
    if ask.kind is AskKind.ATTEST_ESTIMATE:
        return {name: with_estimators_named(cast, text) for name, text in facts.items()}
    return {called.get(name, name): role_label(text) if name == ROLE else text for name, text in facts.items()}


def changed_since_seen(asks: Iterable[Ask], ask: Ask, person: PersonId) -> tuple[str, ...]:
    """What is other than when this person was last asked the same thing, a line each; nothing where they never were."""
    seen = seen_before(asks, ask, person)
    return differences(without_bytes(seen), without_bytes(ask)) if seen else ()


def seen_before(asks: Iterable[Ask], ask: Ask, person: PersonId) -> Ask | None:
    """The ask of the same thing that this person answered last, else by which they were last asked; None where never.

    One that was superseded before they had answered it is no answer of theirs to compare with.
    """
    seen, answered = None, None
    for earlier in asks:
        alike = (earlier.kind, earlier.subject) == (ask.kind, ask.subject)
        if alike and ask_number(earlier.id) < ask_number(ask.id) and earlier.concerns(person):
            seen = earlier
            answered = earlier if any(vote.by == person for vote in earlier.votes) else answered
    return answered or seen


def method_in_words(cast: Cast, ask: Ask) -> str:
    """How the answers count, and who has the last word."""
    names = listed([cast.name(voter.person) for voter in ask.voters]) or "nobody"
    last = f" The last word is {cast.name(ask.final_person)}'s." if ask.final_person else ""
    if ask.asks_last_word or lacks_last_word(ask):
        who = f"{cast.name(ask.final_person)} has" if ask.final_person else "Nobody who may is left to have"
        return f"{who} the last word: {ask.climbed}."
    if len(ask.voters) <= 1:
        return f"{names} decides.{last}"
    if ask.kind is AskKind.ESTIMATE:
        return _hours_in_words(names, ask)
    quorum = f" At least {ask.quorum} must agree." if ask.method is Method.MAJORITY and ask.quorum else ""
    return {
        Method.AUTHORITY: f"{cast.name(ask.voters[0].person)} decides, the others advise.{last}",
        Method.EACH: f"Each of {names} must approve; one return ends the round.{last}",
        Method.MAJORITY: f"The majority of {names} decides.{quorum}{last}",
        Method.CONSENSUS: f"{names} must all consent or stand aside; an objection climbs when it is due.{last}",
    }[ask.method]


def _hours_in_words(names: str, ask: Ask) -> str:
    """How the hours of several experts count: of a deal each one's, of a change those that were given last."""
    if ask.method is Method.EACH:
        return f"Each of {names} gives hours, and the delivery lead chooses. Once it is due, hours of one suffice."
    return f"One of {names} gives the hours."


def _asked(ask: Ask) -> tuple[PersonId, ...]:
    voters = [voter.person for voter in ask.voters]
    standing = [stand_in.person for stand_in in ask.stand_ins if stand_in.may_decide]
    final = [ask.final_person] if ask.climbed and ask.final_person else []
    return tuple(dict.fromkeys([*voters, *standing, *final]))


def _said(of: Asking, ask: Ask, person: PersonId, with_time: PersonId | None = None, *, whole: bool = False) -> Said:
    vote = _vote_by(ask, person)
    if vote is None:
        said = _hours_said(of, ask, person, with_time)
    else:
        said = _in_words(of.cast, ask, vote, with_time, whole=whole)
    more = _said_with(of.cast, ask, vote) if vote and whole else ""
    return Said(person=person, name=of.cast.name(person), said=f"{said}: {more}" if more else said)


def _said_with(cast: Cast, ask: Ask, vote: Vote) -> str:
    """What a vote came with that whoever decides after it must know: why not, or on which conditions.

    How it ended says why not by itself.
    """
    answer = vote.answer
    why_not = answer.reason if answer.verdict.is_against and ask.is_open else None
    return fitting("; ".join(filter(None, [why_not, *conditions_shown(cast, answer)])))


def conditions_shown(cast: Cast, answer: Answer) -> tuple[str, ...]:
    """What an answer asks to be done, each with by whom and by when: `Name the data owner (Sven Lind, by …)`."""
    return tuple(f"{one.text} ({cast.name(one.owner)}, by {day_shown(one.due)})" for one in answer.conditions)


def _hours_said(of: Asking, ask: Ask, person: PersonId, reader: PersonId | None) -> str:
    """Their own hours to whoever gave them; that they gave some to all others."""
    hours = of.hours_given(ask).get(person)
    if hours is None:
        return "silent"
    return ", ".join(f"{name} {given}" for name, given in hours.items()) if person == reader else "hours given"


def hours_shown_otherwise(before: Asking | None, after: Asking) -> set[str]:
    """Asks for hours whose cards show other hours than before, or may be corrected no more, or again."""
    asks = [ask for ask in after.asks.values() if ask.kind is AskKind.ESTIMATE and before and ask.id in before.asks]
    return {ask.id for ask in asks if before and _hours_of(before, ask) != _hours_of(after, ask)}


def _hours_of(of: Asking, ask: Ask) -> tuple[object, ...]:
    return of.hours_given(ask), of.takes_hours_anew(of.asks[ask.id])


def _vote_by(ask: Ask, person: PersonId) -> Vote | None:
    return next((vote for vote in reversed(ask.votes) if vote.by == person), None)


def _led_to(ask: Ask, person: PersonId) -> str:
    vote = _vote_by(ask, person)
    return leads_to(ask.kind, vote.answer.verdict) if vote else ""


def _in_words(cast: Cast, ask: Ask, vote: Vote, reader: PersonId | None, *, whole: bool) -> str:
    """`Signed, Mon 30 Nov 2026, 10:00 (Oslo time)`; of a score also which, for whoever sees what it is about."""
    said = answer_label(ask.kind, vote.answer.verdict)
    score = f": {vote.answer.score}" if whole and vote.answer.score is not None else ""
    behalf = f" for {cast.name(vote.voter)}" if vote.voter != vote.by else ""
    when = f", {cast.shown_to(reader, vote.at)}" if reader else ""
    return f"{said}{score}{behalf}{when}"


def why_shown_to(of: Asking, ask: Ask, person: PersonId) -> str:
    """By which seat this person is shown the ask."""
    for voter in ask.voters:
        if voter.person == person:
            roles = listed([*map(role_label, told_roles(of.cast, voter))])
            because = f", who {voter.because}" if voter.because else ""
            return f"You are asked as {roles}{because}." if roles else "You are asked by name."
    if ask.climbed and person == ask.final_person:
        return f"The last word is yours, because {ask.climbed}."
    stand_in = next((s for s in reversed(ask.stand_ins) if s.person == person), None)
    if stand_in is not None:
        return _standing(of.cast, stand_in)
    return "You asked for this." if person == ask.requester else ""


def _standing(cast: Cast, stand_in: StandIn) -> str:
    whom, rung = cast.name(stand_in.instead_of), stand_in.rung.replace("_", " ")
    if not stand_in.may_decide:
        return f"You are told because {whom} has not answered; only they can."
    return f"You may answer for {whom} ({rung})." if stand_in.rung in BESIDE else f"{whom} has not answered: as {rung}."


def _may_answer(of: Asking, ask: Ask, person: PersonId) -> bool:
    """True for whoever owes an answer or may give it for somebody silent; the engine has the last word on it."""
    if not ask.is_open or person not in ask.asked:
        return False
    is_first = any(voter.person == person for voter in ask.silent)
    return is_first or why_barred(of, ask, person) is None


def question_in_words(of: Asking, ask: Ask, reader: PersonId | None = None) -> str | None:
    """What was asked back last, and the answer once there is one; by when it is due, by the clock of its reader."""
    question = ask.question
    if question is None:
        return None
    by, to = ("you" if reader == person else of.cast.name(person) for person in (question.by, question.to))
    if question.answer is not None:
        return f"{capitalized(by)} asked {to}: {question.text} The answer: {question.answer}"
    put = question_ask(of, ask)
    due = f", due {of.cast.shown_to(reader or question.to, put.due_at)}" if put is not None and put.due_at else ""
    asked = f"{capitalized(by)} {'asked' if reader == question.by else 'asks'}"
    stands = " Your own time stands still until then." if ask.clock_waits and reader == question.held_up else ""
    return f"Waits for an answer from {to}{due}. {asked}: {sentence(question.text)}{stands}"


def _ended(of: Asking, ask: Ask, reader: PersonId | None) -> str | None:
    """Outcome, by whom, when; why only for a reader whom the ask concerns."""
    if ask.is_open:
        return None
    cast = of.cast
    by = listed(list(dict.fromkeys("you" if vote.by == reader else cast.name(vote.by) for vote in decisive(ask))))
    zone = cast.zone_of(reader) if reader else cast.calendars[cast.usual_calendar].zone
    when = f" on {shown(ask.ended_at, zone)}" if ask.ended_at else ""
    scores = [str(vote.answer.score) for vote in decisive(ask) if reader and vote.answer.score is not None]
    score = f": {', '.join(scores)}" if scores else ""
    told = f"{outcome_label(ask.kind, ask.outcome)}{f' by {by}' if by else ''}{when}{score}."
    return f"{told} Because: {ask.why_ended}" if ask.why_ended and reader else told
