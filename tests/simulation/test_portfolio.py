"""A small portfolio of the simulation, with every check of the large one, on some seeds."""

from functools import cache
from io import StringIO

import pytest
from rich.console import Console

from domain.asks.events import AskEnded
from domain.asks.model import AskKind, Outcome
from domain.deal_file.checks import deal_problems
from domain.engagement.roles.coverage import PM
from domain.shared.errors import Rule
from domain.shared.values import PersonId
from simulation import checks
from simulation.__main__ import new_portfolio, show
from simulation.deals import draw_deal
from simulation.figures import Figures, Waited, length_of
from simulation.portfolio import BEGINS, Portfolio, Scope, Violation

HALF_A_YEAR = 182
SEED = 9


@cache
def lived(seed: int) -> tuple[Portfolio, Figures]:
    """Twelve engagements, half a year."""
    portfolio = new_portfolio(Scope(seed, engagements=12, days=HALF_A_YEAR))
    return portfolio, portfolio.run()


def test_a_portfolio_lives_through_half_a_year_without_a_broken_rule() -> None:
    _, figures = lived(SEED)
    assert sum(figures.stages.values()) == 12
    assert figures.gaps
    assert {"propose_price", "draft_sow", "offer_handoff"} <= {act.what for act in figures.acts}
    assert any(act.rung for act in figures.acts)
    assert figures.asks[AskKind.ACCEPT_ROLE.value]["climbed"] > 0
    assert figures.asks[AskKind.REVIEW_SOW.value]["approved"] > 0


def test_every_attempt_on_a_project_manager_is_refused_or_theirs_by_their_own_words() -> None:
    counted = [outcome for counts in lived(SEED)[1].attempts.values() for outcome in counts]
    assert {"NotByDefault", "BadValue"} <= set(counted)


def test_the_same_seed_gives_the_same_portfolio_and_another_seed_another() -> None:
    scope = Scope(7, engagements=3, days=40)
    digests = [new_portfolio(scope).run().digest() for _ in range(2)]
    assert digests[0] == digests[1]
    assert new_portfolio(scope._replace(seed=8)).run().digest() != digests[0]


def test_a_drawn_deal_is_one_that_a_deal_file_could_hold() -> None:
    portfolio = new_portfolio(Scope(3))
    firm = portfolio.firm
    for number in range(20):
        deal = draw_deal(firm, portfolio.rng, number, BEGINS.date())
        assert deal_problems(deal, firm.directory, firm.playbook) == ()


def test_a_holder_whom_nobody_asked_stops_the_run_with_seed_and_engagement() -> None:
    """The watch must see what the domain would never do by itself."""
    portfolio = new_portfolio(Scope(5, engagements=1, days=40))
    portfolio.run()
    running = portfolio.members[1].running
    cast = running.state.cast
    slipped_in = cast.replace(holders={**cast.holders, "quality": cast.holders["sales"], PM: cast.holders["sales"]})
    running.state = running.state.replace(cast=slipped_in)
    with pytest.raises(Violation, match=r"seed 5, ENG-2026-0001, .*: no-silent-default"):
        portfolio.finish()


def test_a_clock_that_approves_is_a_broken_rule() -> None:
    portfolio, _ = lived(SEED)
    state = next(member.running.state for member in portfolio.members.values())
    ask = next(iter(state.asks.values()))
    ended = AskEnded(ask_id=ask.id, outcome=Outcome.APPROVED, at=BEGINS)
    with pytest.raises(checks.RuleBroken, match="the clock approved") as broken:
        checks.check_approvals(state, ended, PersonId("clock"))
    assert broken.value.rule is Rule.SILENCE_IS_NOT_CONSENT


def test_the_tables_say_how_many_vacancies_there_were_and_how_long() -> None:
    figures = Figures(gaps=[Waited("finance", "left", minutes=90, days=1.5, rung=1)] * 37)
    console = Console(width=160, record=True, file=StringIO())
    show(figures, console)
    rows = [line.split() for line in console.export_text().splitlines() if "left" in line]
    assert rows == [
        ["│", "left", "│", "37", "│", "1.5", "│", "1.5", "│", "1.5", "│", "1.5", "│", "1.5", "│", "1.5", "│"]
    ]


def test_the_length_of_vacancies_is_told_by_median_ninth_decile_and_longest() -> None:
    gaps = [Waited("finance", "left", minutes=60 * n, days=float(n), rung=1) for n in range(1, 11)]
    length = length_of(gaps)
    assert (length.number, length.median_hours, length.p90_hours, length.longest_hours) == (10, 6, 10, 10)
