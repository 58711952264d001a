"""The list that every broker's line passes at its own front, as a real server, without faults and with them.

A broker joins by a `Counter` of its own in `COUNTERS` of `counters`; what is expected stands here once, for all of them.
"""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import NamedTuple, Protocol

from msgspec.structs import replace

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.edges.brokers.failures import Failure
from openbell.wire.script import Ground, Rule, rule_of
from tests.edges.brokers.plain.talk import words
from tests.edges.brokers.rig import Rig

PATIENCE_S = 20.0
"""How long a case may take before it has failed, seconds."""


class Counter(Protocol):
    """What a broker brings: its front's faults, orders of its kind, and executions by hand.

    Attributes:
        rig: The line and what it told. ground, rules: What its front can play, and what it will.
        keeps: True where what rests keeps its units from every other exit. least: The smallest quantity of an order.
        past: Asks for the minutes that were played, None where its vendor tells nothing of the past.
    """

    rig: Rig
    ground: Ground
    rules: list[Rule]
    keeps: bool
    least: str
    past: Callable[[int, int], Awaitable[list[ev.Bar]]] | None

    def rests(self, oid: str) -> fx.Submit:
        """Return an order that rests."""

    def amends(self, oid: str) -> fx.Amend:
        """Return a change of it."""

    def stops(self, oid: str, qty: Decimal) -> fx.Submit:
        """Return a stop for so much of what is held, far below the price."""

    def leaves(self, oid: str) -> fx.Submit:
        """Return a sale of the least at once."""

    def fill(self, oid: str) -> None:
        """Execute the least of an order at the front."""

    def minute(self) -> ev.Bar:
        """Play the next minute at the front, at a price of its own, and return it."""


class Play:
    """One case at a counter, under an order id of its own."""

    def __init__(self, counter: Counter, oid: str) -> None:
        self.counter, self.oid = counter, oid
        self.rig = counter.rig

    def send(self, effect: fx.Effect) -> None:
        """Send something to the venue."""
        self.rig.line.send(effect, 0)

    async def told(self, word: str, count: int = 1) -> None:
        """Wait for what is told of the order."""
        await self.rig.until(f"{word} {self.oid}", count)

    async def rest(self) -> None:
        """Send an order and wait until it rests."""
        self.send(self.counter.rests(self.oid))
        await self.told("accepted")

    async def ask(self, word: str) -> None:
        """Ask about the order until that is told of it."""
        while f"{word} {self.oid}" not in words(self.rig.told):
            self.send(fx.Query(account="main", oid=self.oid))
            self.rig.news.clear()
            await self.rig.news.wait()

    async def state(self, *, is_whole: bool) -> ev.BrokerState:
        """Ask for everything until it is told, or until it is not."""
        while True:
            found = [one for one in self.rig.told if isinstance(one, ev.BrokerState) and bool(one.failed) != is_whole]
            if found:
                return found[0]
            self.send(fx.Query(account="main"))
            before = len(self.rig.told)
            while len(self.rig.told) == before:
                self.rig.news.clear()
                await self.rig.news.wait()

    async def again(self) -> None:
        """Wait until the line is down and up again."""
        await self.rig.until("orders down")
        await self.rig.until("orders up")

    def executions(self) -> set[str]:
        """Return the executions of the order that were told, each once."""
        return {one.exec_id for one in self.rig.told if isinstance(one, ev.Fill) and one.oid == self.oid}

    def corrections(self) -> list[ev.Fill]:
        """Return what was told of the order's executions that changes one of them."""
        return [one for one in self.rig.told if isinstance(one, ev.Fill) and one.oid == self.oid and one.supersedes]

    async def asked_for(self, played: list[ev.Bar]) -> list[float]:
        """Return the closes of minutes that were played, as the vendor tells them when it is asked."""
        assert self.counter.past is not None
        return [bar.close for bar in await self.counter.past(played[0].open_ts, played[-1].ts)]


KEPT: dict[str, str] = {}
"""No fault: of cases for venues alone that keep what rests."""


class Served(NamedTuple):
    """One line of the list: what is to be right, the fault in force (name, options), and how it is tried."""

    id: str
    text: str
    fault: dict[str, str]
    play: Callable[[Play], Awaitable[None]]
    is_past: bool = False
    """For vendors alone that tell of the past."""


async def _rests(play: Play) -> None:
    await play.rest()


async def _fills(play: Play) -> None:
    await play.rest()
    play.counter.fill(play.oid)
    await play.rig.until("Fill")
    assert len(play.executions()) == 1


async def _amends(play: Play) -> None:
    await play.rest()
    play.send(play.counter.amends(play.oid))
    await play.told("replaced")


async def _cancels(play: Play) -> None:
    await play.rest()
    play.send(fx.Cancel(oid=play.oid, account="main"))
    await play.told("cancelled")


async def _known(play: Play) -> None:
    await play.rest()
    play.rig.told.clear()
    await play.ask("accepted")


async def _unknown(play: Play) -> None:
    await play.ask("absent")


async def _whole(play: Play) -> None:
    await play.rest()
    state = await play.state(is_whole=True)
    assert play.oid in {one.oid for one in state.orders} and state.cash


async def _lost_and_there(play: Play) -> None:
    play.send(play.counter.rests(play.oid))
    await play.told("lost")
    await play.ask("accepted")


async def _lost_and_nowhere(play: Play) -> None:
    play.send(play.counter.rests(play.oid))
    await play.told("lost")
    await play.ask("absent")


async def _rejected(play: Play) -> None:
    play.send(play.counter.rests(play.oid))
    await play.told("rejected")


async def _cut(play: Play) -> None:
    play.send(play.counter.rests(play.oid))
    await play.told("lost")
    await play.rig.until("orders up")
    await play.ask("accepted")


async def _cancel_refused(play: Play) -> None:
    await play.rest()
    play.send(fx.Cancel(oid=play.oid, account="main"))
    await play.told("cancel_refused")
    await play.ask("accepted")


async def _cancel_lost(play: Play) -> None:
    await play.rest()
    play.send(fx.Cancel(oid=play.oid, account="main"))
    await play.told("lost")
    await play.ask("cancelled")


async def _filled_late(play: Play) -> None:
    await _cancels(play)
    await play.rig.until("Fill")


async def _found_by_state(play: Play) -> None:
    await play.rest()
    play.counter.fill(play.oid)
    await play.state(is_whole=True)
    assert len(play.executions()) == 1


async def _filled_and_cut(play: Play) -> None:
    play.send(play.counter.rests(play.oid))
    await play.again()
    await play.state(is_whole=True)
    assert len(play.executions()) == 1


async def _changed(play: Play, *, is_bust: bool) -> None:
    """Fill the order, and wait until its execution was corrected or taken back: by name, and once."""
    await play.rest()
    play.counter.fill(play.oid)
    while not (late := play.corrections()):
        play.rig.news.clear()
        await play.rig.news.wait()
    await play.state(is_whole=True)
    first = next(one for one in play.rig.told if isinstance(one, ev.Fill) and one.oid == play.oid)
    assert {(one.supersedes, one.is_bust) for one in late} == {(first.exec_id, is_bust)}
    assert len(play.executions()) == 2
    assert is_bust == (late[0].qty == 0)
    assert is_bust or late[0].px != first.px


async def _corrected(play: Play) -> None:
    await _changed(play, is_bust=False)


async def _busted(play: Play) -> None:
    await _changed(play, is_bust=True)


async def _half_told(play: Play) -> None:
    await play.state(is_whole=False)


async def _comes_back(play: Play) -> None:
    play.send(play.counter.rests(play.oid))
    await play.again()
    await play.ask("accepted")


async def _stopped(play: Play, *, is_all: bool = False) -> fx.Submit:
    """Hold something, let a stop of half of it (or of all that is held) rest, and return the stop."""
    for order in (await play.state(is_whole=True)).orders:
        # Some venues take no stop beside an entry that it could meet.
        play.send(fx.Cancel(oid=order.oid, account="main"))
        await play.rig.until(f"cancelled {order.oid}")
    play.rig.told.clear()
    entry = replace(play.counter.rests(f"{play.oid}-B"), qty=Decimal(play.counter.least) * 2)
    play.send(entry)
    await play.rig.until(f"accepted {entry.oid}")
    for count in (1, 2):
        play.counter.fill(entry.oid)
        await play.rig.until("Fill", count)
    held = (await play.state(is_whole=True)).positions[entry.instrument]
    stop = play.counter.stops(play.oid, held if is_all else Decimal(play.counter.least))
    play.send(stop)
    await play.told("accepted")
    return stop


def _grown(stop: fx.Submit) -> fx.Amend:
    return fx.Amend(oid=stop.oid, account="main", qty=stop.qty * 2, stop=stop.stop)


async def _taken_back(play: Play) -> None:
    """Take the order back, by whatever name the venue has for it now."""
    play.send(fx.Cancel(oid=play.oid, account="main"))
    await play.told("cancelled")


async def _stop_grows(play: Play) -> None:
    play.send(_grown(await _stopped(play)))
    await play.told("replaced")
    state = [one for one in play.rig.told if isinstance(one, ev.OrderUpdate) and one.happening == "replaced"]
    assert state[0].qty == Decimal(play.counter.least) * 2
    await _taken_back(play)


async def _growth_is_lost(play: Play) -> None:
    play.send(_grown(await _stopped(play)))
    await play.told("lost")
    play.rig.told.clear()
    await play.ask("accepted")
    await _taken_back(play)


async def _units_are_kept(play: Play) -> None:
    await _stopped(play, is_all=True)
    sale = play.counter.leaves(f"{play.oid}-S")
    play.send(sale)
    await play.rig.until(f"rejected {sale.oid}")
    await _taken_back(play)


def _closes(bars: list[ev.Bar]) -> list[float]:
    return [bar.close for bar in bars]


async def _told_again(play: Play) -> None:
    played = [play.counter.minute() for _ in range(MINUTES)]
    await play.rig.until("Bar", MINUTES)
    assert _closes([one for one in play.rig.told if isinstance(one, ev.Bar)]) == _closes(played)
    assert await play.asked_for(played) == _closes(played)


async def _kept_back(play: Play) -> None:
    played = [play.counter.minute() for _ in range(MINUTES)]
    await play.rig.until("Bar", MINUTES - 1)
    assert _closes([one for one in play.rig.told if isinstance(one, ev.Bar)]) == _closes(played[1:])
    assert await play.asked_for(played) == _closes(played)


async def _cut_off(play: Play) -> None:
    played = [play.counter.minute()]
    await play.rig.until("orders down")
    played += [play.counter.minute() for _ in range(MINUTES)]
    await play.rig.until("orders up")
    assert await play.asked_for(played) == _closes(played)


async def _asked_again(play: Play) -> None:
    played = [play.counter.minute() for _ in range(MINUTES)]
    assert await play.asked_for(played) == _closes(played)


async def _not_to_be_had(play: Play) -> None:
    played = [play.counter.minute() for _ in range(MINUTES)]
    try:
        found = await play.asked_for(played)
    except Failure:
        play.counter.rules.clear()
        assert await play.asked_for(played) == _closes(played)
    else:
        raise AssertionError(f"{len(found)} minutes without an answer")


MINUTES = 3
SERVED = (
    Served("SV01_F08", "an order is taken", {}, _rests),
    Served("SV02_F09", "its execution is told once", {}, _fills),
    Served("SV03", "it is changed", {}, _amends),
    Served("SV04", "it is taken back", {}, _cancels),
    Served("SV05", "asked about, it is known", {}, _known),
    Served("SV06_F02", "asked about, an order that never was is absent", {}, _unknown),
    Served("SV07_F43", "the whole account is told: orders, holdings, money", {}, _whole),
    Served("SV08_F01", "the answer is lost: unknown, asked after, there", {"do": "timeout_after_accept"}, _lost_and_there),
    Served("SV09_F01", "the request is lost: unknown, asked after, absent",
           {"do": "timeout_before_accept", "at": "submit"}, _lost_and_nowhere),
    Served("SV10_F04", "a server error behind the order is no refusal", {"do": "error_after_accept"}, _lost_and_there),
    Served("SV11_F04", "a server error before the order is none either",
           {"do": "error_before_accept", "at": "submit"}, _lost_and_nowhere),
    Served("SV12_F11", "a code in no table is no refusal", {"do": "unknown_code", "at": "submit"}, _lost_and_nowhere),
    Served("SV13_F10", "a web page for an answer is no refusal", {"do": "garbage", "at": "submit"}, _cut),
    Served("SV14_F58", "an answer without its end is no refusal", {"do": "malformed", "at": "submit"}, _lost_and_there),
    Served("SV15_F04", "an answer that breaks off is no refusal", {"do": "half_reply", "at": "submit"}, _lost_and_there),
    Served("SV16_F05", "an order that is confirmed twice is one order", {"do": "duplicate_ack"}, _rests),
    Served("SV17_F22", "a cancel that is refused leaves the order alive", {"do": "cancel_refused"}, _cancel_refused),
    Served("SV18_F01", "a cancel whose answer is lost is asked after",
           {"do": "timeout_after_accept", "at": "cancel"}, _cancel_lost),
    Served("SV19_F21", "what fills behind its cancel is told", {"do": "late_fill", "qty": "least"}, _filled_late),
    Served("SV20_F25", "an execution that comes twice is one execution", {"do": "duplicate_fill"}, _fills),
    Served("SV21_F44", "an execution that nobody told is found with the account",
           {"do": "lost_frame", "at": "on_execution"}, _found_by_state),
    Served("SV22_F60", "holdings that are missing are not zero", {"do": "failed_positions"}, _half_told),
    Served("SV23_F32", "fields that nobody knows change nothing", {"do": "grown", "at": "on_order"}, _rests),
    Served("SV24_F61", "news of an unknown kind change nothing", {"do": "unknown_event"}, _rests),
    Served("SV25_F43", "filled in part and cut: the line comes back and finds it",
           {"do": "partial_then_disconnect", "qty": "least"}, _filled_and_cut),
    Served("SV26_F53", "the account's stream is ended: the line comes back",
           {"do": "revoked_stream", "at": "on_order"}, _comes_back),
    Served("SV27_F46", "every socket is told to go: the line comes back", {"do": "shutdown", "at": "on_order"}, _comes_back),
    Served("SV28_F54", "too many requests: refused",
           {"do": "rate_limited", "at": "submit"}, _rejected),
    Served("SV29_F34", "a stop rests for what is held and is made larger", {}, _stop_grows),
    Served("SV30_F33", "a stop whose change is lost is asked after, and is taken back under the name it has now",
           {"do": "timeout_after_accept", "at": "amend"}, _growth_is_lost),
    Served("SV31_F36", "what rests keeps its units: a sale beside it is refused", KEPT, _units_are_kept),
    Served("SV32_F48", "minutes that are asked for are those that were told", {}, _told_again, True),
    Served("SV33_F48", "a minute that the stream kept to itself is told when it is asked for",
           {"do": "lost_frame", "at": "on_bar"}, _kept_back, True),
    Served("SV34_F43", "minutes of a line that was cut are told, each once and in order",
           {"do": "nightly_reset", "at": "on_bar", "lasts": "300ms"}, _cut_off, True),
    Served("SV35_F54", "where the vendor has no room it is asked for minutes again",
           {"do": "rate_limited", "at": "history"}, _asked_again, True),
    Served("SV36_F04", "minutes that cannot be had are not none",
           {"do": "error_before_accept", "at": "history"}, _not_to_be_had, True),
    Served("SV37_F10", "a web page in place of minutes is not none",
           {"do": "garbage", "at": "history"}, _not_to_be_had, True),
    Served("SV38_F28", "an execution that is corrected is told anew, under its name",
           {"do": "correction", "ticks": "2"}, _corrected),
    Served("SV39_F28", "an execution that is taken back is named", {"do": "bust"}, _busted),
)  # fmt: skip
"""Silence, an unknown outcome, a code in no table: never an ending. An answer that lacks its half: never a zero."""


async def judged(counter: Counter) -> dict[str, str]:
    """Play the whole list on one line and return what came of each case: passed, failed or why it does not apply."""
    found = {}
    await counter.rig.until("orders up")
    for number, case in enumerate(SERVED, 1):
        if case.fault is KEPT and not counter.keeps:
            found[case.id] = "not applicable: nothing is kept from a sale there"
            continue
        if case.is_past and counter.past is None:
            found[case.id] = "not applicable: nothing of the past is told there"
            continue
        name = case.fault.get("do", "")
        if name and name not in counter.ground.faults:
            found[case.id] = f"not applicable: its front cannot play {name}"
            continue
        given = {key: counter.least if value == "least" else value for key, value in case.fault.items()}
        counter.rules[:] = [rule_of(given, counter.ground)] if given else []
        counter.rig.told.clear()
        try:
            async with asyncio.timeout(PATIENCE_S):
                await case.play(Play(counter, f"SERVED-{number}"))
        except (TimeoutError, AssertionError) as error:
            found[case.id] = f"failed: {type(error).__name__} behind {', '.join(words(counter.rig.told)) or 'nothing'}"
        else:
            found[case.id] = "passed"
        counter.rules.clear()
        if not counter.rig.line.is_up:
            counter.rig.told.clear()
            await counter.rig.until("orders up")
    return found
