"""What an answer, or none, means for a message."""

import asyncio
import json
import socket

import pytest
from aiohttp import web

from openbell.core.types import NS
from openbell.edges.alerts.letter import LEAST_WAIT_S, Fault, Never, NotNow, Unclear
from openbell.edges.alerts.posting import Post, encoded, judge, post
from tests.edges.alerts.fakes import front


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, Never), (422, Never), (401, NotNow), (404, NotNow), (302, NotNow), (429, NotNow), (503, NotNow),
     (500, Unclear), (502, Unclear)],
)  # fmt: skip
def test_a_status_says_whether_it_is_worth_another_try(status: int, kind: type[Fault]) -> None:
    with pytest.raises(kind, match=str(status)):
        judge(status, "", "")


def test_a_success_is_one() -> None:
    judge(200, "", "")
    judge(204, "", "")


@pytest.mark.parametrize(
    ("header", "body", "wait_s"),
    [("7", "", 7.0), ("", '{"parameters": {"retry_after": 3}}', 3.0), ("", '{"retry_after": 0.5}', 0.5), ("", "[]", None),
     ("", "{", None), ("soon", "", None), ("99999", "", 3600.0), ("", '{"retry_after": null}', None)],
)  # fmt: skip
def test_who_asks_for_patience_gets_it(header: str, body: str, wait_s: float | None) -> None:
    with pytest.raises(NotNow) as fault:
        judge(429, header, body)
    assert fault.value.wait_s == wait_s


def test_a_closed_door_is_not_knocked_at_again_at_once() -> None:
    with pytest.raises(NotNow) as fault:
        judge(403, "", "")
    assert fault.value.wait_s == LEAST_WAIT_S


def test_nobody_there_means_that_nothing_was_delivered() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/secret-0815"
        with pytest.raises(NotNow) as fault:
            asyncio.run(post(Post(url=url)))
    assert "secret" not in str(fault.value)


def test_a_line_that_is_cut_behind_the_message_leaves_it_unclear() -> None:
    async def play() -> None:
        async with front() as there:
            there.answers.append(None)
            with pytest.raises(Unclear):
                await post(Post(url=there.url, body=b"{}"))

    asyncio.run(play())


def test_silence_behind_the_message_leaves_it_unclear_and_ends_in_time() -> None:
    async def play() -> None:
        async with front() as there:
            there.is_open.clear()
            with pytest.raises(Unclear, match="no answer in time"):
                await post(Post(url=there.url, body=b"{}", timeout=NS // 5))

    asyncio.run(play())


@pytest.mark.parametrize("url", ["nonsense", "ftp://127.0.0.1/x", "http://", "http://127.0.0.1:99999/"])
def test_an_address_that_is_none_is_a_fault_and_is_not_told(url: str) -> None:
    with pytest.raises(NotNow) as fault:
        asyncio.run(post(Post(url=url)))
    assert url not in str(fault.value)


def test_a_form_has_its_log_in_and_an_answer_its_json() -> None:
    async def play() -> None:
        async with front() as there:
            there.answers += [web.json_response({"sid": "1"}), web.Response(text="plain")]
            assert await post(Post(url=there.url, form={"a": "b"}, auth=("me", "word"))) == {"sid": "1"}
            assert await post(Post(url=there.url, body=encoded({"ü": 1}))) is None
            assert there.asked[0].body == {"a": "b"}
            assert there.asked[0].headers["Authorization"] == "Basic bWU6d29yZA=="
            assert there.asked[1].body == json.loads('{"ü": 1}')

    asyncio.run(play())
