"""`openbell alerts`: what was told, whether a channel works, and that it was seen."""

import asyncio
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from aiohttp import web

from openbell.edges.alerts import email
from openbell.edges.alerts.outbox import NAME, Outbox
from openbell.run.alerts import siren
from openbell.run.alerts.codes import fault
from openbell.run.alerts.told import Told
from openbell.run.clock import WallClock
from openbell.run.doctor.reach import sirens
from openbell.run.state import Origin, read_origin, write_origin
from tests.cli.process import CONFIG, Said
from tests.edges.alerts.fakes import Mail, certificate, front, post_office
from tests.run.alerts.stage import NOW, market, notifier
from tools.tree import ROOT

Caller = Callable[..., Said]


def test_a_test_says_of_each_channel_whether_it_was_taken(call: Caller, tmp_path: Path) -> None:
    file = tmp_path / "c.yaml"

    async def play() -> list[str]:
        async with front() as there:
            words = f"[{{url: '{there.url}/x'}}, {{name: dead, url: 'http://127.0.0.1:1/x'}}]"
            file.write_text(f"{CONFIG}alerts: {words}\n", encoding="utf-8")
            said = await asyncio.to_thread(call, "alerts", "test", file)
            assert said.code == 1
            assert said.out.splitlines() == [
                "ok    webhook (webhook), target 1: taken",
                "fail  dead (webhook), target 1: nobody answers there",
            ]
            one = await asyncio.to_thread(call, "alerts", "test", file, "--channel", "webhook", "--json")
            assert (one.code, one.data["ok"]) == (0, True)
            return [asked.body["event"] for asked in there.taken]

    assert asyncio.run(play()) == ["test", "test"]


def test_mail_is_set_up_as_the_page_says(call: Caller, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "how-to" / "alerts.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"^ +- (\{kind: email, .*\})$", page, re.MULTILINE)
    steps = " ".join(page.split("## Gmail")[1].split("##")[0].split())
    for step in ("second factor", "app password", "`MAIL_PASSWORD`", "`smtp.gmail.com`, 587, STARTTLS"):
        assert step in steps
    usual = email.Config(to=("me@gmail.com",))
    assert (usual.server, usual.port, usual.security) == ("smtp.gmail.com", 587, "starttls")
    file = tmp_path / "my.yaml"

    async def play() -> list[Mail]:
        async with post_office() as office:
            office.login = ("me@gmail.com", "abcd efgh ijkl mnop")
            # The page's own line, but for the server, which is on this machine.
            here = f"server: localhost, port: {office.port}, ca: '{certificate()[0]}'"
            file.write_text(f"{CONFIG}alerts: [{line[:-1]}, {here}}}]\n", encoding="utf-8")
            (tmp_path / ".env").write_text("MAIL_PASSWORD='another one'\n", encoding="utf-8")
            wrong = await asyncio.to_thread(call, "alerts", "test", file)
            assert wrong.code == 1 and "answered 535: user or password is wrong" in wrong.out
            (tmp_path / ".env").write_text("MAIL_PASSWORD='abcd efgh ijkl mnop'\n", encoding="utf-8")
            said = await asyncio.to_thread(call, "alerts", "test", file)
            assert (said.code, said.out) == (0, "ok    email (email), target 1: taken\n")
            assert "abcd" not in wrong.out + wrong.err + said.out + said.err
            return office.mails

    (mail,) = asyncio.run(play())
    assert (mail.user, mail.recipient, mail.is_safe) == ("me@gmail.com", "me@gmail.com", True)


def test_a_channel_that_is_none_is_told(call: Caller, tmp_path: Path, config: Path) -> None:
    said = call("alerts", "test", config)
    assert (said.code, "has no alerts" in said.err) == (2, True)
    said = call("alerts", "test", config, "--channel", "phone")
    assert (said.code, "no channel 'phone'; known" in said.err.replace("\nnext: ", "; ")) == (2, True)


def test_what_was_told_is_listed_and_acknowledged(call: Caller, tmp_path: Path) -> None:
    made = market(tmp_path, "[{url: 'http://127.0.0.1:1/secret', level: info}]")

    async def play() -> None:
        one = notifier(made)
        one.look()
        one.close()

    asyncio.run(play())
    said = call("alerts", "list", made.state)
    assert said.code == 0
    assert any("position    CLOSED LONG" in line for line in said.out.splitlines())
    assert any(line.startswith("waiting for webhook after 0 tries: [SIM]") for line in said.out.splitlines())
    assert "secret" not in said.out
    data = call("alerts", "list", made.state, "--json").data
    first = data["alerts"][0]["id"]
    said = call("alerts", "ack", first, "--state", made.state)
    assert "1 acknowledged" in said.err
    assert len(call("alerts", "list", made.state, "--open", "--json").data["alerts"]) == len(data["alerts"]) - 1
    call("alerts", "ack", "--state", made.state)
    assert call("alerts", "list", made.state, "--open").err == "everything was seen\n"


def test_codes_are_printed_in_threes_and_new_ones_end_those_before(call: Caller, tmp_path: Path) -> None:
    made = market(tmp_path, "[{url: 'http://127.0.0.1:1/x'}]")
    with Outbox(made.state) as outbox:
        first = call("alerts", "codes", "--count", 3, "--state", made.state)
        lines = first.out.splitlines()
        assert [len(line) for line in lines] == [19] * 3 and "each stops the run once, within 180 days" in first.err
        code = lines[2].replace(" ", "")
        assert fault(outbox, code, WallClock().now()) == ""
        call("alerts", "codes", "--state", made.state)
        assert fault(outbox, code, WallClock().now()) == "the code is wrong"


def test_a_state_that_never_sent_one_is_told(call: Caller, finished: Path) -> None:
    assert "has never sent an alert" in call("alerts", "list", finished).err


UPDATES = {"ok": True, "result": [
    {"update_id": 1, "message": {"from": {"id": 7}, "chat": {"id": 7, "type": "private", "first_name": "Ada"}, "text": "hi"}},
    {"update_id": 2, "message": {"from": {"id": 7}, "chat": {"id": 7, "type": "private", "first_name": "Ada"}, "text": "hi"}},
    {"update_id": 3, "my_chat_member": {"chat": {"id": -1009, "type": "supergroup", "title": "Desk", "username": "desk"}}},
    {"update_id": 4, "channel_post": {"chat": "none"}}, "nonsense",
]}  # fmt: skip
SAID = ["-1009            supergroup  Desk @desk", "7                private     Ada"]


def test_S3_155_the_id_of_a_chat_is_told_from_what_was_written_to_the_bot(call: Caller, tmp_path: Path) -> None:
    file = tmp_path / "c.yaml"

    async def play() -> None:
        async with front() as there:
            bot = f"[{{kind: telegram, token: '12:s3cret', chats: [0], api: '{there.url}'}}]"
            file.write_text(f"{CONFIG}alerts: {bot}\n", encoding="utf-8")
            there.by_path["/bot12:s3cret/getUpdates"] = lambda _: web.json_response(UPDATES)
            said = await asyncio.to_thread(call, "alerts", "chats", file)
            assert (said.code, said.out.splitlines()) == (0, SAID)
            page = (ROOT / "docs" / "how-to" / "alerts.md").read_text(encoding="utf-8")
            for words in (
                "Ask `@BotFather` for a bot",
                "`TELEGRAM_BOT_TOKEN`",
                "`@userinfobot`",
                "$ openbell alerts chats",
            ):
                assert words in page
            data = (await asyncio.to_thread(call, "alerts", "chats", file, "--json")).data
            assert [one["id"] for one in data["chats"]] == ["-1009", "7"]
            # What it read is not confirmed: a run that listens later still hears it.
            assert all("offset" not in asked.body for asked in there.asked)
            there.by_path["/bot12:s3cret/getUpdates"] = lambda _: web.json_response({"ok": True, "result": []})
            none = await asyncio.to_thread(call, "alerts", "chats", file)
            assert (none.code, "write something to it" in none.err) == (1, True)
            there.by_path["/bot12:s3cret/getUpdates"] = lambda _: web.Response(status=401)
            wrong = await asyncio.to_thread(call, "alerts", "chats", file)
            assert (wrong.code, "is the token right" in wrong.err, "s3cret" in wrong.err) == (1, True, False)

    asyncio.run(play())


def test_without_a_token_it_says_where_one_is_from(
    call: Caller, tmp_path: Path, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TELEGRAM_BOT_TOKEN", raising=False)
    said = call("alerts", "chats")
    assert (said.code, "TELEGRAM_BOT_TOKEN is not set" in said.err, "@BotFather" in said.err) == (2, True, True)
    said = call("alerts", "chats", config)
    assert (said.code, "has no channel of kind telegram" in said.err) == (2, True)


def test_a_siren_is_said_by_status_and_doctor_until_it_is_acknowledged(
    call: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENBELL_HOME", str(tmp_path))
    made = market(tmp_path, "[{url: 'http://127.0.0.1:1/x'}]")
    write_origin(made.state, Origin(file=str(made.file.resolve()), folder=str(tmp_path)))
    one = notifier(made)
    told = Told(event="kill_switch", level="critical", seq=1, index=1, ts=NOW, fields={"text": "x"})
    with one.outbox.change():
        one.desk.take(told, NOW)
    siren.sound(one.outbox, made.state, NOW + siren.AFTER_NS)
    one.close()
    words = "1 critical message has reached nobody: openbell alerts list"
    assert f"SIREN: {words} s; then openbell alerts ack" in call("status", made.state).out
    assert call("status", made.state, "--json").data["messages_unheard"] == 1
    said = call("doctor", "quick", made.file)
    assert f"fail  siren: {words} {made.state}; " in said.out
    assert (made.state / siren.NAME).exists()
    assert call("alerts", "ack", "--state", made.state).code == 0
    # No notifier runs that would take it away.
    assert not (made.state / siren.NAME).exists()
    assert "SIREN" not in call("status", made.state).out
    assert "fail  siren" not in call("doctor", "quick", made.file).out


def test_a_damaged_file_of_alerts_keeps_nothing_else_from_being_seen(
    call: Caller, finished: Path, tmp_path: Path
) -> None:
    state = tmp_path / "s"
    shutil.copytree(finished, state)
    (state / NAME).write_bytes(b"not a database" * 100)
    said = call("status", state)
    assert said.code == 0
    assert f"SIREN: s/{NAME} cannot be read, so nobody may have been told of anything" in said.out
    assert call("status", state, "--json").data["messages_unheard"] is None
    listed = call("alerts", "list", state)
    assert listed.code == 1
    assert listed.err.splitlines() == [
        "error: the file of alerts of this state (alerts.db) cannot be used: file is not a database",
        "next: free its disk, or move the file away: a new one begins; the engine trades without it",
    ]
    (line,) = sirens(tmp_path, read_origin(state).file, 0)
    assert (line.level, line.fix) == ("fail", f"move {state / NAME} away; the run makes a new one when it starts")
