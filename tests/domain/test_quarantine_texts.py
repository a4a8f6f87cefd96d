"""What is said while changes are paused: plain to who works in the engagement, in full to who operates the system."""

import re

import pytest

from domain.notifications.operators import (
    StopCause,
    damage_notices,
    healed_notices,
    quarantine_notices,
    redo_notices,
    resumed_notices,
    stopped_notices,
)
from domain.notifications.quiet_hours import AT_ONCE
from domain.shared.errors import IntegrityBroken, RefusalKind, Rule, damaged_directory, quarantine_refusal
from domain.shared.remedy_actions import RemedyAction
from domain.shared.streams import change_stream, engagement_stream
from domain.shared.values import EngagementId
from tests.adapters.builders import MONDAY, firm

STREAMS = {
    engagement_stream(EngagementId("ENG-2026-0007")): "ENG-2026-0007",
    change_stream(EngagementId("ENG-2026-0007"), 2): "Change 2 of ENG-2026-0007",
}
WHY = "the engine ends at 12, facts up to 14 were acknowledged"


@pytest.mark.parametrize("stream", STREAMS)
def test_who_is_refused_reads_what_is_so_who_repairs_it_and_that_nothing_is_lost(stream: str) -> None:
    refused = quarantine_refusal(stream).refused
    assert (refused.rule, refused.kind) == (Rule.THE_RECORD_STANDS, RefusalKind.UNAVAILABLE)
    assert refused.detail.startswith(f"{STREAMS[stream]} cannot be changed until a technical fault is repaired.")
    assert "may be older than what you were told, or missing." in refused.detail
    assert "can be read" not in refused.detail
    assert "Nothing that was confirmed to you is lost" in refused.detail
    assert "operators have been notified" in refused.remedy
    said = f"{refused.title} {refused.detail} {refused.remedy}"
    assert not re.search(r"engagement/|stream|fact|engine|quarantine|reconcile|ledger", said)


@pytest.mark.parametrize("stream", STREAMS)
def test_operators_read_the_name_the_stream_the_reason_and_the_command(stream: str) -> None:
    told = quarantine_notices(stream, WHY, MONDAY)(firm())
    assert told
    for message in told:
        assert message.text.startswith(f"{STREAMS[stream]} ({stream}) is quarantined")
        assert all(part in message.text for part in (WHY, str(RemedyAction.RECONCILE.about())))
        assert "can be read" not in message.text
        assert "may be older than what people were told, or missing" in message.text
    (over, *_) = healed_notices(stream, "the engine goes on from fact 14", MONDAY)(firm())
    assert over.text.endswith("is no longer quarantined, and work in it continues. The engine goes on from fact 14.")
    assert over.key not in {message.key for message in told}


@pytest.mark.parametrize("cause", StopCause)
def test_operators_read_why_new_deals_are_paused_what_to_run_and_when_it_is_over(cause: StopCause) -> None:
    roles = firm().house_roles
    told = stopped_notices(cause, "the engine was emptied.", MONDAY)(firm())
    assert {message.to for message in told} == {roles[role] for role in ("administrator", "ops") if role in roles}
    others = "Nothing is done" if cause is StopCause.FOREIGN_ENGINE else "Running deals continue, except those that"
    assert all(f"the engine was emptied. {others}" in message.text for message in told)
    assert all(message.text.endswith(str(RemedyAction.RECONCILE.about())) for message in told)
    assert "again" in resumed_notices(MONDAY)(firm())[0].text


def test_what_to_do_again_and_what_is_damaged_reach_operators_at_any_hour() -> None:
    (redo, *_), (damage, *_) = redo_notices(MONDAY)(firm()), damage_notices("Directory 2: edited.", MONDAY)(firm())
    for owed in ("revoke tokens", "import the directory", "publish the playbook", "erase again"):
        assert owed in redo.text
    assert "Directory 2: edited." in damage.text
    assert str(RemedyAction.VERIFY_RECORD.about()) in damage.text
    assert {redo.kind, damage.kind} <= AT_ONCE


def test_who_meets_damaged_data_reads_no_command() -> None:
    refused = IntegrityBroken("Directory 2: edited.").refused
    assert "interlock" not in refused.remedy
    assert refused.remedy.startswith("Tell your operators")  # until they are told: tests/api/test_problems.py


def test_of_a_damaged_directory_nobody_can_be_told_so_its_remedy_is_named() -> None:
    refused = damaged_directory("Directory 2: edited.").refused
    assert (refused.remedy[:20], refused.action) == ("Tell your operators.", RemedyAction.IMPORT_HERE)
