"""What App Home shows, drawn from what it is told: no part of it needs Slack."""

from datetime import UTC, date, datetime
from typing import Any

from api.slack.home_view import MAX_LATE, MAX_OTHERS, MAX_STEPS, Shown, home
from application.queries.asks import AskPage
from application.queries.engagements import EngagementPage
from application.queries.my_steps import MyStepPage, MyStepView
from application.queries.people import AnswersForView, PersonView
from application.queries.vacancies import VacancyLineView, VacancyPage
from application.queries.view import NamedPersonView as Named

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def step(number: int = 1, **more: Any) -> MyStepView:
    told = {
        "what": "Propose a price",
        "reason": None,
        "engagement_id": f"ENG-2026-{number:04}",
        "title": "Field service",
        "client": "Halden Energi AS",
        "owner": Named(id="luca.ferri", name="Luca Ferri"),
        "is_own": False,
        "since": NOON,
        "since_shown": "Mon 2 Nov 2026, 13:00 (Oslo time)",
        "due": NOON,
        "due_shown": "Mon 2 Nov 2026, 13:00 (Oslo time)",
        "overdue": True,
        "paused": False,
        "ask_id": None,
        "act": "propose_price",
        "vacancy": None,
        "task": None,
        "command": "interlock role replace ENG-2026-0001 'sales' PERSON",
    }
    return MyStepView.model_validate(told | more)


def drawn(
    vacant: tuple[VacancyLineView, ...] = (), answers_for: tuple[AnswersForView, ...] = (), **steps: Any
) -> list[dict[str, Any]]:
    page = MyStepPage.model_validate({"items": (), "more": False, "late": (), "more_late": False} | steps)
    nothing: dict[str, Any] = {"items": (), "next": None, "incomplete": None}
    only: dict[str, Any] = {"id": "claire.dubois", "absences": (), "delegations": (), "answers_for": answers_for}
    me = PersonView.model_construct(**only)
    shown = Shown(
        asks=AskPage.model_construct(**nothing),
        steps=page,
        engagements=EngagementPage.model_construct(**nothing),
        vacancies=VacancyPage.model_construct(**(nothing | {"items": vacant})),
        me=me,
    )
    blocks: list[dict[str, Any]] = home(shown).to_dict()["blocks"]
    return blocks


AWAITED = {
    "ask_id": "ENG-2026-0001.A13",
    "what": "Kofi Mensah needs to know, before answering “Three points”",
    "who": ("Luca Ferri",),
    "since": NOON,
    "since_shown": "Mon 2 Nov 2026, 13:00 (Oslo time)",
    "due": NOON,
    "due_shown": "Tue 3 Nov 2026, 13:00 (Oslo time)",
}
ANSWERS = AnswersForView(
    person_id="kofi.mensah",
    person_name="Kofi Mensah",
    first=date(2026, 11, 2),
    last=date(2026, 11, 6),
    roles=("finance",),
)


def vacant(**more: Any) -> VacancyLineView:
    told = {
        "engagement_id": "ENG-2026-0001",
        "title": "Field service",
        "role": "expert:data",
        "because": "nobody holds it",
    }
    return VacancyLineView.model_construct(**(told | {"since_shown": "Mon 2 Nov 2026, 09:00 (Oslo time)"} | more))


def test_whom_i_wait_for_stands_there_with_until_when() -> None:
    found = texts(drawn(awaited=(AWAITED,), more_awaited=True))
    assert "I wait for" in found
    assert (
        "Luca Ferri, due Tue 3 Nov 2026, 13:00 (Oslo time): "
        "Kofi Mensah needs to know, before answering “Three points”\nAnd for more: see the digest."
    ) in found
    assert "I wait for" not in texts(drawn())


def test_a_vacancy_says_who_is_asked_and_until_when() -> None:
    asked = vacant(asked_name="Kofi Mensah", asked_until_shown="Tue 3 Nov 2026, 13:00 (Oslo time)")
    lines = texts(drawn(vacant=(asked, vacant())))
    since = "ENG-2026-0001 Field service: no expert for data since Mon 2 Nov 2026, 09:00 (Oslo time)."
    assert f"{since} Kofi Mensah is asked to take it, due Tue 3 Nov 2026, 13:00 (Oslo time)." in lines
    assert f"{since} Nobody holds it." in lines


def test_a_delegate_reads_for_whom_they_may_answer() -> None:
    assert "You may answer for Kofi Mensah as finance from Mon 2 Nov 2026 to Fri 6 Nov 2026." in texts(
        drawn(answers_for=(ANSWERS,))
    )


def texts(blocks: list[dict[str, Any]]) -> list[str]:
    return [block["text"]["text"] for block in blocks if "text" in block]


def test_what_is_late_with_others_stands_under_a_heading_of_its_own_with_the_command_that_helps() -> None:
    found = texts(drawn(late=(step(),)))
    assert "Overdue with others" in found
    at = "Mon 2 Nov 2026, 13:00 (Oslo time)"
    late = f"OVERDUE since {at}; open since {at}. With Luca Ferri. ENG-2026-0001 Field service"
    assert f"Propose a price\n{late}\ninterlock role replace ENG-2026-0001 'sales' PERSON" in found
    assert "Overdue with others" not in texts(drawn())


def test_of_much_that_is_late_the_first_is_shown_and_that_there_is_more() -> None:
    blocks = drawn(late=tuple(step(n) for n in range(1, 9)))
    assert len([text for text in texts(blocks) if text.startswith("Propose a price")]) == MAX_LATE
    assert "More is overdue with others: see `interlock next`." in str(blocks)


def test_what_no_button_does_stands_there_with_why_it_is_owed_again_and_its_command() -> None:
    why, by = "Sent back by Grace Oduya: the trade is missing.", "interlock client add NAME"
    blocks = drawn(items=(step(what="Correct the new client", act="correct_client", reason=why, command=by),))
    (line,) = [text for text in texts(blocks) if text.startswith("Correct the new client")]
    assert line.endswith(f"{why}\nTo do it: {by}")
    (offered,) = [text for text in texts(drawn(items=(step(),))) if text.startswith("Propose a price")]
    assert "To do it" not in offered


def test_the_fullest_home_is_within_what_slack_takes() -> None:
    owed = {"owner": Named(id="claire.dubois", name="Claire Dubois"), "is_own": True}
    full = drawn(
        items=tuple(step(n, **owed) for n in range(MAX_STEPS)),
        more=True,
        late=tuple(step(n) for n in range(9)),
        awaited=(AWAITED,) * 5,
        more_awaited=True,
        answers_for=(ANSWERS,) * 9,
    )
    other_lists = 2 * (MAX_OTHERS - 1) + 2 * MAX_OTHERS - 1  # beside what says that there is nothing
    assert len(full) + other_lists <= 100


def test_what_rests_says_until_when_and_has_no_button_that_would_be_refused() -> None:
    rests: dict[str, Any] = {"paused": True, "held_until": "2026-12-03", "overdue": False}
    blocks = drawn(items=(step(is_own=True, **rests), step(2, is_own=True, act=None, vacancy="quality", **rests)))
    assert [text for text in texts(blocks) if "On hold until Thu 3 Dec 2026." in text]
    buttons = [one["text"]["text"] for block in blocks for one in block.get("elements", ()) if one["type"] == "button"]
    assert "Propose a price…" not in buttons
    assert "Name somebody…" in buttons, "whom a role is given to is said on hold too"
