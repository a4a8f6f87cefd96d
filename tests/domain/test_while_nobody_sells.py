"""While nobody holds sales: whoever heads it sells nothing by that, and what the sale earns is whose sale it was."""

import pytest

from domain.asks.model import AskKind
from domain.engagement.pricing.events import CommissionFellDue
from domain.playbook.model import Stage
from tests.domain.story import Story


@pytest.mark.parametrize(
    ("deal", "kind", "discount"), [("casework", "decide_deal", None), ("halden", "approve_price", 25)]
)
def test_while_nobody_sells_whoever_heads_sales_does_not_either(deal: str, kind: str, discount: int | None) -> None:
    started = Story(deal)
    if discount is not None:
        started = started.until(lambda s: s.state.stage is Stage.PRICE and "finance" in s.state.cast.holders).copy()
        started.propose_price(discount_percent=discount)
    else:
        started = started.until(lambda s: any(s.state.open_asks(AskKind(kind))))
    story = started.copy()
    story.leaves(story.holder("sales"))
    ask = story.ask(AskKind(kind))
    for person in ask.asked:
        story.copy().answer(ask, by=person)


def test_the_commission_is_whose_sale_it_was() -> None:
    signing = Story("halden").until(lambda s: any(ask.for_client for ask in s.state.open_asks(AskKind.SIGN_SOW)))
    story, seller = signing.copy(), signing.holder("sales")
    story.leaves(seller)
    story.answer(story.ask(AskKind.SIGN_SOW))
    assert [event.seller for event in story.events(CommissionFellDue)] == [seller]
