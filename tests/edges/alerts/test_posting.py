"""What an answer, or none, means for a message."""

import asyncio
import json
import socket
import ssl
from typing import Any

import pytest
from aiohttp import web

from openbell.config.alerts import DeadMan
from openbell.core.types import NS
from openbell.edges.alerts import discord, sentry, slack, sms, telegram, webhook
from openbell.edges.alerts.letter import LEAST_WAIT_S, Fault, Never, NotNow, Unclear
from openbell.edges.alerts.posting import LONGEST_NS, MOST_ANSWER, Post, encoded, judge, post
from tests.edges.alerts.fakes import certificate, front, out_of_time
from tests.test_links import INSIDE


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
                await out_of_time(post(Post(url=there.url, body=b"{}", timeout=300 * NS)), lambda: bool(there.asked))

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


class Names:
    """In the place of the network: what names lead to, and where lines are opened.

    Attributes:
        answers: What the next look-ups find, the last one for ever. asked: Each look-up. opened: Each address to which a
            line was opened. there: Where all of them really end, on this machine.
    """

    def __init__(self, patch: pytest.MonkeyPatch, *answers: tuple[str, ...]) -> None:
        self.answers, self.there = list(answers), ("127.0.0.1", 1)
        self.asked: list[str] = []
        self.opened: list[str] = []
        connect = asyncio.selector_events.BaseSelectorEventLoop.sock_connect

        async def look_up(_: Any, host: str, port: int, **more: Any) -> list[Any]:
            self.asked.append(host)
            found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            return [
                (socket.AF_INET6, 1, 6, "", (one, port, 0, 0))
                if ":" in one
                else (socket.AF_INET, 1, 6, "", (one, port))
                for one in found
            ]

        async def opened(loop: Any, line: socket.socket, address: Any) -> None:
            self.opened.append(address[0])
            await connect(loop, line, self.there)

        patch.setattr(asyncio.BaseEventLoop, "getaddrinfo", look_up)
        patch.setattr(asyncio.selector_events.BaseSelectorEventLoop, "sock_connect", opened)


def test_E16_nothing_is_sent_to_where_a_name_leads_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    async def play() -> None:
        for address in [one for one in INSIDE if "%" not in one]:
            names = Names(monkeypatch, (address,))
            with pytest.raises(NotNow, match="no machine on the public internet") as fault:
                await post(Post(url="https://hooks.example/secret-0815"))
            assert (names.opened, fault.value.wait_s) == ([], LEAST_WAIT_S), address
            assert "hooks" not in str(fault.value)
        names = Names(monkeypatch, ("8.8.8.8",))
        for url in ("https://10.0.0.1/", "https://[fd00::1]/", "https://[::ffff:7f00:1]/", "https://169.254.169.254/",
                    "https://0.0.0.0/", "http://hooks.example/", "http://localhost.example/", "ws://hooks.example"):  # fmt: skip
            with pytest.raises(NotNow):
                await post(Post(url=url))
        # What only some programs read as numbers is no address; this machine's name leads to it or nowhere.
        names.answers = [("127.0.0.1",)]
        for url in ("https://2130706433/", "https://127.1/", "https://0x7f.1/"):
            with pytest.raises(NotNow):
                await post(Post(url=url))
        names.answers = [("8.8.8.8",)]
        with pytest.raises(NotNow):
            await post(Post(url="http://localhost:1/"))
        assert names.opened == []

    asyncio.run(play())


def test_E16_a_name_is_looked_up_once_and_the_line_goes_to_what_was_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str | None] = []
    safe = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    safe.load_cert_chain(*certificate("hooks.example"))
    safe.sni_callback = lambda _line, name, _context: told.append(name)
    trust = ssl.create_default_context(cafile=certificate("hooks.example")[0])
    trust.verify_flags &= ~ssl.VERIFY_X509_STRICT
    monkeypatch.setattr("aiohttp.connector._SSL_CONTEXT_VERIFIED", trust)

    async def play() -> None:
        async with front(tls=safe) as there:
            # Whoever answers for the name says the next time that it is this machine: it is not asked a next time.
            names = Names(monkeypatch, ("8.8.4.4",), ("127.0.0.1",))
            names.there = ("127.0.0.1", int(there.url.rpartition(":")[2]))
            there.answers.append(web.Response(status=302, headers={"location": "https://hooks.example/inside"}))
            with pytest.raises(NotNow, match="302"):
                await post(Post(url="https://hooks.example/hook", body=b"{}"))
            assert (names.asked, names.opened, told) == (["hooks.example"], ["8.8.4.4"], ["hooks.example"])
            assert [(one.path, one.headers["Host"]) for one in there.asked] == [("/hook", "hooks.example")]
            # Of several addresses those inside are left out, and a certificate is of the name, not of the address.
            names.answers, names.asked = [("127.0.0.1", "10.0.0.1", "8.8.8.8")], []
            with pytest.raises(NotNow):
                await post(Post(url="https://other.example/hook", body=b"{}"))
            assert (names.asked, set(names.opened)) == (["other.example"], {"8.8.4.4", "8.8.8.8"})
            assert len(there.asked) == 1

    asyncio.run(play())


def test_E16_an_answer_is_read_to_its_end_and_not_beyond_its_bound() -> None:
    async def play() -> None:
        async with front() as there:
            long = {"found": ["x" * 1000] * 60}
            there.answers += [web.json_response(long), web.Response(body=b" " * (8 << 20))]
            assert await post(Post(url=there.url, body=b"{}")) == long
            # Of eight megabytes of nothing no more is taken than the bound, and what is read so is no JSON.
            assert await post(Post(url=there.url, body=b"{}")) is None

    asyncio.run(play())


def test_E16_no_try_takes_longer_than_five_seconds_unless_somebody_writes_it() -> None:
    assert (LONGEST_NS, MOST_ANSWER, Post(url="x").timeout) == (5 * NS, 64 << 10, LONGEST_NS)
    for channel in (discord, sentry, slack, sms, telegram, webhook):
        assert channel.Config.model_fields["timeout"].default == LONGEST_NS, channel.__name__
    with pytest.raises(ValueError, match="public internet"):
        DeadMan(url="https://192.168.1.4/ping")
