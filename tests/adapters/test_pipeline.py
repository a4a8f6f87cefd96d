"""The hours of the pipeline are kept by week as engagements move, and are the same made again."""

from datetime import date

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, event, func, select

from adapters.db.database import reading, writing
from adapters.db.migrating import MIGRATIONS
from adapters.db.read_model import ReadModel
from adapters.db.records import Records, bring_up_to_date, read_model_digest
from adapters.db.tables.columns import columns
from adapters.db.tables.engagements import PipelineHoursRow
from domain.engagement.aggregate import Engagement
from domain.engagement.closing.commands import HoldEngagement, LoseDeal
from domain.engagement.scope.demand import demand
from domain.playbook.model import Stage
from domain.record.facts import Batch
from domain.shared.values import EngagementId
from tests.adapters.test_projection import turns
from tests.domain.story import Story

FIRST_WEEK = date(2026, 12, 7)
P = columns(PipelineHoursRow)


def numbered(number: int, deal: str = "lindqvist") -> Story:
    """A deal under a number of its own."""
    return type(f"Story{number}", (Story,), {"number": f"ENG-2026-{number:04d}"})(deal)  # type: ignore[no-any-return]


def estimated(number: int, deal: str = "lindqvist") -> Story:
    """A deal whose hours are known."""
    return numbered(number, deal).until(lambda story: story.state.staffing)


def keep(records: Records, story: Story, kept: int = 0) -> int:
    """Writes what a story has recorded since; gives how much there is now."""
    for batch in turns(story.facts[kept:]):
        records.append(batch)
    return len(story.facts)


def sums(engine: Engine) -> dict[tuple[str, date, str], int]:
    with reading(engine) as connection:
        return {(r.discipline, r.week, r.stage): r.centihours for r in connection.execute(select(*P))}


def added(*states: Engagement) -> dict[tuple[str, date, str], int]:
    """What the sums must be, reckoned from the engagements themselves."""
    found: dict[tuple[str, date, str], int] = {}
    for state in states:
        for (discipline, week), hours in demand(state).items():
            place = (discipline, week, state.stage.value)
            found[place] = found.get(place, 0) + hours
    return found


@pytest.mark.parametrize("deal", ["lindqvist", "casework", "halden"])
def test_the_sums_follow_a_deal_through_its_life(records: Records, engine: Engine, deal: str) -> None:
    story, other = numbered(1, deal), estimated(2)
    keep(records, other)
    kept, stages = 0, [stage for stage in Stage if Stage.QUALIFY.order < stage.order <= Stage.CLOSED.order]
    for stage in stages:
        while story.state.stage.order < stage.order:
            next(story.rest)
        kept = keep(records, story, kept)
        assert sums(engine) == added(story.state, other.state), stage
    assert sums(engine) == added(other.state) != {}


def test_a_deal_that_is_lost_leaves_no_row(records: Records, engine: Engine) -> None:
    story = estimated(1)
    kept = keep(records, story)
    assert sums(engine)
    story.do(LoseDeal(reason="Too dear."), by=story.holder("sales"))
    keep(records, story, kept)
    assert sums(engine) == {}


def test_the_sums_made_again_are_the_same(records: Records, engine: Engine) -> None:
    for number in (1, 2):
        keep(records, estimated(number))
    keep(records, numbered(3, "halden").to(Stage.DELIVER))
    before, digest = sums(engine), read_model_digest(engine)
    Records(engine).rebuild()
    assert sums(engine) == before
    assert read_model_digest(engine) == digest


def test_of_others_a_deal_sees_neither_its_own_hours_nor_other_disciplines(records: Records, engine: Engine) -> None:
    mine, other, big = estimated(1), estimated(2), numbered(3, "halden").to(Stage.DECIDE)
    for story in (mine, other, big):
        keep(records, story)
    wanted_hours = ReadModel(engine).capacity_demand(mine.state.id, FIRST_WEEK)
    assert wanted_hours is not None
    assert wanted_hours.own == demand(mine.state)
    wanted = {discipline for discipline, _ in wanted_hours.own}
    expected = {place: hours for place, hours in added(other.state, big.state).items() if place[0] in wanted}
    assert wanted_hours.others == expected


def test_what_nobody_estimated_wishes_nothing(records: Records, engine: Engine) -> None:
    story = numbered(1)
    keep(records, story)
    wanted_hours = ReadModel(engine).capacity_demand(story.state.id, FIRST_WEEK)
    assert wanted_hours is not None
    assert (wanted_hours.own, wanted_hours.others) == ({}, {})
    assert ReadModel(engine).capacity_demand(EngagementId("ENG-2026-0009"), FIRST_WEEK) is None


def test_the_question_reads_no_more_rows_for_more_deals(records: Records, engine: Engine) -> None:
    asking = estimated(1)
    keep(records, asking)
    for number in range(2, 6):
        keep(records, estimated(number))
    with reading(engine) as connection:
        rows = connection.execute(select(func.count()).select_from(PipelineHoursRow)).scalar_one()
    assert rows == len(demand(asking.state))


def test_most_facts_do_not_touch_the_sums(records: Records, engine: Engine) -> None:
    story = estimated(1)
    kept = keep(records, story)
    written: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *call: written.append(call[2]))
    story.do(HoldEngagement(reason="They think.", until=story.day(20)), by=story.holder("engagement_manager"))
    records.append(Batch(stream=f"engagement/{story.number}", facts=tuple(story.facts[kept:])))
    assert not any("pipeline_hours" in statement for statement in written)


def test_an_upgrade_reckons_the_engagements_that_were_there(records: Records, engine: Engine) -> None:
    story = estimated(1)
    keep(records, story)
    before, digest = sums(engine), read_model_digest(engine)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0003")
    bring_up_to_date(engine)
    assert sums(engine) == before
    assert read_model_digest(engine) == digest
    assert not records.remake_if_outdated()


def test_a_new_database_has_nothing_to_make_again(records: Records) -> None:
    assert not records.remake_if_outdated()
