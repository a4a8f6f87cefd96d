"""Cards of acts owed and of vacancies, for those who may see them: composed from the read model each time."""

from application.context import Interlock
from application.off_loop import off_loop
from application.queries.visibility import has_left, not_there
from domain.directory.candidates import Candidate, candidates
from domain.engagement.aggregate import Engagement
from domain.engagement.permissions import Sight, may_see
from domain.next_steps.card import StepCard, step_card
from domain.next_steps.choices import Do
from domain.next_steps.references import StepRef, act_of, vacancy_of
from domain.shared.transaction import Actor
from domain.shared.values import PersonId


async def step_card_of(app: Interlock, ref: StepRef, person_id: PersonId) -> StepCard:
    """An act or a vacancy as it is now, for someone who sees its engagement, or who may ask for the vacant role.

    Raises NotFound.
    """
    return (await step_of(app, ref, person_id))[0]


async def step_of(app: Interlock, ref: StepRef, person_id: PersonId) -> tuple[StepCard, Engagement]:
    """The same, with the engagement as forms need it. Raises NotFound."""
    state = await off_loop(lambda: app.read.engagement(ref.engagement_id))
    if state is None:
        raise not_there()
    is_there = not await off_loop(lambda: has_left(app.registry.directory(), state, person_id))
    sees = is_there and may_see(state, Actor(person_id=person_id), Sight.EXISTENCE)
    found = await could_hold(app, state, ref.what) if vacancy_of(state, ref) is not None else ()
    ended = None
    if ref.kind == "act" and act_of(state, ref) is None:
        ended = await off_loop(lambda: app.read.end_of_act(ref))
    card = step_card(state, ref, person_id, candidates=found, ended=ended)
    asks_for_it = any(choice.do is Do.ASK_FOR_ROLE for choice in card.choices)
    if not (sees or asks_for_it):
        raise not_there()
    return card, state


async def could_hold(app: Interlock, state: Engagement, role: str) -> tuple[Candidate, ...]:
    """Who in the directory could hold a role, in the order in which they would be asked."""
    directory = await off_loop(app.registry.directory)
    loads = await off_loop(app.read.loads)
    return await off_loop(lambda: candidates(state, role, directory, loads, app.clock()))
