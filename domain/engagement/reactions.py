"""What the end of each kind of ask means for the engagement."""

from domain.asks import questions
from domain.asks.model import Ask, AskKind
from domain.directory.capacity import Reckoning
from domain.engagement.aggregate import Engagement
from domain.engagement.changes import handlers as changes_handlers
from domain.engagement.closing import handlers as closing_handlers
from domain.engagement.delivery import handlers as delivery_handlers
from domain.engagement.documents import handlers as documents_handlers
from domain.engagement.handler_types import Reactions
from domain.engagement.needs import handlers as needs_handlers
from domain.engagement.pricing import handlers as pricing_handlers
from domain.engagement.roles import handlers as roles_handlers
from domain.engagement.scope import handlers as scope_handlers
from domain.engagement.scope import staffing
from domain.engagement.tasks import opening as tasks_opening
from domain.playbook.model import Stage
from domain.shared.transaction import Transaction

REACTIONS: Reactions = {
    AskKind.ANSWER_QUESTION: questions.on_question_answered,
    **changes_handlers.REACTIONS,
    **closing_handlers.REACTIONS,
    **delivery_handlers.REACTIONS,
    **documents_handlers.REACTIONS,
    **needs_handlers.REACTIONS,
    **pricing_handlers.REACTIONS,
    **roles_handlers.REACTIONS,
    **scope_handlers.REACTIONS,
}
# Change orders handle their own asks; staffing also takes the computed capacity.
ELSEWHERE = {AskKind.APPROVE_CHANGE, AskKind.SIGN_CHANGE, AskKind.CONFIRM_STAFFING}
if lacking := set(AskKind) - REACTIONS.keys() - ELSEWHERE:
    raise TypeError(f"the end of these asks means nothing yet: {', '.join(sorted(lacking))}")


def react(transaction: Transaction[Engagement], ask: Ask, reckoned: Reckoning | None = None) -> None:
    """Applies what the end of an ask means for the engagement; conditions of an approval become tasks."""
    if ask.kind is AskKind.CONFIRM_STAFFING:
        staffing.on_staffing_answered(transaction, ask, reckoned)
    else:
        REACTIONS[ask.kind](transaction, ask)
    tasks_opening.open_tasks(transaction, ask, next_gate(transaction.state))


def next_gate(state: Engagement) -> Stage:
    """The next gate that checks conditions: sending a document, the handoff, or the close."""
    gates = (Stage.SOW, Stage.BRD, Stage.HANDOFF, Stage.SUPPORT)
    return next((gate for gate in gates if gate.order >= state.stage.order), Stage.SUPPORT)
