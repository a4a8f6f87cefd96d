"""The clocks of acts owed: when each next wants attention, and how a hold stops them."""

from datetime import datetime

from domain.acts import ActKind, ActOwed
from domain.engagement.act_events import ActClockSet
from domain.engagement.state import Engagement
from domain.turn import Turn


def act_moment(state: Engagement, act: ActOwed) -> datetime | None:
    """When an act next wants attention: its reminder, then rung after rung; None when nothing more comes."""
    calendar, ladder = state.cast.calendars[act.clock.calendar], state.playbook.ladder
    if not act.reminded:
        return act.clock.reaches(calendar, act.due_minutes * ladder.reminder_percent // 100)
    if act.rung < len(ladder.ask):
        return act.clock.reaches(calendar, act.due_minutes + ladder.ask[act.rung].after)
    return None


def stop_clocks(turn: Turn[Engagement]) -> None:
    """A hold stops the clock of every act."""
    for act in list(turn.state.acts.values()):
        if act.kind is not ActKind.RESOLVE_HOLD and act.clock.since is not None:
            calendar = turn.state.cast.calendars[act.clock.calendar]
            turn.record(ActClockSet(act=act.id, clock=act.clock.stopped(calendar, turn.now), due_at=None))


def start_clocks(turn: Turn[Engagement]) -> None:
    """The clocks of acts run on with the engagement."""
    for act in list(turn.state.acts.values()):
        clock, calendar = act.clock.started(turn.now), turn.state.cast.calendars[act.clock.calendar]
        if clock != act.clock:
            turn.record(ActClockSet(act=act.id, clock=clock, due_at=clock.reaches(calendar, act.due_minutes)))
