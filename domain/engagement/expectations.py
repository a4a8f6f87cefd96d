"""What is expected of whoever holds a role: said, put to the client, confirmed or sent back."""

from domain.asking.ending import end_ask
from domain.asking.opening import open_ask
from domain.asks import AGAINST, Ask, AskKind, Outcome
from domain.engagement import commands as c
from domain.engagement.coverage import require_party
from domain.engagement.role_events import ExpectationsAgreed
from domain.engagement.state import Engagement, Expectation, Holding
from domain.playbook import role_label
from domain.refusals import BadValue, SentBack
from domain.turn import Turn
from domain.words import fitting


def spoken(expectation: Expectation) -> str:
    """`Weekly report (by 2027-02-01)`."""
    return expectation.what[:1900] + (f" (by {expectation.by})" if expectation.by else "")


def agree_expectations(turn: Turn[Engagement], command: c.AgreeExpectations) -> None:
    """Puts what is expected of a role's holder to the client: their counterpart, or the sponsor."""
    state, role = turn.state, command.role
    holding = state.holdings.get(role)
    if holding is None:
        raise BadValue(f"Nobody has accepted {role_label(role)}.", remedy="Have a holder accept first.", field="role")
    facts = _expected_facts(state, role, holding.having(expectations=command.expectations))
    sent_back = expectations_sent_back(state).get(role)
    if sent_back is not None and sent_back.facts == facts:
        raise SentBack(
            fitting(f"Nothing has changed in these expectations since. It said: {sent_back.why_ended}"),
            remedy="Say them otherwise, as the client said.",
            field="expectations",
        )
    for ask in list(state.open_asks(AskKind.CONFIRM_EXPECTATIONS, subject=f"expectations:{role}")):
        end_ask(turn, ask, Outcome.SUPERSEDED, "other expectations were agreed")
    turn.record(ExpectationsAgreed(role=role, expectations=command.expectations))
    require_party(state, "client_sponsor")
    open_ask(
        turn,
        AskKind.CONFIRM_EXPECTATIONS,
        f"expectations:{role}",
        title=f"Is this what you expect of {state.cast.name(holding.person)}, {role_label(role)}?",
        facts=facts,
        roles=[_confirms_expectations(state)],
        requester=turn.actor.person,
    )


def _confirms_expectations(state: Engagement) -> str:
    return "counterpart" if state.cast.holder("counterpart") else "client_sponsor"


def _expected_facts(state: Engagement, role: str, holding: Holding) -> dict[str, str]:
    """What is expected of whoever holds a role, as the client is shown it."""
    facts = {"role": role, "holder": state.cast.name(holding.person)}
    return facts | {f"expected {n}": spoken(e) for n, e in enumerate(holding.expectations, 1)}


def expectations_sent_back(state: Engagement) -> dict[str, Ask]:
    """By role the ask by which the client sent back what is expected of its holder, as it still is."""
    found, person = {}, state.cast.holder(_confirms_expectations(state))
    for role, holding in state.holdings.items():
        last = state.last_ask(AskKind.CONFIRM_EXPECTATIONS, f"expectations:{role}")
        if last is None or last.outcome not in AGAINST or person not in {voter.person for voter in last.voters}:
            continue
        if last.facts == _expected_facts(state, role, holding):
            found[role] = last
    return found


def on_expectations_answered(turn: Turn[Engagement], ask: Ask) -> None:
    """The client's yes is kept with the holding it was given for; a no leaves what was put to them unconfirmed."""
    role = ask.subject.removeprefix("expectations:")
    holding = turn.state.holdings.get(role)
    same = holding is not None and ask.facts["holder"] == turn.state.cast.name(holding.person)
    if ask.outcome is Outcome.APPROVED and holding is not None and same:
        by = ask.votes[-1].by
        turn.record(ExpectationsAgreed(role=role, expectations=holding.expectations, by=by, at=turn.now))
