"""What must hold after every step, whoever did what: the product's rules, under their own names.

The property tests check the same for random people as the simulated portfolio does for a firm.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any

from domain.asks import events as asks_events
from domain.asks.holder import AskHolder
from domain.asks.model import Ask, AskKind, Outcome, Verdict
from domain.engagement.aggregate import Engagement
from domain.engagement.closing.holds import held_until
from domain.engagement.delivery.complaint_status import complaints_of
from domain.engagement.roles.coverage import NEVER_EMPTY, PM, missing
from domain.engagement.roles.events import RoleAccepted
from domain.next_steps.acts_owed import ActKind
from domain.next_steps.model import NextStep, next_steps
from domain.shared.errors import Rule
from domain.shared.transaction import CLOCK
from domain.shared.values import PersonId, digest

JUDGED_OF_SALES = frozenset({AskKind.APPROVE_PRICE, AskKind.DECIDE_DEAL, AskKind.REVIEW_SOW})
# Asks that no one in the firm answers.
THE_CLIENTS = frozenset(
    {
        AskKind.CONFIRM_NEEDS,
        AskKind.ACKNOWLEDGE_DECLINE,
        AskKind.ACCEPT_MILESTONE,
        AskKind.PULSE,
        AskKind.MEASURE_NEED,
        AskKind.CONFIRM_EXPECTATIONS,
    }
)
# Asks that are fulfilled by doing the thing, not by a vote.
ENDED_BY_A_DEED = frozenset({AskKind.ESTIMATE, AskKind.CONTACT_CLIENT, AskKind.ANSWER_QUESTION})
PARTIES = frozenset({*NEVER_EMPTY, "counterpart"})


class RuleBroken(Exception):
    """Something that must never be so: the rule, and where it shows."""

    def __init__(self, rule: Rule, what: str) -> None:
        super().__init__(f"{rule.value}: {what}")
        self.rule = rule


def must(so: bool, rule: Rule, what: str) -> None:
    """Raises RuleBroken unless `so`."""
    if not so:
        raise RuleBroken(rule, what)


# -- at each fact


def check_fact(before: AskHolder, event: Any, by: PersonId) -> None:
    """What must hold for a fact, given the state before it."""
    check_votes(before, event)
    check_approvals(before, event, by)
    check_ladders(before, event)
    check_acceptance(before, event)


def check_votes(before: AskHolder, event: Any) -> None:
    """A vote is on exactly what was shown, and no one votes on what they asked for or sell."""
    if not isinstance(event, asks_events.VoteCast):
        return
    ask, vote = before.asks[event.ask_id], event.vote
    must(vote.subject_hash == ask.subject_hash == digest(ask.facts), Rule.SIGNED_MEANS_THIS, ask.title)
    must(ask.requester not in {vote.by, vote.voter}, Rule.NOBODY_SIGNS_THEIR_OWN, ask.title)
    must(vote.by == vote.voter or not ask.answered_only_in_person, Rule.SILENCE_IS_NOT_CONSENT, ask.title)
    ours = ask.kind not in THE_CLIENTS and not ask.subject.endswith((":client_sponsor", ":client_signatory"))
    must(ours or before.cast.is_client(vote.by), Rule.SILENCE_IS_NOT_CONSENT, f"{vote.by} for the client: {ask.title}")
    if ask.kind in JUDGED_OF_SALES:
        sells = before.cast.holder("sales")
        must(sells not in {vote.by, vote.voter}, Rule.NOBODY_SIGNS_THEIR_OWN, ask.title)


def check_approvals(before: AskHolder, event: Any, by: PersonId) -> None:
    """Only an answer, or doing what was asked for, approves; never the clock."""
    if not isinstance(event, asks_events.AskEnded) or event.outcome is not Outcome.APPROVED:
        return
    ask = before.asks[event.ask_id]
    must(by != CLOCK, Rule.SILENCE_IS_NOT_CONSENT, f"the clock approved: {ask.title}")
    agreed = any(vote.answer.verdict.is_for or vote.answer.verdict is Verdict.STAND_ASIDE for vote in ask.votes)
    must(agreed or ask.kind in ENDED_BY_A_DEED, Rule.SILENCE_IS_NOT_CONSENT, ask.title)


def check_ladders(before: AskHolder, event: Any) -> None:
    """No requester, seller, project manager or client stands in for anyone."""
    if not isinstance(event, asks_events.StandInAsked):
        return
    ask, person_id, cast = before.asks[event.ask_id], event.stand_in.person_id, before.cast
    barred = {ask.requester, cast.holder("sales"), cast.holder(PM)}
    must(person_id not in barred and not cast.is_client(person_id), Rule.NO_SILENT_DEFAULT, f"{person_id}: {ask.title}")


def check_acceptance(before: AskHolder, event: Any) -> None:
    """Whoever comes to hold a role has accepted it, or asked for it and was allowed to.

    Checked when it happens: an ask leaves the state once others have been asked for the role.
    """
    if isinstance(event, RoleAccepted) and isinstance(before, Engagement):
        role, person_id = event.holding.role, event.holding.person_id
        must(accepted(before, role, person_id), Rule.NO_SILENT_DEFAULT, f"{person_id} never accepted {role}")


def named_openly(state: Engagement, role: str, person_id: PersonId) -> bool:
    """True for a party of the deal, who is named and not asked, and for anyone who accepted the role on record."""
    holding = state.holdings.get(role)
    party = role in PARTIES and (holding is None or holding.accepted_at == state.started_at)
    return party or accepted(state, role, person_id)


def accepted(state: Engagement, role: str, person_id: PersonId) -> bool:
    """True if the person's acceptance, or for a second role their request and its head's approval, is on record."""
    for ask in state.asks.values():
        if ask.outcome is Outcome.APPROVED and ask.subject == f"role:{role}":
            if ask.kind is AskKind.ACCEPT_ROLE and person_id in {vote.by for vote in ask.votes}:
                return True
            if ask.kind is AskKind.ALLOW_ROLE and ask.requester == person_id:
                return True
    return False


# -- after each step


def check_next_steps(state: Engagement, orders: Collection[AskHolder], now: datetime) -> None:
    """What is running waits for someone: an active person with a next step in the engagement or in its change orders.

    So does what is on hold, from the day that the hold names.
    """
    day = held_until(state)
    if state.is_over or (day is not None and now < day):
        return
    steps = [step for of in (state, *orders) for step in _steps_of_the_living(of, now)]
    steps = [step for step in steps if state.hold is None or not step.paused]
    must(bool(steps), Rule.SOMEONE_IS_ACCOUNTABLE, f"{state.id} waits for nobody at {state.stage.value}")
    open_ones = [one.id for one in complaints_of(state.asks.values()) if one.whose is None and one.plan is None]
    must(not open_ones, Rule.SOMEONE_IS_ACCOUNTABLE, f"{state.id}: complaints that are nobody's: {open_ones}")
    undated = [step.ref for step in steps if step.due is None and not step.paused]
    must(not undated, Rule.SOMEONE_IS_ACCOUNTABLE, f"nobody knows until when these are owed: {undated}")
    for act in state.acts.values():
        people = (act.owner, act.accountable, *act.stand_ins, *act.told)
        here = all(map(state.cast.is_here, people))
        must(here, Rule.SOMEONE_IS_ACCOUNTABLE, f"{act.id} is owed by somebody who is not here: {people}")
        runs = act.clock.since is not None or (state.hold is not None and act.kind is not ActKind.RESOLVE_HOLD)
        must(runs, Rule.SOMEONE_IS_ACCOUNTABLE, f"the clock of {act.id} stands")
        pm = state.cast.holder(PM)
        beside = act.role == PM or pm not in people[1:]
        must(beside or pm == act.owner, Rule.NO_SILENT_DEFAULT, f"{act.id} came to the project manager: {people}")


def _steps_of_the_living(of: AskHolder, now: datetime) -> Iterator[NextStep]:
    for step in next_steps(of, now):
        here = of.cast.people[step.who].active and of.cast.is_here(step.accountable)
        must(here, Rule.SOMEONE_IS_ACCOUNTABLE, f"{step.ref} waits for {step.who} and {step.accountable}")
        yield step


def check_coverage(state: Engagement) -> None:
    """What no one answers for is a vacancy with an accountable colleague and a clock; no one holds anything unasked."""
    pm = state.cast.holder(PM)
    if not state.is_over and state.hold is None:
        unseen = set(missing(state, state.stage)) - set(state.vacancies)
        must(not unseen, Rule.NO_SILENT_DEFAULT, f"needed, not held and not seen as vacant: {sorted(unseen)}")
    runs_it = state.is_over or (state.cast.is_here(state.manager) and state.manager != pm)
    must(runs_it, Rule.SOMEONE_IS_ACCOUNTABLE, f"{state.manager} is accountable for {state.id}")
    for role, vacancy in state.vacancies.items():
        fit = vacancy.accountable != pm and state.cast.is_here(vacancy.accountable)
        must(fit, Rule.SOMEONE_IS_ACCOUNTABLE, f"{vacancy.accountable} is accountable for the vacancy of {role}")
        runs = state.hold is not None or vacancy.clock.since is not None
        must(runs, Rule.NO_SILENT_DEFAULT, f"the clock of the vacancy of {role} stands")
    for role, person_id in state.cast.holders.items():
        _check_holder(state, role, person_id, is_pm=person_id == pm and role != PM)


def _check_holder(state: Engagement, role: str, person_id: PersonId, *, is_pm: bool) -> None:
    holding = state.holdings.get(role)
    fit = named_openly(state, role, person_id) if holding is None else holding.person_id == person_id
    must(fit, Rule.NO_SILENT_DEFAULT, f"{role} is {person_id}'s, and they never accepted it")
    if is_pm:
        said = holding is not None and holding.until is not None and bool(holding.words)
        must(said, Rule.NO_SILENT_DEFAULT, f"{person_id} manages the project and is {role} without words or an end")


def consents(events: Iterable[Any]) -> Iterator[tuple[str, str]]:
    """Who came to which role by their own word, among these facts: `check_fact` checks each of them."""
    accepted_ones = (event.holding for event in events if isinstance(event, RoleAccepted))
    return ((holding.role, holding.person_id) for holding in accepted_ones)


def check_consent(state: Engagement, given: Collection[tuple[str, str]]) -> None:
    """Every holder except the parties named at the start has accepted, on record.

    `given`: the `consents` of the whole record, since asks leave the state once others have been asked.
    """
    for role, person_id in state.cast.holders.items():
        must(
            (role, person_id) in given or named_openly(state, role, person_id),
            Rule.NO_SILENT_DEFAULT,
            f"{person_id} never accepted {role}",
        )


def check_accountable(asking: AskHolder, vacant: Collection[str]) -> None:
    """Every open ask can be ended by someone, and one active colleague is accountable for it.

    `vacant`: roles whose vacancy someone must fill; what only a client can say waits for whoever is named.
    """
    pm = asking.cast.holder(PM)
    for ask in asking.open_asks():
        to_be_named = bool(ask.unseated) and set(ask.unseated) <= set(vacant)
        must(bool(ask.asked) or to_be_named, Rule.SOMEONE_IS_ACCOUNTABLE, f"nobody can end it: {ask.title}")
        one = asking.accountable_for(ask)
        must(asking.cast.is_here(one) and one != pm, Rule.SOMEONE_IS_ACCOUNTABLE, f"{one} is accountable: {ask.title}")


def check_asks(asking: AskHolder) -> None:
    """Each person has one vote, on exactly what was shown, and none on their own request."""
    for ask in asking.asks.values():
        people = [voter.person_id for voter in ask.voters]
        must(len(set(people)) == len(people), Rule.NOBODY_SIGNS_THEIR_OWN, f"two votes: {ask.title}")
        shown = all(vote.subject_hash == ask.subject_hash == digest(ask.facts) for vote in ask.votes)
        must(shown, Rule.SIGNED_MEANS_THIS, ask.title)
        own = ask.requester in {vote.by for vote in ask.votes}
        must(not own, Rule.NOBODY_SIGNS_THEIR_OWN, ask.title)


def check_nothing_waits_unseen(asking: AskHolder, vacant: Collection[str]) -> None:
    """Nothing stays open with no one who can act. `vacant`: roles whose vacancy someone must fill.

    Someone active can answer each open ask, or the role it was addressed to is vacant. Its clock runs, or it waits for
    an answer that has been asked for; at the top of its ladder, someone above has been told.
    """
    if asking.clocks_stand:
        return
    for ask in asking.open_asks():
        can_act = any(asking.cast.people[person_id].active for person_id in ask.asked)
        seen = any(role in vacant for role in (*ask.unseated, *(role for voter in ask.silent for role in voter.roles)))
        must(can_act or seen, Rule.SOMEONE_IS_ACCOUNTABLE, f"everybody asked has left: {ask.title}")
        if not ask.asked:
            continue  # who must name someone follows from the vacancy, which escalates by itself
        if ask.clock.since is None:
            asked = any(asking.open_asks(AskKind.ANSWER_QUESTION, subject=f"question:{ask.id}"))
            must(asked, Rule.SOMEONE_IS_ACCOUNTABLE, f"it waits, and nobody is asked for anything: {ask.title}")
        elif ask.reminded and ask.rung >= len(asking.playbook.ladder.ask):
            must(_somebody_above_knows(asking, ask), Rule.SOMEONE_IS_ACCOUNTABLE, f"silence ends nowhere: {ask.title}")


def _somebody_above_knows(asking: AskHolder, ask: Ask) -> bool:
    """True if the holder of a position is on the ladder, or is a voter, decider or requester."""
    positions = set(asking.cast.positions.values())
    known = {*(s.person_id for s in ask.stand_ins), *(v.person_id for v in ask.voters), ask.final_person, ask.requester}
    return bool(positions & known)
