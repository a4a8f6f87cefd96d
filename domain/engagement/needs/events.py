"""Events about needs and promises."""

from typing import Literal

from domain.engagement.aggregate import Engagement
from domain.engagement.item_ids import Ids
from domain.engagement.needs.values import ClientConfirmation, Need, Promise
from domain.shared.text import LongText, sentence
from domain.shared.transaction import Event
from domain.shared.values import Digest, ItemId


class NeedsRecorded(Event):
    kind: Literal["NeedsRecorded"] = "NeedsRecorded"
    needs: tuple[Need, ...]

    def evolve(self, state: Engagement) -> Engagement:
        return state.replace(needs={**state.needs, **{need.id: need for need in self.needs}})


class NeedsConfirmed(Event):
    kind: Literal["NeedsConfirmed"] = "NeedsConfirmed"
    subject_hash: Digest

    def evolve(self, state: Engagement) -> Engagement:
        return state.replace(needs_confirmed=self.subject_hash)


class ClientConfirmed(Event):
    """Finance confirmed the client added by sales, as shown to them."""

    kind: Literal["ClientConfirmed"] = "ClientConfirmed"
    confirmation: ClientConfirmation

    def evolve(self, state: Engagement) -> Engagement:
        return state.replace(client_confirmed=self.confirmation)


class PromisesRecorded(Event):
    kind: Literal["PromisesRecorded"] = "PromisesRecorded"
    promises: tuple[Promise, ...]

    def evolve(self, state: Engagement) -> Engagement:
        return state.replace(promises={**state.promises, **{promise.id: promise for promise in self.promises}})


class PromiseCovered(Event):
    kind: Literal["PromiseCovered"] = "PromiseCovered"
    promise: ItemId
    by: Ids

    def evolve(self, state: Engagement) -> Engagement:
        fate = state.fate(self.promise).replace(covered_by=self.by, declined_because=None)
        return state.replace(fates={**state.fates, self.promise: fate})


class PromiseDeclined(Event):
    kind: Literal["PromiseDeclined"] = "PromiseDeclined"
    promise: ItemId
    reason: LongText

    def evolve(self, state: Engagement) -> Engagement:
        fate = state.fate(self.promise).replace(declined_because=self.reason, decline_acknowledged=False)
        return state.replace(fates={**state.fates, self.promise: fate})


class DeclineAcknowledged(Event):
    kind: Literal["DeclineAcknowledged"] = "DeclineAcknowledged"
    promise: ItemId

    def evolve(self, state: Engagement) -> Engagement:
        fate = state.fate(self.promise).replace(decline_acknowledged=True)
        return state.replace(fates={**state.fates, self.promise: fate})


class PromiseReconciled(Event):
    kind: Literal["PromiseReconciled"] = "PromiseReconciled"
    promise: ItemId
    delivered: bool
    why_not: LongText | None = None

    @property
    def said(self) -> tuple[str, ...]:
        """Which promise, and what is said of it."""
        why = f": {self.why_not}" if self.why_not else ""
        return (sentence(f"{self.promise} was {'kept' if self.delivered else f'not kept{why}'}"),)

    def evolve(self, state: Engagement) -> Engagement:
        fate = state.fate(self.promise).replace(delivered=self.delivered, why_not=self.why_not)
        return state.replace(fates={**state.fates, self.promise: fate})


AnyNeedsEvent = (
    NeedsRecorded
    | NeedsConfirmed
    | ClientConfirmed
    | PromisesRecorded
    | PromiseCovered
    | PromiseDeclined
    | DeclineAcknowledged
    | PromiseReconciled
)
