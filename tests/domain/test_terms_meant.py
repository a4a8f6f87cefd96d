"""Terms that somebody leaves out of a price stay as they stand, else as they were wished at the start."""

from decimal import Decimal

from domain.engagement.aggregate import Engagement
from domain.engagement.pricing.commands import ProposePrice
from domain.engagement.pricing.rules import terms_meant
from domain.engagement.pricing.values import PriceWish
from tests.domain.story import Story

WISH = PriceWish(
    discount_percent=Decimal(3), contingency_percent=Decimal(5), expenses=Decimal(7200), payment="Half at the start"
)


def without_a_price() -> Engagement:
    state = Story("lindqvist").state
    assert state.price is None
    return state.replace(wished_price=WISH)


def test_what_is_not_given_is_as_it_was_wished() -> None:
    given = ProposePrice(discount_percent=Decimal(6))
    meant = terms_meant(without_a_price(), given, given.model_fields_set)
    assert meant == ProposePrice(**(WISH.model_dump() | {"discount_percent": Decimal(6)}))


def test_what_is_given_as_nothing_is_nothing() -> None:
    given = ProposePrice(expenses=Decimal(0), payment=None)
    meant = terms_meant(without_a_price(), given, given.model_fields_set)
    assert meant == ProposePrice(**(WISH.model_dump() | {"expenses": Decimal(0), "payment": None}))


def test_a_price_that_stands_goes_before_the_wish() -> None:
    story = Story("lindqvist")
    while story.state.price is None:
        next(story.rest)
    state = story.state.replace(wished_price=WISH.replace(payment="All later", expenses=Decimal(1)))
    assert state.price is not None
    meant = terms_meant(state, ProposePrice(), ())
    assert (meant.expenses, meant.payment) == (state.price.terms.expenses, state.price.payment)
