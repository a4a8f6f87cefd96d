"""After each step, tries every act owed as its owner would do it, and checks that it is accepted and no longer owed.

The results are discarded. A step that says something is owed which is refused, or which stays owed, would wait for
ever.
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

# Acts that end through the directory, which a deal's command does not change.
IN_THE_DIRECTORY = frozenset({ActKind.CORRECT_CLIENT})


def check_acts_can_be_done(state: Engagement, deal: DealFile, now: datetime) -> None:
    """Raises RuleBroken for the first act that its owner could not complete, except those that a hold defers."""
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
