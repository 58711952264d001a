"""Alerts as the founding documents ask for them, from a recorded run to servers of this machine."""

import asyncio
import json
import os
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from openbell import connect
from openbell.config.explain import ConfigError
from openbell.core.effects import Alert
from openbell.core.events import Bar, Command
from openbell.core.types import Status
from openbell.edges.alerts import KINDS
from openbell.edges.alerts.outbox import Outbox
from openbell.edges.logs.book import MAIN
from openbell.run import assemble
from openbell.run import state as states
from openbell.run.alerts.notifier import Notifier
from openbell.run.clock import FakeClock
from openbell.run.logbook import FOLDER
from tests.checklist.market import FAIL, FLAT, FREE, LONG, Market, config, deployment, rows
from tests.cli.process import begin
from tests.edges.alerts.fakes import Asked, Front, Mail, certificate, front, post_office
from tests.run.alerts.stage import NOW, carried

TRADED = ((100, LONG), 101, (104, FLAT), 104, 104)
"""Decided at 100 and filled at 101; left at 104."""
KILL = Command(ts=0, id="1", kind="kill", actor="me", reason="Manual override")


class Sink:
    """Every channel at servers of this machine, and what they took."""

    def __init__(self, there: Front, mails: list[Mail], port: int) -> None:
        self.there, self.mails, self.port = there, mails, port

    def channels(self, more: str = "level: info") -> str:
        url = self.there.url
        mail = (
            f"kind: email, server: localhost, port: {self.port}, user: me@example.com, password: app password,"
            f" ca: {certificate()[0]}, to: [a@example.com, b@example.com]"
        )
        listed = (
            f"url: '{url}/hook'", f"kind: telegram, token: '12:s3cret', chats: [1, -2], api: '{url}'", mail,
            f"kind: slack, url: '{url}/slack'", f"kind: discord, url: '{url}/discord'",
            f"kind: sms, sid: AC1, token: t, sender: '+1', to: ['+2'], api: '{url}'",
        )  # fmt: skip
        return f"[{', '.join(f'{{{one}, {more}}}' for one in listed)}]"

    def at(self, path: str) -> list[Asked]:
        return [asked for asked in self.there.taken if asked.path.startswith(path)]

    def texts(self) -> dict[str, list[str]]:
        """Return what each channel took, by channel."""
        return {
            "webhook": [asked.body["text"] for asked in self.at("/hook")],
            "telegram": [asked.body["text"] for asked in self.at("/bot") if asked.body["chat_id"] == "1"],
            "email": [mail.text for mail in self.mails if mail.recipient == "a@example.com"],
            "slack": [asked.body["text"] for asked in self.at("/slack")],
            "discord": [asked.body["content"] for asked in self.at("/discord")],
            "sms": [asked.body["Body"] for asked in self.at("/2010")],
        }


def told(
    folder: Path, alerts: Callable[[Sink], str], bars: tuple[object, ...] = TRADED, **fields: Any
) -> tuple[Sink, Market]:
    """Run a market, let its alerts out, and return what the channels took."""
    command = fields.pop("command", None)

    async def play() -> tuple[Sink, Market]:
        async with front() as there, post_office() as office:
            sink = Sink(there, office.mails, office.port)
            start = fields.pop("start", "2024-01-02 00:00")
            made = Market(folder, config(head=f"alerts: {alerts(sink)}", **fields), rows(list(bars), start=start))
            if command is not None:
                states.make(made.state)
                states.leave_command(made.state, command)
            made.live()
            loaded, found = assemble.read(made.file, {})
            if loaded.config.alerts.is_on:
                one = Notifier(made.state, loaded.config.alerts, found.channels, FakeClock(NOW))
                await carried(one)
                one.close()
            return sink, made

    return asyncio.run(play())


def test_trades_and_limits_reach_a_sink_through_each_channel(tmp_path: Path) -> None:
    sink, _ = told(tmp_path, lambda sink: sink.channels(), command=KILL)
    for channel, texts in sink.texts().items():
        assert sum("Kill switch activated: kill by me: Manual override" in text for text in texts) == 1, channel
    sink, _ = told(tmp_path / "b", lambda sink: sink.channels()) if (tmp_path / "b").mkdir() is None else (sink, None)
    for channel, texts in sink.texts().items():
        assert sum("BUY 100 AAA at $101.00" in text for text in texts) == 1, (channel, texts)
        assert sum("CLOSED LONG 100 AAA at $104.00" in text for text in texts) == 1, channel


def test_an_execution_is_told_once_with_what_was_really_filled(tmp_path: Path) -> None:
    sink, made = told(tmp_path, lambda sink: sink.channels())
    bought, sold = made.told.fills
    assert (int(bought.px), int(sold.px)) == (101, 104)
    texts = [text for text in sink.texts()["telegram"] if "order filled" in text]
    assert len(texts) == 2
    assert f"BUY {bought.qty} AAA at $101.00, total ${bought.qty * 101:,}.00" in texts[0]
    assert f"SELL {sold.qty} AAA at $104.00, total ${sold.qty * 104:,}.00" in texts[1]


def test_parts_of_one_execution_are_told_together_and_each_once(tmp_path: Path) -> None:
    entry, bars = deployment(more="size: {quantity: 5}"), ((100, LONG), 101, 102, 103, 104, 105, 106)
    sink, made = told(
        tmp_path, lambda s: s.channels(), bars, deployments=[entry], account="cash: 100000 USD, participation: 1"
    )
    # The venue gives one unit a minute; what a minute brings is one message.
    assert [(int(fill.qty), int(fill.px)) for fill in made.told.fills] == [(1, px) for px in range(101, 106)]
    lines = [text.split("\n")[1] for text in sink.texts()["telegram"] if "order filled" in text]
    assert [line.partition(" in main")[0] for line in lines] == [
        "BUY 2 AAA at $101.50, total $203.00", "BUY 2 AAA at $103.50, total $207.00", "BUY 1 AAA at $105.00, total $105.00",
    ]  # fmt: skip


def test_an_order_leads_through_position_log_and_alerts_to_mail_and_telegram(tmp_path: Path) -> None:
    async def play() -> tuple[Sink, Market]:
        async with front() as there, post_office() as office:
            sink = Sink(there, office.mails, office.port)
            entry = deployment(more="exits: {stop_loss: 20%, take_profit: 50%}")
            terms = config(head=f"alerts: {sink.channels()}", deployments=[entry])
            made = Market(tmp_path, terms, rows(list(TRADED)))
            with begin(tmp_path, "run", made.file, "--state", made.state, "--speed", "max", "--json") as run:
                await asyncio.to_thread(run.communicate)
                assert run.returncode == 0
            return sink, made

    sink, made = asyncio.run(play())
    bought, sold = made.told.fills
    submitted = {order.oid: order for order in made.told.orders}
    # What is held has its stop and its target, which are taken back as it is sold.
    guards = {oid: order for oid, order in submitted.items() if oid not in (bought.oid, sold.oid)}
    assert [(str(one.type), one.stop or one.limit, one.qty) for one in guards.values()] == [
        ("stop", Decimal("80.80"), 100), ("limit", Decimal("151.50"), 100),
    ]  # fmt: skip
    ended = {oid: order.status for oid, order in made.told.book.truth.orders.items()}
    assert ended == {bought.oid: Status.FILLED, sold.oid: Status.FILLED} | dict.fromkeys(guards, Status.CANCELLED)
    (trade,) = connect(made.state).trades().to_dicts()
    assert (trade["instrument"], float(trade["profit"])) == ("AAA", 300.0)
    log = (made.state / FOLDER / MAIN).read_text(encoding="utf-8")
    assert all(oid in log for oid in submitted)
    # Each alert of the history is a record of the log too.
    with Outbox(made.state) as outbox:
        alerts = {row.id: row.text for row in outbox.history.rows()}
    written = (made.state / FOLDER / "Alerts.log").read_text(encoding="utf-8").splitlines()
    assert [(one["openbell"]["alert"], one["message"]) for one in map(json.loads, written)] == sorted(alerts.items())
    assert len(alerts) > 5
    for oid, position in ((bought.oid, "position_opened"), (sold.oid, "position_closed")):
        told_of = [one.body["event"] for one in sink.at("/hook") if one.body["fields"].get("order") == oid]
        assert told_of == ["order_submitted", "order_filled", position]
    for oid in guards:
        told_of = [one.body["event"] for one in sink.at("/hook") if one.body["fields"].get("order") == oid]
        assert told_of == ["order_submitted", "order_cancelled"]
    kinds = {one.body["event"]: one.body["kind"] for one in sink.at("/hook")}
    assert kinds == {
        "signal": "signal", "order_submitted": "order", "order_filled": "order", "order_cancelled": "order",
        "position_opened": "position", "position_closed": "position", "engine_started": "system", "engine_stopped": "system",
    }  # fmt: skip
    for channel in ("email", "telegram"):
        texts = "\n".join(sink.texts()[channel])
        places = [texts.index(words) for words in ("BUY 100 AAA sent", "OPENED LONG 100 AAA", "CLOSED LONG 100 AAA")]
        assert places == sorted(places), channel


def test_an_execution_is_told_before_the_next_bar_is_decided(tmp_path: Path) -> None:
    async def play() -> None:
        async with front() as there:
            bot = f"kind: telegram, token: '12:s3cret', chats: [1], api: '{there.url}', level: info"
            made = Market(tmp_path, config(head=f"alerts: [{{{bot}}}]"), rows(list(TRADED)))
            loaded, found = assemble.read(made.file, {})
            seen = []
            for count in range(1, len(TRADED) + 1):
                made.live(until_bars=count)
                one = Notifier(made.state, loaded.config.alerts, found.channels, FakeClock(NOW))
                await carried(one)
                one.close()
                seen.append(sum("order filled" in asked.body["text"] for asked in there.taken))
            fills = [sum(1 for fill in made.told.fills if fill.ts <= bar.ts) for bar in made.told.events(Bar)]
            assert seen == fills == [0, 1, 1, 2, 2]

    asyncio.run(play())


def test_each_recipient_and_each_chat_gets_one_copy(tmp_path: Path) -> None:
    sink, _ = told(tmp_path, lambda sink: sink.channels())
    whole = len(sink.at("/hook"))
    assert whole > 8
    for recipient in ("a@example.com", "b@example.com"):
        assert sum(mail.recipient == recipient for mail in sink.mails) == whole
    for chat in ("1", "-2"):
        assert sum(asked.body["chat_id"] == chat for asked in sink.at("/bot")) == whole
    assert {asked.path for asked in sink.at("/bot")} == {"/bot12:s3cret/sendMessage"}


def test_an_exception_in_a_strategy_is_told_as_an_error(tmp_path: Path) -> None:
    bars = ((100, LONG), 101, (101, FAIL), 101)
    sink, made = told(tmp_path, lambda sink: sink.channels("level: error"), bars)
    # Message, component and trace: the record of the journal in which it happened.
    (seq,) = [entry.seq for entry in made.told.entries for effect in entry.effects if isinstance(effect, Alert)]
    for channel in ("telegram", "email"):
        (text,) = sink.texts()[channel]
        assert "the strategy fell over" in text and f"(frozen, record {seq})" in text, text
    assert [one.body["kind"] for one in sink.at("/hook")] == ["error"]


def test_a_start_an_end_and_a_day_are_told_once_each(tmp_path: Path) -> None:
    sink, _ = told(tmp_path, lambda sink: sink.channels(), (*TRADED, 104, 104, 104), start="2024-01-02 23:55")
    texts = sink.texts()["telegram"]
    assert sum("Engine started: mode sim, account main" in text for text in texts) == 1
    assert sum("Engine stopped: equity $100,300.00" in text for text in texts) == 1
    assert sum("End-of-day summary 2024-01-02" in text for text in texts) == 1
    (summary,) = [text for text in texts if "End-of-day summary 2024-01-02" in text]
    assert "main: +$300.00 (+0.30%), equity $100,300.00" in summary
    assert "2 fills, 1 trade closed, 1 with a profit" in summary
    assert sum("main ended 2024-01-02 at its highest equity, $100,300.00" in text for text in texts) == 1
    (best,) = [one.body for one in sink.at("/hook") if "at its highest equity" in one.body["text"]]
    assert best["kind"] == "performance"
    for recipient in ("a@example.com", "b@example.com"):
        mails = [mail.text for mail in sink.mails if mail.recipient == recipient]
        assert sum("End-of-day summary 2024-01-02" in text for text in mails) == 1, recipient


LOSS = ((100, LONG), 100, 60, 60, 60)
CASES = [
    ("position_opened", TRADED, {}, "OPENED LONG"), ("position_closed", TRADED, {}, "CLOSED LONG"),
    ("stop_loss_triggered", LOSS, {"deployments": [deployment(more="exits: {stop_loss: 2%}")]}, "stop of AAA"),
    ("daily_loss_limit_reached", LOSS, {"rules": (*FREE[:1], FREE[2], "{kind: daily_loss, limit: 3%}")}, "main stopped"),
    ("system_error", ((100, LONG), 101, (101, FAIL), 101), {}, "the strategy fell over"),
]  # fmt: skip


@pytest.mark.parametrize("is_on", [True, False])
@pytest.mark.parametrize(("event", "bars", "fields", "words"), CASES, ids=[case[0] for case in CASES])
def test_a_condition_is_told_where_it_is_switched_on_alone(
    tmp_path: Path, event: str, bars: tuple[object, ...], fields: dict[str, Any], words: str, is_on: bool
) -> None:
    def alerts(sink: Sink) -> str:
        on = str(is_on).lower()
        return f"{{channels: [{{url: '{sink.there.url}/hook', level: info}}], events: {{{event}: {on}}}}}"

    sink, _ = told(tmp_path, alerts, bars, **fields)
    found = [asked.body["text"] for asked in sink.at("/hook") if asked.body["event"] == event]
    assert len(found) == (1 if is_on else 0)
    assert all(words in text for text in found), found
    assert len(sink.at("/hook")) > 3


@pytest.mark.parametrize("off", ["signal", "order", "position", "error", "performance", "system"])
def test_a_class_of_messages_that_is_switched_off_is_not_sent_and_all_others_are(tmp_path: Path, off: str) -> None:
    def alerts(sink: Sink) -> str:
        url, kinds = f"{sink.there.url}/all", f"{{{off}: 'off'}}"
        return f"[{{url: '{url}', level: info}}, {{url: '{sink.there.url}/some', level: info, kinds: {kinds}}}]"

    bars = (*TRADED, (104, FAIL), 104, 104, 104)
    sink, _ = told(tmp_path, alerts, bars, start="2024-01-02 23:55")
    everything, some = ([asked.body["id"].rpartition("-")[0] for asked in sink.at(path)] for path in ("/all", "/some"))
    kinds = {asked.body["id"].rpartition("-")[0]: asked.body["kind"] for asked in sink.at("/all")}
    assert {"signal", "order", "position", "error", "performance", "system"} <= set(kinds.values())
    assert some == [mark for mark in everything if kinds[mark] != off] != everything


def test_a_limit_that_is_passed_is_told_with_limit_and_value(tmp_path: Path) -> None:
    rules = (*FREE[:1], FREE[2], "{kind: daily_loss, limit: 3%}")
    sink, _ = told(tmp_path, lambda sink: sink.channels(), LOSS, rules=rules)
    (body,) = [one.body for one in sink.at("/hook") if one.body["event"] == "daily_loss_limit_reached"]
    assert ("3%" in body["text"], "96" in body["text"], body["kind"]) == (True, True, "risk"), body
    (mail,) = [mail.text for mail in sink.mails if mail.recipient == "a@example.com" and "main stopped" in mail.text]
    assert ("3%" in mail, "96" in mail) == (True, True), mail
    for channel, texts in sink.texts().items():
        assert sum("main stopped" in one and "3%" in one and "96" in one for one in texts) == 1, (channel, texts)


def others(sink: Sink) -> str:
    """Return alerts to the two kinds of channels that `Sink` has not."""
    url, terms = sink.there.url, "level: critical, kinds: {order: info}"
    project = url.replace("://", "://0123456789abcdef@") + "/7"
    service = url.replace("http://", "json://") + "/any"
    listed = f"{{kind: sentry, dsn: '{project}', {terms}}}, {{kind: apprise, url: '{service}', {terms}}}"
    return f"{{channels: [{listed}], events: {{order_submitted: false}}}}"


def other_texts(sink: Sink) -> dict[str, list[str]]:
    """Return what those took."""
    return {
        "sentry": [asked.body[2]["message"]["formatted"] for asked in sink.at("/api/7/envelope/")],
        "apprise": [asked.body["message"] for asked in sink.at("/any")],
    }


def test_S4_215_an_emergency_reaches_sentry_and_what_apprise_knows(tmp_path: Path) -> None:
    sink, _ = told(tmp_path, others, command=KILL)
    for channel, texts in other_texts(sink).items():
        assert sum("Kill switch activated: kill by me: Manual override" in text for text in texts) == 1, channel


def test_S5_122_trades_and_limits_reach_sentry_and_what_apprise_knows(tmp_path: Path) -> None:
    rules = (*FREE[:1], FREE[2], "{kind: daily_loss, limit: 3%}")
    sink, _ = told(tmp_path, others, LOSS, rules=rules)
    for channel, texts in other_texts(sink).items():
        assert sum("BUY 100 AAA at $100.00" in text for text in texts) == 1, (channel, texts)
        assert sum("main stopped" in text and "3%" in text and "96" in text for text in texts) == 1, (channel, texts)
    assert len(sink.there.taken) == 4
    assert {*sink.texts(), "sentry", "apprise"} == set(KINDS), "no channel is left out of these two tests"


def test_alerts_that_are_switched_off_call_nobody_and_change_no_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def play() -> None:
        async with front() as there:
            fills = {}
            for word in ("none", "false", "true"):
                (tmp_path / word).mkdir()
                bot = f"{{kind: telegram, token: '12:{word}', chats: [1], api: '{there.url}', level: info}}"
                monkeypatch.setenv("TELEGRAM_ENABLED", word)
                listed = f"{{enabled: '${{TELEGRAM_ENABLED}}', channels: [{{url: '{there.url}/{word}', level: info}}, {bot}]}}"
                head = "" if word == "none" else f"alerts: {listed}"
                made = Market(tmp_path / word, config(head=head), rows(list(TRADED)))
                # Where a file names no channel there is none, at no address of the world.
                assert len(assemble.read(made.file, os.environ)[0].config.alerts.channels) == (
                    0 if word == "none" else 2
                )
                with begin(tmp_path, "run", made.file, "--state", made.state, "--json") as run:
                    await asyncio.to_thread(run.communicate)
                    assert run.returncode == 0
                fills[word] = [(fill.side, fill.qty, fill.px) for fill in made.told.fills]
                assert (made.state / "alerts.db").exists() is (word == "true")
            assert fills["none"] == fills["false"] == fills["true"]
            assert len(fills["none"]) == 2
            assert {asked.path for asked in there.asked} == {"/true", "/bot12:true/sendMessage"}

    asyncio.run(play())


@pytest.mark.parametrize(
    ("channel", "named"),
    [("kind: telegram, chats: [1]", "alerts[0].token: is missing"), ("kind: telegram, token: x", "alerts[0].chats: is missing"),
     ('kind: telegram, token: "${TELEGRAM_BOT_TOKEN}", chats: [1]', "TELEGRAM_BOT_TOKEN is not set"),
     ('kind: telegram, token: x, chats: ["${TELEGRAM_CHAT_ID}"]', "TELEGRAM_CHAT_ID is not set")],
)  # fmt: skip
def test_a_bot_without_token_or_chat_is_an_error_that_names_the_key(tmp_path: Path, channel: str, named: str) -> None:
    made = Market(tmp_path, config(head=f"alerts: [{{{channel}}}]"), rows([100]))
    with pytest.raises(ConfigError) as error:
        assemble.read(made.file, {})
    assert named in str(error.value)


@pytest.mark.parametrize("answer", [200, 401])
def test_the_bots_token_is_in_no_file_of_a_run_whether_it_is_taken_or_not(tmp_path: Path, answer: int) -> None:
    async def play() -> int:
        async with front() as there:
            there.by_path["/bot12:s3cret/sendMessage"] = lambda _: web.json_response(
                {"ok": answer == 200}, status=answer
            )
            bot = f"kind: telegram, token: '12:s3cret', chats: [1], api: '{there.url}', level: info"
            made = Market(tmp_path, config(head=f"alerts: [{{{bot}}}]"), rows(list(TRADED)))
            made.live()
            (made.state / FOLDER).mkdir()
            loaded, found = assemble.read(made.file, {})
            one = Notifier(made.state, loaded.config.alerts, found.channels, FakeClock(NOW))
            await carried(one)
            one.close()
            return len(there.asked)

    assert asyncio.run(play()) > 0
    written = {path.name: path.read_bytes() for path in (tmp_path / "s").rglob("*") if path.is_file()}
    assert {"Alerts.log", "alerts.db"} <= set(written)
    assert [name for name, text in written.items() if b"s3cret" in text] == []


def test_password_and_token_come_from_the_environment_and_are_shown_nowhere(tmp_path: Path) -> None:
    words = (
        '[{kind: email, user: me, password: "${MAIL}", to: [a@example.com]},'
        ' {kind: telegram, token: "${BOT}", chats: [1]}, {kind: sms, sid: A, token: literal-1, sender: "1", to: ["2"]}]'
    )
    made = Market(tmp_path, config(head=f"alerts: {words}"), rows([100]))
    loaded, _ = assemble.read(made.file, {"MAIL": "app-pass-0815", "BOT": "12:bot-0815"})
    mail, bot, _ = loaded.config.alerts.channels
    assert (mail.options.password, bot.options.token) == ("app-pass-0815", "12:bot-0815")  # type: ignore[attr-defined]
    assert [one.get("password", one.get("token")) for one in loaded.masked["alerts"]] == ["***"] * 3
    assert "0815" not in str(loaded.masked)


def test_a_warning_is_one_mail_and_what_is_critical_one_text_message(tmp_path: Path) -> None:
    def alerts(sink: Sink) -> str:
        listed = sink.channels("level: LEVEL").strip("[]").split("}, {")
        mail, sms = listed[2].replace("LEVEL", "warning"), listed[5].strip("{}").replace("LEVEL", "critical")
        return f"[{{{mail.replace(', b@example.com', '')}}}, {{{sms}}}]"

    rules = (*FREE[:1], FREE[2], "{kind: daily_loss, limit: 3%, warn: 1%}")
    sink, made = told(tmp_path, alerts, ((100, LONG), 100, 80, 60, 60), rules=rules)
    warnings = [mail.text for mail in sink.mails if "X-OpenBell-Level: warning" in mail.text]
    critical = [mail.text for mail in sink.mails if "X-OpenBell-Level: critical" in mail.text]
    assert sum("limit warning" in text for text in warnings) == 1
    assert len(sink.at("/2010")) == len(critical) == 1
    assert [latch.kind for latch in made.told.book.truth.latches.values()] == ["daily_loss"]
    for text in (*critical, *sink.texts()["sms"]):
        # That it has stopped, at which limit, and where the account stands.
        assert all(words in text for words in ("main stopped", "3%", "96000.00, at session open 100000.00")), text
