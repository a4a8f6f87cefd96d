"""An ask opened by a personal link: what its page shows beside the card, and what may be answered there.

A link proves a mailbox and no more. So a signature, of a document, a change or an override, is shown but not accepted
here, whatever the page offered; every other answer is a deferred command as in any other channel, with the channel
`link`. Returning what is to be signed, or asking back, is no signature. Declining it is left to whoever would sign: it
ends more than a round.
"""

from datetime import datetime
from functools import partial
from typing import NamedTuple

from adapters.console_commands import with_commands
from application.authentication import actor_of
from application.commands.asks import aggregate_of, place_of
from application.context import Interlock
from application.inbox.deferred_commands import CommandSender, DeferredAnswer, DeferredHours, deferred_key, run_deferred
from application.magic_links.links import Links, no_such_link
from application.notifications.cards import EarlierHours, asked_now, card_of, to_estimate
from application.off_loop import off_loop
from application.queries.colleagues import SelectableColleague, owners
from application.queries.document_texts import text_of
from application.queries.view import UTC_ZONE
from domain.asks.card import Card
from domain.asks.model import Ask, AskKind, Outcome
from domain.asks.signature_record import BY_LINK, how_client_signs, how_firm_signs, signed_shown
from domain.change_order.order import ChangeOrder
from domain.directory.directory import Directory
from domain.engagement.aggregate import Engagement
from domain.next_steps.client_view import comes_next, whom_to_write_to
from domain.shared.errors import KeyReused, OnRecordAlready, Refusal, RefusalKind, Rule
from domain.shared.remedy_actions import RemedyAction
from domain.shared.transaction import Actor
from domain.shared.values import AskId

CHANNEL = "link"


class NotByLink(Refusal):
    rule, title, kind = Rule.SIGNED_MEANS_THIS, "You cannot sign with a link alone", RefusalKind.FORBIDDEN


class Package(NamedTuple):
    """Something to estimate, what this person has given for it, and what its fields begin with."""

    id: str
    given: EarlierHours | None
    shown: EarlierHours | None


class OpenedAsk(NamedTuple):
    """An ask as the holder of its link sees it."""

    actor: Actor
    card: Card
    packages: tuple[Package, ...] = ()
    colleagues: tuple[SelectableColleague, ...] = ()
    text: str | None = None
    """The Markdown of the document that it is about."""
    zone: str = UTC_ZONE
    """The zone in which its reader reads times."""
    is_of_client: bool = False
    signing: str | None = None
    """How to sign, if an answer would be a signature: not here."""
    signed: tuple[str, ...] = ()
    """Who has signed the document by now, one sentence each: its text stays as it was drafted."""
    next: tuple[str, ...] = ()
    """What comes next, once its reader has answered or it has ended."""
    newest_key: str | None = None
    newest: AskId | None = None
    """The ask that replaced this one, and the key to it, if its reader has a part in that."""


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
    opened = OpenedAsk(actor, card, text=await text_of(app, actor, card))
    if card.kind is AskKind.ESTIMATE:
        asked = await to_estimate(app, ask_id, person_id)
        named = (Package(name, asked.given.get(name), asked.shown.get(name)) for name in asked.packages)
        opened = opened._replace(packages=tuple(named))
    opened = await _with_newest(app, links, opened, known.email, link.made_at)
    return await off_loop(lambda: _with_what_is_around(app, opened, directory))


def _answered_by_link(card: Card) -> Card:
    """For an ask that wants a signature, a link leaves only the answers that are none."""
    if not card.is_signature:
        return card
    return card.replace(choices=tuple(choice for choice in card.choices if choice.verdict in BY_LINK))


async def _with_newest(app: Interlock, links: Links, opened: OpenedAsk, mailbox: str, made_at: datetime) -> OpenedAsk:
    """If it was replaced, with a key to the current ask: the holder of this link has the mailbox.

    That key expires when this link does: a leaked link cannot prolong itself.
    """
    card, person_id = opened.card, opened.actor.person_id
    if card.outcome is not Outcome.SUPERSEDED:
        return opened
    newest = await asked_now(app, card.ask_id, person_id)
    if newest == card.ask_id:
        return opened
    return opened._replace(newest=newest, newest_key=links.key(newest, person_id, mailbox, made_at))


def _with_what_is_around(app: Interlock, opened: OpenedAsk, directory: Directory) -> OpenedAsk:
    """With colleagues who may get a condition, for the firm's own people; who has signed, and what comes next."""
    person_id = opened.actor.person_id
    of = aggregate_of(app, place_of(opened.card.ask_id))
    if of is None:
        return opened
    ask = of.asks.get(opened.card.ask_id) or app.read.ask(opened.card.ask_id)
    if ask is None:
        return opened
    opened = opened._replace(
        colleagues=owners(of, directory) if directory.colleague(person_id) is not None else (),
        zone=of.cast.zone_of(person_id),
        is_of_client=of.cast.is_client(person_id),
    )
    state = of if isinstance(of, Engagement) else app.read.engagement(opened.card.engagement_id)
    return _with_its_engagement(opened, state, of, ask, directory) if state is not None else opened


def _with_its_engagement(
    opened: OpenedAsk, state: Engagement, of: Engagement | ChangeOrder, ask: Ask, directory: Directory
) -> OpenedAsk:
    """With who has signed, how to sign, and once it is answered what comes next."""
    person_id, card = opened.actor.person_id, opened.card
    document = state.documents.get(card.document.kind) if card.document else None
    if document is not None and card.document is not None and document.revision == card.document.revision:
        opened = opened._replace(signed=signed_shown(document, state.cast, partial(state.cast.shown_to, person_id)))
    if card.is_signature and person_id in ask.asked:
        whom = whom_to_write_to(state, directory)
        of_client = how_client_signs(card.kind, whom) if opened.is_of_client else None
        opened = opened._replace(signing=of_client or _how_firm_signs(card))
    answered = not ask.is_open or any(vote.by == person_id for vote in ask.votes)
    if answered and opened.is_of_client:
        opened = opened._replace(next=comes_next(state, (state, *(() if of is state else (of,))), person_id))
    return opened


def _how_firm_signs(card: Card) -> str:
    return with_commands(how_firm_signs(card.ask_id))


async def answer_by_link(
    app: Interlock, opened: OpenedAsk, deferred: DeferredAnswer | DeferredHours, version: str
) -> None:
    """Carries out the link holder's answer, on what they were shown; `version` is the card's.

    A repeat has no second effect. Raises: NotByLink for a signature; any Refusal of the domain.
    """
    returns = isinstance(deferred, DeferredAnswer) and deferred.answer.verdict in BY_LINK
    if opened.card.is_signature and not returns:
        raise NotByLink(
            "A link only proves access to a mailbox, which is not enough for a signature.",
            remedy=opened.signing or _how_firm_signs(opened.card),
            action=RemedyAction.SIGN_ASK,
        )
    person_id, ask_id = opened.actor.person_id, opened.card.ask_id
    said = deferred.estimates if isinstance(deferred, DeferredHours) else deferred.answer.verdict
    key = deferred_key(person_id, ask_id, deferred.subject_hash, said, version)
    try:
        await run_deferred(app, CommandSender(actor=opened.actor, key=key), deferred)
    except Refusal as refusal:
        if refusal.refused.name != KeyReused.__name__:  # by name, since the refusal comes from the engine
            raise
        raise OnRecordAlready(
            "You have already answered from this page, in different words. Your first answer counts.",
            remedy="Check what is asked now.",
            action=RemedyAction.LIST_ASKS,
        ) from None
