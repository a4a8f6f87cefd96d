"""Terms that somebody leaves out of a price stay as they stand, else as they were wished at the start."""

from decimal import Decimal

from domain.engagement import commands as c
from domain.engagement.dealing import terms_meant
from domain.engagement.state import Engagement, PriceWish
from tests.domain.story import Story

WISH = PriceWish(
    discount_percent=Decimal(3), contingency_percent=Decimal(5), expenses=Decimal(7200), payment="Half at the start"
)


def without_a_price() -> Engagement:
    state = Story("lindqvist").state
    assert state.price is None
    return state.having(wished_price=WISH)


def test_what_is_not_given_is_as_it_was_wished() -> None:
    given = c.ProposePrice(discount_percent=Decimal(6))
    meant = terms_meant(without_a_price(), given, given.model_fields_set)
    assert meant == c.ProposePrice(**(WISH.model_dump() | {"discount_percent": Decimal(6)}))


def test_what_is_given_as_nothing_is_nothing() -> None:
    given = c.ProposePrice(expenses=Decimal(0), payment=None)
    meant = terms_meant(without_a_price(), given, given.model_fields_set)
    assert meant == c.ProposePrice(**(WISH.model_dump() | {"expenses": Decimal(0), "payment": None}))


def test_a_price_that_stands_goes_before_the_wish() -> None:
    story = Story("lindqvist")
    while story.state.price is None:
        next(story.rest)
    state = story.state.having(wished_price=WISH.having(payment="All later", expenses=Decimal(1)))
    assert state.price is not None
    meant = terms_meant(state, c.ProposePrice(), ())
    assert (meant.expenses, meant.payment) == (state.price.terms.expenses, state.price.payment)
