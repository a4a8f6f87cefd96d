"""Words of a deal that is over can be erased; what was confirmed, attested or signed before stays so."""

from domain.asks.model import AskKind
from domain.engagement.aggregate import Engagement
from domain.engagement.ask_subjects import is_attested, needs_are_confirmed
from domain.engagement.closing.commands import LoseDeal
from domain.engagement.needs.commands import RecordNeeds
from domain.playbook.model import Stage
from domain.shared.text import ERASED
from tests.domain.story import Story, at


def lost(stage: Stage) -> Story:
    story = at(stage)
    story.do(LoseDeal(reason="Too dear"), story.state.seller)
    return story


def without_words(state: Engagement) -> Engagement:
    """As the record makes it once the words of needs and packages were erased."""
    needs = {name: need.replace(text=ERASED) for name, need in state.needs.items()}
    packages = {name: package.replace(scope=ERASED) for name, package in state.packages.items()}
    return state.replace(needs=needs, packages=packages)


def test_needs_that_the_client_confirmed_stay_confirmed() -> None:
    assert needs_are_confirmed(without_words(lost(Stage.PRICE).state))


def test_needs_that_nobody_confirmed_as_they_were_at_the_end_do_not() -> None:
    story = at(Stage.ESTIMATE)
    (need, *_) = story.state.needs.values()
    story.do(RecordNeeds(needs=(need.replace(text="Another need"),)), story.state.seller)
    assert story.ask(AskKind.CONFIRM_NEEDS).is_open
    story.do(LoseDeal(reason="Too dear"), story.state.seller)
    assert not needs_are_confirmed(without_words(story.state))
    never = Story("halden").until(lambda one: bool(one.state.needs))
    never.do(LoseDeal(reason="Too dear"), never.state.seller)
    assert not needs_are_confirmed(without_words(never.state))


def test_words_that_look_erased_confirm_nothing_while_the_deal_runs() -> None:
    assert not needs_are_confirmed(without_words(at(Stage.PRICE).state))


def test_hours_that_delivery_attested_stay_attested() -> None:
    story = lost(Stage.PRICE)
    assert is_attested(story.state)
    assert is_attested(without_words(story.state))
