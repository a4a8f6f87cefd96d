"""What people read of a next step: what is to be done, why, and how. No figure is among it, whoever reads it."""

from domain.acts import ActKind
from domain.asks import Asking
from domain.engagement.state import Engagement, Vacancy, VacancyCause
from domain.next_steps import NextStep
from domain.playbook import role_label

WHAT: dict[ActKind, str] = {
    ActKind.RECORD_NEEDS: "Record what the client needs",
    ActKind.CORRECT_CLIENT: "Correct the new client, which finance sent back",
    ActKind.RESTATE_NEEDS: "Restate the needs, for the client to confirm",
    ActKind.COVER_PROMISE: "Cover promise {subject}, or decline it",
    ActKind.SET_SCOPE: "Set the work packages",
    ActKind.ANSWER_RETURN: "Split or clarify the packages that the experts for {subject} returned",
    ActKind.CHOOSE_ESTIMATE: "Choose among the estimates of {subject}",
    ActKind.PROPOSE_PRICE: "Propose a price",
    ActKind.SET_MILESTONES: "Set the milestones",
    ActKind.DRAFT_SOW: "Draft the SOW",
    ActKind.SEND_SOW: "Send the SOW for signature",
    ActKind.EXTEND_OFFER: "Extend the offer, or let it lapse",
    ActKind.NAME_CLIENT_PERSON: "Name the {role} of the client",
    ActKind.SET_REQUIREMENTS: "Set the requirements",
    ActKind.DRAFT_BRD: "Draft the BRD",
    ActKind.SEND_BRD: "Send the BRD for signature",
    ActKind.OFFER_HANDOFF: "Hand over to those who deliver",
    ActKind.DELIVER_MILESTONE: "Deliver milestone {subject}",
    ActKind.RECORD_HOURS: "Record the hours worked so far",
    ActKind.SUBMIT_CHANGE: "Submit {subject} as a change order, or drop it",
    ActKind.REVISE_CHANGE: "Revise change {subject}, or withdraw it",
    ActKind.RECONCILE_PROMISE: "Say whether promise {subject} was kept",
    ActKind.CLOSE: "Close the engagement",
    ActKind.RESOLVE_HOLD: "Resume, extend the hold, or end the engagement",
}

WHY: dict[ActKind, str] = {
    ActKind.RECORD_NEEDS: "The estimate starts once the client has confirmed the needs.",
    ActKind.CORRECT_CLIENT: "No SOW goes to a client that finance has not confirmed.",
    ActKind.RESTATE_NEEDS: "The estimate starts once the client has confirmed the needs.",
    ActKind.COVER_PROMISE: "No SOW is sent while a promise is neither covered nor declined.",
    ActKind.SET_SCOPE: "Experts estimate work packages; there are none yet.",
    ActKind.ANSWER_RETURN: "The experts are asked again once their packages are other than those they returned.",
    ActKind.CHOOSE_ESTIMATE: "Several experts gave hours; delivery attests one estimate of each package.",
    ActKind.PROPOSE_PRICE: "Delivery has attested the estimate; no price stands on it.",
    ActKind.SET_MILESTONES: "The SOW says what the client accepts, and when.",
    ActKind.DRAFT_SOW: "A go stands on the deal; no current SOW does.",
    ActKind.SEND_SOW: "Everyone inside has approved the SOW.",
    ActKind.EXTEND_OFFER: "The offer has expired; the client can no longer sign it.",
    ActKind.NAME_CLIENT_PERSON: "Nobody of the client can be asked until they are named.",
    ActKind.SET_REQUIREMENTS: "The BRD is drawn from the requirements.",
    ActKind.DRAFT_BRD: "Both sides have signed the SOW; there is no current BRD.",
    ActKind.SEND_BRD: "Everyone inside has approved the BRD.",
    ActKind.OFFER_HANDOFF: "The documents are signed and every role is held.",
    ActKind.DELIVER_MILESTONE: "The client accepts each milestone once it is delivered.",
    ActKind.RECORD_HOURS: "Hours are recorded after each month, and all of them before the close.",
    ActKind.SUBMIT_CHANGE: "It was decided that this becomes a change order.",
    ActKind.REVISE_CHANGE: "An approver returned it.",
    ActKind.RECONCILE_PROMISE: "The close shows each promise kept, or why not.",
    ActKind.CLOSE: "Everything is delivered, accepted and reconciled.",
    ActKind.RESOLVE_HOLD: "The day that the hold named has come.",
}

HOW: dict[ActKind, str] = {
    ActKind.RECORD_NEEDS: "One need a line, as the client says it.",
    ActKind.CORRECT_CLIENT: (
        "Add it again as it is, with interlock client add; finance is asked again by itself. A wrong name cannot be "
        "corrected: add the client under the right one, start the deal with that, and lose this one."
    ),
    ActKind.NAME_CLIENT_PERSON: (
        "If they are new, the administrator adds them with interlock people import; whoever sells adds people of a "
        "client of their own with interlock client add."
    ),
    ActKind.RESTATE_NEEDS: "Correct them first where they were returned.",
    ActKind.COVER_PROMISE: "Name the packages or milestones that keep it, or say why it cannot be kept.",
    ActKind.SET_SCOPE: "Give each package its discipline and grade; name the needs and promises that it serves.",
    ActKind.ANSWER_RETURN: "Change a package, or add what it assumes; that asks its experts again.",
    ActKind.CHOOSE_ESTIMATE: "Take one of them, or say your own, and why.",
    ActKind.PROPOSE_PRICE: "Preview it first: it shows the margins, and who would have to approve.",
    ActKind.SET_MILESTONES: "Their shares add up to 100 percent.",
    ActKind.DRAFT_SOW: "It is drawn from the record, and reviewed inside.",
    ActKind.SEND_SOW: "Whoever signs is asked, the provider sponsor first.",
    ActKind.EXTEND_OFFER: "Name another day, or cancel the deal; sales may say that it is lost.",
    ActKind.SET_REQUIREMENTS: "Trace each to the needs it comes from and the packages that meet it.",
    ActKind.DRAFT_BRD: "It is drawn from the record, and reviewed inside.",
    ActKind.SEND_BRD: "Whoever signs is asked, the engagement manager first.",
    ActKind.OFFER_HANDOFF: "Say how the work is planned; whoever delivers accepts it.",
    ActKind.DELIVER_MILESTONE: "The client's sponsor is asked to accept it.",
    ActKind.RECORD_HOURS: "Give all hours worked so far on each package and change.",
    ActKind.SUBMIT_CHANGE: "Its route is shown first: who would have to approve it, and why.",
    ActKind.REVISE_CHANGE: "Correct what was returned, or withdraw it with a reason.",
    ActKind.RECONCILE_PROMISE: "Say that it was kept, or why not.",
    ActKind.CLOSE: "Add what was learnt, if anything was.",
    ActKind.RESOLVE_HOLD: "To extend, hold it again until another day, at most 30 days ahead.",
}
"""How each is done, in a sentence; by which command says `step_choices.COMMANDS`."""

HOW_TO_ANSWER = "Answer it, or let a colleague answer."
HOW_TO_FILL = "Name somebody for the role; they accept it."
HOW_TO_MEET = "Complete it, with a note of what was done."
WHY_ANSWER = "An answer is awaited."
WHY_FILL = "The gates that need the role stay shut until somebody accepts it."
WHY_SUCCEED = "The role ends soon; a successor takes over without a gap."
WHY_MEET = "A later gate opens only once this condition is met."


def act_title(act: str) -> str:
    """What is to be done, by the id of the act: `deliver_milestone:M1`."""
    kind, _, subject = act.partition(":")
    return WHAT[ActKind(kind)].format(subject=subject, role=role_label(subject).removeprefix("client "))


def vacancy_title(role: str, cause: str) -> str:
    """What is to be done about a vacancy."""
    if cause == VacancyCause.ENDING:
        return f"Find a successor as {role_label(role)}"
    if cause == VacancyCause.AWAY:
        return f"Have somebody stand in as {role_label(role)}"
    return f"Fill the role of {role_label(role)}"


def what(state: Asking, step: NextStep) -> str:
    """What is to be done. A condition's own words are for those who may read them: here it has its number alone."""
    if step.kind == "ask":
        return state.asks[step.ref].title
    if step.kind == "task":
        return f"Meet condition {step.ref}"
    if isinstance(state, Engagement) and step.kind == "act":
        return act_title(step.ref)
    cause = state.vacancies[step.ref].cause if isinstance(state, Engagement) else VacancyCause.NOT_NAMED
    return vacancy_title(step.ref, cause)


def why(state: Asking, step: NextStep) -> str:
    """Which gate waits for it."""
    if isinstance(state, Engagement) and step.kind == "act":
        return WHY[state.acts[step.ref].kind]
    if isinstance(state, Engagement) and step.kind == "vacancy":
        return why_vacant(state.vacancies[step.ref])
    return WHY_MEET if step.kind == "task" else WHY_ANSWER


def why_vacant(vacancy: Vacancy) -> str:
    """Which gate waits for a role to be filled."""
    return f"Vacant: {vacancy.because}. {WHY_FILL}" if vacancy.shuts else f"{vacancy.because}. {WHY_SUCCEED}"


def how(state: Asking, step: NextStep) -> str:
    """What whoever owes it does, in a sentence."""
    if isinstance(state, Engagement) and step.kind == "act":
        return HOW[state.acts[step.ref].kind]
    return {"vacancy": HOW_TO_FILL, "task": HOW_TO_MEET}.get(step.kind, HOW_TO_ANSWER)
