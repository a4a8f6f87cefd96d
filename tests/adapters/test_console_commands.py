"""What a command is told with: what is known in its place, as a shell takes it, and a word in capitals for the rest."""

from adapters.console_commands import command_of, with_commands
from domain.shared.remedy_actions import RemedyAction


def test_what_is_known_is_put_in_its_place_and_the_rest_is_left_to_fill_in() -> None:
    propose = RemedyAction.PROPOSE_HOLDER
    assert command_of(propose.about()) == "interlock role propose DEAL ROLE PERSON"
    told = command_of(propose.about(engagement="ENG-2026-0001", role="project manager", person="rosa.klein"))
    assert told == "interlock role propose ENG-2026-0001 'project manager' rosa.klein"


def test_a_sentence_names_a_command_in_full_once_something_is_known_of_it() -> None:
    decline = RemedyAction.DECLINE_PROMISE
    assert with_commands(f"Or: {decline.about()}.") == "Or: interlock promise decline."
    told = with_commands(f"Or: {decline.about(engagement='ENG-2026-0001')}.")
    assert told == "Or: interlock promise decline ENG-2026-0001 PROMISE --reason REASON."
    assert with_commands(f"See {RemedyAction.LIST_PEOPLE.about()}.") == "See interlock people list."
