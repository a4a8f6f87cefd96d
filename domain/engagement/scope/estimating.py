"""Hours: who is asked, giving, choosing, returning and voiding them."""

from collections.abc import Collection, Sequence

from domain.asks.answering import require_hours_as_shown
from domain.asks.eligibility import still_owed_beside
from domain.asks.ending import end_ask
from domain.asks.events import VoterSeated
from domain.asks.model import AGAINST, Ask, AskKind, Outcome, listed
from domain.asks.opening import open_ask
from domain.engagement.aggregate import Engagement
from domain.engagement.ask_subjects import unattested
from domain.engagement.needs.rules import before_baseline
from domain.engagement.scope.commands import ChooseEstimate, GiveEstimate, PackageHours
from domain.engagement.scope.estimates import (
    estimate_facts,
    estimate_title,
    hours_to_ask,
    meant_by,
    returned_of_some,
    returned_whole,
)
from domain.engagement.scope.events import (
    AttestationVoided,
    EstimateChosen,
    EstimateGiven,
    EstimatesVoided,
    PackagesReturned,
)
from domain.engagement.scope.values import Estimate, EstimateChoice
from domain.playbook.model import Method
from domain.pricing.three_points import POINTS, ThreePoints
from domain.shared.errors import BadValue, DoneAlready, NotFound, PermissionDenied
from domain.shared.remedy_actions import RemedyAction
from domain.shared.transaction import Transaction
from domain.shared.values import PersonId


def give_estimate(transaction: Transaction[Engagement], command: GiveEstimate) -> None:
    """Records an expert's hours for packages of their own discipline."""
    state, me = transaction.state, transaction.actor.person_id
    before_baseline(state, "scope and estimate")
    reason = _why_once_attested(state, command)
    if command.shown is not None:
        require_hours_as_shown(state, command.shown, me, {one.package: one.known for one in command.estimates})
    for given in command.estimates:
        package = state.packages.get(given.package)
        if package is None:
            raise NotFound(
                f"There is no package {given.package}.",
                remedy="Check the scope.",
                action=RemedyAction.SHOW_DEAL,
                field="estimates.package",
            )
        if me not in state.cast.experts(package.discipline):
            raise PermissionDenied(
                f"{package.id} is {package.discipline}; only its experts can estimate it.",
                remedy="Estimate packages of your own discipline.",
            )
    estimates = tuple(_estimate(state, given, me) for given in command.estimates)
    names = {given.package for given in command.estimates}
    is_asked = any(names & set(ask.packages) for ask in state.open_asks(AskKind.ESTIMATE))
    if not is_asked and all(estimate in state.estimates for estimate in estimates):
        raise DoneAlready("You have already given these hours.", remedy="Give other hours if they have changed.")
    undoes = tuple(name for name in state.choices if name in state.said_otherwise(estimates))
    owed = still_owed_beside(state, names)
    transaction.record(EstimateGiven(estimates=estimates, owed=owed, undoes=undoes, because=reason))


def _why_once_attested(state: Engagement, command: GiveEstimate) -> str | None:
    """The reason for changing attested hours. Raises BadValue if there is none.

    Weighed: refusing them (an expert who finds a mistake could not say so), and taking them silently (what others
    approved would be void, and nobody would know why).
    """
    attested = [one.package for one in command.estimates if one.package in state.attestations]
    if attested and command.reason is None:
        by = listed([*dict.fromkeys(state.cast.name(state.attestations[name].by) for name in attested)])
        raise BadValue(
            f"{by} has attested the hours of {listed(attested)}. Other hours undo that, and all approvals since.",
            remedy="Say why they have changed, as the reason.",
            field="reason",
        )
    return command.reason if attested else None


def _estimate(state: Engagement, given: PackageHours, by: PersonId) -> Estimate:
    """The hours as given; the expert's earlier assumptions and risks stay if they say nothing about them.

    Also after a return. For a package that has changed they must be given again, as the client signs them.
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


def end_given_estimates(transaction: Transaction[Engagement]) -> None:
    """Ends an ask for hours once everybody asked has given them, or the lead has chosen for each package.

    Weighed: ending it with the first hours for each package (the first expert would shut the others out), and with one
    expert's hours once it is due (silence would have consented). Instead, a silent expert is reminded and the ask
    escalates; the lead may choose without them, with a statement.
    """
    for ask in list(transaction.state.open_asks(AskKind.ESTIMATE)):
        packages = {name for name in ask.packages if name in transaction.state.packages}
        given = packages <= transaction.state.estimated and not transaction.state.still_owed(ask)
        if given or packages <= transaction.state.choices.keys():
            end_ask(transaction, ask, Outcome.APPROVED)


def choose_estimate(transaction: Transaction[Engagement], command: ChooseEstimate) -> None:
    """Takes one of several estimates, or a merge: everybody whose hours went in counts as an estimator."""
    state = transaction.state
    before_baseline(state, "scope and estimate")
    given = [estimate for estimate in state.estimates if estimate.package == command.package]
    if not given:
        raise NotFound(
            f"{command.package} has no estimate.", remedy="Have its experts give one first.", field="package"
        )
    same = tuple(estimate.by for estimate in given if estimate.hours == command.hours)
    by = same or tuple(estimate.by for estimate in given)
    _require_no_estimator(transaction, command.package, by)
    _require_between(command.package, command.hours, [estimate.hours for estimate in given])
    choice = EstimateChoice(package=command.package, hours=command.hours, of=by, statement=command.statement)
    transaction.record(EstimateChosen(choice=choice))


def _require_no_estimator(transaction: Transaction[Engagement], package: str, by: Collection[PersonId]) -> None:
    """Raises PermissionDenied if the actor, or whoever they act for, gave the hours taken, or sells the deal."""
    cast, people = transaction.state.cast, transaction.actor.people
    estimated = next((person_id for person_id in people if person_id in by), None)
    if estimated is not None:
        raise PermissionDenied(
            f"{cast.name(estimated)} estimated {package}.", remedy="Ask whoever is above the delivery lead to choose."
        )
    sells = next((person_id for person_id in people if person_id in transaction.state.sellers), None)
    if sells is not None:
        raise PermissionDenied(
            f"{cast.name(sells)} sells or sold this deal, and cannot give hours for it.",
            remedy="Ask the delivery lead to choose, or somebody above them who does not sell the deal.",
        )


def _require_between(package: str, merged: ThreePoints, given: Sequence[ThreePoints]) -> None:
    """Raises BadValue unless each point of a merge is within the estimates: a merge must not bring in other hours."""
    for point in POINTS:
        points = [getattr(hours, point) for hours in given]
        lowest, highest = min(points), max(points)
        if not lowest <= getattr(merged, point) <= highest:
            given_hours = f"{lowest} to {highest}" if lowest != highest else f"{lowest}"
            raise BadValue(
                f"Merged hours must stay within the estimates given: {given_hours} hours for {package}, {point}.",
                remedy="Give hours in that range, or have the experts estimate again.",
                field=f"hours.{point}",
            )


def void_stale_estimates(transaction: Transaction[Engagement]) -> None:
    """Voids hours of packages that differ from what their expert was shown, and attestations of changed hours."""
    state = transaction.state
    if state.baseline_signed:
        return
    hashes = {name: state.package_hash(package) for name, package in state.packages.items()}
    stale = {e.package for e in state.estimates if hashes.get(e.package) != e.package_hash}
    if stale:
        transaction.record(EstimatesVoided(packages=tuple(sorted(stale)), kept_to_show=True))
    void = tuple(sorted(set(unattested(transaction.state)) & set(transaction.state.attestations)))
    void += tuple(sorted(set(transaction.state.attestations) - set(transaction.state.packages)))
    if void:
        transaction.record(AttestationVoided(packages=void))


def on_hours_returned(transaction: Transaction[Engagement], ask: Ask) -> None:
    """Records packages returned separately, for the seller to answer; the rest stays asked.

    Likewise the last ones returned after others: each waits for its own answer.
    """
    state = transaction.state
    shown = [state.packages[name].discipline for name in ask.packages if name in state.packages]
    after = any(state.packages[name].discipline in shown for name in state.returned if name in state.packages)
    named = returned_of_some(ask) or (meant_by(ask) if ask.outcome in AGAINST and after else ())
    packages = tuple(name for name in named if name in state.packages)
    if packages:
        vote = ask.votes_against[-1]
        transaction.record(
            PackagesReturned(ask_id=ask.id, packages=packages, by=vote.voter, because=vote.answer.reason or "")
        )


def ask_for_estimates(transaction: Transaction[Engagement]) -> None:
    """Asks each discipline's experts for packages without hours, and adds experts who join meanwhile.

    What they returned is not asked again unchanged: the seller must split or clarify it.
    """
    state = transaction.state
    if state.baseline_signed or not state.qualified:
        return
    for discipline in dict.fromkeys(package.discipline for package in state.packages.values()):
        experts, packages = state.cast.experts(discipline), hours_to_ask(state, discipline)
        asked = next(state.open_asks(AskKind.ESTIMATE, subject=f"estimate:{discipline}"), None)
        if asked is not None and set(packages) <= set(asked.packages):
            _ask_who_joined(transaction, asked, discipline)
        elif experts and packages and returned_whole(state, discipline) is None:
            _ask_experts(transaction, discipline, experts, packages)


def _ask_who_joined(transaction: Transaction[Engagement], ask: Ask, discipline: str) -> None:
    asked = {voter.person_id for voter in ask.voters}
    for expert in transaction.state.cast.experts(discipline):
        if expert not in asked:
            transaction.record(VoterSeated(ask_id=ask.id, role=f"expert:{discipline}", person_id=expert))


def _ask_experts(
    transaction: Transaction[Engagement], discipline: str, experts: tuple[PersonId, ...], packages: tuple[str, ...]
) -> None:
    for ask in list(transaction.state.open_asks(AskKind.ESTIMATE, subject=f"estimate:{discipline}")):
        end_ask(transaction, ask, Outcome.SUPERSEDED, "more packages are to be estimated")
    open_ask(
        transaction,
        AskKind.ESTIMATE,
        f"estimate:{discipline}",
        title=estimate_title(discipline, packages),
        facts=estimate_facts(transaction.state, packages),
        people=experts,
        as_role=f"expert:{discipline}",
        requester=transaction.state.sold_last,
        method=Method.EACH,
    )
