"""What an engagement waits for from a client's side, in sentences for a person of the client.

It names people of the client and the one colleague of the firm who faces them: nobody else, and no figure.
"""

from collections.abc import Iterable, Iterator

from domain.asks import CLIENT_ROLES, Ask, Asking
from domain.engagement.state import Engagement
from domain.playbook import role_label


def whom_to_ask(state: Engagement) -> str:
    """Who faces the client: whoever sold it until the SOW is signed, then whoever manages it."""
    return state.cast.name(state.manager if state.baseline_signed else state.seller)


def awaited_of_client(state: Engagement, aggregates: Iterable[Asking], person: str) -> tuple[str, ...]:
    """What colleagues of this person owe, which of the client's questions are open, and who of theirs is missing."""
    if state.is_over:
        return ()
    asks = (ask for of in aggregates for ask in of.open_asks())
    return (*(said for ask in asks for said in _of_ask(state, ask, person)), *_missing(state))


def _of_ask(state: Engagement, ask: Ask, person: str) -> Iterator[str]:
    cast, about = state.cast, ask.title.rstrip("?.")
    asker = ask.open_question.by if ask.clock_waits and ask.open_question else None
    if asker is not None and cast.is_client(asker):
        whose = "Your question" if asker == person else f"The question of {cast.name(asker)}"
        yield f"{about}: {whose} is open; {whom_to_ask(state)} sees that it is answered."
        return
    for voter in ask.silent:
        if cast.is_client(voter.person) and voter.person != person:
            due = f", by {cast.shown_to(person, ask.due_at)}" if ask.due_at else ""
            yield f"{about}: {cast.name(voter.person)} is to answer{due}."


def _missing(state: Engagement) -> Iterator[str]:
    for role in CLIENT_ROLES:
        if role in state.vacancies:
            yield f"{state.client} has no {role_label(role)} now: tell {whom_to_ask(state)} who it is."
