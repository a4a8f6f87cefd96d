"""A change order asks people whom its engagement does not: it notices their absences itself, and once."""

from domain.asks.model import AskKind
from domain.directory.people import Absence
from domain.engagement.changes.lines import ChangeFacts
from domain.engagement.delivery.commands import RecordContact
from domain.engagement.roles.commands import ReleaseRole
from domain.playbook.model import Stage
from domain.shared.values import PersonId
from tests.domain.story import Story, at


def with_an_absent_head() -> Story:
    """A change that waits for the head of delivery, who is away; the engagement asks her nothing."""
    story = at(Stage.DELIVER)
    lead = story.holder("delivery_lead")
    story.submit(ChangeFacts.in_one(title="More", reason="Client request", price="2000", days=0))
    story.do(ReleaseRole(role="delivery_lead", reason="Needed elsewhere"), story.holder("head_of_delivery"))
    assert lead not in story.ask(AskKind.APPROVE_CHANGE).asked
    head = story.holder("head_of_delivery")
    story.directory_says(absences=(Absence(person=head, first=story.day(0), last=story.day(9), delegate=None),))
    story.wait(hours=1)
    return story


def test_what_a_change_order_noticed_of_an_absence_outlasts_the_next_word_of_its_engagement() -> None:
    story = with_an_absent_head()
    head = story.holder("head_of_delivery")
    assert [period.person for period in story.orders[1].cast.begun] == [head]
    assert head not in story.state.cast.holders.values()
    story.do(
        RecordContact(person_id=story.holder("client_sponsor"), summary="Spoke"), story.holder("engagement_manager")
    )
    story.directory_says(story.person(PersonId("rosa.klein")).replace(title="Expert"))
    assert [period.person for period in story.orders[1].cast.begun] == [head]


def test_an_absence_that_the_directory_takes_back_is_noticed_no_longer() -> None:
    story = with_an_absent_head()
    story.directory_says(absences=())
    assert story.orders[1].cast.begun == ()
