"""Events about holding, resuming and closing an engagement."""

from typing import Literal

from domain.engagement.aggregate import Engagement
from domain.engagement.closing.values import Hold
from domain.shared.calendar import day_shown
from domain.shared.transaction import Event
from domain.shared.values import Amount, ItemId


class EngagementHeld(Event):
    kind: Literal["EngagementHeld"] = "EngagementHeld"
    hold: Hold

    @property
    def said(self) -> tuple[str, ...]:
        """Until when, for whoever put it on hold."""
        return (f"On hold until {day_shown(self.hold.until)}; on that day it is resumed, extended or ended.",)

    def evolve(self, state: Engagement) -> Engagement:
        return state.replace(hold=self.hold)


class EngagementResumed(Event):
    kind: Literal["EngagementResumed"] = "EngagementResumed"

    def evolve(self, state: Engagement) -> Engagement:
        return state.replace(hold=None)


class NeedMeasured(Event):
    kind: Literal["NeedMeasured"] = "NeedMeasured"
    need: ItemId
    value: Amount

    def evolve(self, state: Engagement) -> Engagement:
        return state.replace(measured={**state.measured, self.need: self.value})


class CareAccepted(Event):
    kind: Literal["CareAccepted"] = "CareAccepted"

    def evolve(self, state: Engagement) -> Engagement:
        return state.replace(care_accepted=True)


class AskedAtClose(Event):
    """The client was asked how satisfied they are, and for each measured need: once, whatever is delivered later."""

    kind: Literal["AskedAtClose"] = "AskedAtClose"

    def evolve(self, state: Engagement) -> Engagement:
        return state.replace(asked_at_close=True)


AnyClosingEvent = EngagementHeld | EngagementResumed | NeedMeasured | CareAccepted | AskedAtClose
