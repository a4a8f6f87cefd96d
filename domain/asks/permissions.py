"""Who may answer an ask, derived from the state alone, so that a read refuses exactly as the command would."""

from domain.asks import answering, questions
from domain.asks.holder import AskHolder
from domain.asks.model import ShownSubject
from domain.engagement.answers.commands import AnswerAsk, DelegateAsk, GiveInformation
from domain.shared.values import PersonId

OF_THOSE_ASKED = (AnswerAsk, GiveInformation, DelegateAsk)


def permit_word(state: AskHolder, command: AnswerAsk | GiveInformation | DelegateAsk, person_id: PersonId) -> None:
    """Checks that this person may answer, inform or delegate, on what they were shown.

    Raises NotFound, AlreadyDecided, NotWhatWasShown, OwnRequest, ExplicitApprovalRequired, PermissionDenied.
    """
    if isinstance(command, AnswerAsk):
        answering.require_vote(state, ShownSubject(ask_id=command.ask_id, subject_hash=command.subject_hash), person_id)
    elif isinstance(command, GiveInformation):
        questions.require_question(state, command.ask_id, person_id)
    else:
        answering.require_own_answer(state, command.ask_id, person_id)
