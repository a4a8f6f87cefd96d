"""What comes next, on the command line: in one deal, and for the token's owner."""

from typing import Any

from cli.figures import day_in
from cli.terminal import cli_errors, counted, front_door, hanging, say, say_command, show

# Indentation of the text below a next step's name.
SET_IN = 7

# Maximum lines of prepared input shown for a step; if there are more, their number is shown.
MAX_PREPARED = 20


def first_step(row: dict[str, Any]) -> str:
    """The next step in a list's row: what, whose, by when, and how many more; a client's person is shown none."""
    step = row.get("next_step")
    if step is None:
        return "–"
    more = f"; and {row['more_steps']} more" if row["more_steps"] else ""
    return f"{owed(step)}{more}"


def next_steps(engagement_id: str | None, token: str, url: str | None, *, as_json: bool) -> None:
    """What waits for the token's owner, in one deal or in all, most urgent first."""
    within = {} if engagement_id is None else {"engagement_id": engagement_id}
    with cli_errors():
        show(front_door(url, token).get("me", "/next-steps", **within), _show_mine, as_json=as_json)


def _show_mine(found: dict[str, Any]) -> None:
    for step in found["items"]:
        named = f" [{step['ask_id']}]" if step["ask_id"] else ""
        stopped = "STOPPED by a technical fault. " if step["stopped"] else ""
        say(hanging(f"{stopped}{due(step)}  {step['what']}{named}{_for_another(step)}"), hang=8)
        since = f", since {step['since_shown']}" if step.get("since_shown") else ""
        say(hanging(f"    {step['engagement_id']} {step['title']} for {step['client']}{since}", 4))
        if step["reason"]:
            say(hanging(f"    {step['reason']}", 6))
        if step.get("how"):
            say(f"    {step['how']}")
        if step["stands_in"]:
            say(f"    {step['stands_in']}")
        if step["candidates"]:
            could = ", ".join(f"{one['name']} ({one['id']})" for one in step["candidates"])
            say(f"    Could take it: {could}.")
        _show_prepared(step, 4)
        if not step["held_until"] or step["vacancy"]:  # nothing else is done on hold
            say_command(step["command"])
    _show_what_is_the_administrators(found)
    if not (found["items"] or found.get("tokens") or found.get("reached_nobody")):
        say("Nothing waits for you.")
    if found["more"]:
        say("There is more: do these first.")
    _show_late(found)
    _show_awaited(found)
    if found["incomplete"]:
        say(found["incomplete"])


def _show_what_is_the_administrators(found: dict[str, Any]) -> None:
    """Who is waiting for a token, and how many messages reached no one."""
    for one in found.get("tokens", []):
        say(hanging(f"{one['person']['name']} of {one['client']} needs a token from you, to answer: {one['what']}"))
        say(f"    {one['engagement_id']} {one['title']}")
        say_command(one["command"])
    if found.get("reached_nobody"):
        say(f"{counted(found['reached_nobody'], 'message', 'messages')} reached nobody. Which, and why:")
        say_command("interlock outbox list")


def _for_another(step: dict[str, Any]) -> str:
    """Whose step it is, if the reader may do it in their place."""
    return "" if step["is_own"] else f", for {step['owner']['name']}"


def _show_late(found: dict[str, Any]) -> None:
    """What others owe and has escalated to the reader."""
    for step in found["late"]:
        say(hanging(f"Overdue with {step['owner']['name']}, and escalated to you: {step['what']}, {due(step)}"))
        say(f"    {step['engagement_id']} {step['title']} for {step['client']}")
        say(f"    {step['command']}")
    if found["more_late"]:
        say("More is overdue with others.")


def _show_awaited(found: dict[str, Any]) -> None:
    """Whose answers the reader waits for; an older stack does not say."""
    for ask in found.get("awaited", ()):
        say(hanging(f"You wait for {awaited(ask)}"), hang=4)
    if found.get("more_awaited"):
        say("You wait for more: see interlock digest show.")


def awaited(ask: dict[str, Any]) -> str:
    """What is awaited, on one line: from whom, until when, what."""
    until = f"due {ask['due_shown']}" if ask["due_shown"] else "paused"
    return f"{' and '.join(ask['who']) or 'somebody to be named'}, {until}: {ask['what']} [{ask['ask_id']}]"


def show_next_steps(steps: list[dict[str, Any]]) -> None:
    """What comes next in a deal, whose it is, by when, why and how to do it; each starts on its own line."""
    for step in steps:
        role = f" ({step['who']['role']})" if step["who"]["role"] else ""
        named = f" [{step['ask_id']}]" if step["ask_id"] else ""
        say(hanging(f"  NEXT {step['who']['name']}{role}: {step['what']}{named}"), hang=SET_IN)
        said = (
            f"{due(step)}; since {step['since_shown']}. {step['why']}",
            step["not_told"],
            step.get("no_token"),
            step["stands_in"],
            step["remedy"],
        )
        for sentence in filter(None, said):
            say(f"{'':{SET_IN}}{sentence}", hang=SET_IN)
        _show_prepared(step, SET_IN)
        if step["command"]:
            say_command(step["command"], indent=SET_IN)
        if step["overdue"] and step["accountable"]["id"] != step["who"]["id"]:
            say(f"{'':{SET_IN}}Escalated to {step['accountable']['name']}, who is accountable now.", hang=SET_IN)
        if step["replace"]:
            say_command(step["replace"], f"{'':{SET_IN}}If they cannot:", indent=SET_IN)
        if step["reason"]:
            say(hanging(f"{'':{SET_IN}}{step['reason']}", SET_IN + 2))


def _show_prepared(step: dict[str, Any], indent: int) -> None:
    """What the command will take as prepared."""
    for line in step["prepared"][:MAX_PREPARED]:
        say(hanging(f"{' ' * indent}prepared {line}", indent + 2))
    if len(step["prepared"]) > MAX_PREPARED:
        say(f"{' ' * indent}and {len(step['prepared']) - MAX_PREPARED} more: --json shows all")


def due(step: dict[str, Any]) -> str:
    """When a step is due, as things are now."""
    if step.get("held_until"):
        return f"On hold until {day_in(step['held_until'])}{', which has come' if step.get('hold_has_come') else ''}"
    if step["paused"] or not step["due_shown"]:
        return "Paused"
    return f"OVERDUE since {step['due_shown']}" if step["overdue"] else f"Due {step['due_shown']}"


def owed(step: dict[str, Any]) -> str:
    """A step on one line: whose it is, what, by when."""
    when = due(step)
    return f"{step['who']['name']}: {step['what']}, {when if step['overdue'] else when[0].lower() + when[1:]}"
