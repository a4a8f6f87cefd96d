"""What is expected of a role's holder: recorded, put to the client, confirmed or returned."""

from collections.abc import Iterable

from domain.asks.bound_facts import under
from domain.asks.ending import end_ask
from domain.asks.facts_shown import text_shown
from domain.asks.model import AGAINST, Ask, AskKind, Outcome
from domain.asks.opening import open_ask
from domain.engagement.aggregate import Engagement
from domain.engagement.roles.commands import AgreeExpectations
from domain.engagement.roles.coverage import require_party
from domain.engagement.roles.events import ExpectationsAgreed
from domain.engagement.roles.values import Expectation, Holding
from domain.playbook.model import role_label
from domain.shared.errors import BadValue, SentBack
from domain.shared.remedy_actions import RemedyAction
from domain.shared.text import fitting
from domain.shared.transaction import Transaction


def spoken(expectation: Expectation) -> str:
    """`Weekly report (by Mon 1 Feb 2027)`."""
    return text_shown("expected.*.what", under("expected.*", {"what": expectation.what, "by": expectation.by}))


def agree_expectations(transaction: Transaction[Engagement], command: AgreeExpectations) -> None:
    """Asks the client (their counterpart, else the sponsor) to confirm what is expected of a role's holder."""
    state, role = transaction.state, command.role
    holding = state.holdings.get(role)
    if holding is None:
        raise BadValue(
            f"Nobody has accepted {role_label(role)}.",
            remedy="Get somebody to accept it first.",
            action=RemedyAction.PROPOSE_HOLDER,
            field="role",
        )
    facts = _expected_facts(role, holding.replace(expectations=command.expectations))
    sent_back = expectations_sent_back(state).get(role)
    if sent_back is not None and sent_back.facts == facts:
        raise SentBack(
            fitting(
                f"These expectations have not changed since the client returned them. It said: {sent_back.why_ended}"
            ),
            remedy="Change them as the client asked.",
            field="expectations",
        )
    for ask in list(state.open_asks(AskKind.CONFIRM_EXPECTATIONS, subject=f"expectations:{role}")):
        end_ask(transaction, ask, Outcome.SUPERSEDED, "other expectations were agreed")
    transaction.record(ExpectationsAgreed(role=role, expectations=command.expectations))
    require_party(state, "client_sponsor")
    open_ask(
        transaction,
        AskKind.CONFIRM_EXPECTATIONS,
        f"expectations:{role}",
        title=f"Is this what you expect of {state.cast.name(holding.person_id)}, {role_label(role)}?",
        facts=facts,
        roles=[_confirms_expectations(state)],
        requester=transaction.actor.person_id,
    )


def _confirms_expectations(state: Engagement) -> str:
    return "counterpart" if state.cast.holder("counterpart") else "client_sponsor"


def _expected_facts(role: str, holding: Holding) -> dict[str, str]:
    """What is expected of a role's holder, as the client is shown it."""
    return {"role": role, "holder": holding.person_id} | expected_facts(holding.expectations)


def expected_facts(expectations: Iterable[Expectation]) -> dict[str, str]:
    """Expectations as facts, numbered in order."""
    facts: dict[str, str] = {}
    for n, one in enumerate(expectations, 1):
        facts |= under(f"expected.{n}", {"what": one.what, "by": one.by})
    return facts


def expectations_sent_back(state: Engagement) -> dict[str, Ask]:
    """By role, the ask by which the client returned what is expected of its holder, if unchanged since."""
    found, person_id = {}, state.cast.holder(_confirms_expectations(state))
    for role, holding in state.holdings.items():
        last = state.last_ask(AskKind.CONFIRM_EXPECTATIONS, f"expectations:{role}")
        if last is None or last.outcome not in AGAINST or person_id not in {voter.person_id for voter in last.voters}:
            continue
        if last.facts == _expected_facts(role, holding):
            found[role] = last
    return found


def on_expectations_answered(transaction: Transaction[Engagement], ask: Ask) -> None:
    """A confirmation is stored with the holding that it was given for; otherwise they stay unconfirmed."""
    role = ask.subject.removeprefix("expectations:")
    holding = transaction.state.holdings.get(role)
    same = holding is not None and ask.facts["holder"] == holding.person_id
    if ask.outcome is Outcome.APPROVED and holding is not None and same:
        by = ask.votes[-1].by
        transaction.record(ExpectationsAgreed(role=role, expectations=holding.expectations, by=by, at=transaction.now))
