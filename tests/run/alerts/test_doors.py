"""A mail, a text message and a call stop a run, from the wire to the command; what is not signed does nothing."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from openbell.edges.alerts import email, sms
from openbell.edges.alerts.calls import MOST_BODY, signature
from openbell.edges.alerts.inbox import Inbox, Place
from openbell.edges.alerts.outbox import Outbox
from openbell.run.alerts.codes import issue
from openbell.run.alerts.doors import Mailbox, Port
from openbell.run.clock import WallClock
from openbell.run.state import commands
from tests.edges.alerts.fakes import PostBox, certificate, post_box, post_office
from tests.run.alerts.stage import carried, history, market, notifier
from tests.run.alerts.test_stopping import ME, Desk

SMS = {"sid": "AC1", "token": "key", "sender": "+15550001111", "to": ("+15551234567",), "control": ("+15551234567",)}
URL = "https://stop.example.com/sms"


def inbox(there: PostBox, port: int) -> email.Config:
    box = Inbox(server="127.0.0.1", port=there.port, security="none")
    return email.Config(
        server="127.0.0.1", port=port, security="starttls", ca=str(certificate()[0]), user=ME, password="app password",
        to=(ME,), control=(ME,), inbox=box,
    )  # fmt: skip


def wall(folder: Path) -> Desk:
    """Return a desk by the wall's clock: what comes over a wire has instants of its own."""
    made = Desk(folder)
    made.clock = made.stopping._clock = WallClock()
    made.codes = issue(made.outbox, 5, made.clock.now())
    return made


def test_S4_209_a_mail_from_the_list_with_a_code_stops_and_is_answered_and_a_forged_one_does_not(
    tmp_path: Path,
) -> None:
    desk = wall(tmp_path / "s")

    async def play() -> None:
        async with post_box() as there, post_office() as office:
            options = inbox(there, office.port).model_copy(update={"server": "localhost"})
            box, kept = Mailbox("mail", options, desk.stopping, desk.clock), list[bytes]()
            there.put(ME, f"STOP {desk.codes[4]}")
            await box.look(kept.append)
            assert desk.left() == [], "what lay there before is not obeyed"
            there.put("stranger@example.com", f"STOP {desk.codes[0]}")
            there.put(ME, "STOP 123456789012345")
            there.put(ME, f"STOP {desk.codes[1]}", datetime.now(UTC) - timedelta(hours=1))
            there.put(ME, "lunch?")
            await box.look(kept.append)
            assert desk.left() == []
            there.put(f"Me <{ME}>", f"STOP CLOSE {desk.codes[0]}")
            await box.look(kept.append)
            assert desk.left() == [("kill", f"mail {ME}", 3)]
            there.put(ME, f"STOP {desk.codes[0]}")
            await box.look(kept.append)
            assert len(desk.left()) == 1, "a code works once"
            said = [mail.text.split("\r\n\r\n")[1].strip() for mail in office.mails]
            assert [one[:24] for one in said] == [
                "it is more than 15 minut", "the code is wrong; nothi", "stop and close: no engin", "the code was used before",
            ]  # fmt: skip
            assert {mail.recipient for mail in office.mails} == {ME}, "strangers hear nothing"
            assert Place(validity=7, last=7) == box.place and len(kept) == 4

    asyncio.run(play())
    desk.outbox.close()


def test_a_sender_that_the_receiving_server_did_not_check_counts_as_nobody(tmp_path: Path) -> None:
    desk = wall(tmp_path / "s")

    async def play() -> None:
        async with post_box() as there:
            options = inbox(there, 1)
            assert options.inbox is not None
            strict = options.inbox.model_copy(update={"checked_by": "mx.example.com"})
            box = Mailbox("mail", options.model_copy(update={"inbox": strict}), desk.stopping, desk.clock)
            box.place = Place(validity=7)
            there.put(ME, f"STOP {desk.codes[0]}", None, "Authentication-Results: mx.example.com; dkim=fail")
            await box.look(lambda _: None)
            assert desk.left() == []
            there.put(ME, f"STOP {desk.codes[0]}", None, "Authentication-Results: mx.example.com; dkim=pass")
            await box.look(lambda _: None)
            assert len(desk.left()) == 1

    asyncio.run(play())
    desk.outbox.close()


class Phone:
    """Twilio, as it posts to a port."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"

    async def post(self, form: Mapping[str, str], path: str = "/sms", token: str = "key") -> tuple[int, str]:
        given = {"AccountSid": "AC1", "From": "+15551234567", **form}
        url = URL if path == "/sms" else f"{URL}/voice"
        headers = {"X-Twilio-Signature": signature(token, url, given)}
        async with (
            aiohttp.ClientSession() as http,
            http.post(self.address + path, data=given, headers=headers) as answer,
        ):
            return answer.status, await answer.text()


def with_phone(folder: Path, act: Any) -> None:
    desk = wall(folder)

    async def play() -> None:
        options = sms.Config(**SMS, listen={"url": URL, "port": 0})
        port = Port("sms", options, desk.stopping, desk.clock)
        running = asyncio.create_task(port.run())
        while not port.port:
            await asyncio.wait([running], timeout=0.005)
        await act(desk, Phone(port.port))
        running.cancel()
        await asyncio.wait([running])

    asyncio.run(play())
    desk.outbox.close()


def test_S4_211_a_text_message_stops_with_a_code_from_a_number_on_the_list_alone(tmp_path: Path) -> None:
    async def act(desk: Desk, phone: Phone) -> None:
        code = desk.codes[0]
        assert (await phone.post({"Body": f"STOP {code}"}, token="forged"))[0] == 403
        assert (await phone.post({"Body": f"STOP {code}", "AccountSid": "AC2"}))[0] == 403
        status, said = await phone.post({"Body": f"STOP {code}", "From": "+15559999999"})
        assert (status, "<Message>" in said) == (200, False)
        status, said = await phone.post({"Body": "STOP 000000000000000"})
        assert "<Message>the code is wrong; nothing was done</Message>" in said
        status, said = await phone.post({"Body": f"BUY 5 {code}"})
        assert "only STOP CODE" in said and desk.left() == []
        status, said = await phone.post({"Body": f"stop {code}"})
        assert "<Message>stop: no engine runs" in said
        assert desk.left() == [("kill", "sms +15551234567", 2)]
        assert "used before" in (await phone.post({"Body": f"stop {code}"}))[1]
        assert len(desk.left()) == 1

    with_phone(tmp_path / "s", act)


def test_S4_210_a_call_asks_for_the_code_and_stops(tmp_path: Path) -> None:
    async def act(desk: Desk, phone: Phone) -> None:
        status, said = await phone.post({"CallSid": "CA1"}, "/sms/voice")
        assert status == 200 and "<Gather" in said and f'action="{URL}/voice"' in said
        _, said = await phone.post({"CallSid": "CA1", "Digits": "1" * 15}, "/sms/voice")
        assert "<Say>the code is wrong; nothing was done</Say>" in said and desk.left() == []
        _, said = await phone.post({"CallSid": "CA1", "Digits": desk.codes[2]}, "/sms/voice")
        assert "<Say>stop: no engine runs" in said
        assert desk.left() == [("kill", "sms +15551234567", 2)]

    with_phone(tmp_path / "s", act)


def test_a_body_without_end_and_other_methods_are_refused(tmp_path: Path) -> None:
    async def act(desk: Desk, phone: Phone) -> None:
        assert (await phone.post({"Body": "x" * MOST_BODY}))[0] == 413
        async with aiohttp.ClientSession() as http, http.get(phone.address) as answer:
            assert answer.status == 405
        assert desk.left() == []

    with_phone(tmp_path / "s", act)


@pytest.mark.parametrize("half", ["control: [me@x.com]", "inbox: {server: 127.0.0.1}"])
def test_who_may_stop_and_where_it_arrives_need_one_another(tmp_path: Path, half: str) -> None:
    with pytest.raises(Exception, match="one needs the other"):
        market(tmp_path, f"[{{kind: email, to: [me@x.com], {half}}}]")


def test_a_notifier_opens_the_doors_of_its_file_and_writes_down_who_came(tmp_path: Path) -> None:
    async def play() -> None:
        async with post_box() as there, post_office() as office:
            words = f"{{kind: email, name: mail, server: localhost, port: {office.port}, security: none, to: [{ME}]"
            box = (
                f"inbox: {{server: 127.0.0.1, port: {there.port}, security: none, user: {ME}, password: app password}}"
            )
            made = market(tmp_path, f"[{words}, level: critical, control: [{ME}], {box}}}]")
            with Outbox(made.state) as outbox:
                (code,) = issue(outbox, 1, WallClock().now())
                outbox.keep("place/mail", b'{"validity": 7, "last": 0}')
            one = notifier(made, WallClock())
            there.put(ME, f"STOP {code}")
            await carried(one, lambda: bool(left(made.state)) and "given" not in told(made.state))
            one.close()
            assert left(made.state) == [("kill", f"mail {ME}")]
            assert told(made.state).startswith(f"mail: user {ME} asked /stop: stop: ")

    asyncio.run(play())


def left(state: Path) -> list[tuple[str, str]]:
    return [(one.kind, one.actor) for _, one in commands(state) if one is not None]


def told(state: Path) -> str:
    found = [row.text for row in history(state) if row.event == "control"]
    return found[-1] if found else "given"
