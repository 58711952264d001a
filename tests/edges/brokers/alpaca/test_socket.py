from collections.abc import Awaitable, Callable
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import WSCloseCode

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.types import MINUTE_NS, OrderType
from openbell.edges.brokers import alpaca
from openbell.edges.brokers.joint import Joint
from openbell.edges.brokers.line import Line
from tests.edges.brokers.alpaca.frames import NAME, OID, submit
from tests.edges.brokers.plain.talk import words
from tests.edges.brokers.rig import Rig, left
from tests.edges.brokers.rig import at_front as play_at
from tests.wire.alpaca.stand import T0, Hands, bar, running


def at_front(folder: Path, play: Callable[[Rig], Awaitable[None]], **fields: Any) -> Rig:
    def rig_of(hands: Hands) -> Rig:
        # Longer than any machine takes: who is slow is not what these are about.
        options = {"key": "PKTEST", "secret": "secret", "url": hands.base, "timeout": "60s", **fields}
        config = alpaca.Config.model_validate(options)
        line_of = partial(alpaca.line, config, NAME, "paper", (("AAPL", 10**15),))
        return Rig(hands, line_of, hands.server.door.windows._now, T0)

    return play_at(running(folder), rig_of, play)


def test_an_order_goes_out_and_comes_back_filled(tmp_path: Path) -> None:
    async def play(rig: Rig) -> None:
        await rig.until("orders up")
        rig.line.send(submit(type=OrderType.MARKET, limit=None), 0)
        await rig.until(f"accepted {OID}")
        rig.hands.server.house.desk.clerk.play(bar(101.0, n=5))
        await rig.until("Fill")
        rig.line.send(fx.Query(account=NAME), 0)
        await rig.until("BrokerState")

    rig = at_front(tmp_path, play)
    (state,) = [one for one in rig.told if isinstance(one, ev.BrokerState)]
    assert (state.failed, state.positions, state.cash["USD"]) == ("", {"AAPL": 10}, 98_990)
    assert len({one.exec_id for one in rig.told if isinstance(one, ev.Fill)}) == 1
    assert words(rig.told)[-1] == "orders down"


def test_an_order_is_changed_and_taken_back(tmp_path: Path) -> None:
    async def play(rig: Rig) -> None:
        await rig.until("orders up")
        rig.line.send(submit(limit=Decimal(50)), 0)
        await rig.until(f"accepted {OID}")
        rig.line.send(fx.Amend(oid=OID, account=NAME, qty=Decimal(7), limit=Decimal(60), is_pair=True), 0)
        await rig.until(f"replaced {OID}")
        rig.line.send(fx.Cancel(oid=OID, account=NAME), 0)
        await rig.until(f"cancelled {OID}")

    rig = at_front(tmp_path, play)
    (new,) = [one for one in rig.told if isinstance(one, ev.OrderUpdate) and one.happening == "replaced"]
    assert (new.qty, new.limit) == (7, 60)
    assert rig.hands.server.house.desk.books.open_orders() == []


def test_F43_a_cut_line_comes_back_by_itself(tmp_path: Path) -> None:
    async def play(rig: Rig) -> None:
        for count in (1, 2):
            await rig.until("orders up", count)
            sockets = rig.hands.server.sockets
            sockets.cut([*sockets.of("account"), *sockets.of("stocks")])
            await rig.until("orders down", count)
        await rig.until("orders up", 3)

    assert at_front(tmp_path, play).line.attempts >= 3


def test_F01_an_order_whose_answer_is_lost_is_asked_after_and_is_there(tmp_path: Path) -> None:
    async def play(rig: Rig) -> None:
        await rig.until("orders up")
        rig.line.send(submit(limit=Decimal(50)), 0)
        await rig.until(f"accepted {OID}")
        sockets = rig.hands.server.sockets
        sockets.cut([*sockets.of("account"), *sockets.of("stocks")])
        await rig.until("orders down")
        await rig.until("orders up", 2)
        rig.line.send(fx.Query(account=NAME, oid=OID), 0)
        await rig.until(f"accepted {OID}", 2)
        rig.line.send(fx.Query(account=NAME, oid="ABC123-9"), 0)
        await rig.until("absent ABC123-9")

    at_front(tmp_path, play)


def test_F73_wrong_keys_are_given_up_for_good(tmp_path: Path) -> None:
    async def play(rig: Rig) -> None:
        await rig.until("orders down")

    rig = at_front(tmp_path, play, secret="wrong")
    assert (rig.line.failed is not None, rig.line.attempts) == (True, 1)


def test_bars_are_told_as_they_close(tmp_path: Path) -> None:
    async def play(rig: Rig) -> None:
        await rig.until("orders up")
        row = {"t": T0, "o": 1.0, "h": 2.0, "l": 1.0, "c": 2.0, "v": 5}
        rig.hands.server.price("bars", "AAPL", row)
        await rig.until("Bar")

    rig = at_front(tmp_path, play)
    (found,) = [one for one in rig.told if isinstance(one, ev.Bar)]
    assert (found.instrument, found.open_ts, found.close, found.ts <= T0 + MINUTE_NS) == ("AAPL", T0, 2.0, True)


def test_a_socket_that_is_open_while_the_other_is_refused_is_left_in_good_order() -> None:
    def line_of(url: str, joint: Joint) -> Line:
        config = alpaca.Config.model_validate({"key": "PKTEST", "secret": "secret", "url": url, "timeout": "60s"})
        return alpaca.line(config, NAME, "paper", (("AAPL", 10**15),), joint)

    assert left("/stream", line_of) == WSCloseCode.OK
