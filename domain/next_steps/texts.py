"""The texts of a next step: what is to be done, why, and how. They contain no figures, whoever reads them."""

from collections.abc import Iterator, Mapping

from domain.asks.card import question_in_words
from domain.asks.eligibility import why_nobody
from domain.asks.holder import AskHolder
from domain.asks.model import SIGNATURES, Ask, AskKind
from domain.asks.outcomes import outcome_label
from domain.asks.tally import lacks_judge
from domain.engagement.aggregate import Engagement
from domain.engagement.closing.rules import left_by_close
from domain.engagement.delivery.satisfaction import low_score_told
from domain.engagement.documents.redrafting import how_to_redraft, is_as_returned, who_said_no
from domain.engagement.documents.values import DocumentKind
from domain.engagement.needs.client_confirmation import WAITS_FOR_THE_CLIENT
from domain.engagement.roles.appointment import who_must_fill, why_nobody_may_fill
from domain.engagement.roles.values import Vacancy, VacancyCause
from domain.engagement.scope.estimates import estimate_title
from domain.engagement.scope.milestone_dates import outside_now, wished
from domain.engagement.scope.values import ReturnedPackage
from domain.engagement.tasks.values import Task
from domain.next_steps.acts_owed import ActKind, ActOwed
from domain.next_steps.model import NextStep
from domain.playbook.model import Stage, role_label
from domain.shared.calendar import day_shown
from domain.shared.remedy_actions import RemedyAction
from domain.shared.text import fitting, sentence
from domain.shared.values import Day, PersonId

WHAT: dict[ActKind, str] = {
    ActKind.RECORD_NEEDS: "Record what the client needs",
    ActKind.CORRECT_CLIENT: "Correct the new client, which finance returned",
    ActKind.RESTATE_NEEDS: "Restate the needs, for the client to confirm",
    ActKind.CORRECT_NEEDS: "Correct the needs, which the client returned",
    ActKind.COVER_PROMISE: "Cover promise {subject}, or decline it",
    ActKind.SET_SCOPE: "Set the work packages",
    ActKind.ANSWER_RETURN: "Split or clarify the packages that the experts for {subject} returned",
    ActKind.CHOOSE_ESTIMATE: "Choose between the estimates of {subject}",
    ActKind.ANSWER_STAFFING: "Move the requested dates, or keep them with a reason",
    ActKind.PROPOSE_PRICE: "Propose a price",
    ActKind.SET_MILESTONES: "Set the milestones",
    ActKind.DRAFT_SOW: "Draft the SOW",
    ActKind.SEND_SOW: "Send the SOW for signature",
    ActKind.EXTEND_OFFER: "Extend the offer, or let it lapse",
    ActKind.NAME_CLIENT_PERSON: "Name the {role} of the client",
    ActKind.SET_REQUIREMENTS: "Set the requirements",
    ActKind.DRAFT_BRD: "Draft the BRD",
    ActKind.SEND_BRD: "Send the BRD for signature",
    ActKind.OFFER_HANDOFF: "Hand over to delivery",
    ActKind.CORRECT_EXPECTATIONS: "Correct what is expected of the {role}, which the client returned",
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
    ActKind.CORRECT_CLIENT: "No SOW is sent to a client that finance has not confirmed.",
    ActKind.RESTATE_NEEDS: "The estimate starts once the client has confirmed the needs.",
    ActKind.CORRECT_NEEDS: "The client is asked again once the needs differ from those it returned.",
    ActKind.COVER_PROMISE: "No SOW is sent while a promise is neither covered nor declined.",
    ActKind.SET_SCOPE: "Experts estimate work packages; there are none yet.",
    ActKind.ANSWER_RETURN: "The experts are asked again once their packages differ from those they returned.",
    ActKind.CHOOSE_ESTIMATE: "Several experts gave hours; delivery attests one estimate for each package.",
    ActKind.ANSWER_STAFFING: (
        "They cannot be staffed as requested; whoever decides the deal sees what was done about it."
    ),
    ActKind.PROPOSE_PRICE: "Delivery has attested the estimate; it has no price yet.",
    ActKind.SET_MILESTONES: "The SOW says what the client accepts, and when.",
    ActKind.DRAFT_SOW: "The deal is decided; there is no current SOW.",
    ActKind.SEND_SOW: "All internal reviewers have approved the SOW.",
    ActKind.EXTEND_OFFER: "The offer has expired; the client can no longer sign it.",
    ActKind.NAME_CLIENT_PERSON: "Nobody at the client can be asked until they are named.",
    ActKind.SET_REQUIREMENTS: "The BRD is drafted from the requirements.",
    ActKind.DRAFT_BRD: "Both sides have signed the SOW; there is no current BRD.",
    ActKind.SEND_BRD: "All internal reviewers have approved the BRD.",
    ActKind.OFFER_HANDOFF: "The documents are signed, and every role is filled.",
    ActKind.CORRECT_EXPECTATIONS: "What the client has not confirmed is not agreed.",
    ActKind.DELIVER_MILESTONE: "The client accepts each milestone once it is delivered.",
    ActKind.RECORD_HOURS: "Hours are recorded after each month, and all of them before the close.",
    ActKind.SUBMIT_CHANGE: "It was decided that this becomes a change order.",
    ActKind.REVISE_CHANGE: "It was returned.",
    ActKind.RECONCILE_PROMISE: "The close shows each promise kept, or why not.",
    ActKind.CLOSE: (
        "Everything is delivered, accepted and reconciled. "
        "What the client has not yet measured or rated is not waited for."
    ),
    ActKind.RESOLVE_HOLD: "The last day of the hold has come.",
}

# How each is done, in a sentence; `choices.ACTIONS` has the actions.
HOW: dict[ActKind, str] = {
    ActKind.RECORD_NEEDS: "State each need in the client's words.",
    ActKind.CORRECT_CLIENT: (
        f"Add it again, corrected, with {RemedyAction.ADD_CLIENT.about()}; finance is asked again automatically. "
        "First correct a wrong name: this renames the client in all its deals."
    ),
    ActKind.NAME_CLIENT_PERSON: (
        f"If they are new, the administrator adds them with {RemedyAction.IMPORT_PEOPLE.about()}; the seller adds "
        f"people of their own clients with {RemedyAction.ADD_CLIENT.about()}."
    ),
    ActKind.RESTATE_NEEDS: "The client's sponsor is asked to confirm them.",
    ActKind.CORRECT_NEEDS: "Record them as they should be; the client is asked again automatically.",
    ActKind.COVER_PROMISE: (
        "In place of WHAT, name the packages or milestones that keep it, such as W1 M2. "
        f"Or say why it cannot be kept, with {RemedyAction.DECLINE_PROMISE.about()}: the client is asked to "
        "acknowledge it."
    ),
    ActKind.SET_SCOPE: "Give each package its discipline and grade; name the needs and promises that it serves.",
    ActKind.ANSWER_RETURN: "Change a package or its assumptions; its experts are then asked again.",
    ActKind.CHOOSE_ESTIMATE: "Choose the hours of one expert, or hours between theirs, and say why.",
    ActKind.ANSWER_STAFFING: (
        "Give other dates, and staffing is asked again; or keep these with a reason, "
        f"with {RemedyAction.KEEP_DATES.about()}."
    ),
    ActKind.PROPOSE_PRICE: "Before you propose it, you see its margins and who would have to approve it.",
    ActKind.SET_MILESTONES: "Their shares must add up to 100 percent.",
    ActKind.DRAFT_SOW: "It is drafted from the record, and reviewed internally.",
    ActKind.SEND_SOW: "The signers are asked, the provider sponsor first.",
    ActKind.EXTEND_OFFER: "Give another day, or cancel the deal; sales can record it as lost.",
    ActKind.SET_REQUIREMENTS: "Name for each the needs it comes from and the packages that meet it.",
    ActKind.DRAFT_BRD: "It is drafted from the record, and reviewed internally.",
    ActKind.SEND_BRD: "The signers are asked, the engagement manager first.",
    ActKind.OFFER_HANDOFF: "Say how the work is planned; delivery then accepts it.",
    ActKind.CORRECT_EXPECTATIONS: "Give all of them, as they should be; the client is asked again.",
    ActKind.DELIVER_MILESTONE: "The client's sponsor is asked to accept it.",
    ActKind.RECORD_HOURS: "Give all hours worked so far on each package and change.",
    ActKind.SUBMIT_CHANGE: (
        f"First look at its route, with {RemedyAction.PREVIEW_CHANGE.about()}: who would have to approve it, and why. "
        f"Or drop it, with {RemedyAction.DROP_POTENTIAL_CHANGE.about()}."
    ),
    ActKind.REVISE_CHANGE: "Correct what was returned, or withdraw it with a reason.",
    ActKind.RECONCILE_PROMISE: "Say that it was kept, or why not.",
    ActKind.CLOSE: "Add the lessons learnt; nothing can be added later.",
    ActKind.RESOLVE_HOLD: "To extend, hold it again until another day, at most 30 days ahead.",
}

# How an act is done if something is prepared for it.
HOW_PREPARED: dict[ActKind, str] = {
    ActKind.SET_REQUIREMENTS: "Accept them as the seller prepared them, or set your own, traced to what was bought.",
}

DRAFTS: dict[ActKind, DocumentKind] = {ActKind.DRAFT_SOW: "sow", ActKind.DRAFT_BRD: "brd"}

HOW_TO_ANSWER = "Answer it, or let a colleague answer for you."
HOW_TO_ANSWER_ALONE = "You must answer this yourself."
HOW_CLIENT_SIGNS = "Sign it with your own token; nobody else can. If you have none, the firm's administrator makes one."
HOW_TO_FIND_A_JUDGE = (
    "Ask the administrator to put somebody who may answer into one of the highest positions: "
    f"{RemedyAction.IMPORT_PEOPLE.about()}. They are asked at once."
)
HOW_WHEN_NOBODY_MAY = (
    "Ask the administrator to put somebody who may name them into one of the highest positions: "
    f"{RemedyAction.IMPORT_PEOPLE.about()}. They can act at once."
)
HOW_TO_FILL = "Name somebody for the role; they accept it."
HOW_TO_FILL_OF_WHO_IS_AWAY = (
    "Name somebody for the role: once they accept, they hold it for good. Or get somebody to stand in until {name} "
    "is back; the administrator records who, with {delegate}."
)
HOW_TO_MEET = "Mark it as met, with a note of what was done."
WHY_ASKED: dict[AskKind, str] = {
    AskKind.ACCEPT_ROLE: "Nobody holds a role until they have accepted it.",
    AskKind.ALLOW_ROLE: "Whoever asked for the role holds it once this is allowed.",
    AskKind.CONFIRM_EXPECTATIONS: "What is expected of a role counts once it is confirmed.",
    AskKind.CONFIRM_NEEDS: "The estimate starts once the client has confirmed the needs.",
    AskKind.CONFIRM_CLIENT: WAITS_FOR_THE_CLIENT[False],
    AskKind.ESTIMATE: "Delivery attests the estimate once every package has its hours.",
    AskKind.CONFIRM_STAFFING: "Whoever decides the deal is shown whether its dates can be staffed.",
    AskKind.ATTEST_ESTIMATE: "A price needs an estimate that delivery has attested.",
    AskKind.APPROVE_PRICE: "The deal is decided once its price is approved.",
    AskKind.DECIDE_DEAL: "No SOW is drafted before the deal is decided.",
    AskKind.ACKNOWLEDGE_DECLINE: "The client must know which promise is not kept.",
    AskKind.REVIEW_SOW: "The SOW is sent once all internal reviewers have approved it.",
    AskKind.SIGN_SOW: "The BRD is drafted once both sides have signed the SOW.",
    AskKind.REVIEW_BRD: "The BRD is sent once all internal reviewers have approved it.",
    AskKind.SIGN_BRD: "The work is handed over once both sides have signed the BRD.",
    AskKind.ACCEPT_HANDOFF: "Delivery begins once the handoff is accepted.",
    AskKind.ACCEPT_MILESTONE: "Only the client can accept a milestone.",
    AskKind.BILL_MILESTONE: "The client has accepted it: what is due by the payment terms is billed.",
    AskKind.PULSE: "A low score needs a conversation before it is too late.",
    AskKind.EXPECTATION_TALK: "A low score needs a conversation before it is too late.",
    AskKind.COACH_OR_REPLACE: "The score is low again, after the conversation about the first one.",
    AskKind.CONTACT_CLIENT: "Nobody has spoken with the client for too long.",
    AskKind.POTENTIAL_CHANGE: "Work outside the SOW needs a change order.",
    AskKind.APPROVE_CHANGE: "The client signs a change once all internal approvers have approved it.",
    AskKind.SIGN_CHANGE: "A change takes effect once the client has signed it.",
    AskKind.ACKNOWLEDGE_COMPLAINT: "Somebody must take charge of a complaint within hours.",
    AskKind.PLAN_COMPLAINT: "Whoever complained is told what is done about it.",
    AskKind.ACCEPT_CARE: "The engagement closes once customer care has taken over.",
    AskKind.MEASURE_NEED: "The close shows the result for each need that can be measured.",
    AskKind.CANCEL_ENGAGEMENT: "The engagement continues until this is decided.",
    AskKind.ANSWER_QUESTION: "Whoever asks cannot answer until they know.",
}
# What is asked because of one score: the reason names it.
AFTER_A_LOW_SCORE = frozenset({AskKind.EXPECTATION_TALK, AskKind.COACH_OR_REPLACE})
WHY_FILL = "The gates that need the role stay shut until somebody accepts it."
WHY_SUCCEED = "The holder's time ends soon; a successor takes over without a gap."
# What waits until the conditions that a gate checks are met.
OPENS_WITH_CONDITIONS: dict[Stage, str] = {
    Stage.SOW: "The SOW is sent",
    Stage.BRD: "The BRD is sent",
    Stage.HANDOFF: "The work is handed over",
    Stage.SUPPORT: "The engagement closes",
}


def act_title(act: str) -> str:
    """What is to be done, by the id of the act: `deliver_milestone:M1`."""
    kind, _, subject = act.partition(":")
    role = role_label(subject)
    if ActKind(kind) is ActKind.NAME_CLIENT_PERSON:
        role = role.removeprefix("client ")
    return WHAT[ActKind(kind)].format(subject=subject, role=role)


def vacancy_title(role: str, cause: str, *, may_be_filled: bool = True) -> str:
    """What is to be done about a vacancy."""
    if not may_be_filled:
        return f"Find somebody who may name the {role_label(role)}"
    if cause == VacancyCause.ENDING:
        return f"Find a successor as {role_label(role)}"
    if cause == VacancyCause.AWAY:
        return f"Have somebody answer as {role_label(role)}"
    return f"Fill the role of {role_label(role)}"


def why_returned(state: Engagement, act: ActOwed) -> str | None:
    """The reason for a return. A change order has its own asks, so the engagement keeps their reason."""
    if act.kind is ActKind.REVISE_CHANGE:
        return state.changes[int(act.subject.removeprefix("C"))].returned_because
    if act.kind is ActKind.ANSWER_STAFFING:
        return state.staffing.note if state.staffing is not None else None
    ask, kept = state.asks.get(act.returned) if act.returned else None, _kept_of(state, act)
    return ask.why_ended if ask is not None else kept.because if kept is not None else None


def _kept_of(state: Engagement, act: ActOwed) -> ReturnedPackage | None:
    """What is kept of a return whose ask the engagement has dropped because others were asked since."""
    return next((one for one in state.returned.values() if one.ask_id == act.returned), None)


def returned_by(state: Engagement, package: ReturnedPackage) -> str:
    """Who returned a package, and why."""
    return f"Returned by {state.cast.name(package.by)}: {package.because}"


def why_sent_back(state: Engagement, act: ActOwed) -> str | None:
    """How it was sent back, by whom and why: `Declined by Grace Oduya (finance): too thin.` None if it was not."""
    because = why_returned(state, act)
    if because is None:
        return None
    ask = state.asks.get(act.returned) if act.returned else None
    if act.kind is ActKind.REVISE_CHANGE:
        return f"Returned by {because}"
    if ask is None:
        kept = _kept_of(state, act)
        return returned_by(state, kept) if kept is not None else f"Returned: {because}"
    return f"{outcome_label(ask.kind, ask.outcome)} by {who_said_no(state, ask)}: {because}"


def how_done(state: Engagement, act: ActOwed, buttons: Mapping[str, str] | None = None) -> str:
    """How an act is done, in a sentence. `buttons`: see `how_to_redraft`."""
    redraft = how_to_redraft(state, DRAFTS[act.kind], buttons) if act.kind in DRAFTS else None
    if redraft is not None:
        return redraft
    how_it_is = HOW_PREPARED[act.kind] if is_prepared(state, act.kind) else HOW[act.kind]
    return " ".join(
        (
            how_it_is,
            *_of_dates(state, act.kind),
            *_of_the_close(state, act.kind),
            *_of_its_day(state, act.owner, act.day),
        )
    )


def how_met(state: Engagement, task: Task) -> str:
    """How a condition is met, in a sentence or two."""
    return " ".join((HOW_TO_MEET, *_of_its_day(state, task.owner, task.due)))


def _of_its_day(state: Engagement, owner: PersonId, day: Day | None) -> Iterator[str]:
    """Why something is due after its day: its owner's calendar has no work then."""
    if day is not None and state.cast.calendar_of(owner).hours_of(day) is None:
        yield f"Nobody works on {day_shown(day)}: it is due once work has begun again."


def _of_the_close(state: Engagement, kind: ActKind) -> Iterator[str]:
    """What the close leaves unfinished for good."""
    if kind is ActKind.CLOSE:
        yield from left_by_close(state)


def _of_dates(state: Engagement, kind: ActKind) -> Iterator[str]:
    """Which dates milestones are set for and, when the SOW is drafted, which of them lie outside."""
    if kind is ActKind.SET_MILESTONES:
        yield wished(state)
    elif kind is ActKind.DRAFT_SOW:
        yield from outside_now(state)


def would_be_the_same(state: Engagement, kind: ActKind) -> bool:
    """True for a draft of a returned document while nothing that it says has changed."""
    return kind in DRAFTS and is_as_returned(state, DRAFTS[kind])


def is_prepared(state: Engagement, kind: ActKind) -> bool:
    """True if something is prepared for an act of this kind."""
    return kind is ActKind.SET_REQUIREMENTS and bool(state.prepared_requirements)


def why_again(state: AskHolder, step: NextStep) -> str | None:
    """Why it is owed again: who sent it back and why, or the question that its owner asked and the answer."""
    if step.kind == "act" and isinstance(state, Engagement):
        return why_sent_back(state, state.acts[step.ref])
    ask = state.asks[step.ask_id] if step.ask_id is not None else None
    if ask is None or ask.question is None or ask.question.answer is None or ask.question.held_up != step.who:
        return None
    return question_in_words(state, ask)


def what(state: AskHolder, step: NextStep) -> str:
    """What is to be done. Not everyone may read a condition's text, so only its number is given."""
    if step.ask_id is not None:
        title = _asked(state, state.asks[step.ask_id])
        return f"Find somebody who may answer: {title}" if _lacks_judge(state, step) else title
    if step.kind == "task":
        return f"Meet condition {step.ref}"
    if isinstance(state, Engagement) and step.kind == "act":
        return act_title(step.ref)
    if not isinstance(state, Engagement):
        return vacancy_title(step.ref, VacancyCause.NOT_NAMED)
    return title_of_vacancy(state, state.vacancies[step.ref])


def title_of_vacancy(state: Engagement, vacancy: Vacancy) -> str:
    """What is to be done about it in the current state."""
    return vacancy_title(vacancy.role, vacancy.cause, may_be_filled=bool(who_must_fill(state, vacancy)))


def _asked(state: AskHolder, ask: Ask) -> str:
    """Its title; for hours of which some are given, with what is still owed."""
    owed = state.still_owed(ask) if ask.kind is AskKind.ESTIMATE and isinstance(state, Engagement) else ()
    if not owed or not isinstance(state, Engagement):
        return ask.title
    return fitting(estimate_title(ask.subject.removeprefix("estimate:"), owed))


def why(state: AskHolder, step: NextStep) -> str:
    """Which gate waits for it."""
    if step.ask_id is not None:
        ask = state.asks[step.ask_id]
        nobody = f"{why_nobody(state, ask)} " if _lacks_judge(state, step) else ""
        return f"{nobody}{_why_asked(state, ask)}"
    if isinstance(state, Engagement) and step.kind == "act":
        return WHY[state.acts[step.ref].kind]
    if isinstance(state, Engagement) and step.kind == "task":
        return why_condition(state.tasks[step.ref])
    return why_vacant(state, state.vacancies[step.ref]) if isinstance(state, Engagement) else WHY_FILL


def _why_asked(state: AskHolder, ask: Ask) -> str:
    """What waits for an answer; confirming a client after the signatures holds up nothing but its new people."""
    if ask.kind is AskKind.CONFIRM_CLIENT and isinstance(state, Engagement) and state.baseline_signed:
        return WAITS_FOR_THE_CLIENT[True]
    low = f"{low_score_told(state.cast, ask)} " if ask.kind in AFTER_A_LOW_SCORE else ""
    return f"{low}{WHY_ASKED[ask.kind]}"


def why_condition(task: Task) -> str:
    """Which gate waits for a condition."""
    gates = (text for stage, text in OPENS_WITH_CONDITIONS.items() if task.before.order <= stage.order)
    gate = next(gates, OPENS_WITH_CONDITIONS[Stage.SUPPORT])
    return f"{gate} only once this condition is met."


def why_vacant(state: Engagement, vacancy: Vacancy) -> str:
    """Which gate waits for a role to be filled; if no one may name a holder, why not."""
    nobody = () if who_must_fill(state, vacancy) else (why_nobody_may_fill(state, vacancy.role),)
    return " ".join((*nobody, sentence(vacancy.because), WHY_FILL if vacancy.shuts else WHY_SUCCEED))


def nobody_may_fill(state: AskHolder, step: NextStep) -> bool:
    """True for a vacancy for which no one may name a holder."""
    if not isinstance(state, Engagement) or step.kind != "vacancy":
        return False
    return not who_must_fill(state, state.vacancies[step.ref])


def how_filled(state: Engagement, vacancy: Vacancy) -> str:
    """What the person accountable for a vacancy does, in a sentence."""
    if not who_must_fill(state, vacancy):
        return HOW_WHEN_NOBODY_MAY
    holder = state.cast.holder(vacancy.role)
    if vacancy.cause is not VacancyCause.AWAY or holder is None or vacancy.role.startswith("expert:"):
        return HOW_TO_FILL
    name, delegate = state.cast.name(holder), RemedyAction.NOTE_DELEGATE.about(person=holder)
    return HOW_TO_FILL_OF_WHO_IS_AWAY.format(name=name, delegate=delegate)


def how(state: AskHolder, step: NextStep) -> str:
    """What the owner of the step does, in a sentence."""
    if isinstance(state, Engagement) and step.kind == "act":
        return how_done(state, state.acts[step.ref])
    if isinstance(state, Engagement) and step.kind == "vacancy":
        return how_filled(state, state.vacancies[step.ref])
    if _lacks_judge(state, step):
        return HOW_TO_FIND_A_JUDGE
    if step.ask_id is not None:
        return _how_to_answer(state, state.asks[step.ask_id], step.who)
    return how_met(state, state.tasks[step.ref]) if isinstance(state, Engagement) else HOW_TO_MEET


def _lacks_judge(state: AskHolder, step: NextStep) -> bool:
    """True for a step to find someone, because no one may answer an ask."""
    ask = state.asks[step.ask_id] if step.ask_id is not None else None
    return ask is not None and lacks_judge(ask) and step.who not in ask.asked


def _how_to_answer(state: AskHolder, ask: Ask, person_id: PersonId) -> str:
    if ask.is_passed_on_by(person_id):
        return HOW_TO_ANSWER
    return HOW_CLIENT_SIGNS if ask.kind in SIGNATURES and state.cast.is_client(person_id) else HOW_TO_ANSWER_ALONE
