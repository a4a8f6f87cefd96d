"""What a digest says, to whom it is not sent, and that it fits into one message whatever there is to say."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.directory.directory import Directory
from domain.directory.people import Absence, Person
from domain.notifications.digest import (
    MAX_ASKS,
    MAX_CHARACTERS,
    MAX_OTHERS,
    Awaited,
    DigestContent,
    DigestVacancy,
    LateWithOther,
    Listed,
    OpenTask,
    Owed,
    OwedAct,
    digest_id,
    digest_key,
    digest_text,
    people_in,
    quiet_because,
    zones_of,
)
from domain.shared.errors import INCOMPLETE
from domain.shared.values import AskId, EngagementId, PersonId
from tests.adapters.builders import firm

OSLO, DELHI = "Europe/Oslo", "Asia/Kolkata"
MONDAY = date(2026, 3, 2)
# In Oslo, in winter.
EIGHT = datetime(2026, 3, 2, 7, tzinfo=UTC)
NAMES = {
    PersonId("rosa.klein"): "Rosa Klein",
    PersonId("anil.mehta"): "Anil Mehta",
    PersonId("femi.adeyemi"): "Femi Adeyemi",
}


def listed(*items: object) -> Listed[object]:
    return Listed(items, len(items))


def told(portfolio: DigestContent, zone: str = OSLO, now: datetime = EIGHT) -> str:
    text = digest_text(portfolio, NAMES, zone, MONDAY, now)
    assert text is not None
    return text


def owed(number: int = 1, due: datetime | None = EIGHT + timedelta(hours=6), title: str = "Sign the SOW") -> Owed:
    return Owed(AskId(f"ENG-2026-0001.A{number}"), title, "Halden Energi AS", due)


WHOLE = DigestContent(
    owed=Listed((owed(2), owed(1, EIGHT - timedelta(days=3), "Review the SOW"), owed(3, None, "Attest")), 3),
    late=Listed(
        (
            LateWithOther(
                "Propose a price",
                "Luca Ferri",
                "Halden Energi AS",
                EngagementId("ENG-2026-0004"),
                EIGHT - timedelta(days=2),
            ),
            LateWithOther("Review the SOW", "Anil Mehta", "Halden Energi AS", EngagementId("ENG-2026-0005"), None),
        ),
        7,
    ),
    awaited=Listed(
        (
            Awaited(
                AskId("ENG-2026-0002.A4"),
                "Three points",
                (PersonId("rosa.klein"), PersonId("anil.mehta"), PersonId("x"), PersonId("y")),
                EIGHT,
                None,
            ),
            Awaited(AskId("ENG-2026-0002.C1.A2"), "Approve change 1", (), EIGHT - timedelta(days=4), EIGHT),
        ),
        9,
    ),
    vacancies=Listed(
        (DigestVacancy(EngagementId("ENG-2026-0003"), "customer_care", EIGHT, PersonId("femi.adeyemi")),), 1
    ),
    tasks=Listed(
        (
            OpenTask(EngagementId("ENG-2026-0001"), "T1", "Name a\nsecond tester", date(2026, 3, 1)),
            OpenTask(EngagementId("ENG-2026-0001"), "T2", "Agree on call hours", MONDAY),
        ),
        2,
    ),
)
TEXT = """\
Mon 2 Mar 2026. Times are those of Europe/Oslo.

Waits for you (3):
- OVERDUE since Fri 27 Feb 2026, 08:00: Review the SOW – Halden Energi AS (ENG-2026-0001.A1)
- due Mon 2 Mar 2026, 14:00: Sign the SOW – Halden Energi AS (ENG-2026-0001.A2)
- paused: Attest – Halden Energi AS (ENG-2026-0001.A3)

Overdue with others, and escalated to you (7):
- OVERDUE since Sat 28 Feb 2026, 08:00, with Luca Ferri: Propose a price – Halden Energi AS (ENG-2026-0004)
- paused, with Anil Mehta: Review the SOW – Halden Energi AS (ENG-2026-0005)
- and 5 more

You wait for (9):
- Rosa Klein, Anil Mehta and 2 more, since Mon 2 Mar 2026, 08:00, paused: Three points (ENG-2026-0002.A4)
- nobody yet, since Thu 26 Feb 2026, 08:00, due Mon 2 Mar 2026, 08:00: Approve change 1 (ENG-2026-0002.C1.A2)
- and 7 more

Vacant (1):
- ENG-2026-0003 has no customer care, since Mon 2 Mar 2026, 08:00: Femi Adeyemi must fill it

Your conditions (2):
- OVERDUE since Sun 1 Mar 2026: Name a second tester (ENG-2026-0001 T1)
- by Mon 2 Mar 2026: Agree on call hours (ENG-2026-0001 T2)"""


def test_a_digest_tells_the_overdue_first_and_who_owes_what() -> None:
    assert told(WHOLE) == TEXT


def test_with_nothing_to_say_nothing_is_said() -> None:
    assert digest_text(DigestContent(), NAMES, OSLO, MONDAY, EIGHT) is None


@pytest.mark.parametrize(
    ("part", "heading"),
    [
        (DigestContent(owed=WHOLE.owed), "Waits for you"),
        (DigestContent(awaited=WHOLE.awaited), "You wait for"),
        (DigestContent(vacancies=WHOLE.vacancies), "Vacant"),
        (DigestContent(tasks=WHOLE.tasks), "Your conditions"),
    ],
)
def test_a_list_without_entries_has_no_heading(part: DigestContent, heading: str) -> None:
    headings = [line.partition(" (")[0] for line in told(part).splitlines() if line.endswith("):")]
    assert headings == [heading]


@pytest.mark.parametrize(
    ("zone", "now", "wall"),
    [
        (OSLO, EIGHT, "Mon 2 Mar 2026, 14:00"),
        (DELHI, EIGHT, "Mon 2 Mar 2026, 18:30"),
        ("Pacific/Auckland", EIGHT, "Tue 3 Mar 2026, 02:00"),
        ("America/New_York", datetime(2026, 3, 9, tzinfo=UTC), "Mon 2 Mar 2026, 08:00"),
    ],
)
def test_a_due_time_is_told_on_the_wall_of_the_reader(zone: str, now: datetime, wall: str) -> None:
    assert wall in told(DigestContent(owed=Listed((owed(),), 1)), zone, now)


def test_no_more_than_ten_asks_are_told_and_how_many_more_there_are() -> None:
    text = told(DigestContent(owed=Listed(tuple(owed(n) for n in range(MAX_ASKS)), 57)))
    assert text.count("Sign the SOW") == MAX_ASKS
    assert text.endswith("- and 47 more")


moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
words = st.text(min_size=1, max_size=300)
people = st.lists(st.sampled_from([*NAMES, "x" * 64]), max_size=6).map(tuple)
asks = st.builds(
    Owed, ask_id=st.just("ENG-2026-123456789.C123456.A1"), title=words, client=words, due_at=st.none() | moments
)
awaits = st.builds(Awaited, st.just("ENG-2026-0001.A1"), words, people, moments, st.none() | moments)
acts = st.builds(
    OwedAct,
    st.just("ENG-2026-123456789"),
    st.sampled_from(["propose_price", "deliver_milestone:M1"]),
    words,
    words,
    st.none() | moments,
)
lates = st.builds(LateWithOther, words, words, words, st.just("ENG-2026-123456789"), st.none() | moments)
unheld = st.builds(
    DigestVacancy, st.just("ENG-2026-0001"), st.sampled_from(["finance", "expert:" + "x" * 40]), moments, words
)
tasks = st.builds(
    OpenTask, st.just("ENG-2026-0001"), st.just("T1"), words, st.dates(date(2020, 1, 1), date(2030, 1, 1))
)


def some(of: st.SearchStrategy[object], most: int) -> st.SearchStrategy[Listed[object]]:
    found = st.lists(of, max_size=most)
    return st.builds(
        lambda items, more: Listed(tuple(items), len(items) + (more if items else 0)), found, st.integers(0, 2000)
    )


@given(
    st.builds(
        DigestContent,
        some(asks, MAX_ASKS),
        some(acts, MAX_ASKS),
        some(lates, MAX_OTHERS),
        some(awaits, MAX_OTHERS),
        some(unheld, MAX_OTHERS),
        some(tasks, MAX_OTHERS),
        st.booleans(),
    )
)
def test_a_digest_fits_into_a_message_and_loses_count_of_nothing(portfolio: DigestContent) -> None:
    text = digest_text(portfolio, NAMES, OSLO, MONDAY, EIGHT)
    mine = Listed((*portfolio.owed.items, *portfolio.acts.items), portfolio.owed.total + portfolio.acts.total)
    parts = (mine, portfolio.late, portfolio.awaited, portfolio.vacancies, portfolio.tasks)
    lists = [found for found in parts if isinstance(found, Listed) and found.total]
    if text is None:
        assert lists == []
        return
    assert (INCOMPLETE in text) == portfolio.is_incomplete
    assert len(text) <= MAX_CHARACTERS
    sections = text.split("\n\n")[1:]
    assert len(sections) == len(lists)
    for section, found in zip(sections, lists, strict=True):
        heading, first, *_ = lines = section.splitlines()
        more = [int(line.split()[2]) for line in lines if line.startswith("- and ") and line.endswith(" more")]
        shown = len(lines) - 1 - len(more)
        assert heading.endswith(f"({found.total}):")
        assert first.startswith("- ")
        assert shown >= 1
        assert shown + sum(more) == found.total


@given(st.lists(asks, min_size=1, max_size=MAX_ASKS))
def test_what_is_overdue_stands_before_what_is_not(found: list[Owed]) -> None:
    lines = [
        line
        for line in told(DigestContent(owed=Listed(tuple(found), len(found)))).splitlines()
        if line.startswith("- ")
    ]
    late = ["OVERDUE" in line.partition(":")[0] for line in lines if not line.endswith(" more")]
    assert late == sorted(late, reverse=True)


# -- to whom, and when


def member(**more: object) -> Person:
    return Person(id="elin.dahl", name="Elin Dahl", email="e@x.example", calendar="NO").replace(**more)


def firm_of(person: Person, *absences: Absence) -> Directory:
    return firm().replace(people=(person,), absences=absences)


def away(first: int, last: int, who: str = "elin.dahl") -> Absence:
    return Absence(person=who, first=date(2026, 3, first), last=date(2026, 3, last))


@pytest.mark.parametrize(
    ("person", "day", "absences", "quiet"),
    [
        pytest.param(member(), MONDAY, [], None, id="a working day"),
        pytest.param(member(), date(2026, 12, 24), [], None, id="half a day"),
        pytest.param(member(), date(2026, 3, 7), [], "does not work on Sat 7 Mar 2026", id="a Saturday"),
        pytest.param(member(), date(2026, 5, 17), [], "does not work on Sun 17 May 2026", id="a holiday"),
        pytest.param(member(calendar="US"), date(2026, 5, 1), [], None, id="a holiday elsewhere"),
        pytest.param(member(), MONDAY, [away(2, 2)], "is away on Mon 2 Mar 2026", id="the day of an absence"),
        pytest.param(member(), MONDAY, [away(1, 2)], "is away on Mon 2 Mar 2026", id="its last day"),
        pytest.param(member(), MONDAY, [away(3, 4)], None, id="the day before it"),
        pytest.param(member(), MONDAY, [away(2, 2, "rosa.klein")], None, id="somebody else's"),
        pytest.param(member(active=False), MONDAY, [], "does not work for the firm", id="who left"),
        pytest.param(member(client="Halden"), MONDAY, [], "does not work for the firm", id="who acts for a client"),
        pytest.param(member(calendar=None), MONDAY, [], "does not work for the firm", id="who has no calendar"),
    ],
)
def test_nobody_hears_on_a_day_that_is_not_theirs(
    person: Person, day: date, absences: list[Absence], quiet: str | None
) -> None:
    assert quiet_because(firm_of(person, *absences), person, day) == (quiet and f"Elin Dahl {quiet}")


def test_zones_are_those_in_which_somebody_active_of_the_firm_works() -> None:
    gone = tuple(person.replace(active=person.calendar != "US") for person in firm().people)
    assert zones_of(firm()) == ("America/New_York", DELHI, "Europe/Berlin", OSLO)
    assert zones_of(firm().replace(people=gone)) == (DELHI, "Europe/Berlin", OSLO)
    assert zones_of(firm().replace(people=())) == ()


def test_each_active_person_of_the_firm_is_in_one_zone() -> None:
    there = [person.id for zone in zones_of(firm()) for person in people_in(firm(), zone)]
    assert sorted(there) == sorted(person.id for person in firm().people)


def test_no_two_zones_share_an_id() -> None:
    zones = available_timezones()
    assert len({digest_id(zone) for zone in zones}) == len(zones)


def test_a_person_has_one_digest_a_day() -> None:
    keys = {digest_key(who, day) for who in (PersonId("a"), PersonId("b")) for day in (MONDAY, date(2026, 3, 3))}
    assert len(keys) == 4
    assert digest_key(PersonId("elin.dahl"), MONDAY) == "digest:elin.dahl:2026-03-02"
