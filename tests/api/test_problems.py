"""Whatever goes wrong is told in one shape, in the client's terms."""

from tests.stack import Stack

LINDQVIST = {
    "client": "Lindqvist Försäkring AB",
    "title": "Health check of the claims data warehouse",
    "kind": "contracted",
    "salesperson": "aisha.khan",
    "provider_sponsor": "tomasz.nowak",
    "client_sponsor": "anna.lindqvist",
    "client_signatory": "anna.lindqvist",
    "wished_start": "2026-12-07",
    "wished_end": "2027-01-29",
}


async def test_a_deal_is_started(stack: Stack) -> None:
    answer = await stack.call("aisha.khan", "POST", "/engagements", LINDQVIST)
    assert answer.status_code == 201, answer.text
    state = await stack.get("aisha.khan", f"/engagements/{answer.json()['engagement']}")
    assert state["stage"] == "qualify"
