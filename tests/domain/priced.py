"""The Lindqvist deal in delivery, at a price that a test chooses."""

from decimal import Decimal
from functools import cache

from domain.engagement.aggregate import Engagement
from domain.playbook.model import Stage
from tests.domain.story import at


@cache
def lindqvist_at(price: int) -> Engagement:
    """Signed at this price in services, expenses included."""
    state = at(Stage.DELIVER, "lindqvist").state
    assert state.price is not None
    quoted = state.price.quote.replace(price=Decimal(price), services=Decimal(price))
    return state.replace(price=state.price.replace(quote=quoted))
