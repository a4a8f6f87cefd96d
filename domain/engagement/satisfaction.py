"""Whom of the client is asked how satisfied they are, and how: what tells one such question from another."""

from datetime import datetime

from domain.asks import Ask, AskKind
from domain.engagement.state import Engagement
from domain.working_time import day_shown

AT_CLOSE = "close"
MOST_ASKED = 20
"""People of a client whose contacts are many: the sponsor and the first of the others."""


def who_is_asked(state: Engagement) -> tuple[str, ...]:
    """The client's sponsor, then its contacts, who are there."""
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
    return tuple(found)[:MOST_ASKED]


def how_satisfied(state: Engagement, at: str, *, again: bool = False) -> str:
    """The question, with its occasion: several may be open at once."""
    when = "now that we have talked" if again else _when(state, at)
    return f"How satisfied are you with {state.title} {when}, from 0 to 10?"


def occasion(state: Engagement, at: str) -> str:
    """A milestone by its title, the close, or what whoever asks called it."""
    milestone = state.milestones.get(at)
    return f"{at} {milestone.title}" if milestone is not None else at


GIVEN_ON = "given on"
"""Under which name whoever is to do something about a score reads of which day it is."""


def day_given(state: Engagement, now: datetime) -> dict[str, str]:
    """On which day a score is given, as it stands beside what is asked because of it."""
    return {GIVEN_ON: day_shown(state.cast.calendar_of(state.manager).local_day(now))}


def low_score_told(ask: Ask) -> str:
    """Of an ask because of a score: `Liv Strøm gave 3 of 10 at M1 Pilot live, on Mon 30 Nov 2026.`"""
    facts, day = ask.facts, ask.beside.get(GIVEN_ON)
    return f"{facts['by']} gave {facts['score']} of 10 at {facts['at']}{f', on {day}' if day else ''}."


def talks_owed_to(state: Engagement, person: str) -> tuple[Ask, ...]:
    """The open asks by which somebody of the firm is to talk with this person of the client about their score."""
    talks = state.open_asks(AskKind.EXPECTATION_TALK)
    return tuple(ask for ask in talks if ask.subject.rpartition(":")[2] == person)


def _when(state: Engagement, at: str) -> str:
    if at == AT_CLOSE:
        return "as it closes"
    milestone = state.milestones.get(at)
    return f"after {milestone.title}" if milestone is not None else f"at {at}"
