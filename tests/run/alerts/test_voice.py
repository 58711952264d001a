"""What a program says reaches people through the run's own channels, once, and never as the engine's word."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from openbell import AlertSystem, NotificationManager
from openbell.config.happenings import ASKED_FOR, HAPPENINGS, KINDS
from openbell.edges.logs.book import COMPONENTS, DAILY, ERRORS, MAIN, TRADES
from openbell.run import assemble
from openbell.run.alerts.notifier import Notifier
from openbell.run.clock import FakeClock
from openbell.run.logbook import FOLDER
from openbell.run.state import NoState, Origin, write_origin
from tests.checklist import test_names as names
from tests.checklist.market import FLAT, LONG, Market, config, deployment, row, rows
from tests.checklist.test_s3_alerts import TRADED, Sink
from tests.edges.alerts.fakes import front, post_office
from tests.run.alerts.stage import NOW, carried, history, notifier
from tests.run.test_shell import Rig, at_venue, until


def signal(alert_system: AlertSystem) -> int:
    # As printed in the document, but for the number that comes back.
    return alert_system.signal_alert(
        symbol="AAPL",
        signal_type="BUY",
        strength="STRONG",
        price=150.25,
        strategy="EMA_Cross"
    )  # fmt: skip


def position(alert_system: AlertSystem) -> int:
    # As printed in the document, but for the number that comes back.
    return alert_system.position_alert(
        symbol="AAPL",
        action="OPENED",
        quantity=100,
        price=150.25
    )  # fmt: skip


SAID: dict[str, tuple[Callable[[AlertSystem], int], str]] = {
    "program_signal": (signal, "BUY AAPL at 150.25, STRONG, by EMA_Cross (said by a program)"),
    "program_position": (position, "OPENED 100 AAPL at 150.25 (said by a program)"),
    "program_order": (
        lambda one: one.order_alert(symbol="AAPL", action="FILLED", quantity=100, price=150.25, order_id="7"),
        "order FILLED: 100 AAPL at 150.25 (7) (said by a program)",
    ),
    "program_risk": (
        lambda one: one.risk_alert("exposure near its limit", limit=0.06, value=0.055),
        "exposure near its limit, limit 0.06, value 0.055 (said by a program)",
    ),
    "program_error": (
        lambda one: one.error_alert("the model server does not answer", component="Model"),
        "Model: the model server does not answer (said by a program)",
    ),
    "program_performance": (
        lambda one: one.performance_alert("win rate", 0.61, "best month so far"),
        "win rate 0.61, best month so far (said by a program)",
    ),
    "daily_summary": (lambda one: one.daily_summary(), "End-of-day summary 2024-01-02\nmain: +$300.00 (+0.30%)"),
}


def ended(folder: Path, head: str) -> Market:
    """Return a run that has ended, as `openbell run` leaves it."""
    folder.mkdir(exist_ok=True)
    made = Market(folder, config(head=head), rows(list(TRADED)))
    made.live()
    write_origin(made.state, Origin(file=str(made.file), folder=str(folder), started=NOW))
    return made


def carry(made: Market) -> None:
    async def play() -> None:
        one = notifier(made)
        await carried(one)
        one.close()

    asyncio.run(play())


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Sink:
    """Every method called once in a run that has ended, and what its channels took of it."""

    async def play() -> Sink:
        async with front() as there, post_office() as office:
            sink = Sink(there, office.mails, office.port)
            made = ended(tmp_path_factory.mktemp("said"), f"alerts: {sink.channels()}")
            await asyncio.to_thread(carry, made)
            there.taken.clear()
            office.mails.clear()
            alert_system = AlertSystem(made.state)
            numbers = [call(alert_system) for call, _ in SAID.values()]
            assert numbers == sorted(set(numbers)) and numbers[0] > 0
            await asyncio.to_thread(carry, made)
            return sink

    return asyncio.run(play())


@pytest.mark.parametrize("event", SAID)
def test_each_alert_reaches_every_sink_once(said: Sink, event: str) -> None:
    (asked,) = [asked for asked in said.at("/hook") if asked.body["event"] == event]
    words = SAID[event][1]
    assert asked.body["text"].startswith(words)
    assert asked.body["kind"] == HAPPENINGS[event].kind
    first = words.splitlines()[0]
    for channel, texts in said.texts().items():
        assert sum(first in text for text in texts) == 1, (channel, texts)


def test_a_summary_that_is_asked_for_says_what_the_day_came_to(said: Sink) -> None:
    (text,) = [asked.body["text"] for asked in said.at("/hook") if asked.body["event"] == "daily_summary"]
    assert "equity $100,300.00" in text
    assert "2 fills, 1 trade closed, 1 with a profit" in text
    assert "nothing is held" in text


def test_the_manager_of_notifications_sends_to_mail_telegram_and_text_message(tmp_path: Path) -> None:
    async def play() -> None:
        async with front() as there, post_office() as office:
            sink = Sink(there, office.mails, office.port)
            made = ended(tmp_path, f"alerts: {sink.channels('level: error')}")
            manager = NotificationManager(made.state)
            manager.error_alert("the feed fell over", component="Feed", level="CRITICAL")
            await asyncio.to_thread(carry, made)
            for channel in ("email", "telegram", "sms"):
                (text,) = sink.texts()[channel]
                assert "Feed: the feed fell over (said by a program)" in text, channel

    asyncio.run(play())


def test_a_word_goes_by_the_levels_kinds_and_repeats_of_the_file(tmp_path: Path) -> None:
    made = ended(tmp_path, "alerts: [{url: 'http://127.0.0.1:9/x', kinds: {order: 'off'}}]")
    alert_system = AlertSystem(made.state)
    assert alert_system.error_alert("again") > 0
    assert [alert_system.error_alert("again") for _ in range(3)] == [0, 0, 0]
    assert signal(alert_system) > 0
    with pytest.raises(ValueError, match="'loud' is no level of an alert; known: info, warning, error, critical"):
        alert_system.risk_alert("x", level="loud")
    one = notifier(made)
    waits = [item.letter.event for item in one.outbox.queue.items("state = 'waiting'")]
    one.close()
    assert waits == ["program_error"]
    assert [(row.event, row.repeats) for row in history(made.state)] == [("program_error", 3), ("program_signal", 0)]


def test_what_is_switched_off_is_not_told_and_what_has_no_channel_is_refused(tmp_path: Path) -> None:
    url = "http://127.0.0.1:9/x"
    off = ended(tmp_path / "off", f"alerts: {{enabled: false, channels: [{{url: '{url}'}}]}}")
    assert AlertSystem(off.state).error_alert("x") == 0
    assert not (off.state / "alerts.db").exists()
    with pytest.raises(ValueError, match=r"has no alerts; add alerts: \[\{url:"):
        AlertSystem(ended(tmp_path / "none", "").state)
    with pytest.raises(NoState):
        AlertSystem(tmp_path / "nothing")


def test_parts_of_one_execution_are_told_as_one_and_each_order_by_itself(tmp_path: Path) -> None:
    async def play() -> None:
        async with front() as there:
            head = f"alerts: [{{url: '{there.url}/hook', level: info}}]"
            # Half of a bar's volume is filled: an order for 100 takes four bars of 60 units, ten seconds apart.
            path = [(100, LONG), *((100, 60),) * 4, (104, FLAT), *((104, 60),) * 4]
            bars = [row(f"2024-01-02 00:{n // 6:02}:{n % 6}0", px, wish) for n, (px, wish) in enumerate(path)]
            terms = config(head=head, bars="10s", account="cash: 100000 USD, participation: 50%",
                           deployments=[deployment(bars="10s")])  # fmt: skip
            made = Market(tmp_path, terms, bars)
            made.live()
            await asyncio.to_thread(carry, made)
            fills = made.told.fills
            filled = [asked.body for asked in there.taken if asked.body["event"] == "order_filled"]
            assert len(fills) > len(filled) == len({fill.oid for fill in fills}) == 2
            for one in filled:
                own = [fill for fill in fills if fill.oid == one["fields"]["order"]]
                assert len(own) > 1
                assert (one["fields"]["qty"], one["fields"]["parts"]) == (
                    f"{sum(fill.qty for fill in own):f}", f", {len(own)} parts",
                )  # fmt: skip

    asyncio.run(play())


def test_start_stop_and_a_line_that_comes_back_are_told_as_of_the_system(tmp_path: Path) -> None:
    async def cut(rig: Rig) -> None:
        shell = rig.shell()

        async def play() -> None:
            await until(shell, lambda: shell.book.truth.contacts["main"].is_up)
            rig.server.cut(rig.server.clients)
            await until(shell, lambda: not shell.book.truth.contacts["main"].is_up)
            await until(shell, lambda: shell.book.truth.contacts["main"].is_up)

        await rig.while_running(shell, play())

    async def tell() -> None:
        async with front() as there:
            head = f"alerts: [{{url: '{there.url}/hook', level: info}}]"
            loaded, found = assemble.read(Market(tmp_path, config(head=head), rows([100])).file, {})
            one = Notifier(tmp_path / "state", loaded.config.alerts, found.channels, FakeClock(NOW))
            await carried(one)
            one.close()
            told = [asked.body for asked in there.taken if asked.body["kind"] == "system"]
            lines = [one["text"] for one in told if "the order line" in one["text"]]
            assert [("is DOWN" in text, "is up" in text) for text in lines[:3]] == [
                (False, True), (True, False), (False, True),
            ]  # fmt: skip
            assert [one["event"] for one in told if one["event"] != "line"] == ["engine_started", "engine_stopped"]

    at_venue(tmp_path, cut)
    asyncio.run(tell())


def test_there_are_as_many_types_channels_files_and_logs_as_documented(tmp_path: Path, said: Sink) -> None:
    assert {HAPPENINGS[asked.body["event"]].kind for asked in said.at("/hook")} >= set(KINDS) - {"system", ASKED_FOR}
    assert len(KINDS) >= 7
    assert len([texts for texts in said.texts().values() if texts]) >= 3
    # The six files of the document, five of them its main components.
    files = (
        "execution/order_manager.py", "execution/position_tracker.py", "monitoring/alert_system.py", "utils/logger.py",
        "execution/live_engine.py", "test_live_trading.py",
    )  # fmt: skip
    assert len({names.here(file) for file in files}) >= 6
    made = Market(tmp_path, config(), rows(list(TRADED)))
    assert made.run() == 0
    kinds = {MAIN, ERRORS, DAILY, TRADES, f"{COMPONENTS[0]}.log"}
    assert len(kinds) >= 5
    assert kinds <= {path.name for path in (made.state / FOLDER).iterdir()}
