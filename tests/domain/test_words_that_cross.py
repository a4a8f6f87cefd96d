"""An engagement and its change order tell each other what is so; whatever crosses on the way, they come to agree."""

from collections.abc import Callable
from decimal import Decimal

from hypothesis import example, given
from hypothesis import strategies as st

from domain.asks.model import AskKind, Condition, Verdict
from domain.change_order import decide as order_door
from domain.change_order.order import Brief, Report, TakeBrief, WithdrawOrder
from domain.change_order.permissions import ENGAGEMENT
from domain.engagement import decide as door
from domain.engagement.changes.briefing import brief_for
from domain.engagement.changes.commands import ReportChange, ReviseChange
from domain.engagement.changes.lines import ChangeFacts, ChangeItem, ItemKind
from domain.engagement.changes.values import ChangeStatus
from domain.engagement.closing.commands import CancelEngagement, HoldEngagement, ResumeEngagement
from domain.engagement.command import CHANGES
from domain.playbook.model import Stage
from domain.shared.errors import Refusal
from domain.shared.transaction import Actor
from tests.domain.story import Story, StuckError, at

MORE = ChangeFacts.in_one(title="More", reason="Client request", price="12000", days=2)


class Crossing(Story):
    """A story whose words between engagement and change order arrive only when the test says so."""

    told: Brief | None = None
    on_its_way: Brief | None = None

    def _tell_orders(self) -> None:
        """Nobody hears anything by itself."""

    def _hear_orders(self) -> None:
        """Nobody hears anything by itself."""

    def send_brief(self) -> None:
        """The engagement says what is so now, unless its last word is still on its way."""
        brief = brief_for(self.state, 1)
        if self.on_its_way is None and brief != self.told and self.state.changes[1].status.is_open:
            self.told = self.on_its_way = brief

    def brief_arrives(self) -> None:
        if self.on_its_way is not None:
            brief, self.on_its_way = self.on_its_way, None
            actor = Actor(person_id=brief.by, channel=ENGAGEMENT)
            self.orders[1] = order_door.decide(self.orders[1], TakeBrief(brief=brief), actor, self.now).state

    def report_arrives(self) -> None:
        """The next one that was not heard; once all were, the last one again."""
        reports = self.orders[1].reports
        if reports:
            heard = min(self.reported.get(1, 0), len(reports) - 1)
            self.hear(reports[heard])
            self.reported[1] = heard + 1

    def hear(self, report: Report) -> None:
        told = report.model_dump(exclude={"number"}) | {"report": report.number, "n": 1}
        actor = Actor(person_id=CHANGES, channel=CHANGES)
        decision = door.decide(self.state, ReportChange(**told), actor, self.now)
        self._keep(decision.state, decision.events, actor)

    def all_arrives(self) -> None:
        """Both say what they have to say, until neither has anything new."""
        while True:
            before = self.state, self.orders[1]
            self.send_brief()
            self.brief_arrives()
            while self.reported.get(1, 0) < self.orders[1].last_report:
                self.report_arrives()
            if (self.state, self.orders[1]) == before:
                return


def submitted() -> Crossing:
    story = at(Stage.DELIVER, "halden").copy()
    row = story.deal.change_orders[0].work[0]
    story.__class__ = Crossing
    assert isinstance(story, Crossing)
    story.submit(ChangeFacts.in_one(title="More", reason="Client request", price="12000", days=2, work=(row,)))
    story.told = brief_for(story.state, 1)
    story.orders[1] = order_door.start(story.told, story.now).state
    return story


SUBMITTED = submitted()


def _answer(verdict: Verdict) -> Callable[[Crossing], None]:
    """Whoever is asked about the change itself gives this answer."""

    def answer(story: Crossing) -> None:
        for ask in list(story.orders[1].open_asks()):
            while ask.kind in {AskKind.APPROVE_CHANGE, AskKind.SIGN_CHANGE} and story.now_of(ask).silent:
                story.answer(story.now_of(ask), verdict)

    return answer


def _revise(story: Crossing) -> None:
    facts = story.state.changes[1].facts
    story.do(
        ReviseChange(
            n=1, change=facts.replace(items=(*facts.items, ChangeItem(kind=ItemKind.PRICE, amount=Decimal(1))))
        ),
        story.holder("project_manager"),
    )


def _withdraw(story: Crossing) -> None:
    story.do_in_order(1, WithdrawOrder(reason="No longer."), story.holder("project_manager"))


def _hold(story: Crossing) -> None:
    story.do(HoldEngagement(reason="Wait.", until=story.day(20)), story.holder("engagement_manager"))


def _resume(story: Crossing) -> None:
    story.do(ResumeEngagement(), story.holder("engagement_manager"))


def _cancel(story: Crossing) -> None:
    story.do(CancelEngagement(reason="Over."), story.holder("engagement_manager"))
    story.answer(story.ask(AskKind.CANCEL_ENGAGEMENT))


ACTS: dict[str, Callable[[Crossing], None]] = {
    "estimate": lambda story: story.estimate_change(1),
    "approve": _answer(Verdict.APPROVE),
    "return": _answer(Verdict.RETURN),
    "decline": _answer(Verdict.DECLINE),
    "revise": _revise,
    "withdraw": _withdraw,
    "hold": _hold,
    "resume": _resume,
    "cancel": _cancel,
    "send brief": Crossing.send_brief,
    "brief arrives": Crossing.brief_arrives,
    "report arrives": Crossing.report_arrives,
}
# Delivery returns the change and the project manager revises it: the change order has not heard of it yet.
TO_REVISION_2 = ["estimate", "return", "report arrives", "revise"]
TO_SIGNING = ["estimate", "approve", "report arrives", "send brief", "brief arrives", "approve"]


def play(acts: list[str]) -> Crossing:
    story = SUBMITTED.copy()
    assert isinstance(story, Crossing)
    for act in acts:
        try:
            ACTS[act](story)
        except (Refusal, StuckError):
            continue
    story.all_arrives()
    return story


@given(st.sampled_from([[], TO_REVISION_2, TO_SIGNING]), st.lists(st.sampled_from(list(ACTS)), max_size=14))
@example(TO_REVISION_2, ["withdraw"])
@example(TO_REVISION_2, ["send brief", "withdraw", "report arrives", "brief arrives"])
def test_engagement_and_change_order_come_to_agree_on_what_became_of_a_change(
    begin: list[str], acts: list[str]
) -> None:
    story = play([*begin, *acts])
    change, order = story.state.changes[1], story.orders[1]
    assert change.status is order.status
    assert change.revision == order.brief.revision or order.status is ChangeStatus.WITHDRAWN


def test_a_withdrawal_that_overtakes_the_revision_counts() -> None:
    story = play([*TO_REVISION_2, "withdraw"])
    assert story.state.changes[1].revision == 2
    assert story.state.changes[1].status is ChangeStatus.WITHDRAWN


def test_what_a_change_was_approved_under_is_nobodys_task_once_the_engagement_is_over() -> None:
    story = play(TO_SIGNING[:-1])
    condition = Condition(text="Another tester.", owner=story.state.manager, due=story.day(3))
    for ask in story.orders[1].open_asks():
        story.answer(ask, Verdict.APPROVE_WITH_CONDITIONS, conditions=(condition,), reason="If")
        story.answer(story.now_of(ask))
    _cancel(story)
    for _signer in range(2):
        _answer(Verdict.APPROVE)(story)
    assert story.orders[1].status is ChangeStatus.APPROVED
    story.all_arrives()
    assert story.state.changes[1].status is ChangeStatus.APPROVED
    assert not story.state.tasks
