"""The live shell with a real line at a real venue, both in this process."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.types import DAY_NS, NS, OrderType, Side, Status, Tif
from openbell.edges.journal import Fenced, OsDisk, take_lease
from openbell.edges.logs.book import MAIN, Logs
from openbell.run import assemble, state
from openbell.run.claim import AccountTaken, Claims
from openbell.run.clock import Steady, WallClock
from openbell.run.door import Door, again
from openbell.run.latency import figures
from openbell.run.lines import LineRefused
from openbell.run.logbook import Logbook
from openbell.run.reading import read_book
from openbell.run.records import entries, first_event
from openbell.run.recover import start
from openbell.run.reload import change_of
from openbell.run.sessions import sessions_of
from openbell.run.shell import Settings, Shell, strained, trade
from openbell.run.source import Source
from tests.wire.plain import stand

FILE = """
mode: paper
accounts:
  main: {{broker: plain, url: "{url}", account: "{account}", cash: 100000 USD, timeout: 2s, query_gap: 1s{more}}}
deployments:
  - name: cross
    strategy: {{kind: {strategy}}}
    instruments: [AAA]
    bars: 1m
    account: main
    budget: {{capital: 50000 USD, per_position: 20%}}
instruments:
  AAA: {{kind: stock, calendar: 24x7}}
rules: []
"""
UNHURRIED_NS = 3600 * NS
"""A loop that lags adds no risk, and others may use this machine as well: a refused entry is not what is tried here."""


class Noon(WallClock):
    """A wall clock that began at noon: a bar that began before midnight belongs to a session that is over."""

    def __init__(self) -> None:
        self.ahead = DAY_NS // 2 - super().now() % DAY_NS

    def now(self) -> int:
        return super().now() + self.ahead


CLOCK = Noon()


class Rig:
    """A venue, and a way to run an engine at it."""

    def __init__(self, folder: Path, hands: stand.Hands, market: Any) -> None:
        self.folder, self.hands, self.market = folder, hands, market
        self.server = hands.server
        self.is_ended = False
        self.more = ""
        self.strategy = "ema_cross, fast: 2, slow: 3"
        self.lines: list[str] = []

    def prepared(self, account: str = "PLAIN-0001") -> assemble.Prepared:
        path = self.folder / "run.yaml"
        path.write_text(
            FILE.format(
                url=self.hands.base.replace("http", "ws"), account=account, more=self.more, strategy=self.strategy
            )
        )
        loaded, found = assemble.read(path, {})
        return assemble.prepare(loaded, found)

    def settings(self, name: str = "state") -> Settings:
        return Settings(
            state=self.folder / name, claims=self.folder / "claims", look_up=sessions_of({}, None),
            is_interrupted=lambda: self.is_ended, tell=self.lines.append, lag_limit=UNHURRIED_NS,
            clock=CLOCK,
        )  # fmt: skip

    def shell(self, name: str = "state") -> Shell:
        settings = self.settings(name)
        state.make(settings.state)
        source = Source(tables=[], schedule=[], digest="live", notes=(), start=settings.clock.now())
        prepared = self.prepared()
        return Shell(prepared, settings, start(prepared, state.journal(settings.state), source))

    async def while_running(self, shell: Shell, play: Awaitable[None]) -> None:
        """Play a scene while the shell runs, then end it in good order."""
        running = asyncio.create_task(shell.run())
        try:
            # A task of its own begins behind the shell, which tells its onlookers at its start, in every version of Python.
            await asyncio.wait_for(asyncio.ensure_future(play), timeout=180)
        finally:
            self.is_ended = True
            await asyncio.wait_for(running, timeout=120)
            shell.started.journal.close()
            self.is_ended = False


def at_venue(folder: Path, scene: Callable[[Rig], Awaitable[None]]) -> None:
    async def play() -> None:
        bars = [[stand.bar(100.0 + n % 7, n=n)] for n in range(1, 40)]
        async with stand.running(folder, bars=bars, now=CLOCK.now) as (hands, market, _):
            await scene(Rig(folder, hands, market))

    asyncio.run(play())


async def until(shell: Shell, holds: Callable[[], bool]) -> None:
    """Wait until something holds; the shell's own steps wake the waiter."""
    news = asyncio.Event()
    before = shell.loop._watchers
    shell.loop.onlook((*before, lambda event, effects: news.set()))
    while not holds():
        news.clear()
        await news.wait()


def test_the_line_comes_up_bars_come_in_and_the_end_is_clean(tmp_path: Path) -> None:
    async def scene(rig: Rig) -> None:
        shell = rig.shell()

        async def play() -> None:
            await until(shell, lambda: shell.book.truth.contacts["main"].is_up)
            rig.market.play(3)
            await until(shell, lambda: shell.loop.bars == 3)

        await rig.while_running(shell, play())
        read = read_book(state.journal(rig.folder / "state"))
        assert read.book.truth.counts.bars == 3
        assert not read.book.truth.contacts["main"].is_up

    at_venue(tmp_path, scene)


def test_quotes_are_heard_and_journaled_where_the_account_wants_them(tmp_path: Path) -> None:
    async def scene(rig: Rig) -> None:
        rig.more = ", quotes: true"
        shell = rig.shell()

        async def play() -> None:
            await until(shell, lambda: shell.book.truth.contacts["main"].is_up)
            rig.market.play(1)
            await until(shell, lambda: shell.book.truth.marks["AAA"].bid > 0)

        await rig.while_running(shell, play())
        quotes = [one.event for one in entries(state.journal(rig.folder / "state")) if isinstance(one.event, ev.Quote)]
        mark = read_book(state.journal(rig.folder / "state")).book.truth.marks["AAA"]
        assert [(quote.bid, quote.ask, quote.ts) for quote in quotes] == [(mark.bid, mark.ask, mark.quote_ts)]

    at_venue(tmp_path, scene)


def test_the_stages_of_orders_at_a_real_line_are_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Small enough for the standard limits.
    monkeypatch.setitem(globals(), "FILE", FILE.replace("per_position: 20%", "per_position: 2%"))

    async def scene(rig: Rig) -> None:
        shell = rig.shell()

        def is_heard(bars: int) -> bool:
            orders = [order for some in shell.book.open_orders.values() for order in some.values()]
            return shell.loop.bars == bars and all(order.status is not Status.SENT for order in orders)

        async def play() -> None:
            await until(shell, lambda: shell.book.truth.contacts["main"].is_ready)
            for n in range(1, 31):
                rig.market.play(1)
                await until(shell, partial(is_heard, n))

        await rig.while_running(shell, play())
        told = list(entries(state.journal(rig.folder / "state")))
        sent = [effect for entry in told for effect in entry.effects if isinstance(effect, fx.Submit)]
        words = [entry.event for entry in told if isinstance(entry.event, ev.OrderUpdate)]
        accepted = {word.oid for word in words if word.happening == "accepted"}
        filled = {entry.event.oid for entry in told if isinstance(entry.event, ev.Fill)}
        found = {stage: one["count"] for stage, one in figures(rig.folder / "state")["main"].items()}
        # Outside, the collar makes limit orders of market orders: what they wait for is the venue all the same.
        assert filled and {effect.type for effect in sent} == {OrderType.LIMIT}
        assert found.pop("risk") >= len(sent)
        counts = {"send": len(sent), "ack": len(accepted | filled), "fill": len(filled)}
        asked = [one for entry in told for one in entry.effects if isinstance(one, fx.Decision)]
        assert found == {"data": 30, "signal": len(asked), **counts}

    at_venue(tmp_path, scene)


def test_time_never_goes_back_and_no_two_events_share_an_instant(tmp_path: Path) -> None:
    async def scene(rig: Rig) -> None:
        shell = rig.shell()
        seen: list[int] = []

        async def play() -> None:
            await until(shell, lambda: shell.book.truth.contacts["main"].is_up)
            shell.loop.onlook((*shell.loop._watchers, lambda event, effects: seen.append(shell.book.truth.ts)))
            rig.market.play(9)
            await until(shell, lambda: shell.loop.bars == 9)

        await rig.while_running(shell, play())
        assert seen == sorted(seen)
        assert len(seen) >= 9

    at_venue(tmp_path, scene)


def test_a_restart_goes_on_where_the_journal_ends(tmp_path: Path) -> None:
    async def scene(rig: Rig) -> None:
        for count in (3, 6):
            shell = rig.shell()
            # What had taken us is believed a refusal only after some.
            assert shell.lines["main"].joint.is_known is (count == 6)

            async def play(shell: Shell = shell) -> None:
                contact = shell.book.truth.contacts["main"]
                await until(shell, lambda: contact.is_up and contact.is_known)
                rig.market.play(3)
                await until(shell, lambda: shell.loop.bars == 3)

            await rig.while_running(shell, play())
            assert shell.book.truth.counts.bars == count
            assert rig.server.desk.epoch == shell.started.journal.epoch

    at_venue(tmp_path, scene)


def test_commands_left_in_the_state_directory_are_taken(tmp_path: Path) -> None:
    async def scene(rig: Rig) -> None:
        shell = rig.shell()
        stop = ev.Command(ts=0, id="c1", kind="stop", actor="test")
        state.leave_command(rig.folder / "state", stop)
        await asyncio.wait_for(shell.run(), timeout=60)
        shell.started.journal.close()
        assert list(state.commands(rig.folder / "state")) == []
        assert shell.ears.stop is not None

    at_venue(tmp_path, scene)


def test_F72_an_engine_whose_lease_was_taken_over_stops(tmp_path: Path) -> None:
    async def scene(rig: Rig) -> None:
        shell = rig.shell()
        running = asyncio.create_task(shell.run())
        up = until(shell, lambda: shell.book.truth.contacts["main"].is_up)
        await asyncio.wait_for(up, timeout=60)
        take_lease(OsDisk(state.journal(rig.folder / "state")))
        with pytest.raises(Fenced):
            await asyncio.wait_for(running, timeout=120)
        shell.started.journal.close()

    at_venue(tmp_path, scene)


def test_F73_F74_a_venue_that_is_not_what_the_file_says_stops_the_run(tmp_path: Path) -> None:
    async def scene(rig: Rig) -> None:
        prepared, settings = rig.prepared(account="LIVE-9"), rig.settings()
        with pytest.raises(LineRefused, match="wrong_account"):
            await asyncio.to_thread(trade, prepared, settings)

    at_venue(tmp_path, scene)


def test_F72_a_second_engine_with_another_state_directory_is_refused(tmp_path: Path) -> None:
    async def scene(rig: Rig) -> None:
        prepared, settings = rig.prepared(), rig.settings("second")
        wire = prepared.wires["main"]
        claims = Claims(settings.claims)
        claims.take(*wire.broker.place(wire.options))
        with pytest.raises(AccountTaken):
            await asyncio.to_thread(trade, prepared, settings)
        claims.release()
        assert not list((rig.folder / "second" / "journal").glob("*.log"))

    at_venue(tmp_path, scene)


def test_F97_a_stalled_loop_takes_the_line_down_until_it_keeps_pace(tmp_path: Path) -> None:
    async def scene(rig: Rig) -> None:
        shell = rig.shell()

        async def play() -> None:
            contact = shell.book.truth.contacts["main"]
            await until(shell, lambda: contact.is_up)
            shell.lag.note(UNHURRIED_NS + 1, 0)
            shell.inbox.put(strained(shell.lag, shell.lines))
            await until(shell, lambda: not contact.is_up)
            await until(shell, lambda: contact.is_up)

        await rig.while_running(shell, play())

    at_venue(tmp_path, scene)


def test_F26_what_the_venue_lists_in_its_answer_reaches_the_book_though_it_is_known(tmp_path: Path) -> None:
    from openbell.core.apply import apply_effect
    from tests.core import build as b

    async def scene(rig: Rig) -> None:
        shell = rig.shell()
        book, when = shell.book, shell.clock.now()
        apply_effect(book, b.submit("buy", 10, deployment="cross", instrument="AAA"), when)
        order = next(iter(book.truth.orders.values()))

        def tell(exec_id: str) -> None:
            made = b.fill(order, 100, qty=b.d(5), exec_id=exec_id, venue_order="V1", time=when, instrument="AAA")
            shell._admit(made)

        # Two halves at one moment and price look alike: whether they are two, the venue's list and its sum say.
        for exec_id in ("E1", "E2", "E1"):
            tell(exec_id)
        assert (order.filled, shell.duplicates) == (5, 1)
        book.truth.pending[order.oid].asked = when
        tell("E1")
        tell("E2")
        shell._admit(b.update(order, "accepted", venue_order="V1", filled=b.d(10), time=when + 1))
        assert (order.filled, book.truth.contacts["main"].held) == (10, [])
        shell.ears.close()
        shell.started.journal.close()

    at_venue(tmp_path, scene)


def test_an_exit_that_is_sent_again_is_written_out_from_the_book() -> None:
    class Line:
        def __init__(self) -> None:
            self.sent: list[fx.Effect] = []

        def send(self, effect: fx.Effect, ts: int) -> None:
            self.sent.append(effect)

    from openbell.core.order import new_order
    from tests.core import build as b

    submit = fx.Submit(
        oid="ABC123-1", index=1, account="main", deployment="cross", instrument="AAPL", side=Side.SELL, qty=b.d(5),
        type=OrderType.STOP, tif=Tif.GTC, stop=b.d(90), reduce_only=True, parent=1, oco="g", reason=40,
    )  # fmt: skip
    book = b.book()
    book.truth.orders["ABC123-1"] = new_order(submit, 5)
    line = Line()
    Door(line, book).send(fx.Resend(oid="ABC123-1", account="main"), 9)
    assert line.sent == [submit]
    book.truth.orders["ABC123-1"].status = Status.WORKING
    with pytest.raises(Exception, match="never sent again"):
        again(book, fx.Resend(oid="ABC123-1", account="main"))


FALLS = '''\
"""Buys at the first bar, and falls over at the fourth."""

from openbell.core.codes import Code
from openbell.schema import PartConfig


class Config(PartConfig):
    """No options."""


PARAMS = ()
STATE = (("bars", "i8", 1),)


def step(state, params, row):
    state.q[0] += 1
    if state.q[0] == 4:
        raise ValueError("the strategy fell over")
    return 0.1, int(Code.SIGNAL_LONG)
'''


def test_S3_102_what_data_order_and_strategy_code_raise_is_logged_and_told_and_the_engine_lives_on(
    tmp_path: Path,
) -> None:
    (tmp_path / "falls.py").write_text(FALLS, encoding="utf-8")

    def falls(error: Exception, call: Callable[..., Any], kind: type) -> Callable[..., Any]:
        """Return a call that falls over once, at the first that is of a kind."""
        left = [error]

        def once(given: Any, now: int) -> Any:
            if left and isinstance(given, kind):
                raise left.pop()
            return call(given, now)

        return once

    async def scene(rig: Rig) -> None:
        rig.strategy = "./falls.py"
        shell = rig.shell()
        logs, told = Logs(tmp_path / "logs"), list[fx.Alert]()
        logbook = Logbook(logs)

        def look(event: ev.Event, effects: list[fx.Effect]) -> None:
            told.extend(one for one in effects if isinstance(one, fx.Alert))
            logbook.watch(shell.book, event, effects)

        async def play() -> None:
            contact, line = shell.book.truth.contacts["main"], shell.lines["main"]
            shell.loop.onlook((*shell.loop._watchers, look))
            await until(shell, lambda: contact.is_ready)
            line.session.take = falls(TypeError("no such side"), line.session.take, fx.Submit)
            rig.market.play(1)
            await until(shell, lambda: any("TypeError" in one.text for one in told))
            line.session.receive = falls(KeyError("price"), line.session.receive, str)
            rig.market.play(1)
            await until(shell, lambda: not contact.is_up)
            await until(shell, lambda: contact.is_ready)
            rig.market.play(3)
            await until(shell, lambda: any("ValueError" in one.text for one in told))
            assert contact.is_up

        await rig.while_running(shell, play())
        logs.close()
        written = (tmp_path / "logs" / MAIN).read_text(encoding="utf-8")
        for key, what in (
            ("link/main", "KeyError: 'price'"),
            ("unknown/", "TypeError: no such side"),
            ("frozen/cross", "ValueError: the strategy fell over"),
        ):
            assert [one.key for one in told if what in one.text and one.key.startswith(key)], what
            assert what in written

    at_venue(tmp_path, scene)


def test_F79_a_bar_keeps_its_stamp_so_that_a_repetition_of_it_is_known(tmp_path: Path) -> None:
    async def scene(rig: Rig) -> None:
        shell = rig.shell()
        taken: list[ev.Bar] = []

        async def play() -> None:
            await until(shell, lambda: shell.book.truth.contacts["main"].is_up)
            shell.loop.onlook(
                (*shell.loop._watchers, lambda event, _: taken.append(event) if isinstance(event, ev.Bar) else None)
            )
            rig.market.play(2)
            await until(shell, lambda: len(taken) == 2)
            shell.inbox.put([taken[1], taken[0]])
            await until(shell, lambda: sum(shell.book.truth.counts.quarantined.values()) == 2)

        await rig.while_running(shell, play())
        assert shell.book.truth.counts.bars == 2

    at_venue(tmp_path, scene)


class Sleeper(WallClock):
    """A wall clock that somebody can set forward."""

    def __init__(self) -> None:
        self.ahead = 0

    def now(self) -> int:
        return CLOCK.now() + self.ahead

    def sleep(self, span: int) -> None:
        raise AssertionError("a live run never sleeps by the clock")


def test_F85_F86_after_sleep_every_account_is_compared_anew(tmp_path: Path) -> None:
    async def scene(rig: Rig) -> None:
        shell = rig.shell()
        clock = Sleeper()
        shell.clock, shell._logical = Steady(clock), Steady(clock)
        links: list[ev.Link] = []
        timers: list[str] = []
        asked: list[fx.Effect] = []

        def watch(event: ev.Event, effects: list[fx.Effect]) -> None:
            if isinstance(event, ev.Link) and event.channel == "orders":
                links.append(event)
            if links and isinstance(event, ev.Timer):
                timers.append(event.name)
            if len(links) == 2:
                asked.extend(effect for effect in effects if isinstance(effect, fx.Query) and not effect.oid)

        async def play() -> None:
            await until(shell, lambda: shell.book.truth.is_ready("main"))
            shell.loop.onlook((*shell.loop._watchers, watch))
            clock.ahead = 8 * 3600 * 10**9
            await until(shell, lambda: bool(asked))
            assert not shell.book.truth.is_ready("main")

        await rig.while_running(shell, play())
        assert [link.is_up for link in links[:2]] == [False, True]
        assert "woke after 28" in links[0].text
        assert max(timers.count(name) for name in timers) <= 2

    at_venue(tmp_path, scene)


def test_F106_a_change_of_limits_reaches_a_live_run(tmp_path: Path) -> None:
    async def scene(rig: Rig) -> None:
        shell = rig.shell()
        genesis = first_event(state.journal(rig.folder / "state"))
        path = rig.folder / "run.yaml"
        path.write_text(path.read_text().replace("capital: 50000 USD", "capital: 20000 USD"))
        loaded, found = assemble.read(path, {})
        change = change_of(assemble.prepare(loaded, found), genesis, "op", is_confirmed=False)
        text = msgspec.json.encode(change).decode()
        state.leave_command(rig.folder / "state", ev.Command(ts=0, id="c1", kind="config", actor="op", change=text))

        async def play() -> None:
            await until(shell, lambda: shell.book.truth.limits is not None)

        await rig.while_running(shell, play())
        assert shell.book.spec.deployments["cross"].capital == 20000

    at_venue(tmp_path, scene)


def test_D32_limits_too_wide_to_bind_are_named_again_after_a_week(tmp_path: Path) -> None:
    async def scene(rig: Rig) -> None:
        shell = rig.shell()
        asked: list[int] = []

        class Always:
            def look(self, book: object, rules: object, now: int) -> list[str]:
                asked.append(now)
                return ["a limit is too wide"] if len(asked) == 1 else []

        shell._weekly = Always()  # type: ignore[assignment]  # a week does not pass in a test

        async def play() -> None:
            await until(shell, lambda: shell.book.truth.contacts["main"].is_up)

        await rig.while_running(shell, play())
        assert (rig.lines.count("a limit is too wide"), asked == sorted(asked)) == (1, True)

    at_venue(tmp_path, scene)
