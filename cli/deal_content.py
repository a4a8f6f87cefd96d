"""The content of a deal on the command line: needs, promises, packages with their estimators, and milestones."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from cli.figures import day_in
from cli.terminal import hanging, say
from domain.asks.model import listed

# Of each kind: if there are more, their number is shown; `--json` shows all.
MAX_SHOWN = 20


def show_content(state: dict[str, Any]) -> None:
    """One line for each kind present; a client's person sees their promises and, once signed, the milestones."""
    pending = (one for one in state.get("potential_changes", []) if one["whose"])
    hours = (f"hours: {line}" for line in state.get("hours_told", ()))
    content = (_needs(state), _promises(state), _packages(state), hours, _requirements(state), _milestones(state))
    for lines in (*content, potential_changes(pending)):
        found = list(lines)
        for line in found[:MAX_SHOWN]:
            say(hanging(f"  {line}"))
        if len(found) > MAX_SHOWN:
            say(f"  and {len(found) - MAX_SHOWN} more: --json shows all")


def _needs(state: dict[str, Any]) -> Iterator[str]:
    confirmed = "" if state.get("needs_confirmed") else " (not confirmed by the client)"
    for need in state.get("needs", []):
        served = [package for package in state["packages"] if need["id"] in package["needs"]]
        lacks = f" (no package{_since(_removed(served))})" if need["id"] in state["uncovered_needs"] else ""
        yield f"need {need['id']}{confirmed}{lacks}: {need['text']}"


def _promises(state: dict[str, Any]) -> Iterator[str]:
    for promise in state.get("promises", []):
        yield f"promise {promise['id']} ({_fate(promise)}): {promise['text']}"


def _removed(packages: list[dict[str, Any]]) -> dict[str, int]:
    """Which of these packages have been removed by signed changes, and by which change."""
    return {row["id"]: row["removed_by"] for row in packages if row["removed_by"]}


def _since(removed: dict[str, int]) -> str:
    """Which of the packages that once served something have been removed by a change."""
    told = [f"change {change} removed {package}" for package, change in removed.items()]
    return f" since {', '.join(told)}" if told else ""


def _fate(promise: dict[str, Any]) -> str:
    if promise["delivered"] is not None:
        return "kept" if promise["delivered"] else "not kept"
    if promise["declined_because"]:
        refused = "declined, which the client does not accept"
        open_still = refused if promise.get("decline_refused") else "declined, not acknowledged yet"
        return "declined" if promise["decline_acknowledged"] else open_still
    gone = promise["removed_homes"]
    if not promise["has_home"]:
        return f"not covered by the SOW{_since(gone)}"
    left = f", less what is removed: {', '.join(sorted(gone))}" if gone else ""
    return f"covered by {', '.join(item for item in promise['covered_by'] if item not in gone)}{left}"


def _requirements(state: dict[str, Any]) -> Iterator[str]:
    packages = {package["id"]: package for package in state.get("packages", [])}
    for said in state.get("requirements_said", []):
        yield f"requirements, by change {said['change']} as signed: {said['text']}"
    for row in state.get("requirements", []):
        yield f"requirement {row['id']}{_how_it_stands(row, packages)}: {row['text']}"
        for said in row["said"]:
            yield f"requirement {row['id']}, says change {said['change']}: {said['text']}"


def _how_it_stands(row: dict[str, Any], packages: dict[str, Any]) -> str:
    """` (removed by change 2)`, or which change gave it this wording, and which packages meet it."""
    if row["fell_with"]:
        return f" (removed by change {row['fell_with']})"
    traced = [packages[name] for name in row["work_packages"] if name in packages]
    met = ", ".join(package["id"] for package in traced if not package["removed_by"])
    by = f", by change {row['changed_by']}" if row["changed_by"] else ""
    return f"{by} ({f'met by {met}' if met else f'no package{_since(_removed(traced))}'})"


def _milestones(state: dict[str, Any]) -> Iterator[str]:
    for row in state.get("milestones", []):
        first = f" (first signed for {day_in(row['first_due'])})" if row["first_due"] else ""
        share = f"{Decimal(row['share_percent']):f} % of progress"
        yield f"milestone {row['id']} {row['title']}, {share}, due {day_in(row['due'])}{first}: {row['status']}"
        if row["billing"]:
            yield f"milestone {row['id']}: {_billing(row['billing'])}"


def _billing(one: dict[str, Any]) -> str:
    """`billed, says Grace Oduya (Mon 30 Nov 2026, 14:06 New York time)`; else who owes it, or why nothing is due."""
    said = f", says {one['by']['name']} ({one['at_shown']})" if one["by"] else ""
    whose = f", asked of {one['whose']['name']}" if one["whose"] else ""
    due = f", due {one['due_shown']}" if one["due_shown"] else ""
    because = f": {one['because']}".rstrip(".") if one["because"] else ""
    again = f". To have it billed after all: {one['command']}" if one["command"] else ""
    return f"{one['stands']}{said}{whose}{due}{because}{again}"


def _packages(state: dict[str, Any]) -> Iterator[str]:
    for package in state.get("packages", []):
        hours, experts = package["hours"], _experts(state, package["discipline"])
        points = f"no valid hours; expert{'s' if len(experts) > 1 else ''}: {listed(experts) or 'nobody yet'}"
        if hours:
            by = " and ".join(package["hours_by"])
            points = f"{hours['optimistic']}/{hours['likely']}/{hours['pessimistic']} h by {by}"
        points += f"; {package['hours_open']}" if package["hours_open"] else ""
        served = ", ".join((*package["needs"], *package["promises"])) or "nothing named"
        what = f"{package['discipline']}, {package['grade']}; {points}; serves {served}"
        gone = f", removed by change {package['removed_by']}" if package.get("removed_by") else ""
        yield f"package {package['id']} {package['title']}{gone} ({what})"
        yield from (f"package {package['id']} assumes: {text}" for text in package["assumed"])


def _experts(state: dict[str, Any], discipline: str) -> list[str]:
    """The names of all who estimate a discipline."""
    return [state["people"][one] for one in state["experts"].get(f"expert:{discipline}", ())]


def potential_changes(found: Iterable[dict[str, Any]]) -> Iterator[str]:
    """One line each: what was requested, who recorded it, its status, and who decides on it."""
    for one in found:
        whose = f", by {one['whose']['name']}" if one["whose"] else ""
        yield f"potential change {one['id']}: {one['text']} (recorded by {one['by_name']}; {one['stands']}{whose})"
