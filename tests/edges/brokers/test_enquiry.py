"""One question after the other, behind everything else that a key sends."""

import asyncio
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from openbell.core.types import NS
from openbell.edges.brokers.budget import BULK, QUERY, Budget
from openbell.edges.brokers.enquiry import MOST_SHUT_NS, TRIES, Enquiry, Manner
from openbell.edges.brokers.failures import BadRequest, Failure, OutcomeUnknown, RateLimited, Transient
from openbell.edges.brokers.reply import Reply


class Clock:
    """UTC time that goes on by a second with each look."""

    def __init__(self) -> None:
        self.ns = NS

    def __call__(self) -> int:
        self.ns += NS
        return self.ns


def judge(reply: Reply, now: int) -> Failure | None:
    if reply.status == 429:
        return RateLimited("too many", NS)
    return BadRequest("no", 1) if reply.status >= 400 else None


def spare(headers: Any) -> int | None:
    return int(headers["x-left"]) if "x-left" in headers else None


def asked(budget: Budget, *answers: web.Response) -> list[Any]:
    """Ask once of a server that gives these answers in turn; return what came of it, and how often it was asked."""
    left, calls = list(answers), []

    async def answer(request: web.Request) -> web.Response:
        calls.append((str(request.rel_url), request.headers.get("X-Key")))
        return left.pop(0)

    async def scene() -> Any:
        app = web.Application()
        app.router.add_get("/{rest:.*}", answer)
        async with TestServer(app) as door, aiohttp.ClientSession() as http:
            manner = Manner(headers={"X-Key": "PK"}, words="message", judge=judge, spare=spare)
            enquiry = Enquiry(http, budget, manner, Clock())
            try:
                return await enquiry.ask(f"{str(door.make_url('')).rstrip('/')}/v2/a%2Fb?c=%5B1%5D", 3)
            except Failure as failure:
                return failure

    return [asyncio.run(scene()), calls]


def test_an_answer_is_data_and_an_address_goes_as_it_was_written() -> None:
    found, calls = asked(Budget(10, 100, 20), web.json_response({"a": 1}))
    assert found == {"a": 1}
    assert calls == [("/v2/a%2Fb?c=%5B1%5D", "PK")]


def test_F54_it_takes_its_weight_behind_everything_else_and_heeds_what_the_vendor_says_is_left() -> None:
    budget = Budget(1, 100, 20)
    asked(budget, web.json_response([], headers={"X-Left": "60"}))
    assert (budget.wait(QUERY, 0), budget.wait(BULK, 0)) == (0, 0)
    asked(budget, web.json_response([], headers={"X-Left": "40"}))
    assert budget.wait(QUERY, 0) == 0 < budget.wait(BULK, 0)


def test_a_vendor_without_room_is_asked_again_and_not_for_ever() -> None:
    busy = [web.json_response({}, status=429) for _ in range(TRIES)]
    found, calls = asked(Budget(10, 100, 20), busy[0], web.json_response([7]))
    assert (found, len(calls)) == ([7], 2)
    found, calls = asked(Budget(10, 100, 20), *(web.json_response({}, status=429) for _ in range(TRIES)))
    assert (type(found), len(calls)) == (RateLimited, TRIES)


def test_F55_nobody_waits_for_the_end_of_a_long_ban_and_nothing_is_asked_in_it() -> None:
    budget = Budget(10, 100, 20)
    # The clock goes on by a second with each look: by then it is the third one.
    budget.shut(MOST_SHUT_NS + 2 * NS + 1, "418 banned")
    found, calls = asked(budget, web.json_response([7]))
    assert (type(found), calls) == (RateLimited, [])
    assert str(found).startswith("418 banned; nothing is sent there for 121 s, until ")


def test_F55_the_last_refusal_is_obeyed_as_well() -> None:
    budget = Budget(10, 100, 20)
    asked(budget, *(web.json_response({}, status=429) for _ in range(TRIES)))
    now = Clock().ns
    assert budget.wait(BULK, now) > 0


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (web.json_response({"message": "no"}, status=404), BadRequest),
        (web.Response(body=b"<html>", status=200), OutcomeUnknown),
    ],
)
def test_a_refusal_and_an_answer_of_somebody_else_are_told(answer: web.Response, failure: type[Failure]) -> None:
    assert type(asked(Budget(10, 100, 20), answer)[0]) is failure


def test_nobody_there_is_told() -> None:
    async def scene() -> None:
        async with aiohttp.ClientSession() as http:
            manner = Manner(headers={}, words="message", judge=judge, spare=spare)
            await Enquiry(http, Budget(10, 100, 20), manner, Clock()).ask("http://127.0.0.1:1/")

    with pytest.raises(Transient, match="ClientConnector"):
        asyncio.run(scene())
