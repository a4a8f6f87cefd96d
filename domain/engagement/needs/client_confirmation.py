"""Confirmation by finance of a client that sales added; no SOW is sent to it before that.

Weighed: an act owed by finance (a second thing besides the ask that binds an approval), and a flag (bound to nothing
that was shown). Chosen: an ask, like every approval; a corrected client is shown and asked about again.
"""

from domain.asks.eligibility import silent_on
from domain.asks.model import AGAINST, Ask, AskKind, Outcome
from domain.asks.opening import open_ask
from domain.directory.directory import FINANCE, Client, client_facts
from domain.directory.people import Person
from domain.engagement.aggregate import Engagement
from domain.engagement.needs.events import ClientConfirmed
from domain.engagement.needs.values import ClientConfirmation
from domain.shared.errors import ClientNotConfirmed, Waiting
from domain.shared.remedy_actions import RemedyAction
from domain.shared.transaction import Transaction
from domain.shared.values import digest

SUBJECT = "client"
# What waits until finance has confirmed a client: before the SOW is signed (False), and after (True).
WAITS_FOR_THE_CLIENT = {
    False: "No SOW is sent to a new client until finance has confirmed it.",
    True: "New people at the client get no mail and take no part until finance has confirmed them.",
}


def unconfirmed(state: Engagement) -> Client | None:
    """The client while finance must confirm it as it is now, even after signing if people were added; or None."""
    client = state.client_to_confirm
    if client is None:
        return None
    given = state.client_confirmed
    return None if given is not None and given.subject_hash == digest(client_facts(client)) else client


def sent_back(state: Engagement) -> Ask | None:
    """The ask by which finance returned the client, unchanged since, which sales must correct."""
    client, last = unconfirmed(state), state.last_ask(AskKind.CONFIRM_CLIENT, SUBJECT)
    if client is None or last is None or last.outcome not in AGAINST:
        return None
    return last if last.facts == client_facts(client) else None


def require_confirmed_client(state: Engagement) -> None:
    """Raises ClientNotConfirmed while finance has not confirmed a client that sales added."""
    if unconfirmed(state) is None:
        return
    waits, remedy = _who_confirms(state)
    raise ClientNotConfirmed(
        f"Sales added {state.client}, and finance has not confirmed it.",
        waits_for=waits,
        remedy=remedy,
        action=_what_helps(state),
    )


def require_confirmed_person(state: Engagement, person: Person) -> None:
    """Raises ClientNotConfirmed for one of the client's people whom finance has not confirmed yet."""
    if person.to_confirm:
        waits, remedy = _who_confirms(state)
        what = f"Sales added {person.name} to {state.client}, and finance has not confirmed them."
        raise ClientNotConfirmed(what, waits_for=waits, remedy=remedy, action=_what_helps(state))


def _what_helps(state: Engagement) -> RemedyAction | None:
    return RemedyAction.CORRECT_CLIENT if sent_back(state) is not None else None


def _who_confirms(state: Engagement) -> tuple[tuple[Waiting, ...], str]:
    """Who must act, and what to do."""
    waits = silent_on(state, list(state.open_asks(AskKind.CONFIRM_CLIENT)))
    if sent_back(state) is not None:
        remedy = f"{state.cast.name(state.seller)} must correct it. Then finance is asked again."
    elif waits:
        remedy = f"{waits[0].who} must confirm it first."
    else:
        remedy = "Fill the role of finance; its holder is asked to confirm it."
    return waits, remedy


def ask_to_confirm_client(transaction: Transaction[Engagement]) -> None:
    """Asks finance, once somebody holds the role; a returned client is not asked about again unchanged."""
    state, client = transaction.state, unconfirmed(transaction.state)
    asked = any(state.open_asks(AskKind.CONFIRM_CLIENT))
    if client is None or asked or state.cast.holder(FINANCE) is None or sent_back(state) is not None:
        return
    open_ask(
        transaction,
        AskKind.CONFIRM_CLIENT,
        SUBJECT,
        title=f"Confirm the new client {client.name}",
        facts=client_facts(client),
        beside=_beside(state, client),
        roles=[FINANCE],
        requester=state.seller,
        excluded=[client.added_by] if client.added_by is not None else [],
    )


def _beside(state: Engagement, client: Client) -> dict[str, str]:
    """Who added it, and what is waiting: not part of what is confirmed."""
    by = {"added by": state.cast.name(client.added_by)} if client.added_by is not None else {}
    return by | {"waits for it": WAITS_FOR_THE_CLIENT[state.baseline_signed]}


def on_client_answered(transaction: Transaction[Engagement], ask: Ask) -> None:
    if ask.outcome is Outcome.APPROVED:
        transaction.record(
            ClientConfirmed(confirmation=ClientConfirmation(by=ask.votes[-1].by, subject_hash=ask.subject_hash))
        )
