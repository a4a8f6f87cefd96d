"""Attacks on mail and its links that succeeded: each test is a claim that does not hold yet."""

import httpx

from tests.api.played import SELLER
from tests.mail.conftest import Asked, forms_of


async def test_whoever_asked_back_twice_can_ask_back_again(browser: httpx.AsyncClient, confirming: Asked) -> None:
    """What the page takes for its turn goes back when a question is asked: the third has the key of the second."""
    for number in range(1, 5):
        page = await browser.get(confirming.link())
        form = forms_of(page.text)["need_info"] | {"reason": f"Question {number}?"}
        asked = await browser.post(f"/asks/{confirming.id}", data=form)
        assert asked.status_code == 303, (number, asked.text[-2000:])
        question = confirming.now.open_question
        assert question is not None, number
        assert question.text == f"Question {number}?"
        path = f"/asks/{confirming.id}/information"
        await confirming.deal.stack.done(SELLER, "POST", path, {"text": "Thus."})


async def test_the_same_question_can_be_asked_again(browser: httpx.AsyncClient, confirming: Asked) -> None:
    for number in range(1, 5):
        page = await browser.get(confirming.link())
        form = forms_of(page.text)["need_info"] | {"reason": "Which ledger?"}
        await browser.post(f"/asks/{confirming.id}", data=form)
        assert confirming.now.open_question is not None, number
        path = f"/asks/{confirming.id}/information"
        await confirming.deal.stack.done(SELLER, "POST", path, {"text": "That one."})
