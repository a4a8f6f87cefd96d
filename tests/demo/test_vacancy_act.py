"""What the act about a vacancy makes of the record, and what it shows of it."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from adapters.files.deal_file import read_deal
from demo.answers import Casting
from demo.screen import Live
from demo.vacancy import ROLE, WISH, VacancyAct
from tests.samples import sample_directory, sample_playbook

ROOT = Path(__file__).parents[2]
PLAYBOOK = sample_playbook()
DIRECTORY = sample_directory()
Json = dict[str, Any]


def fact(second: int, kind: str, **event: Any) -> Json:
    return {"kind": kind, "at": f"2026-11-22T05:{51 + second // 60}:{second % 60:02}Z", "event": event}


STARTED = fact(0, "EngagementStarted", engagement={"id": "ENG-2026-0001"})
ANOTHER = fact(0, "VacancyOpened", vacancy={"role": "engagement_manager", "accountable": "tomasz.nowak"})
OPENED = fact(0, "VacancyOpened", vacancy={"role": ROLE, "accountable": "priya.raman"})
CLIMBED = fact(
    60,
    "VacancyEscalated",
    role=ROLE,
    name="head_of_engagement_management",
    accountable="tomasz.nowak",
    told=["priya.raman", "tomasz.nowak"],
)
TAKEN = fact(64, "RoleAccepted", holding={"role": ROLE, "person_id": "anil.mehta", "words": WISH})
OWED = (
    fact(1, "ActOpened", act={"kind": "restate_needs", "owner": "luca.ferri"}),
    fact(61, "ActEscalated", act="restate_needs", name="head_of_sales", told=["claire.dubois"]),
    fact(63, "ActEnded", act="restate_needs", by="luca.ferri"),
)


class Over:
    """The API's side of a deal that is over, two facts a page."""

    def __init__(self, *facts: Json, verified: bool = True) -> None:
        self.facts, self.verified = facts, verified

    def get(self, _who: str, path: str, *, after: str = "0", **_query: Any) -> Json:
        if path.endswith("/ledger/verify"):
            return {"verified": self.verified}
        if path.endswith("/ledger"):
            end = int(after) + 2
            return {"items": self.facts[int(after) : end], "next": str(end) if end < len(self.facts) else None}
        return {"stage": "lost", "vacancies": [], "asks": [], "next_steps": []}


def played(door: Over, screen: StringIO | None = None) -> VacancyAct:
    deal, _ = read_deal(ROOT / "examples/act-vacancy.yaml", DIRECTORY, PLAYBOOK)
    shown = Live(Console(file=screen or StringIO(), width=100))
    act = VacancyAct("act", deal, Casting(deal, DIRECTORY, PLAYBOOK), door, shown, "run")  # type: ignore[arg-type]
    act.engagement_id = "ENG-2026-0001"
    return act


def test_the_story_is_read_from_the_record_and_told_with_names() -> None:
    screen = StringIO()
    assert played(Over(STARTED, ANOTHER, OPENED, CLIMBED, TAKEN, *OWED), screen).end()
    text = " ".join(screen.getvalue().replace("│", " ").split())
    assert "at once accountable Priya Raman" in text
    assert "after 1 min 0 s escalated to Tomasz Nowak (head of engagement management); told: Priya Raman" in text
    assert "vacant for 1 min 4 s" in text
    assert "held now by Anil Mehta, in their own words" in text
    assert "owed at once Restate the needs, for the client to confirm, by Luca Ferri" in text
    assert "after 1 min 0 s told: Claire Dubois (head of sales)" in text
    assert "owed for 1 min 2 s, then done by Luca Ferri" in text


@pytest.mark.parametrize(
    "door",
    [
        Over(STARTED, ANOTHER, OPENED, TAKEN, *OWED),
        Over(STARTED, ANOTHER, OPENED, CLIMBED, *OWED),
        Over(STARTED, ANOTHER, OPENED, CLIMBED, TAKEN, *OWED[:2]),
        Over(STARTED, ANOTHER, OPENED, CLIMBED, TAKEN, *OWED, verified=False),
    ],
    ids=["never climbed", "never filled", "never done", "not as it was written"],
)
def test_an_act_that_did_not_come_as_it_must_fails_the_demo(door: Over) -> None:
    assert not played(door).end()


def test_an_unfilled_vacancy_is_told_without_a_holder() -> None:
    screen = StringIO()
    played(Over(OPENED, CLIMBED), screen).end()
    assert "escalated to Tomasz Nowak" in screen.getvalue()
    assert "held now by" not in screen.getvalue()
