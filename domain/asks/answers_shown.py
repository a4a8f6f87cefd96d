"""How answers to an ask count, who has said what, and how it ended: as cards say it.

Why somebody says no, and on which conditions a yes counts, reads who may read what the ask is about.
"""

from domain.asks.consequences import leads_to
from domain.asks.holder import AskHolder
from domain.asks.model import Answer, Ask, AskKind, Vote, listed
from domain.asks.outcomes import answer_label, outcome_label
from domain.asks.tally import decisive, lacks_last_word
from domain.directory.people import Participants
from domain.playbook.model import Method
from domain.shared.calendar import day_shown, shown
from domain.shared.text import fitting, stopped
from domain.shared.values import PersonId, Value


class AskedPerson(Value):
    """Somebody asked, and where they stand: `silent`, or their verdict and when."""

    person_id: PersonId
    name: str
    said: str


def method_in_words(cast: Participants, ask: Ask, reader: PersonId | None = None) -> str:
    """How the answers count, and who has the last word; to whoever decides alone, or has it, that they do."""
    names = listed([cast.name(voter.person_id) for voter in ask.voters]) or "nobody"
    is_last = ask.final_person is not None and ask.final_person == reader
    whose = "yours" if is_last else f"{cast.name(ask.final_person or '')}'s"
    last = f" The final decision is {whose}." if ask.final_person else ""
    if ask.asks_last_word or lacks_last_word(ask):
        who = f"{cast.name(ask.final_person)} has" if ask.final_person else "Nobody who may is left to have"
        return f"{'You have' if is_last else who} the final decision: {ask.climbed}."
    if len(ask.voters) <= 1:
        return f"{_decides(cast, ask.voters[0].person_id, reader) if ask.voters else 'nobody decides'}.{last}"
    if ask.kind is AskKind.ESTIMATE:
        return _hours_in_words(names, ask)
    quorum = f" At least {ask.quorum} must agree." if ask.method is Method.MAJORITY and ask.quorum else ""
    return {
        Method.AUTHORITY: f"{_decides(cast, ask.voters[0].person_id, reader)}, the others advise.{last}",
        Method.EACH: f"Each of {names} must approve; one return ends the round.{last}",
        Method.MAJORITY: f"The majority of {names} decides.{quorum}{last}",
        Method.CONSENSUS: (
            f"{names} must all consent or stand aside; an objection still open at the due time goes to the final "
            f"authority.{last}"
        ),
    }[ask.method]


def _decides(cast: Participants, person_id: PersonId, reader: PersonId | None) -> str:
    return "You decide" if person_id == reader else f"{cast.name(person_id)} decides"


def _hours_in_words(names: str, ask: Ask) -> str:
    """How the hours of several experts count: of a deal each one's, of a change those that were given last."""
    if ask.method is Method.EACH:
        return f"Each of {names} gives hours, and the delivery lead chooses: once it is due, of those given by then."
    return f"One of {names} gives the hours."


def everybody_asked(ask: Ask) -> tuple[PersonId, ...]:
    voters = [voter.person_id for voter in ask.voters]
    standing = [stand_in.person_id for stand_in in ask.stand_ins if stand_in.may_decide]
    final = [ask.final_person] if ask.climbed and ask.final_person else []
    return tuple(dict.fromkeys([*voters, *standing, *final]))


def said_by(
    of: AskHolder, ask: Ask, person_id: PersonId, with_time: PersonId | None = None, *, whole: bool = False
) -> AskedPerson:
    vote = _vote_by(ask, person_id)
    if vote is None:
        said = _hours_said(of, ask, person_id, with_time)
    else:
        said = _in_words(of.cast, ask, vote, with_time, whole=whole)
    more = _came_with(of.cast, ask, vote) if vote and whole else ""
    return AskedPerson(person_id=person_id, name=of.cast.name(person_id), said=f"{said}: {more}" if more else said)


def _came_with(cast: Participants, ask: Ask, vote: Vote) -> str:
    """What a vote came with that whoever decides after it must know: why not, or on which conditions.

    How it ended says why not by itself.
    """
    answer = vote.answer
    why_not = answer.why if answer.verdict.is_against and ask.is_open else None
    return fitting("; ".join(filter(None, [why_not, *conditions_shown(cast, answer)])))


def conditions_shown(cast: Participants, answer: Answer) -> tuple[str, ...]:
    """What an answer asks to be done, each with by whom and by when: `Name the data owner (Sven Lind, by …)`."""
    return tuple(f"{one.text} ({cast.name(one.owner)}, by {day_shown(one.due)})" for one in answer.conditions)


def _hours_said(of: AskHolder, ask: Ask, person_id: PersonId, reader: PersonId | None) -> str:
    """Their own hours to whoever gave them; to all others that they gave some, and for what not where that is open."""
    hours = of.hours_given(ask).get(person_id)
    if hours is None:
        return "silent"
    if person_id == reader:
        return ", ".join(f"{name} {given}" for name, given in hours.items())
    owed = [name for name in of.still_owed(ask) if name not in hours] if ask.is_open else []
    for_which = f"hours given for {listed([*hours])}"
    if owed:
        return f"{for_which}, {listed(owed)} open"
    is_whole = person_id in ask.gave_hours and set(of.returnable(ask)) <= hours.keys()
    return "hours given" if ask.is_open or is_whole else for_which


def hours_shown_otherwise(before: AskHolder | None, after: AskHolder) -> set[str]:
    """Asks for hours whose cards show other hours than before, or may be corrected no more, or again."""
    asks = [ask for ask in after.asks.values() if ask.kind is AskKind.ESTIMATE and before and ask.id in before.asks]
    return {ask.id for ask in asks if before and _hours_of(before, ask) != _hours_of(after, ask)}


def _hours_of(of: AskHolder, ask: Ask) -> tuple[object, ...]:
    return of.hours_given(ask), of.takes_hours_anew(of.asks[ask.id])


def _vote_by(ask: Ask, person_id: PersonId) -> Vote | None:
    return next((vote for vote in reversed(ask.votes) if vote.by == person_id), None)


def led_to(ask: Ask, person_id: PersonId) -> str:
    vote = _vote_by(ask, person_id)
    return leads_to(ask.kind, vote.answer.verdict) if vote else ""


def _in_words(cast: Participants, ask: Ask, vote: Vote, reader: PersonId | None, *, whole: bool) -> str:
    """`Signed, Mon 30 Nov 2026, 10:00 (Oslo time)`; of a score also which, for whoever sees what it is about."""
    said = answer_label(ask.kind, vote.answer.verdict)
    score = f": {vote.answer.score}" if whole and vote.answer.score is not None else ""
    behalf = f" for {cast.name(vote.voter)}" if vote.voter != vote.by else ""
    when = f", {cast.shown_to(reader, vote.at)}" if reader else ""
    return f"{said}{score}{behalf}{when}"


def how_it_ended(of: AskHolder, ask: Ask, reader: PersonId | None) -> str | None:
    """Outcome, by whom, when; why only for a reader whom the ask concerns.

    Why hours were returned everybody of the firm in the engagement may read: it tells of no figures.
    """
    if ask.is_open:
        return None
    cast = of.cast
    by = listed(list(dict.fromkeys("you" if vote.by == reader else cast.name(vote.by) for vote in decisive(ask))))
    zone = cast.zone_of(reader) if reader else cast.calendars[cast.usual_calendar].zone
    when = f" on {shown(ask.ended_at, zone)}" if ask.ended_at else ""
    scores = [str(vote.answer.score) for vote in decisive(ask) if reader and vote.answer.score is not None]
    score = f": {', '.join(scores)}" if scores else ""
    told = f"{outcome_label(ask.kind, ask.outcome)}{f' by {by}' if by else ''}{when}{score}."
    says_why = reader or ask.kind is AskKind.ESTIMATE
    return f"{told} Because: {stopped(ask.why_ended)}" if ask.why_ended and says_why else told
