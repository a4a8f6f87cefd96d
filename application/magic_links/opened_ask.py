"""An ask opened by a personal link: what its page shows beside the card, and what may be answered there.

A link proves a mailbox and no more. So a signature, of a document, a change or an override, is shown but not accepted
here, whatever the page offered; every other answer is a deferred command as in any other channel, with the channel
`link`. Returning what is to be signed, or asking back, is no signature. Declining it is left to whoever would sign: it
ends more than a round.
"""

from datetime import datetime

from adapters.console_commands import with_commands
from application.authentication import actor_of
from application.commands.answer_on_page import PageAnswer, answer_opened
from application.commands.asks import aggregate_of, place_of
from application.context import Interlock
from application.inbox.deferred_commands import DeferredAnswer, DeferredHours
from application.magic_links.links import Links, no_such_link
from application.notifications.cards import card_of
from application.off_loop import off_loop
from application.queries.opened_ask import OpenedAsk, opened, state_of, with_newest
from domain.asks.card import Card
from domain.asks.signature_record import BY_LINK, how_client_signs, how_firm_signs
from domain.directory.directory import Directory
from domain.next_steps.client_view import whom_to_write_to
from domain.shared.errors import Refusal, RefusalKind, Rule
from domain.shared.remedy_actions import RemedyAction
from domain.shared.values import AskId

CHANNEL = "link"


class NotByLink(Refusal):
    rule, title, kind = Rule.SIGNED_MEANS_THIS, "You cannot sign with a link alone", RefusalKind.FORBIDDEN


async def open_by_link(app: Interlock, links: Links, ask_id: AskId, key: str) -> OpenedAsk:
    """Looks at an ask; changes nothing. Raises UnknownCaller for an unknown key, PermissionDenied, NotFound."""
    link = links.read(key, ask_id)
    person_id = link.person_id
    if link.is_ended(await off_loop(lambda: app.registry.tokens.links_end_at(person_id))):
        raise no_such_link()
    directory = await off_loop(app.registry.directory)
    known = directory.person(person_id)
    if known is None or not link.was_sent_to(known.email):
        raise no_such_link()
    actor = actor_of(directory, person_id, CHANNEL)
    card = _answered_by_link(await card_of(app, ask_id, person_id))
    shown = _with_key(
        links, await with_newest(app, await opened(app, actor, card, directory)), known.email, link.made_at
    )
    return await off_loop(lambda: _with_how_to_sign(app, shown._replace(may_inform=False), directory))


def _answered_by_link(card: Card) -> Card:
    """For an ask that wants a signature, a link leaves only the answers that are none."""
    if not card.is_signature:
        return card
    return card.replace(choices=tuple(choice for choice in card.choices if choice.verdict in BY_LINK))


def _with_key(links: Links, shown: OpenedAsk, mailbox: str, made_at: datetime) -> OpenedAsk:
    """If it was replaced, with a key to the current ask: the holder of this link has the mailbox.

    That key expires when this link does: a leaked link cannot prolong itself.
    """
    if shown.newest is None:
        return shown
    return shown._replace(newest_key=links.key(shown.newest, shown.actor.person_id, mailbox, made_at))


def _with_how_to_sign(app: Interlock, shown: OpenedAsk, directory: Directory) -> OpenedAsk:
    """Where an answer of the reader would be a signature, with how they give it: not here."""
    card, person_id = shown.card, shown.actor.person_id
    of = aggregate_of(app, place_of(card.ask_id))
    ask = (of.asks.get(card.ask_id) or app.read.ask(card.ask_id)) if of is not None else None
    state = state_of(app, of, card.engagement_id) if of is not None else None
    if not card.is_signature or ask is None or state is None or person_id not in ask.asked:
        return shown
    of_client = how_client_signs(card.kind, whom_to_write_to(state, directory)) if shown.is_of_client else None
    return shown._replace(signing=of_client or _how_firm_signs(card))


def _how_firm_signs(card: Card) -> str:
    return with_commands(how_firm_signs(card.ask_id))


async def answer_by_link(
    app: Interlock, opened_ask: OpenedAsk, deferred: DeferredAnswer | DeferredHours, version: str
) -> None:
    """Carries out the link holder's answer, on what they were shown; `version` is the card's.

    A repeat has no second effect. Raises: NotByLink for a signature; any Refusal of the domain.
    """
    returns = isinstance(deferred, DeferredAnswer) and deferred.answer.verdict in BY_LINK
    if opened_ask.card.is_signature and not returns:
        raise NotByLink(
            "A link only proves access to a mailbox, which is not enough for a signature.",
            remedy=opened_ask.signing or _how_firm_signs(opened_ask.card),
            action=RemedyAction.SIGN_ASK,
        )
    await answer_opened(app, PageAnswer(opened_ask.actor, deferred, version))
