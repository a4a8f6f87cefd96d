"""The handlers of this slice's commands."""

from domain.engagement.answers import rules as answers_rules
from domain.engagement.answers.commands import AnswerAsk, DelegateAsk, GiveInformation
from domain.engagement.handler_types import Handlers

HANDLERS: Handlers = {
    AnswerAsk: answers_rules.answer,
    GiveInformation: answers_rules.give_information,
    DelegateAsk: answers_rules.delegate,
}
