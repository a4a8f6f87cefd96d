"""Which of the client's people are asked how satisfied they are, and what tells one such ask from another."""

from datetime import datetime

from domain.asks.bound_facts import under
from domain.asks.facts_shown import text_shown
from domain.asks.model import Ask, AskKind
from domain.directory.people import Participants
from domain.engagement.aggregate import Engagement
from domain.shared.calendar import day_shown
from domain.shared.values import PersonId

AT_CLOSE = "close"
# How many of a client's people are asked: the sponsor, then the first contacts.
MAX_ASKED = 20


def who_is_asked(state: Engagement) -> tuple[PersonId, ...]:
    """The client's sponsor, then its contacts, if active."""
    sponsor = state.cast.holder("client_sponsor")
    people = sorted(state.cast.people.values(), key=lambda person: person.id != sponsor)
    asked = {"client_sponsor", "client_contact"}
    found = (
        person.id
        for person in people
        if person.client is not None
        and person.active
        and not person.to_confirm
        and asked & {*person.part, *state.cast.roles_of(person.id)}
    )
    return tuple(found)[:MAX_ASKED]


def how_satisfied(state: Engagement, at: str, *, again: bool = False) -> str:
    """The question with its occasion, as several may be open at once."""
    when = "now that we have talked" if again else _when(state, at)
    return f"How satisfied are you with {state.title} {when}, from 0 to 10?"


def occasion_facts(state: Engagement, at: str) -> dict[str, str]:
    """A milestone with its title, the close, or a name chosen by the person asking."""
    milestone = state.milestones.get(at)
    return under("at", {"name": at, "title": milestone.title if milestone is not None else None})


def pulse_facts(state: Engagement, at: str) -> dict[str, str]:
    """The occasion and the engagement about which one of the client's people is asked."""
    return occasion_facts(state, at) | {"engagement.title": state.title}


# The label of the day on which a score was given.
GIVEN_ON = "given on"


def day_given(state: Engagement, now: datetime) -> dict[str, str]:
    """The day on which a score was given, shown beside the asks that it leads to."""
    return {GIVEN_ON: day_shown(state.cast.calendar_of(state.manager).local_day(now))}


def low_score_told(cast: Participants, ask: Ask) -> str:
    """About an ask that a score led to: `Liv Strøm gave 3 of 10 at M1 Pilot live, on Mon 30 Nov 2026.`"""
    facts, day = ask.facts, ask.beside.get(GIVEN_ON)
    at, on = text_shown("at.name", facts), f", on {day}" if day else ""
    return f"{cast.name(PersonId(facts['by']))} gave {facts['score']} of 10 at {at}{on}."


def talks_owed_to(state: Engagement, person_id: PersonId) -> tuple[Ask, ...]:
    """The open asks for a talk with this person at the client about their score."""
    talks = state.open_asks(AskKind.EXPECTATION_TALK)
    return tuple(ask for ask in talks if ask.subject.rpartition(":")[2] == person_id)


def _when(state: Engagement, at: str) -> str:
    if at == AT_CLOSE:
        return "as it closes"
    milestone = state.milestones.get(at)
    return f"after {milestone.title}" if milestone is not None else f"at {at}"
