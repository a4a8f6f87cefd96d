"""What a defined process must not have.

A function without a head, a ladder that ends at a project manager or at an empty position, a route with a gap between
thresholds, a gate that no one but the requester can decide, a role that no one is competent for. Predicates are
structured, so gaps and rows that can never match are proved here, not guessed.
"""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import pairwise
from typing import Literal, NamedTuple

from domain.asks.model import AskKind
from domain.directory.directory import NEEDED_ROLES, PROJECT_MANAGER, REQUIRED_POSITIONS, Directory
from domain.playbook.model import (
    PARTIES,
    Band,
    DecisionRow,
    DocumentPolicy,
    Figure,
    Kind,
    Playbook,
    Predicate,
    Reviewer,
    Rung,
    Stage,
)
from domain.shared.values import Value

SALES = "sales"
CLIENT_PARTIES = PARTIES - {"provider_sponsor"}
# Rungs that are resolved for each ask: the head of its function, the delegate or deputy.
LADDER_WORDS = frozenset({"head", "stand_in"})
ENDED = (Stage.CLOSED, Stage.LOST, Stage.CANCELLED)
RUNNING = tuple(stage for stage in Stage if stage not in ENDED)
# The stages over which an engagement becomes ever more certain, up to the work itself.
TO_THE_WORK = tuple(stage for stage in RUNNING if stage.order <= Stage.DELIVER.order)


class Severity(StrEnum):
    """An error keeps a playbook from being published; a warning is for its author to weigh."""

    ERROR = "error"
    WARNING = "warning"


class Finding(Value):
    """One gap in a process: where (a dotted path), what is so, what to do."""

    severity: Severity
    where: str
    what: str
    remedy: str


class Fact(NamedTuple):
    """A fact that predicates may use: its form, and on which side of a figure it is worse."""

    form: Literal["number", "flag", "word"]
    worse: Literal["over", "under"] | None = None
    words: tuple[str, ...] = ()
    """All values of a word; empty means any."""


BAND_FACTS = {"discount": Fact("number", "over"), "margin_p80": Fact("number", "under")}
REVIEW_FACTS = {"kind": Fact("word", words=tuple(Kind)), "price": Fact("number")}
CHANGE_FACTS = {
    "value": Fact("number", "over"),
    "all_together_percent": Fact("number", "over"),
    "all_together_days": Fact("number", "over"),
    "margin_p80": Fact("number", "under"),
    "terms_changed": Fact("flag"),
    "requirements_changed": Fact("flag"),
    "reason": Fact("word"),
}


def findings(playbook: Playbook, directory: Directory | None = None) -> tuple[Finding, ...]:
    """Every gap in a process; without a directory, those that do not depend on who works here."""
    return (
        *_roles(playbook, directory),
        *_price(playbook),
        *_decisions(playbook),
        *_documents(playbook),
        *_handoff(playbook),
        *_changes(playbook),
        *_times(playbook),
        *_ladders(playbook, directory),
        *_second_roles(playbook),
        *_pipeline(playbook),
        *_names(playbook, directory),
    )


def _error(where: str, what: str, remedy: str) -> Finding:
    return Finding(severity=Severity.ERROR, where=where, what=what, remedy=remedy)


def _warning(where: str, what: str, remedy: str) -> Finding:
    return Finding(severity=Severity.WARNING, where=where, what=what, remedy=remedy)


def _roles(playbook: Playbook, directory: Directory | None) -> Iterator[Finding]:
    for role in sorted(playbook.roles.keys() & set(REQUIRED_POSITIONS)):
        yield _error(f"roles.{role}", f"{role} is a position in the firm, not a role", "Give the role another name.")
    for role in NEEDED_ROLES:
        if role not in playbook.roles:
            yield _error("roles", f"there is no role {role}, which the process needs", f"Define {role}.")
    if directory is not None:
        yield from _headless(playbook, directory)
        yield from _beyond_everybody(playbook, directory)


def _headless(playbook: Playbook, directory: Directory) -> Iterator[Finding]:
    for name, role in playbook.roles.items():
        for field, head in (("head", role.head), ("head_in_house", role.head_in_house)):
            in_house_party = field == "head_in_house" and head == "provider_sponsor"
            if head is not None and not in_house_party and _is_empty(head, directory):
                what = f"nobody heads {role.function}: {head} is not a filled position in the directory"
                yield _error(f"roles.{name}.{field}", what, "Name a position, or fill it.")


def _is_empty(position: str, directory: Directory) -> bool:
    holder = directory.positions.get(position)
    return holder is None or directory.colleague(holder) is None


def beyond_everybody(playbook: Playbook, directory: Directory) -> tuple[str, ...]:
    """Roles that no one is competent for. Experts are checked by discipline, for those with capacity."""
    disciplines = tuple(f"expert:{discipline}" for discipline in directory.capacity)
    roles = (*(name for name in playbook.roles if name != "expert"), *disciplines)
    return tuple(role for role in roles if not directory.competent(role, playbook))


def of_the_directory(playbook: Playbook, directory: Directory) -> tuple[Finding, ...]:
    """Gaps that depend on who works here, apart from roles that no one is competent for."""
    anyhow, competent = set(findings(playbook)), set(_beyond_everybody(playbook, directory))
    return tuple(found for found in findings(playbook, directory) if found not in anyhow | competent)


def _beyond_everybody(playbook: Playbook, directory: Directory) -> Iterator[Finding]:
    for role in beyond_everybody(playbook, directory):
        what = f"nobody in the directory is competent as {role}"
        yield _error(f"roles.{role.split(':')[0]}", what, "Name somebody, or change what the role requires.")
    if not any(role.startswith("expert:") for person in directory.people for role in person.roles):
        yield _error("roles.expert", "nobody in the directory is an expert", "Name experts for each discipline.")


def _ill_predicates(where: str, predicates: Sequence[Predicate], facts: dict[str, Fact]) -> Iterator[Finding]:
    for place, predicate in enumerate(predicates):
        path, fact = f"{where}.{place}", facts.get(predicate.field)
        if fact is None:
            yield _error(
                path, f"{predicate.field} is not a known fact here", f"Use one of: {', '.join(sorted(facts))}."
            )
        elif isinstance(predicate, Figure) != (fact.form == "number"):
            yield _error(path, f"{predicate.field} is a {fact.form}: this is never true", "Compare it as that.")
        elif isinstance(predicate, Figure):
            yield from _wrong_way(path, predicate, fact)
        elif isinstance(predicate.value, bool) != (fact.form == "flag"):
            yield _error(path, f"{predicate.field} is a {fact.form}: this is never true", "Compare it as that.")
        elif fact.words and predicate.value not in fact.words:
            what = f"{predicate.field} is never {predicate.value}"
            yield _error(path, what, f"Use one of: {', '.join(fact.words)}.")


def _wrong_way(path: str, figure: Figure, fact: Fact) -> Iterator[Finding]:
    downward = figure.comparison == "under"
    if fact.worse and downward != (fact.worse == "under"):
        what = f"{figure.field} is worse {fact.worse} a figure, but this matches the other side: the worst escapes"
        yield _error(path, what, f"Compare with {fact.worse}.")


def _covers(earlier: Predicate, later: Predicate) -> bool:
    """True if everything that matches the later also matches the earlier."""
    if earlier == later:
        return True
    if not isinstance(earlier, Figure) or not isinstance(later, Figure) or earlier.field != later.field:
        return False
    if (earlier.comparison == "under") != (later.comparison == "under"):
        return False
    if earlier.value == later.value:
        return earlier.comparison in {"at_least", later.comparison}
    return (later.value < earlier.value) == (earlier.comparison == "under")


def _price(playbook: Playbook) -> Iterator[Finding]:
    policy = playbook.price
    if policy.floor_margin > policy.target_margin:
        yield _error("price.floor_margin", "the floor is above the target", "Set the floor to the target or lower.")
    for place, band in enumerate(policy.bands):
        where = f"price.bands.{place}"
        yield from _band(where, band)
        yield from _never_reached(where, band, policy.bands[:place])
        yield from _milder_below(where, band, policy.bands[:place])
        yield from _other_margins(f"{where}.any", band.any, playbook)
    yield from _floor_is_guarded(playbook)
    if not any(predicate.field == "discount" for band in policy.bands for predicate in band.any):
        yield _warning(
            "price.bands", "a discount of any size needs no approval besides the decision", "Add a row for it."
        )


def _band(where: str, band: Band) -> Iterator[Finding]:
    if not band.any:
        yield _error(f"{where}.any", "the row matches nothing", "Give it a comparison, or remove it.")
    yield from _ill_predicates(f"{where}.any", band.any, BAND_FACTS)
    judges = {*band.approvers, *((band.override,) if band.override else ())}
    if judges <= {SALES}:
        yield _error(where, "nobody but sales, who asks for it, approves this price", "Name approvers outside sales.")
    elif SALES in judges:
        yield _warning(where, "sales asks for the price and has no vote on it", "Remove sales.")


def _never_reached(where: str, band: Band, earlier: Sequence[Band]) -> Iterator[Finding]:
    """The first row that matches counts, so a wider comparison above makes a narrower one below unreachable."""
    wider = [predicate for row in earlier for predicate in row.any]
    swallowed = [place for place, own in enumerate(band.any) if any(_covers(above, own) for above in wider)]
    if band.any and len(swallowed) == len(band.any):
        yield _error(where, "the row is never reached: a row above matches first", "Put the strictest row first.")
    else:
        for place in swallowed:
            what = "this comparison is never reached: a row above matches first"
            yield _error(f"{where}.any.{place}", what, "Put the strictest row first.")


def _milder_below(where: str, band: Band, earlier: Sequence[Band]) -> Iterator[Finding]:
    above = earlier[-1] if earlier else None
    escaped = set(band.approvers) - set(above.approvers) if above else set()
    if escaped:
        what = f"a worse price would not need {', '.join(sorted(escaped))}, who must approve this one"
        yield _warning(where, what, "Give each row at least the approvers of the row below it.")


def _other_margins(where: str, predicates: Sequence[Predicate], playbook: Playbook) -> Iterator[Finding]:
    known = (playbook.price.floor_margin, playbook.price.target_margin)
    for place, predicate in enumerate(predicates):
        if isinstance(predicate, Figure) and predicate.field == "margin_p80" and predicate.value not in known:
            what = f"a margin of {predicate.value} is neither the floor ({known[0]}) nor the target ({known[1]})"
            yield _error(f"{where}.{place}", what, "Use the floor or the target, or change those.")


def _floor_is_guarded(playbook: Playbook) -> Iterator[Finding]:
    """`delivery-before-price`: under the floor there must be an override, which carries delivery's dissent."""
    floor = Figure(field="margin_p80", comparison="under", value=playbook.price.floor_margin)
    guards = [row for row in playbook.price.bands if any(_covers(predicate, floor) for predicate in row.any)]
    if not guards:
        yield _error("price.bands", "a price below the floor needs no approval", "Add a row for it.")
    elif guards[0].override is None:
        what = "a price below the floor needs no signed override"
        yield _error(f"price.bands.{playbook.price.bands.index(guards[0])}", what, "Name an override.")


def _decisions(playbook: Playbook) -> Iterator[Finding]:
    for kind in Kind:
        if kind not in playbook.decision:
            yield _error("decision", f"nobody decides {kind} deals", f"Add rows for {kind}.")
    for kind, rows in playbook.decision.items():
        for place, row in enumerate(rows):
            yield from _decision_row(f"decision.{kind}.{place}", row, playbook)


def _decision_row(where: str, row: DecisionRow, playbook: Playbook) -> Iterator[Finding]:
    if row.below is not None and row.below <= 0:
        yield _error(f"{where}.below", "no price is below this: the row is never reached", "Use a price above 0.")
    if row.final_authority in {SALES, PROJECT_MANAGER}:
        what = f"{row.final_authority} has the final decision on a deal"
        yield _error(f"{where}.final_authority", what, "Name the engagement manager, the sponsor or a position.")
    if row.must_include is not None and row.must_include not in row.voters:
        what = f"no deal can be approved: {row.must_include} must agree but does not vote"
        yield _error(f"{where}.must_include", what, "Give them a vote.")
    yield from _quorum(f"{where}.quorum", row)
    if {*row.voters, row.final_authority} <= playbook.roles.keys() - {"engagement_manager"}:
        what = "neither the engagement manager, nor the sponsor, nor anybody above them has a vote on this deal"
        yield _error(where, what, "Give the engagement manager a vote, or name one of these as final authority.")
    yield from _voters(f"{where}.voters", row.voters, SALES, "the deal")


def _quorum(where: str, row: DecisionRow) -> Iterator[Finding]:
    """A vote that no one can win is no decision; if no votes are counted, a quorum means nothing."""
    voters = len(set(row.voters))
    if row.quorum is None:
        return
    if not row.needed:
        what = f"{row.method} counts no votes: a quorum of {row.quorum} has no effect"
        yield _warning(where, what, "Remove it, or decide by majority or consensus.")
    elif row.needed > voters:
        what = f"no vote can decide: {row.quorum} are needed of {voters} who vote"
        yield _error(where, what, "Lower the quorum, or name more voters.")
    elif row.needed < voters // 2 + 1:
        what = f"{row.quorum} of {voters} may decide: less than half of those named"
        yield _warning(where, what, "Remove it: more than half then decide.")


def _voters(where: str, voters: Iterable[str], requester: str, subject: str) -> Iterator[Finding]:
    """`nobody-signs-their-own`, as far as roles can tell."""
    if set(voters) <= {requester}:
        what = f"nobody but {requester}, who asks, decides on {subject}"
        yield _error(where, what, f"Name others than {requester}.")
    elif requester in voters:
        yield _warning(where, f"{requester} asks for {subject} and has no vote on it", f"Remove {requester}.")


def _documents(playbook: Playbook) -> Iterator[Finding]:
    for name in ("sow", "brd"):
        document = playbook.documents.get(name)
        if document is None:
            yield _error("documents", f"there is no {name}: its stage cannot be passed", f"Define {name}.")
        else:
            yield from _document(f"documents.{name}", name, document)


def _document(where: str, name: str, document: DocumentPolicy) -> Iterator[Finding]:
    yield from _voters(
        f"{where}.reviewers", (reviewer.role for reviewer in document.reviewers), document.author, f"the {name}"
    )
    for place, reviewer in enumerate(document.reviewers):
        yield from _ill_predicates(f"{where}.reviewers.{place}.all", reviewer.all, REVIEW_FACTS)
    yield from _unreviewed(where, name, document)
    yield from _signers(f"{where}.signers", document)
    if document.overdue_objection in {document.author, PROJECT_MANAGER}:
        what = f"{document.overdue_objection} has the final decision on objections"
        yield _error(f"{where}.overdue_objection", what, "Name the sponsor or a position.")


def _unreviewed(where: str, name: str, document: DocumentPolicy) -> Iterator[Finding]:
    """`inside-before-outside`: whatever the price, someone besides the author reviews."""
    for kind in Kind:
        if not any(r.role != document.author and _always_reviews(r, kind) for r in document.reviewers):
            what = f"there is a {kind} {name} that nobody but its author reviews internally"
            yield _error(f"{where}.reviewers", what, "Name a reviewer without a condition.")


def _always_reviews(reviewer: Reviewer, kind: Kind) -> bool:
    return all(p.field == "kind" and p.comparison == "is" and p.value == kind for p in reviewer.all)


def _signers(where: str, document: DocumentPolicy) -> Iterator[Finding]:
    outside = [signer in CLIENT_PARTIES for signer in document.signers]
    inside = {signer for signer in document.signers if signer not in CLIENT_PARTIES}
    if inside <= {document.author}:
        what = f"nobody but its author, {document.author}, signs for the provider"
        yield _error(where, what, "Let somebody else sign for the provider.")
    if not any(outside):
        yield _error(where, "nobody signs for the client", "Add client_signatory or client_sponsor.")
    if outside != sorted(outside):
        yield _error(where, "the client signs before the provider", "Put the provider's signers first.")


def _handoff(playbook: Playbook) -> Iterator[Finding]:
    yield from _voters("handoff", playbook.handoff, "engagement_manager", "the handoff")


def _changes(playbook: Playbook) -> Iterator[Finding]:
    change = playbook.change
    yield from _voters("change.always", change.always, PROJECT_MANAGER, "a change")
    for place, route in enumerate(change.routes):
        where = f"change.routes.{place}"
        if not route.any:
            yield _error(f"{where}.any", "the route matches nothing", "Give it a comparison, or remove it.")
        if route.approver == PROJECT_MANAGER:
            what = "the project manager asks for changes and has no vote on them"
            yield _error(f"{where}.approver", what, "Name another approver.")
        yield from _ill_predicates(f"{where}.any", route.any, CHANGE_FACTS)
        yield from _other_margins(f"{where}.any", route.any, playbook)
    for field in ("signer", "higher_signer"):
        if getattr(change, field) in {PROJECT_MANAGER, *CLIENT_PARTIES}:
            what = f"{getattr(change, field)} signs changes for the provider"
            yield _error(f"change.{field}", what, "Name the engagement manager, the sponsor or a position.")


def _times(playbook: Playbook) -> Iterator[Finding]:
    if "other" not in playbook.due_hours:
        yield _error("due_hours", "asks that are not listed have no due time", "Add `other`.")
    known = {"other", *AskKind, *(f"client_{kind}" for kind in AskKind)}
    for name in sorted(set(playbook.due_hours) - known):
        yield _warning(f"due_hours.{name}", f"there is no kind of ask {name}", _perhaps(name, known))
    for place, name in enumerate(playbook.ladder.never_answered_by_another):
        if name not in set(AskKind):
            where = f"ladder.never_answered_by_another.{place}"
            yield _error(where, f"there is no kind of ask {name}", _perhaps(name, set(AskKind)))


def _perhaps(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, [str(word) for word in known], n=1)
    return f"Did you mean {close[0]}?" if close else "Remove it."


def _ladders(playbook: Playbook, directory: Directory | None) -> Iterator[Finding]:
    for where, rungs in (("ladder.ask", playbook.ladder.ask), ("ladder.vacancy", playbook.ladder.vacancy)):
        yield from _climb(where, rungs)
        yield from _end(f"{where}.{len(rungs) - 1}.role", rungs[-1].role, playbook, directory)


def _climb(where: str, rungs: Sequence[Rung]) -> Iterator[Finding]:
    """`no-silent-default`: escalation leads upward, and never to a project manager."""
    for place, rung in enumerate(rungs):
        if rung.role == PROJECT_MANAGER:
            what = "the ladder leads to the project manager"
            yield _error(f"{where}.{place}.role", what, "Name a position: nothing is passed to the project manager.")
        if place and rung.after <= rungs[place - 1].after:
            yield _error(
                f"{where}.{place}.after", "the rungs are not in order", "Put each rung later than the one before."
            )


def _end(path: str, last: str, playbook: Playbook, directory: Directory | None) -> Iterator[Finding]:
    """`someone-is-accountable`: the last rung is a position that is filled."""
    if last in LADDER_WORDS | PARTIES | playbook.roles.keys():
        what = f"the ladder ends at {last}, which is not a position"
        yield _error(path, what, "End it at a position that is always filled.")
    elif directory is not None and _is_empty(last, directory):
        what = f"the ladder ends at {last}, which is not a filled position in the directory"
        yield _error(path, what, "End it at a position that is always filled.")


def _second_roles(playbook: Playbook) -> Iterator[Finding]:
    for place, (one, other) in enumerate(playbook.second_role.excluded_pairs):
        where = f"second_role.excluded_pairs.{place}"
        if one == other:
            yield _error(where, f"{one} is paired with itself", "Name two roles.")
        for number, role in enumerate((one, other)):
            if playbook.role(role) is None:
                remedy = _perhaps(role, playbook.roles)
                yield _error(f"{where}.{number}", f"{role} is not defined: the pair excludes nothing", remedy)


def _pipeline(playbook: Playbook) -> Iterator[Finding]:
    """The likelihood of each stage before the deal is won must be given, and never decrease."""
    known = playbook.pipeline
    for stage in RUNNING:
        if stage not in known:
            what = f"the likelihood of a deal in {stage} is missing: its hours count in full"
            yield _error("pipeline", what, f"Add {stage}.")
    for stage in ENDED:
        if stage in known:
            yield _warning(f"pipeline.{stage}", f"deals that are {stage} take no hours any more", "Remove it.")
    for before, after in pairwise(stage for stage in TO_THE_WORK if stage in known):
        if known[after] < known[before]:
            what = f"a deal in {after} is less likely ({known[after]} %) than one in {before} ({known[before]} %)"
            yield _warning(f"pipeline.{after}", what, "Make the likelihood rise towards deliver.")


def _names(playbook: Playbook, directory: Directory | None) -> Iterator[Finding]:
    """Without a directory, a name that is no role may still be a position, so it is only a warning."""
    positions = tuple(directory.positions) if directory else REQUIRED_POSITIONS
    known = {*playbook.roles, *PARTIES, *positions}
    found = _error if directory else _warning
    for where, role in _used(playbook):
        ladder_word = where.startswith("ladder.") and role in LADDER_WORDS
        if role not in known and playbook.role(role) is None and not ladder_word:
            what = f"{role} is neither a role, nor a party of the deal, nor a position"
            yield found(where, what, _perhaps(role, known))


def _used(playbook: Playbook) -> Iterator[tuple[str, str]]:
    """Every place that names a role, a party or a position; heads and excluded pairs have findings of their own."""
    for place, band in enumerate(playbook.price.bands):
        yield from _each(f"price.bands.{place}.approvers", band.approvers)
        yield from _each(f"price.bands.{place}.override", band.override)
    for kind, rows in playbook.decision.items():
        for place, row in enumerate(rows):
            yield from _each(f"decision.{kind}.{place}.voters", row.voters)
            yield from _each(f"decision.{kind}.{place}.final_authority", row.final_authority)
    for name, document in playbook.documents.items():
        yield from _used_in(f"documents.{name}", document)
    yield from _each("handoff", playbook.handoff)
    yield from _each("change.always", playbook.change.always)
    for place, route in enumerate(playbook.change.routes):
        yield from _each(f"change.routes.{place}.approver", route.approver)
    yield from _each("change.signer", playbook.change.signer)
    yield from _each("change.higher_signer", playbook.change.higher_signer)
    for ladder, rungs in (("ask", playbook.ladder.ask), ("vacancy", playbook.ladder.vacancy)):
        for place, rung in enumerate(rungs):
            yield from _each(f"ladder.{ladder}.{place}.role", rung.role)


def _used_in(where: str, document: DocumentPolicy) -> Iterator[tuple[str, str]]:
    yield from _each(f"{where}.author", document.author)
    for place, reviewer in enumerate(document.reviewers):
        yield from _each(f"{where}.reviewers.{place}.role", reviewer.role)
    yield from _each(f"{where}.signers", document.signers)
    yield from _each(f"{where}.overdue_objection", document.overdue_objection)


def _each(where: str, named: str | Sequence[str] | None) -> Iterator[tuple[str, str]]:
    if isinstance(named, str):
        yield where, named
    else:
        yield from ((f"{where}.{place}", role) for place, role in enumerate(named or ()))
