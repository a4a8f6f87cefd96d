"""Scope, three-point estimates, staffing, and delivery's word for the whole."""

from collections.abc import Collection, Sequence

from domain.ask_events import VoterSeated
from domain.asking.answering import require_hours_as_shown
from domain.asking.ending import end_ask
from domain.asking.opening import open_ask
from domain.asking.seats import still_owed_beside
from domain.asks import AGAINST, Ask, AskKind, Outcome, listed
from domain.capacity import Reckoning
from domain.engagement import commands as c
from domain.engagement.coverage import missing
from domain.engagement.estimates import (
    estimate_facts,
    estimate_title,
    estimators,
    hours_to_ask,
    is_estimated,
    meant_by,
    returned_of_some,
    returned_whole,
)
from domain.engagement.events import (
    AttestationVoided,
    EstimateAttested,
    EstimateChosen,
    EstimateGiven,
    EstimatesVoided,
    MilestonesSet,
    PackagesReturned,
    PurchasesSet,
    RateCardTaken,
    ScopeSet,
    StaffingAnswered,
)
from domain.engagement.qualifying import before_baseline
from domain.engagement.state import Attestation, Choice, Engagement, Estimate, Staffing
from domain.engagement.subjects import (
    attest_facts,
    attesters,
    behind_the_hours,
    is_attested,
    staffing_facts,
    unattested,
)
from domain.estimating import POINTS, ThreePoints
from domain.near import meant
from domain.playbook import Method, Stage
from domain.pricing import HUNDRED, shown
from domain.refusals import BadValue, DoneAlready, NotFound, NotYours
from domain.rows import names_a_change
from domain.turn import Turn
from domain.values import MOST_MONEY, digest
from domain.working_time import day_shown


def set_work_packages(turn: Turn[Engagement], command: c.SetWorkPackages) -> None:
    """Replaces the scope. What was estimated of packages that did not change stays."""
    state = turn.state
    before_baseline(state, "scope and estimate")
    for package in command.packages:
        _known(package.needs, state.needs, "packages.needs")
        _known(package.promises, state.promises, "packages.promises")
        if package.grade not in state.rate_card.grades:
            known = ", ".join(state.rate_card.grades)
            raise BadValue(
                f"No grade {package.grade} in the rate card.",
                remedy=meant(package.grade, state.rate_card.grades, f"Use one of: {known}."),
                field="packages.grade",
            )
        if names_a_change(package.id):
            raise BadValue("C and a number names a change order.", remedy="Call the package W1.", field="packages.id")
    if {p.id: p for p in command.packages} != state.packages:
        turn.record(ScopeSet(packages=command.packages))


def _known(ids: tuple[str, ...], among: dict[str, object] | object, field: str) -> None:
    unknown = [name for name in ids if name not in among]  # type: ignore[operator]
    if unknown:
        raise BadValue(f"Unknown: {', '.join(unknown)}.", remedy="Record it first.", field=field)


def set_milestones(turn: Turn[Engagement], command: c.SetMilestones) -> None:
    state = turn.state
    before_baseline(state, "the milestones")
    for milestone in command.milestones:
        _known(milestone.promises, state.promises, "milestones.promises")
    if sum(milestone.share_percent for milestone in command.milestones) != HUNDRED:
        raise BadValue("Shares must add up to 100 %.", remedy="Correct them.", field="milestones.share_percent")
    if {m.id: m for m in command.milestones} != state.milestones:
        turn.record(
            MilestonesSet(milestones=command.milestones, wished_start=state.wished_start, wished_end=state.wished_end)
        )


def set_purchases(turn: Turn[Engagement], command: c.SetPurchases) -> None:
    before_baseline(turn.state, "the purchases")
    if sum(purchase.amount for purchase in command.purchases) > MOST_MONEY:
        raise BadValue(
            f"The purchases would pass {shown(MOST_MONEY)} {turn.state.currency} together.",
            remedy="Correct their amounts.",
            field="purchases.amount",
        )
    turn.record(PurchasesSet(purchases=command.purchases))


def take_rate_card(turn: Turn[Engagement], command: c.TakeRateCard) -> None:
    """Takes newer rates by a recorded decision; the estimate is then attested anew."""
    state = turn.state
    before_baseline(state, "the rates")
    lacking = sorted({p.grade for p in state.packages.values()} - set(command.rate_card.grades))
    if lacking:
        raise BadValue(f"The card lacks {', '.join(lacking)}.", remedy="Keep these grades.", field="rate_card")
    if command.rate_card != state.rate_card:
        turn.record(RateCardTaken(rate_card=command.rate_card))


def give_estimate(turn: Turn[Engagement], command: c.GiveEstimate) -> None:
    """An expert's hours for packages of their own discipline."""
    state, me = turn.state, turn.actor.person
    before_baseline(state, "scope and estimate")
    reason = _why_once_attested(state, command)
    if command.shown is not None:
        require_hours_as_shown(state, command.shown, me, {one.package: one.known for one in command.estimates})
    for given in command.estimates:
        package = state.packages.get(given.package)
        if package is None:
            raise NotFound(f"There is no package {given.package}.", remedy="See the scope.", field="estimates.package")
        if me not in state.cast.experts(package.discipline):
            raise NotYours(
                f"{package.id} is {package.discipline}; its experts estimate it.",
                remedy="Estimate your own discipline.",
            )
    estimates = tuple(_estimate(state, given, me) for given in command.estimates)
    names = {given.package for given in command.estimates}
    is_asked = any(names & ask.facts.keys() for ask in state.open_asks(AskKind.ESTIMATE))
    if not is_asked and all(estimate in state.estimates for estimate in estimates):
        raise DoneAlready("You gave these hours already.", remedy="Give others where they have changed.")
    undoes = tuple(name for name in state.choices if name in state.said_otherwise(estimates))
    owed = still_owed_beside(state, names)
    turn.record(EstimateGiven(estimates=estimates, owed=owed, undoes=undoes, because=reason))


def _why_once_attested(state: Engagement, command: c.GiveEstimate) -> str | None:
    """The reason of hours that are given once delivery stands behind others. Raises BadValue where none is given.

    Weighed: refusing them (an expert who finds a mistake could not say it), or taking them without a word (what
    others approved falls, and nobody knows why).
    """
    attested = [one.package for one in command.estimates if one.package in state.attestations]
    if attested and command.reason is None:
        by = listed([*dict.fromkeys(state.cast.name(state.attestations[name].by) for name in attested)])
        raise BadValue(
            f"{by} stands behind the hours of {listed(attested)}: other hours undo that, and what was approved since.",
            remedy="Say why they are other now, as the reason.",
            field="reason",
        )
    return command.reason if attested else None


def _estimate(state: Engagement, given: c.PackageHours, by: str) -> Estimate:
    """The hours as given now; what their expert assumed and feared before stays where they say nothing of it.

    So it does where they were returned. Of a package that has changed since it is to be said anew: the client signs it.
    """
    is_now, whole = state.package_hash(state.packages[given.package]), (*state.estimates, *state.fallen)
    own = (one for one in whole if (one.package, one.by, one.package_hash) == (given.package, by, is_now))
    before = next(own, None)
    return Estimate(
        package=given.package,
        by=by,
        hours=given.hours,
        assumptions=given.assumptions if given.assumptions is not None else before.assumptions if before else (),
        risks=given.risks if given.risks is not None else before.risks if before else (),
        package_hash=is_now,
    )


def end_given_estimates(turn: Turn[Engagement]) -> None:
    """An ask for hours ends once all who are asked have given theirs, or the lead has chosen for each of its packages.

    Weighed: ending it with the first hours for each package (whoever gave theirs first shut the others out), and
    with those of one once it is due (then silence would have consented). Now a silent expert is reminded, and climbs;
    whoever chooses goes on without them, in words.
    """
    for ask in list(turn.state.open_asks(AskKind.ESTIMATE)):
        packages = {name for name in ask.facts if name in turn.state.packages}
        given = packages <= turn.state.estimated and not turn.state.still_owed(ask)
        if given or packages <= turn.state.choices.keys():
            end_ask(turn, ask, Outcome.APPROVED)


def choose_estimate(turn: Turn[Engagement], command: c.ChooseEstimate) -> None:
    """The lead takes one of several estimates, or states a merge: all who gave one then count as estimators."""
    state = turn.state
    before_baseline(state, "scope and estimate")
    given = [estimate for estimate in state.estimates if estimate.package == command.package]
    if not given:
        raise NotFound(f"{command.package} has no estimate.", remedy="Its experts give one first.", field="package")
    same = tuple(estimate.by for estimate in given if estimate.hours == command.hours)
    by = same or tuple(estimate.by for estimate in given)
    _require_no_estimator(turn, command.package, by)
    _require_between(command.package, command.hours, [estimate.hours for estimate in given])
    choice = Choice(package=command.package, hours=command.hours, of=by, statement=command.statement)
    turn.record(EstimateChosen(choice=choice))


def _require_no_estimator(turn: Turn[Engagement], package: str, by: Collection[str]) -> None:
    """Whose hours would be taken does not take them, and who sells the deal states none; through nobody either."""
    cast, people = turn.state.cast, turn.actor.people
    estimated = next((person for person in people if person in by), None)
    if estimated is not None:
        raise NotYours(
            f"{cast.name(estimated)} estimated {package}.", remedy="The next above the delivery lead chooses for them."
        )
    sells = next((person for person in people if person in turn.state.sellers), None)
    if sells is not None:
        raise NotYours(
            f"{cast.name(sells)} sells or sold this deal and states no hours of it.",
            remedy="The delivery lead chooses, or whoever stands above and does not sell.",
        )


def _require_between(package: str, merged: ThreePoints, given: Sequence[ThreePoints]) -> None:
    """Each point of a merge lies between what was given for it: no one who estimates nothing brings hours in by it.

    Raises BadValue.
    """
    for point in POINTS:
        points = [getattr(hours, point) for hours in given]
        lowest, highest = min(points), max(points)
        if not lowest <= getattr(merged, point) <= highest:
            given_hours = f"{lowest} to {highest}" if lowest != highest else f"{lowest}"
            raise BadValue(
                f"A merge lies between the estimates given: for {package}, {point}, that is {given_hours} hours.",
                remedy="State such hours, or have the experts estimate anew.",
                field=f"hours.{point}",
            )


def void_stale_estimates(turn: Turn[Engagement]) -> None:
    """Hours count only for the package as it was shown to whom gave them."""
    state = turn.state
    if state.baseline_signed:
        return
    hashes = {name: state.package_hash(package) for name, package in state.packages.items()}
    stale = {e.package for e in state.estimates if hashes.get(e.package) != e.package_hash}
    if stale:
        turn.record(EstimatesVoided(packages=tuple(sorted(stale)), kept_to_show=True))
    void = tuple(sorted(set(unattested(turn.state)) & set(turn.state.attestations)))
    void += tuple(sorted(set(turn.state.attestations) - set(turn.state.packages)))
    if void:
        turn.record(AttestationVoided(packages=void))


def on_hours_returned(turn: Turn[Engagement], ask: Ask) -> None:
    """What came back apart from the rest is the seller's to answer; the rest is asked on.

    So is the last of it that comes back after other packages: each waits for its own answer.
    """
    state = turn.state
    shown = [state.packages[name].discipline for name in ask.facts if name in state.packages]
    after = any(state.packages[name].discipline in shown for name in state.returned if name in state.packages)
    named = returned_of_some(ask) or (meant_by(ask) if ask.outcome in AGAINST and after else ())
    packages = tuple(name for name in named if name in state.packages)
    if packages:
        vote = ask.votes_against[-1]
        turn.record(PackagesReturned(ask=ask.id, packages=packages, by=vote.voter, because=vote.answer.reason or ""))


def ask_for_estimates(turn: Turn[Engagement]) -> None:
    """Asks the experts of each discipline for the packages of theirs that have no hours, and who joins them meanwhile.

    What they have sent back is not asked again as it was: it is the seller's to split or to make clear.
    """
    state = turn.state
    if state.baseline_signed or not state.qualified:
        return
    for discipline in dict.fromkeys(package.discipline for package in state.packages.values()):
        experts, packages = state.cast.experts(discipline), hours_to_ask(state, discipline)
        asked = next(state.open_asks(AskKind.ESTIMATE, subject=f"estimate:{discipline}"), None)
        if asked is not None and set(packages) <= asked.facts.keys():
            _ask_who_joined(turn, asked, discipline)
        elif experts and packages and returned_whole(state, discipline) is None:
            _ask_experts(turn, discipline, experts, packages)


def _ask_who_joined(turn: Turn[Engagement], ask: Ask, discipline: str) -> None:
    asked = {voter.person for voter in ask.voters}
    for expert in turn.state.cast.experts(discipline):
        if expert not in asked:
            turn.record(VoterSeated(ask=ask.id, role=f"expert:{discipline}", person=expert))


def _ask_experts(turn: Turn[Engagement], discipline: str, experts: tuple[str, ...], packages: tuple[str, ...]) -> None:
    for ask in list(turn.state.open_asks(AskKind.ESTIMATE, subject=f"estimate:{discipline}")):
        end_ask(turn, ask, Outcome.SUPERSEDED, "more packages are asked")
    open_ask(
        turn,
        AskKind.ESTIMATE,
        f"estimate:{discipline}",
        title=estimate_title(discipline, packages),
        facts=estimate_facts(turn.state, packages),
        people=experts,
        as_role=f"expert:{discipline}",
        requester=turn.state.sold_last,
        method=Method.EACH,
    )


def ask_for_staffing(turn: Turn[Engagement]) -> None:
    """Asks the resource manager whether the wished dates can be staffed, once the hours are known."""
    state = turn.state
    holder = state.cast.holder("resource_manager")
    if state.baseline_signed or not state.qualified or holder is None or not is_estimated(state):
        return
    facts = staffing_facts(state)
    answered = state.staffing is not None and state.staffing.hash == digest(facts)
    if answered or any(state.open_asks(AskKind.CONFIRM_STAFFING)):
        return
    open_ask(
        turn,
        AskKind.CONFIRM_STAFFING,
        "staffing",
        title=f"Can {state.title} be staffed from {day_shown(state.wished_start)} to {day_shown(state.wished_end)}?",
        facts=facts,
        roles=["resource_manager"],
        requester=state.sold_last,
    )


def on_staffing_answered(turn: Turn[Engagement], ask: Ask, reckoned: Reckoning | None = None) -> None:
    """Keeps the resource manager's word and what was reckoned: a no is a risk in the deal pack, never a veto.

    What is overbooked is kept with a yes too: the word is theirs, the figures are the pipeline's.
    """
    if ask.outcome not in {Outcome.APPROVED, Outcome.RETURNED, Outcome.DECLINED}:
        return
    said = ask.votes[-1].answer
    staffing = Staffing(
        hash=ask.hash,
        confirmed=ask.outcome is Outcome.APPROVED,
        available_from=said.available_from,
        note=said.reason,
        reckoned=reckoned,
        ask=ask.id,
    )
    turn.record(StaffingAnswered(staffing=staffing))


def ask_for_attestation(turn: Turn[Engagement]) -> None:
    """Asks delivery to stand behind the whole, once it is estimated, staffed and every early role is held."""
    state = turn.state
    ready = state.qualified and is_estimated(state) and not missing(state, Stage.ESTIMATE)
    staffed = state.staffing is not None and state.staffing.hash == digest(staffing_facts(state)) if ready else False
    if state.baseline_signed or not ready or not staffed or is_attested(state):
        return
    for seat, packages in attesters(state).items():
        person = seat.person if seat is not None else ""
        if any(state.open_asks(AskKind.ATTEST_ESTIMATE, subject=f"attest:{person}")):
            continue
        open_ask(
            turn,
            AskKind.ATTEST_ESTIMATE,
            f"attest:{person}",
            title=f"Does delivery stand behind the hours for {', '.join(packages)}?",
            facts=attest_facts(state, packages),
            beside=_why_not_the_lead(state, packages) | behind_the_hours(state, packages),
            people=[person] if person else (),
            as_role=seat.role if seat is not None else None,
            requester=state.sold_last,
            excluded=(by for package in packages for by in estimators(state, package)),
        )


def _why_not_the_lead(state: Engagement, packages: tuple[str, ...]) -> dict[str, str]:
    """Why somebody above is asked what the delivery lead attests: nobody attests their own hours."""
    lead = state.cast.holder("delivery_lead")
    own = [package for package in packages if lead in estimators(state, package)]
    if lead is None or not own:
        return {}
    return {"why not the delivery lead": f"{state.cast.name(lead)} estimated {', '.join(own)}"}


def on_attestation_answered(turn: Turn[Engagement], ask: Ask) -> None:
    """An attestation counts for its hours; a return sends the packages that it means back to their experts."""
    packages = tuple(sorted(name for name in ask.facts if name in turn.state.packages))
    if ask.outcome is Outcome.APPROVED:
        by = ask.votes[-1].by
        attested = {name: Attestation(by=by, hash=digest(attest_facts(turn.state, (name,)))) for name in packages}
        turn.record(EstimateAttested(packages=attested))
    elif ask.outcome in {Outcome.RETURNED, Outcome.DECLINED}:
        meant = meant_by(ask)
        void = tuple(name for name in packages if name in meant)
        turn.record(EstimatesVoided(packages=void, kept_to_show=True))
