"""Commands about what the client needs and what sales promised."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from domain.directory.people import Introduction
from domain.engagement.command import Command, Few, ShortWords
from domain.engagement.item_ids import Ids
from domain.engagement.needs.values import Need, Promise
from domain.shared.text import OwnText
from domain.shared.values import (
    ItemId,
    Truth,
)


class RecordNeeds(Command):
    """Adds needs, or corrects existing ones by id."""

    kind: Literal["RecordNeeds"] = "RecordNeeds"
    granted_to: ClassVar = frozenset({"sales"})
    does: ClassVar = "record needs"
    needs: Annotated[tuple[Need, ...], Few]


class RestateNeeds(Command):
    """Asks the client's sponsor whether the needs are understood correctly."""

    kind: Literal["RestateNeeds"] = "RestateNeeds"
    granted_to: ClassVar = frozenset({"sales"})
    does: ClassVar = "restate the needs to the client"


class RecordPromises(Command):
    kind: Literal["RecordPromises"] = "RecordPromises"
    granted_to: ClassVar = frozenset({"sales"})
    does: ClassVar = "record promises"
    promises: Annotated[tuple[Promise, ...], Few]
    introduces: Introduction = Introduction()
    """Who promised, as the directory knows them; any colleague may have."""


class CoverPromise(Command):
    """Records which items of the SOW (work packages, milestones) cover a promise."""

    kind: Literal["CoverPromise"] = "CoverPromise"
    granted_to: ClassVar = frozenset({"sales"})
    does: ClassVar = "cover a promise"
    promise: ItemId
    by: Annotated[Ids, Field(min_length=1)]


class DeclinePromise(Command):
    """Takes a promise back, which the client must acknowledge."""

    kind: Literal["DeclinePromise"] = "DeclinePromise"
    granted_to: ClassVar = frozenset({"sales"})
    does: ClassVar = "decline a promise"
    promise: ItemId
    reason: OwnText


class ReconcilePromise(Command):
    """Records at the close whether a promise was kept and, if not, why."""

    kind: Literal["ReconcilePromise"] = "ReconcilePromise"
    granted_to: ClassVar = frozenset({"engagement_manager"})
    does: ClassVar = "say whether a promise was kept"
    promise: ItemId
    delivered: Truth
    why_not: ShortWords | None = None
