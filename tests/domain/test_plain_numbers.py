"""A number is written in one plain form at every border, and refused in any other with the form that is wanted."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from adapters.files.yaml_source import _scalar, read_source
from api.callers import NumberPath
from application.queries.parameters import Limit
from domain.deal_file.model import PurchaseRow
from domain.engagement.scope.commands import SetPurchases
from domain.engagement.scope.values import Purchase
from domain.playbook.model import Likelihood, Stage, WholeHours
from domain.shared.errors import BadValue
from domain.shared.input_errors import in_words
from domain.shared.values import MAX_MONEY, Amount, Exact, Hours, Money, Percent, Whole
from tests.domain.story import at

TYPES = (Amount, Money, Hours, Percent)
ODD = (
    "1_000",
    " 5 ",
    "5 ",
    "\uff15",
    "\u0665",
    "1E+3",
    "1e3",
    "+5",
    "0x10",
    "NaN",
    "Infinity",
    "-inf",
    "1,000",
    "1.",
    ".5",
)
ODD_WHOLES = ("1_0", " 5 ", "\uff15", "1E1", "+5", "0x1", "5.0", "1,0")


@pytest.mark.parametrize("kind", TYPES, ids=["amount", "money", "hours", "percent"])
@pytest.mark.parametrize("text", ODD)
def test_a_number_in_any_other_form_is_refused_with_the_form_wanted(kind: type, text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(kind).validate_python(text)
    assert "as 1234.50" in in_words(refused.value.errors()[0])


@pytest.mark.parametrize("text", ODD_WHOLES)
def test_a_whole_number_in_any_other_form_is_refused(text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(Whole).validate_python(text)
    assert "as 1200" in in_words(refused.value.errors()[0])


@pytest.mark.parametrize("text", ["1_0", " 5 ", "\uff15", "+5"])
def test_numbers_of_files_addresses_and_pages_are_plain_too(text: str) -> None:
    for kind in (WholeHours, Likelihood, NumberPath, Limit, Exact):
        with pytest.raises(ValidationError):
            TypeAdapter(kind).validate_python(text)


@pytest.mark.parametrize("number", [Decimal("NaN"), Decimal("Infinity"), float("nan"), float("inf")])
def test_what_is_not_finite_is_refused_with_the_form_wanted(number: object) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(Money).validate_python(number)
    assert "as 1234.50" in in_words(refused.value.errors()[0])


@given(st.text("0123456789+-_., eEx\u0665\uff15", max_size=8))
def test_a_text_is_read_as_the_number_that_it_plainly_is_or_refused(text: str) -> None:
    sign, digits = (text[:1], text[1:]) if text.startswith("-") else ("", text)
    whole, point, decimals = digits.partition(".")
    plain = all(part.isascii() and part.isdigit() for part in ((whole, decimals) if point else (whole,)))
    try:
        read = TypeAdapter(Amount).validate_python(text)
    except ValidationError:
        assert not plain or len(decimals.rstrip("0")) > 6
    else:
        assert plain
        assert read == Decimal(f"{sign}{digits}")


@pytest.mark.parametrize("text", ["1E+3", "+5", "1_000", "0x10", ".5", "5.", ".inf", ".nan"])
def test_a_file_leaves_odd_numbers_to_be_refused_as_text(text: str) -> None:
    assert _scalar(text) == text


def test_a_file_with_an_odd_amount_names_its_form(tmp_path: Path) -> None:
    file = tmp_path / "deal.yaml"
    file.write_text("title: Server\namount: 1E+3\n", encoding="utf-8")
    with pytest.raises(ValidationError, match=r"as 1234\.50"):
        PurchaseRow.model_validate(read_source(file).data)


def purchases(each: Decimal) -> SetPurchases:
    rows = tuple(Purchase(id=f"B{n}", title="Server", amount=each) for n in range(200))
    return SetPurchases(purchases=rows)


def test_purchases_stay_within_what_money_may_be_together() -> None:
    story = at(Stage.QUALIFY, "halden")
    seller = story.state.seller
    with pytest.raises(BadValue, match="together") as refused:
        story.do(purchases(MAX_MONEY), by=seller)
    assert refused.value.refused.field == "purchases.amount"
    story.do(purchases(MAX_MONEY / 200), by=seller)
