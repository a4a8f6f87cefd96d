"""How cards describe the answers to an ask: how they are counted, who has said what, and how it ended.

Reasons for a no and conditions of an approval are shown only to readers who may see what the ask is about.
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
from domain.shared.values import AskId, PersonId, Value


class AskedPerson(Value):
    """Somebody asked, and their state in words: `silent`, or their verdict and when they gave it."""

    person_id: PersonId
    name: str
    said: str


def method_in_words(cast: Participants, ask: Ask, reader: PersonId | None = None) -> str:
    """How the answers are counted and who decides last; a reader who decides alone or last is addressed as "you"."""
    names = listed([cast.name(voter.person_id) for voter in ask.voters]) or "nobody"
    is_last = ask.final_person is not None and ask.final_person == reader
    whose = "yours" if is_last else f"{cast.name(ask.final_person)}'s" if ask.final_person else ""
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
    """How hours from several experts count: for a deal everybody gives some, for a change the latest count."""
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
    """What later deciders must know about a vote: its reason against, while the ask is open, and its conditions.

    Once the ask has ended, how it ended already gives the reason.
    """
    answer = vote.answer
    why_not = answer.why if answer.verdict.is_against and ask.is_open else None
    return fitting("; ".join(filter(None, [why_not, *conditions_shown(cast, answer)])))


def conditions_shown(cast: Participants, answer: Answer) -> tuple[str, ...]:
    """An answer's conditions, each with its owner and due day: `Name the data owner (Sven Lind, by …)`."""
    return tuple(f"{one.text} ({cast.name(one.owner)}, by {day_shown(one.due)})" for one in answer.conditions)


def _hours_said(of: AskHolder, ask: Ask, person_id: PersonId, reader: PersonId | None) -> str:
    """The hours for the expert who gave them; for others, that some were given and which packages lack them."""
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


def hours_shown_otherwise(before: AskHolder | None, after: AskHolder) -> set[AskId]:
    """Ids of asks for hours whose cards now show other hours, or whose hours became or ceased to be correctable."""
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
    """`Signed, Mon 30 Nov 2026, 10:00 (Oslo time)`; with the score, for a reader who may see what the ask is about."""
    said = answer_label(ask.kind, vote.answer.verdict)
    score = f": {vote.answer.score}" if whole and vote.answer.score is not None else ""
    behalf = f" for {cast.name(vote.voter)}" if vote.voter != vote.by else ""
    when = f", {cast.shown_to(reader, vote.at)}" if reader else ""
    return f"{said}{score}{behalf}{when}"


def how_it_ended(of: AskHolder, ask: Ask, reader: PersonId | None) -> str | None:
    """Outcome, by whom and when; the reason only for a reader whom the ask concerns.

    Why hours were returned may be read by every colleague in the engagement: it reveals no figures.
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
