"""Erasing words at a person's lawful request: what holds them is shown, then erased, as a fact of the record."""

from collections.abc import Collection, Sequence

from pydantic import ValidationError

from adapters.clock import Now
from adapters.db.erasure import Elsewhere, HeldText, HeldWords, plain
from adapters.db.read_model import ReadModel
from adapters.db.records import Records
from domain.directory.events import WordsErased
from domain.engagement.aggregate import Engagement
from domain.shared.erasure import has_ended, require_ended
from domain.shared.errors import BadValue, NotFound, Quarantined
from domain.shared.input_errors import in_words
from domain.shared.streams import OF_THE_FIRM, engagement_of
from domain.shared.text import comparable
from domain.shared.values import EngagementId, Moment, Value

# Characters that are shown before and after what was searched for.
AROUND = 40
SHORTEST = 3


class FoundText(Value):
    """A text in a fact that holds the words: who wrote it and when, and the words around them."""

    fact: str
    kind: str
    at: Moment | None
    by: str
    by_name: str
    around: str
    key: str


class DealOfWords(Value):
    """An engagement whose facts hold the words. `ended_at` is None while it runs."""

    id: EngagementId
    title: str
    ended_at: Moment | None


class OutOfReach(Value):
    """A place that erasing does not reach, and how often the words occur there."""

    place: str
    how_many: int


class Review(Value):
    """What holds the words: the texts that can be erased, the engagements they belong to, and what stays."""

    texts: tuple[FoundText, ...]
    engagements: tuple[DealOfWords, ...]
    stays: tuple[OutOfReach, ...]


class Erasing:
    """Erases in one database, to which all the stores belong."""

    def __init__(self, words: HeldWords, read: ReadModel, records: Records, clock: Now) -> None:
        self._words = words
        self._read = read
        self._records = records
        self._clock = clock

    def review(self, sought: str, only: Collection[str] = ()) -> Review:
        """What holds the words, or only the facts in `only`. Nothing is written.

        Raises BadValue for words too short to search for; NotFound for a fact that does not hold them.
        """
        if len("".join(sought.split())) < SHORTEST:
            raise BadValue(f"{sought!r} is too short to search for.", remedy=f"Give {SHORTEST} characters or more.")
        found = self._words.find(sought)
        texts = _of_facts(found.texts, only)
        names = self._words.names()
        return Review(
            texts=tuple(_view(text, sought, names.get(text.by, text.by)) for text in texts),
            engagements=tuple(map(self._deal, self._engagements(texts))),
            stays=tuple(OutOfReach(place=kept.place, how_many=kept.how_many) for kept in _by_place(found.elsewhere)),
        )

    def require_allowed(self, review: Review) -> None:
        """Raises EngagementRuns if an engagement has not ended, Quarantined if record and engine differ."""
        states = [self._state(deal.id) for deal in review.engagements]
        require_ended(states)
        streams = {text.fact.rpartition("#")[0] for text in review.texts}
        differ = self._words.quarantined(streams)
        if differ:
            raise Quarantined(
                f"Record and engine differ on {', '.join(differ)}: the engine may bring the texts back.",
                remedy="Repair it first: interlock reconcile",
            )

    def erase(self, review: Review, sought: str, because: str) -> None:
        """Erases the texts of a review for good.

        Before anything is done, raises what `require_allowed` raises, and BadValue for a reason that is none, or that
        would keep the words.
        """
        _require_reason(because, sought)
        self.require_allowed(review)
        keys = [text.key for text in review.texts]
        self._records.erase(keys, self._clock(), because, sought)

    def finish(self) -> None:
        """Finishes an erasure that was killed after it was written: its words may remain in the database's log."""
        self._records.finish_erasing()

    def _engagements(self, texts: Sequence[HeldText]) -> list[Engagement]:
        ids = {engagement_of(text.stream) for text in texts if text.seq and text.stream not in OF_THE_FIRM}
        return [self._state(engagement_id) for engagement_id in sorted(ids)]

    def _deal(self, state: Engagement) -> DealOfWords:
        ended_at = self._words.last_fact_at(state.id) if has_ended(state) else None
        return DealOfWords(id=state.id, title=state.title, ended_at=ended_at)

    def _state(self, engagement_id: EngagementId) -> Engagement:
        state = self._read.engagement(engagement_id)
        if state is None:
            raise NotFound(f"The read model lacks {engagement_id}.", remedy="Rebuild it first: interlock rebuild")
        return state


def _require_reason(because: str, sought: str) -> None:
    try:
        WordsErased(keys=(), because=because)
    except ValidationError as unfit:
        raise BadValue(
            f"The reason {in_words(unfit.errors()[0])}.", remedy="Name the request by a number or a date."
        ) from None
    if plain(sought) in plain(because):
        raise BadValue("The reason contains the texts themselves.", remedy="Name the request by a number or a date.")


def _of_facts(texts: Sequence[HeldText], only: Collection[str]) -> tuple[HeldText, ...]:
    unknown = sorted(set(only) - {text.fact for text in texts})
    if unknown:
        raise NotFound(
            f"{', '.join(unknown)} does not contain these texts.", remedy="Name facts as --dry-run lists them."
        )
    return tuple(text for text in texts if not only or text.fact in only)


def _by_place(found: Sequence[Elsewhere]) -> list[Elsewhere]:
    sums: dict[str, int] = {}
    for one in found:
        sums[one.place] = sums.get(one.place, 0) + one.how_many
    return [Elsewhere(place, how_many) for place, how_many in sums.items()]


def _view(text: HeldText, sought: str, name: str) -> FoundText:
    around = words_around(text.text, sought)
    return FoundText(fact=text.fact, kind=text.kind, at=text.at, by=text.by, by_name=name, around=around, key=text.key)


def words_around(text: str, sought: str, most: int = AROUND) -> str:
    """What was searched for, with the words before and after it."""
    line = " ".join(text.split())
    place = max(comparable(line).find(plain(sought)), 0)
    first, last = max(place - most, 0), place + len(sought) + most
    return f"{'… ' if first else ''}{line[first:last]}{' …' if last < len(line) else ''}"
