"""What an engagement waits for from a client's side, in sentences for a person of the client.

It names people of the client and their one contact in the firm: no one else, and no figures.
"""

from collections.abc import Iterable, Iterator

from domain.asks.holder import AskHolder
from domain.asks.model import CLIENT_ROLES, Ask, listed
from domain.change_order.order import ChangeOrder
from domain.directory.directory import Directory
from domain.engagement.aggregate import Engagement
from domain.engagement.changes.outlook import told_outlook
from domain.engagement.changes.values import ChangeStatus
from domain.engagement.delivery.satisfaction import talks_owed_to
from domain.playbook.model import role_label
from domain.shared.values import PersonId

OUR_TURN = "It is our turn. {who} is responsible, and you will hear the outcome by mail."


def who_faces_client(state: Engagement) -> PersonId:
    """The seller until the SOW is signed, then the engagement manager."""
    return state.manager if state.baseline_signed else state.seller


def whom_to_ask(state: Engagement) -> str:
    """The client's contact, by name."""
    return state.cast.name(who_faces_client(state))


def whom_to_write_to(state: Engagement, directory: Directory) -> str:
    """The client's contact, by name and address, as the page and the mail of an ask name them."""
    faces = directory.person(who_faces_client(state))
    return f"{faces.name} ({faces.email})" if faces is not None else whom_to_ask(state)


def comes_next(state: Engagement, aggregates: Iterable[AskHolder], person_id: PersonId) -> tuple[str, ...]:
    """What comes after an answer from the client: what else is theirs, their colleagues' or the firm's."""
    of = tuple(aggregates)
    if state.is_over:
        return ("Nothing more is asked of you here.",)
    own = [ask for one in of for ask in one.open_asks() if person_id in ask.asked and not ask.clock_waits]
    said = [f"Still yours: {_about(ask)}{_by_when(state, ask, person_id)}. It has a mail of its own." for ask in own]
    others = awaited_of_client(state, of, person_id)
    return (*said, *others) or (OUR_TURN.format(who=whom_to_ask(state)),)


def comes_of_change(order: ChangeOrder, person_id: PersonId) -> tuple[str, ...]:
    """The outcome of a change once nothing more is asked about it; for people of the client, also whose turn it is."""
    counts = order.status is ChangeStatus.APPROVED
    approved = f"Change {order.brief.n} is approved and counts from now on."
    said = (approved, *told_outlook(order.brief.outlook)) if counts else ()
    if not order.cast.is_client(person_id):
        return said
    manager = order.cast.holder("engagement_manager") or order.overseer
    return (*said, OUR_TURN.format(who=order.cast.name(manager)))


def talks_told(state: Engagement, person_id: PersonId) -> Iterator[str]:
    """Who in the firm is to talk with this person about a low score, and by when."""
    for ask in talks_owed_to(state, person_id):
        names = listed([state.cast.name(voter.person_id) for voter in ask.silent]) or whom_to_ask(state)
        yield f"{names} is to talk with you about your score{_by_when(state, ask, person_id)}."


def awaited_of_client(state: Engagement, aggregates: Iterable[AskHolder], person_id: PersonId) -> tuple[str, ...]:
    """What this person's colleagues owe, which of the client's questions are open, and which client roles are vacant.

    Before these, who in the firm is to talk with them.
    """
    if state.is_over:
        return ()
    asks = (ask for of in aggregates for ask in of.open_asks())
    said = (said for ask in asks for said in _of_ask(state, ask, person_id))
    return (*talks_told(state, person_id), *said, *_missing(state))


def _of_ask(state: Engagement, ask: Ask, person_id: PersonId) -> Iterator[str]:
    cast, about = state.cast, _about(ask)
    asker = ask.open_question.by if ask.clock_waits and ask.open_question else None
    if asker is not None and cast.is_client(asker):
        whose = "Your question" if asker == person_id else f"The question of {cast.name(asker)}"
        yield f"{about}: {whose} is open; {whom_to_ask(state)} sees that it is answered."
        return
    for voter in ask.silent:
        if cast.is_client(voter.person_id) and voter.person_id != person_id:
            yield f"{about}: {cast.name(voter.person_id)} is to answer{_by_when(state, ask, person_id)}."


def _about(ask: Ask) -> str:
    return ask.title.rstrip("?.")


def _by_when(state: Engagement, ask: Ask, reader: PersonId) -> str:
    return f", by {state.cast.shown_to(reader, ask.due_at)}" if ask.due_at else ""


def _missing(state: Engagement) -> Iterator[str]:
    for role in CLIENT_ROLES:
        if role in state.vacancies:
            yield f"{state.client} has no {role_label(role)} now: tell {whom_to_ask(state)} who it is."
