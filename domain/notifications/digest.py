"""The morning digest: what a person owes, what is late with others, what they wait for, and their vacancies.

Weighed: one line per engagement (it hides whom a change order waits for), and everything there is (no one reads it, and
no chat shows it). Chosen: the most urgent of each list, with how many more there are. It consists of titles, names and
times alone, so that no figure can get into it, whoever reads it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Generic, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from domain.directory.directory import Directory
from domain.directory.people import Person
from domain.next_steps.texts import act_title
from domain.playbook.model import role_label
from domain.shared.calendar import day_shown
from domain.shared.errors import INCOMPLETE
from domain.shared.values import AskId, Day, EngagementId, Moment, PersonId, Value

# What one message may hold (`domain.record.facts.Message`).
MAX_CHARACTERS = 2000
# Lines of what waits for a person, and of each other list; fewer if the message would be too long.
MAX_ASKS, MAX_OTHERS = 10, 5
MAX_LINE = 160
MAX_NAMES = 2
NEVER = datetime(9999, 12, 31, tzinfo=UTC)

T = TypeVar("T")


class Listed(NamedTuple, Generic[T]):
    """The first of a list, and how many there are in all (a lower bound if there are very many)."""

    items: tuple[T, ...] = ()
    total: int = 0


class Owed(NamedTuple):
    """An ask that waits for this person; `due_at` is None while its clock is paused."""

    ask_id: AskId
    title: str
    client: str
    due_at: datetime | None


class OwedAct(NamedTuple):
    """An act that this person owes, or may do for its owner; `due_at` is None while its clock is paused."""

    engagement_id: EngagementId
    act: str
    title: str
    client: str
    due_at: datetime | None


class LateWithOther(NamedTuple):
    """An overdue step of someone else that has escalated to this person, who cannot do it themselves."""

    what: str
    owner: str
    """The owner's name."""
    client: str
    engagement_id: EngagementId
    due_at: datetime | None


class Awaited(NamedTuple):
    """An ask that this person waits for, and who owes the answer."""

    ask_id: AskId
    title: str
    owed_by: tuple[PersonId, ...]
    since: datetime
    due_at: datetime | None


class DigestVacancy(NamedTuple):
    """A vacancy in this person's function or engagement."""

    engagement_id: EngagementId
    role: str
    since: datetime
    accountable: PersonId


class OpenTask(NamedTuple):
    """A condition that this person owns and has not met."""

    engagement_id: EngagementId
    task: str
    text: str
    due: date


class DigestContent(NamedTuple):
    """Everything that a person's digest consists of; each list has the most urgent first.

    `is_incomplete`: some of it cannot be read now. `damaged`: the names of rows that were edited.
    """

    owed: Listed[Owed] = Listed()
    acts: Listed[OwedAct] = Listed()
    late: Listed[LateWithOther] = Listed()
    awaited: Listed[Awaited] = Listed()
    vacancies: Listed[DigestVacancy] = Listed()
    tasks: Listed[OpenTask] = Listed()
    is_incomplete: bool = False
    damaged: tuple[str, ...] = ()


class PeoplePage(Value):
    """Some people of a time zone, those after `after`, and the moment that decides which local day it is.

    `installation` is the one they belong to; empty if a schedule made by an older version starts the digests.
    """

    zone: str
    at: Moment
    after: PersonId | None = None
    installation: str = ""


class PageDone(Value):
    """How many people were checked, for how many there is a digest, and after whom the next page begins."""

    people: int
    told: int
    after: PersonId | None = None


# The kind of a digest's message.
DIGEST = "digest"
DIGESTS = "digest/"


def digest_id(zone: str) -> str:
    """The id of a zone's schedule, and the prefix of its runs' ids: `digest/Europe-Oslo`."""
    return f"{DIGESTS}{zone.replace('/', '-')}"


def digest_key(person_id: PersonId, day: date) -> str:
    """The key that makes a person's digest one message a day, however often it is composed."""
    return f"digest:{person_id}:{day}"


def zones_of(directory: Directory) -> tuple[str, ...]:
    """The zones in which someone of the firm works."""
    return tuple(sorted({zone for person in directory.people if person.active and (zone := _zone(directory, person))}))


def people_in(directory: Directory, zone: str) -> tuple[Person, ...]:
    """The firm's active people in a zone, by id."""
    there = (person for person in directory.people if person.active and _zone(directory, person) == zone)
    return tuple(sorted(there, key=lambda person: person.id))


def _zone(directory: Directory, person: Person) -> str | None:
    calendar = directory.calendars.get(person.calendar or "")
    return calendar.zone if calendar and person.client is None else None


def quiet_because(directory: Directory, person: Person, day: date) -> str | None:
    """Why a person gets no digest on a local day, whatever there is to say; None if they get one."""
    calendar = directory.calendars.get(person.calendar or "")
    if not person.active or person.client is not None or calendar is None:
        return f"{person.name} does not work for the firm"
    if calendar.hours_of(day) is None:
        return f"{person.name} does not work on {day_shown(day)}"
    if any(away.person == person.id and away.first <= day <= away.last for away in directory.absences):
        return f"{person.name} is away on {day_shown(day)}"
    return None


class _Section(NamedTuple):
    """A list as it is shown: its heading, its lines, and the total including those not shown."""

    heading: str
    lines: tuple[str, ...]
    """At most as many as the section may have."""
    total: int

    def shown(self, most: int) -> Iterator[str]:
        """The section with at most so many lines."""
        yield ""
        yield f"{self.heading} ({self.total}):"
        yield from self.lines[:most]
        more = self.total - most
        if more > 0:
            yield f"- and {more} more"


def digest_text(
    portfolio: DigestContent, names: Mapping[PersonId, str], zone: str, day: Day, now: datetime
) -> str | None:
    """The digest of a person who works in `zone`, on their local `day`; None if there is nothing to say.

    `names` are people's names by id. Times are local to the zone, and what is overdue at `now` says so.
    """
    told = _Telling(names, ZoneInfo(zone), now)
    steps: list[Owed | OwedAct] = [*portfolio.owed.items, *portfolio.acts.items]
    owed = sorted(steps, key=lambda step: step.due_at or NEVER)
    sections = [
        _Section("Waits for you", _told(told.owed, owed, MAX_ASKS), portfolio.owed.total + portfolio.acts.total),
        _Section(
            "Overdue with others, and escalated to you", _told(told.late, portfolio.late.items), portfolio.late.total
        ),
        _Section("You wait for", _told(told.awaited, portfolio.awaited.items), portfolio.awaited.total),
        _Section("Vacant", _told(told.unheld, portfolio.vacancies.items), portfolio.vacancies.total),
        _Section("Your conditions", _told(told.task, portfolio.tasks.items), portfolio.tasks.total),
    ]
    sections = [section for section in sections if section.total]
    if not sections:
        return None
    missing = f"\n{INCOMPLETE}" if portfolio.is_incomplete else ""
    return _fitted(f"{day_shown(day)}. Times are those of {zone}.{missing}", sections)


def _told(line: Callable[[T], str], items: Sequence[T], most: int = MAX_OTHERS) -> tuple[str, ...]:
    return tuple(map(line, items[:most]))


def _fitted(first: str, sections: list[_Section]) -> str:
    """The text with as many lines as a message holds: the longest list is cut, among equals the last."""
    shown = [len(section.lines) for section in sections]
    while True:
        lines = [line for section, most in zip(sections, shown, strict=True) for line in section.shown(most)]
        text = "\n".join([first, *lines])
        if len(text) <= MAX_CHARACTERS:
            return text
        longest = max(range(len(shown)), key=lambda place: (shown[place], place))
        shown[longest] -= 1


class _Telling(NamedTuple):
    """How lines are worded for one reader."""

    names: Mapping[PersonId, str]
    zone: ZoneInfo
    now: datetime

    def owed(self, ask: Owed | OwedAct) -> str:
        if isinstance(ask, OwedAct):
            where = f" – {_cut(ask.client, 40)} ({ask.engagement_id})"
            return _line(f"{self._due(ask.due_at)}: ", act_title(ask.act), where)
        return _line(f"{self._due(ask.due_at)}: ", ask.title, f" – {_cut(ask.client, 40)} ({ask.ask_id})")

    def late(self, step: LateWithOther) -> str:
        before = f"{self._due(step.due_at)}, with {_cut(step.owner, 30)}: "
        return _line(before, step.what, f" – {_cut(step.client, 40)} ({step.engagement_id})")

    def awaited(self, ask: Awaited) -> str:
        since = f"{self._named(ask.owed_by)}, since {self._wall(ask.since)}, {self._due(ask.due_at)}: "
        return _line(since, ask.title, f" ({ask.ask_id})")

    def unheld(self, vacancy: DigestVacancy) -> str:
        since = f", since {self._wall(vacancy.since)}: {self._named((vacancy.accountable,))} must fill it"
        return _line(f"{vacancy.engagement_id} has no ", role_label(vacancy.role), since)

    def task(self, task: OpenTask) -> str:
        today = self.now.astimezone(self.zone).date()
        by = f"OVERDUE since {day_shown(task.due)}" if task.due < today else f"by {day_shown(task.due)}"
        return _line(f"{by}: ", task.text, f" ({task.engagement_id} {task.task})")

    def _due(self, due: datetime | None) -> str:
        if due is None:
            return "paused"
        return f"{'OVERDUE since' if due < self.now else 'due'} {self._wall(due)}"

    def _wall(self, moment: datetime) -> str:
        local = moment.astimezone(self.zone)
        return f"{day_shown(local.date())}, {local:%H:%M}"

    def _named(self, people: tuple[PersonId, ...]) -> str:
        names = [_cut(self.names.get(person_id, person_id), 30) for person_id in people] or ["nobody yet"]
        more = len(names) - MAX_NAMES
        return ", ".join(names[:MAX_NAMES]) + (f" and {more} more" if more > 0 else "")


def _line(before: str, words: str, after: str) -> str:
    """One line of a list; people's own words are cut to fit."""
    room = MAX_LINE - len(before) - len(after) - 2
    return f"- {before}{_cut(words, max(room, 24))}{after}"


def _cut(words: str, most: int) -> str:
    """Words on one line, at most so many characters."""
    text = " ".join(words.split())
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
