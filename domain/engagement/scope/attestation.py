"""Attestation: the delivery lead stands behind the estimate as a whole."""

from domain.asks.model import Ask, AskKind, Outcome
from domain.asks.opening import open_ask
from domain.engagement.aggregate import Engagement
from domain.engagement.ask_subjects import attest_facts, attesters, estimator_notes, is_attested, staffing_facts
from domain.engagement.roles.coverage import missing
from domain.engagement.scope.estimates import (
    estimators,
    is_estimated,
    meant_by,
)
from domain.engagement.scope.events import (
    EstimateAttested,
    EstimatesVoided,
)
from domain.engagement.scope.values import Attestation
from domain.playbook.model import Stage
from domain.shared.transaction import Transaction
from domain.shared.values import digest


def ask_for_attestation(transaction: Transaction[Engagement]) -> None:
    """Asks delivery to attest the whole, once it is estimated, staffed and every early role is held."""
    state = transaction.state
    ready = state.qualified and is_estimated(state) and not missing(state, Stage.ESTIMATE)
    staffed = (
        state.staffing is not None and state.staffing.subject_hash == digest(staffing_facts(state)) if ready else False
    )
    if state.baseline_signed or not ready or not staffed or is_attested(state):
        return
    for seat, packages in attesters(state).items():
        subject = f"attest:{seat.person_id if seat is not None else ''}"
        if any(state.open_asks(AskKind.ATTEST_ESTIMATE, subject=subject)):
            continue
        open_ask(
            transaction,
            AskKind.ATTEST_ESTIMATE,
            subject,
            title=f"Does delivery attest the hours for {', '.join(packages)}?",
            facts=attest_facts(state, packages),
            beside=_why_not_the_lead(state, packages) | estimator_notes(state, packages),
            people=[seat.person_id] if seat is not None else (),
            as_role=seat.role if seat is not None else None,
            requester=state.sold_last,
            excluded=(by for package in packages for by in estimators(state, package)),
        )


def _why_not_the_lead(state: Engagement, packages: tuple[str, ...]) -> dict[str, str]:
    """Why somebody above is asked instead of the delivery lead: nobody attests their own hours."""
    lead = state.cast.holder("delivery_lead")
    own = [package for package in packages if lead in estimators(state, package)]
    if lead is None or not own:
        return {}
    return {"why not the delivery lead": f"{state.cast.name(lead)} estimated {', '.join(own)}"}


def on_attestation_answered(transaction: Transaction[Engagement], ask: Ask) -> None:
    """An attestation covers its hours; a return sends the packages that it names back to their experts."""
    packages = tuple(sorted(name for name in ask.packages if name in transaction.state.packages))
    if ask.outcome is Outcome.APPROVED:
        by = ask.votes[-1].by
        attested = {
            name: Attestation(by=by, subject_hash=digest(attest_facts(transaction.state, (name,)))) for name in packages
        }
        transaction.record(EstimateAttested(packages=attested))
    elif ask.outcome in {Outcome.RETURNED, Outcome.DECLINED}:
        meant = meant_by(ask)
        void = tuple(name for name in packages if name in meant)
        transaction.record(EstimatesVoided(packages=void, kept_to_show=True))
