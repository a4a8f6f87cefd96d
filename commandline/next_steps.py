"""What comes next, on the command line: of one deal, and of whoever looks."""

from typing import Any

from commandline.terminal import front_door, hanging, said_plainly, say, show


def next_steps(token: str, url: str | None, *, as_json: bool) -> None:
    """What waits for whoever the token is, the most pressing first."""
    with said_plainly():
        show(front_door(url, token).get("me", "/next-steps"), _show_mine, as_json=as_json)


def _show_mine(found: dict[str, Any]) -> None:
    for step in found["items"]:
        named = f" [{step['ask']}]" if step["ask"] else ""
        stopped = "STOPPED by a technical fault. " if step["stopped"] else ""
        say(hanging(f"{stopped}{due(step)}  {step['what']}{named}{_for_another(step)}"))
        say(f"    {step['engagement']} {step['title']} for {step['client']}")
        if step["reason"]:
            say(hanging(f"    {_again(step)}"))
        if step["candidates"]:
            could = ", ".join(f"{one['name']} ({one['id']})" for one in step["candidates"])
            say(hanging(f"    Could take it: {could}."))
        say(f"    {step['command']}")
    if not found["items"]:
        say("Nothing waits for you.")
    if found["more"]:
        say("There is more: do these first.")
    _show_late(found)
    if found["incomplete"]:
        say(found["incomplete"])


def _for_another(step: dict[str, Any]) -> str:
    """Whose it is, where whoever looks may do it in their place."""
    return "" if step["is_own"] else f", for {step['owner']['name']}"


def _show_late(found: dict[str, Any]) -> None:
    """What others owe and has come up to whoever looks."""
    for step in found["late"]:
        say(hanging(f"Late with {step['owner']['name']}, and come up to you: {step['what']}, {due(step)}"))
        say(f"    {step['engagement']} {step['title']} for {step['client']}")
        say(f"    {step['command']}")
    if found["more_late"]:
        say("More is late with others.")


def show_next_steps(steps: list[dict[str, Any]]) -> None:
    """What comes next in a deal, whose it is, by when, why and how it is done; each begins on a line of its own."""
    for step in steps:
        role = f" ({step['who']['role']})" if step["who"]["role"] else ""
        named = f" [{step['ask']}]" if step["ask"] else ""
        say(hanging(f"  NEXT {step['who']['name']}{role}: {step['what']}{named}"))
        say(f"       {due(step)}. {step['why']}")
        say(f"       {step['remedy']}")
        say(f"       {step['command']}")
        if step["overdue"] and step["accountable"]["id"] != step["who"]["id"]:
            say(f"       Come up to {step['accountable']['name']}, who is accountable now.")
        if step["replace"]:
            say(f"       If they cannot: {step['replace']}")
        if step["reason"]:
            say(hanging(f"       {_again(step)}"))


def _again(step: dict[str, Any]) -> str:
    """Why it is owed again: who answers an ask once more has been answered; who acts once more was refused."""
    return f"{'Answered' if step['ask'] else 'Returned'}: {step['reason']}"


def due(step: dict[str, Any]) -> str:
    """By when a step is owed, as it stands now."""
    if step["paused"] or not step["due_shown"]:
        return "Paused"
    return f"OVERDUE since {step['due_shown']}" if step["overdue"] else f"Due {step['due_shown']}"


def owed(step: dict[str, Any]) -> str:
    """A step on one line: whose it is, what, by when."""
    when = due(step)
    return f"{step['who']['name']}: {step['what']}, {when if step['overdue'] else when[0].lower() + when[1:]}"
