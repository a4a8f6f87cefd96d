"""Answers given on a page, by a personal link or by someone who signed in."""

from typing import NamedTuple

from application.context import Interlock
from application.inbox.deferred_commands import CommandSender, DeferredAnswer, DeferredHours, deferred_key, run_deferred
from domain.shared.errors import KeyReused, OnRecordAlready, Refusal
from domain.shared.remedy_actions import RemedyAction
from domain.shared.transaction import Actor


class PageAnswer(NamedTuple):
    """Who answers what, and the version of the card that they were shown."""

    actor: Actor
    deferred: DeferredAnswer | DeferredHours
    version: str


async def answer_opened(app: Interlock, given: PageAnswer) -> None:
    """Carries out an answer, on what was shown. A repeat has no second effect.

    Raises: OnRecordAlready for another answer from the same page; any Refusal of the domain; EngineAway.
    """
    deferred, person_id = given.deferred, given.actor.person_id
    said = deferred.estimates if isinstance(deferred, DeferredHours) else deferred.answer.verdict
    key = deferred_key(person_id, deferred.ask_id, deferred.subject_hash, said, given.version)
    try:
        await run_deferred(app, CommandSender(actor=given.actor, key=key), deferred)
    except Refusal as refusal:
        if refusal.refused.name != KeyReused.__name__:  # by name, since the refusal comes from the engine
            raise
        raise OnRecordAlready(
            "You have already answered from this page, in different words. Your first answer counts.",
            remedy="Check what is asked now.",
            action=RemedyAction.LIST_ASKS,
        ) from None
