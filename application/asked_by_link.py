"""An ask opened by a personal link: what its page shows beside the card, and what may be said there.

A link proves a mailbox and no more. So what is a signature, of a document, a change or an override, is shown and not
taken here, whatever the page offered; every other answer is a wish like any other face's, by the channel `link`.
"""

from typing import NamedTuple

from application.access import actor_of
from application.asks import aggregate_of, place_of
from application.cards import Given, card_of, to_estimate
from application.colleagues import Colleague, owners
from application.document_texts import text_of
from application.interlock import Interlock
from application.links import Links, no_such_link
from application.off_loop import off_loop
from application.wishes import AnswerAsk, GiveHours, Wisher, carry_out_wish, wish_key
from domain.asks import AskKind
from domain.card import Card
from domain.directory import Directory
from domain.refusals import KeyReused, OnRecordAlready, Refusal, Rule
from domain.turn import Actor

CHANNEL = "link"


class NotByLink(Refusal):
    rule, title, status = Rule.SIGNED_MEANS_THIS, "A signature is not given by a link alone", 403


class Package(NamedTuple):
    """Something to estimate, and what this person has given for it."""

    id: str
    given: Given | None


class Opened(NamedTuple):
    """An ask as the holder of its link sees it."""

    actor: Actor
    card: Card
    packages: tuple[Package, ...] = ()
    colleagues: tuple[Colleague, ...] = ()
    text: str | None = None
    """The Markdown of the document that it is about."""


async def open_by_link(app: Interlock, links: Links, ask: str, key: str) -> Opened:
    """Looks at an ask; nothing changes. Raises: UnknownCaller for a key that opens nothing here, NotYours, NotFound."""
    link = links.read(key, ask)
    person = link.person
    if link.is_ended(await off_loop(lambda: app.registry.tokens.links_end_at(person))):
        raise no_such_link()
    directory = await off_loop(app.registry.directory)
    known = directory.person(person)
    if known is None or not link.was_sent_to(known.email):
        raise no_such_link()
    actor = actor_of(directory, person, CHANNEL)
    card = await card_of(app, ask, person)
    opened = Opened(actor, card, text=await text_of(app, actor, card))
    if card.kind is AskKind.ESTIMATE:
        packages, given = await to_estimate(app, ask, person)
        opened = opened._replace(packages=tuple(Package(name, given.get(name)) for name in packages))
    return await off_loop(lambda: _with_colleagues(app, opened, directory))


def _with_colleagues(app: Interlock, opened: Opened, directory: Directory) -> Opened:
    """For the firm's own people, whom a condition may be given to."""
    of = aggregate_of(app, place_of(opened.card.ask))
    if of is None or directory.colleague(opened.actor.person) is None:
        return opened
    return opened._replace(colleagues=owners(of, directory))


async def answer_by_link(app: Interlock, opened: Opened, wish: AnswerAsk | GiveHours, turn: str) -> None:
    """Says what the holder of a link wishes, on what they were shown; `turn` is of the card.

    The same wish again has no second effect. Raises: NotByLink for a signature; any Refusal of the domain.
    """
    if opened.card.is_signature:
        raise NotByLink(
            "A link shows who reads a mailbox, which is too little for a signature.",
            remedy=(
                "Sign with your token, by the command line or the REST API. If you have none, the firm's administrator "
                "makes one for you."
            ),
            command=f"interlock ask decide {opened.card.ask} approve",
        )
    person, ask = opened.actor.person, opened.card.ask
    said = wish.estimates if isinstance(wish, GiveHours) else wish.answer.verdict
    key = wish_key(person, ask, wish.subject_hash, said, turn)
    try:
        await carry_out_wish(app, Wisher(actor=opened.actor, key=key), wish)
    except Refusal as refusal:
        if refusal.refused.name != KeyReused.__name__:  # by its name: the engine refuses from afar
            raise
        raise OnRecordAlready(
            "You have already answered from this page, in other words. Your first answer counts.",
            remedy="Look at what is asked now.",
        ) from None
