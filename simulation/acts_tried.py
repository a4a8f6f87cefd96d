"""After each turn every act owed is tried as whoever owes it would do it: it is accepted, and ends what is owed.

Nothing comes of it. What a step says is owed, and is refused or goes on being owed, would wait for nobody.
"""

from datetime import datetime

from domain.deal_file.model import DealFile
from domain.engagement.acts_owed.events import ActEnded
from domain.engagement.aggregate import Engagement
from domain.engagement.decide import decide
from domain.next_steps.acts_owed import ActKind
from domain.shared.errors import Refusal, Rule
from domain.shared.transaction import Actor
from simulation.acts import command_for
from simulation.checks import RuleBroken, must

# Acts that end by what the directory says, which a deal's command does not change.
IN_THE_DIRECTORY = frozenset({ActKind.CORRECT_CLIENT})


def check_acts_can_be_done(state: Engagement, deal: DealFile, now: datetime) -> None:
    """Raises RuleBroken for the first act whose owner could not end it. What rests on a hold is owed after it."""
    for act in state.acts.values():
        rests = state.hold is not None and act.kind is not ActKind.RESOLVE_HOLD
        if rests or act.kind in IN_THE_DIRECTORY:
            continue
        try:
            decision = decide(state, command_for(state, deal, act, now), Actor(person_id=act.owner), now)
        except Refusal as refused:
            why = f"{act.owner} owes {act.id} and is refused: {refused}"
            raise RuleBroken(Rule.SOMEONE_IS_ACCOUNTABLE, why) from refused
        ended = any(isinstance(event, ActEnded) and event.act == act.id for event in decision.events)
        must(ended, Rule.SOMEONE_IS_ACCOUNTABLE, f"{act.owner} did {act.id}, and owes it as before")
