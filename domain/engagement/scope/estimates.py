"""The hours of packages: what experts are shown, who gave which, which count, and what is still to be asked."""

from collections.abc import Collection

from domain.asks.bound_facts import bound, digest_of_part, items_in, numbered, under
from domain.asks.holder import ask_number
from domain.asks.model import AGAINST, Ask, AskKind, Outcome, listed
from domain.engagement.aggregate import Engagement
from domain.engagement.scope.values import ReturnedPackage, WorkPackage
from domain.pricing.three_points import ThreePoints
from domain.shared.text import LONGEST, MORE, fitting
from domain.shared.values import AskId, ItemId, PersonId, digest

# The key above which hours were returned, and why.
SENT_BACK = "sent_back"


def estimate_title(discipline: str, packages: tuple[str, ...]) -> str:
    """What experts are asked for, as everybody may read it: `Three points in hours for W2 (data)`."""
    return f"Three points in hours for {', '.join(packages)} ({discipline})"


def scope_facts(state: Engagement, packages: tuple[str, ...]) -> dict[str, str]:
    """Work packages as an expert sees them, with what they serve."""
    facts: dict[str, str] = {}
    for name in packages:
        if name in state.packages:
            facts |= _package_facts(state, state.packages[name])
    return facts


def estimate_facts(state: Engagement, packages: tuple[str, ...]) -> dict[str, str]:
    """What experts are asked: the packages, and why delivery returned their earlier hours.

    Those hours are shown only to the expert who gave them: each gives theirs without knowing the others'.
    """
    facts = scope_facts(state, packages)
    sent_back: dict[str, list[str]] = {}
    for name in items_in(facts, "package"):
        ask = _sent_back(state, name)
        if ask is not None:
            sent_back.setdefault(_why_returned(ask, name), []).append(name)
    told: dict[str, str] = {}
    for n, (because, items) in enumerate(sent_back.items(), 1):
        told |= under(f"{SENT_BACK}.{n}", {"packages": ",".join(items), "because": because})
    return facts | within(told, SENT_BACK)


def _sent_back(state: Engagement, package: str) -> Ask | None:
    """The last ask to attest a package, if it was returned for this package."""
    asked = [a for a in state.asks.values() if a.kind is AskKind.ATTEST_ESTIMATE and package in a.packages]
    last = max(asked, key=lambda ask: ask_number(ask.id), default=None)
    return last if last is not None and last.outcome is Outcome.RETURNED and package in meant_by(last) else None


def meant_by(ask: Ask) -> tuple[str, ...]:
    """What was returned of an ask about hours: what the returns name, or everything if one names nothing."""
    named = [vote.answer.packages for vote in ask.votes_against]
    return tuple(name for name in _asked(ask) if not named or any(not some or name in some for some in named))


def _asked(ask: Ask) -> tuple[str, ...]:
    """What an ask about hours shows: packages, or lines of a change."""
    return (*ask.packages, *ask.lines)


def _why_returned(ask: Ask, package: str) -> str:
    said = [vote.answer for vote in ask.votes_against]
    reasons = [one.reason for one in said if one.reason and (not one.packages or package in one.packages)]
    return fitting("; ".join(reasons))


def _package_facts(state: Engagement, package: WorkPackage) -> dict[str, str]:
    at = f"package.{package.id}"
    facts = under(at, {"title": package.title, "grade": package.grade, "scope": package.scope})
    facts |= {f"{at}.serves.{n}": state.needs[n].text for n in package.needs if n in state.needs}
    facts |= {f"{at}.serves.{p}": state.promises[p].text for p in package.promises if p in state.promises}
    facts |= numbered(f"{at}.assumes", package.assumes) | numbered(f"{at}.risk", package.risks)
    return within(facts, at)


def within(facts: dict[str, str], key: str) -> dict[str, str]:
    """As many facts of one row as a card shows; a digest of all of them binds those left out."""
    kept, left = dict[str, str](), LONGEST
    for name, text in facts.items():
        if len(text) > left:
            return kept | bound({name: f"{text[:left]}{MORE}", f"{key}.all": digest(facts)})
        kept[name] = text
        left -= len(text)
    return kept


def chosen_hours(state: Engagement, package: str) -> ThreePoints | None:
    """The hours that count for a package: the lead's choice, or the only estimate; None while undecided."""
    if package in state.choices:
        return state.choices[package].hours
    given = [estimate for estimate in state.estimates if estimate.package == package]
    return given[0].hours if len(given) == 1 else None


def estimators(state: Engagement, package: str) -> tuple[PersonId, ...]:
    """Who estimated a package: none of them may attest it."""
    if package in state.choices:
        return state.choices[package].of
    return tuple(estimate.by for estimate in state.estimates if estimate.package == package)


def owes_hours(state: Engagement, person_id: PersonId, package: str) -> bool:
    """True if somebody is asked for a package's hours and has given none."""
    asks = (ask for ask in state.open_asks(AskKind.ESTIMATE) if any(one.person_id == person_id for one in ask.silent))
    return any(package in state.hours_owed_by(person_id, ask) for ask in asks)


def open_of_hours(state: Engagement, package: WorkPackage) -> str:
    """What is missing of a package's hours, and from whom; empty if nothing is."""
    name, experts = package.id, state.cast.experts(package.discipline)
    back = packages_returned(state, package.discipline).get(name)
    if back is not None:
        return f"sent back by {state.cast.name(back.by)}, for the seller to split or clarify"
    owe = [state.cast.name(expert) for expert in experts if owes_hours(state, expert, name)]
    if owe:
        return f"{listed(owe)} {'owe' if len(owe) > 1 else 'owes'} hours"
    given = [state.cast.name(estimate.by) for estimate in state.estimates if estimate.package == name]
    return f"to be chosen among those of {listed(given)}" if chosen_hours(state, name) is None and given else ""


def is_estimated(state: Engagement) -> bool:
    """True if each package has hours that count, no more are awaited, and nothing was returned."""
    counted = bool(state.packages) and all(chosen_hours(state, package) is not None for package in state.packages)
    return counted and not any(state.open_asks(AskKind.ESTIMATE)) and not returned_estimates(state)


def without_hours(state: Engagement, discipline: str) -> tuple[str, ...]:
    """The packages of a discipline that nobody has estimated."""
    estimated = {estimate.package for estimate in state.estimates}
    return tuple(p.id for p in state.packages.values() if p.discipline == discipline and p.id not in estimated)


def hours_to_ask(state: Engagement, discipline: str) -> tuple[str, ...]:
    """What a discipline's experts must be asked: packages without hours, plus those one of several still owed.

    Nothing if every package has hours: one expert's suffice once nobody is asked any more. What was asked along with a
    separately returned package stays asked; that one is not, until it differs from what was shown.
    """
    bare, experts = without_hours(state, discipline), state.cast.experts(discipline)
    last = state.last_ask(AskKind.ESTIMATE, f"estimate:{discipline}") if len(experts) > 1 else None
    owed: Collection[str] = ()
    if last is not None and returned_of_some(last):
        owed = [name for name in last.packages if name not in state.choices]
    elif last is not None and bare and last.outcome is not Outcome.APPROVED:
        owed = last.packages
    given = {(estimate.package, estimate.by) for estimate in state.estimates}
    lacks = {name for name in owed if any((name, expert) not in given for expert in experts)}
    asked = {*bare, *lacks} - _returned_alone(state, discipline).keys()
    return tuple(p.id for p in state.packages.values() if p.id in asked and p.discipline == discipline)


def returned_estimates(state: Engagement) -> dict[str, AskId]:
    """By discipline, the newest ask that its experts returned, while what they returned is unchanged."""
    disciplines = dict.fromkeys(package.discipline for package in state.packages.values())
    asks = {one: [back.ask_id for back in packages_returned(state, one).values()] for one in disciplines}
    return {one: max(sent, key=ask_number) for one, sent in asks.items() if sent}


def packages_returned(state: Engagement, discipline: str) -> dict[ItemId, ReturnedPackage]:
    """The packages that a discipline's experts returned, for the seller to split or clarify."""
    whole, found = returned_whole(state, discipline), _returned_alone(state, discipline)
    if whole is not None:
        vote = whole.votes_against[-1]
        because = fitting(vote.answer.reason or "")
        for name in set(whole.packages) & state.packages.keys():
            shown = digest_of_part(whole.facts, f"package.{name}")
            found[name] = ReturnedPackage(ask_id=whole.id, by=vote.by, because=because, shown=shown)
    return {name: found[name] for name in state.packages if name in found}


def returned_whole(state: Engagement, discipline: str) -> Ask | None:
    """The last ask for hours, if all of it was returned and nothing has changed: any change or addition answers it."""
    ask = state.last_ask(AskKind.ESTIMATE, f"estimate:{discipline}")
    return ask if ask is not None and _stands_returned(state, discipline, ask) else None


def returned_of_some(ask: Ask) -> tuple[str, ...]:
    """The packages returned separately from others on the ask; empty if all or none were returned."""
    meant = meant_by(ask) if ask.outcome in AGAINST else ()
    return meant if set(_asked(ask)) - set(meant) else ()


def _returned_alone(state: Engagement, discipline: str) -> dict[ItemId, ReturnedPackage]:
    """Packages returned separately and unchanged since; not if whoever returned it left and others gave hours."""
    bare, experts = without_hours(state, discipline), state.cast.experts(discipline)
    facts = scope_facts(state, tuple(name for name in state.returned if name in state.packages))
    return {
        name: one
        for name, one in state.returned.items()
        if name in state.packages
        and state.packages[name].discipline == discipline
        and one.shown == digest_of_part(facts, f"package.{name}")
        and (name in bare or one.by in experts)
    }


def _stands_returned(state: Engagement, discipline: str, ask: Ask) -> bool:
    """False once what was returned has changed, or whoever returned it has given hours after all."""
    if ask.outcome not in AGAINST or returned_of_some(ask):
        return False
    packages = tuple(name for name in ask.packages if name in state.packages)
    bare = set(without_hours(state, discipline)) - _returned_alone(state, discipline).keys()
    if not bare <= set(packages) or not _shows_the_same(state, ask, packages):
        return False
    against = {vote.voter for vote in ask.votes_against}
    given = {(estimate.package, estimate.by) for estimate in state.estimates}
    unsure = against & set(state.cast.experts(discipline))
    return bool(bare) or any((name, person_id) not in given for person_id in unsure for name in packages)


def _shows_the_same(state: Engagement, ask: Ask, packages: tuple[str, ...]) -> bool:
    """True if what was returned would be shown unchanged, and delivery has not returned any of it since."""
    since = [sent for name in packages if (sent := _sent_back(state, name)) is not None]
    if any(ask_number(sent.id) > ask_number(ask.id) for sent in since):
        return False
    return ask.facts == estimate_facts(state, packages)
