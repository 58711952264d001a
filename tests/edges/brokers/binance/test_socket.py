import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import WSCloseCode, web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.types import NS, OrderType
from openbell.edges.brokers import binance
from openbell.edges.brokers.budget import OTHERS, shared
from openbell.edges.brokers.joint import Joint
from openbell.edges.brokers.line import Line
from openbell.wire.binance.market import Booth
from tests.edges.brokers.binance.frames import NAME, OID, submit
from tests.edges.brokers.plain.talk import words
from tests.edges.brokers.rig import Rig, left
from tests.edges.brokers.rig import at_front as play_at
from tests.wire.binance.stand import T0, Hands, bar, running
from tests.wire.binance.test_api import PRIVATE, PUBLIC


def at_front(folder: Path, play: Callable[[Rig], Awaitable[None]], **fields: Any) -> Rig:
    def rig_of(hands: Hands) -> Rig:
        # Longer than any machine takes: who is slow is not what these are about.
        options = {"key": "PKTEST", "secret": "secret", "url": hands.base, "timeout": "60s", **fields}
        config = binance.Config.model_validate(options)
        line_of = partial(binance.line, config, NAME, "paper", (("BTCUSDT", 10**15),))
        return Rig(hands, line_of, lambda: hands.server.time, T0)

    return play_at(running(folder, public=PUBLIC), rig_of, play)


PEM = PRIVATE.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.mark.parametrize("secret", ["secret", PEM], ids=["hmac", "ed25519"])
def test_an_order_goes_out_and_comes_back_filled(tmp_path: Path, secret: str) -> None:
    async def play(rig: Rig) -> None:
        await rig.until("orders up")
        rig.line.send(submit(type=OrderType.MARKET, limit=None), 0)
        await rig.until(f"accepted {OID}")
        rig.line.send(fx.Query(account=NAME), 0)
        await rig.until("BrokerState")

    rig = at_front(tmp_path, play, secret=secret)
    (state,) = [one for one in rig.told if isinstance(one, ev.BrokerState)]
    assert (state.failed, state.positions, state.cash) == (
        "",
        {"BTCUSDT": Decimal("0.01")},
        {"USDT": Decimal("99499.9999"), "BNB": Decimal(0)},
    )
    assert {one.exec_id for one in rig.told if isinstance(one, ev.Fill)} == {"1"}
    assert words(rig.told)[-1] == "orders down"


def test_an_order_is_changed_and_taken_back(tmp_path: Path) -> None:
    async def play(rig: Rig) -> None:
        await rig.until("orders up")
        rig.line.send(submit(limit=Decimal(45_000)), 0)
        await rig.until(f"accepted {OID}")
        rig.line.send(fx.Amend(oid=OID, account=NAME, qty=Decimal("0.007"), limit=Decimal(46_000), is_pair=True), 0)
        await rig.until(f"replaced {OID}")
        rig.line.send(fx.Cancel(oid=OID, account=NAME), 0)
        await rig.until(f"cancelled {OID}")

    rig = at_front(tmp_path, play)
    new = next(one for one in rig.told if isinstance(one, ev.OrderUpdate) and one.happening == "replaced")
    assert (new.qty, new.limit) == (Decimal("0.007"), Decimal(46_000))
    assert rig.hands.server.house.desk.books.open_orders() == []


@pytest.mark.parametrize("is_closed", [False, True])
def test_F55_while_the_address_is_shut_no_socket_is_opened(tmp_path: Path, is_closed: bool) -> None:
    later, host, log = 0, "", ""

    async def play(rig: Rig) -> None:
        nonlocal later, log
        await rig.until("orders down")
        shared(binance.LIMITS, tmp_path / "rates", "binance", host).shut(T0 + 7200 * NS, "longer")
        await rig.until("orders down", 2)
        log = (tmp_path / "front.log").read_text()
        if not is_closed:
            # Behind it the venue is asked at once, and says that it is two hours earlier.
            later = 7200 * NS
            await rig.until("clock down")

    def rig_of(hands: Hands) -> Rig:
        options = {"key": "PKTEST", "secret": "secret", "url": hands.base}
        config = binance.Config.model_validate(options)
        nonlocal host
        host = hands.base.removeprefix("http://")
        shared(binance.LIMITS, tmp_path / "rates", "binance", host).shut(T0 + 3600 * NS, "418")
        line_of = partial(line_with, config, tmp_path / "rates")
        return Rig(hands, line_of, lambda: hands.server.time + later, T0)

    rig = play_at(running(tmp_path), rig_of, play)
    assert log == ""
    downs = [one.text for one in rig.told if isinstance(one, ev.Link) and not one.is_up]
    assert [text.partition(";")[0] for text in downs[:2]] == [OTHERS] * 2
    assert "until 2026-11-20 13:00:00 UTC" in downs[0]
    assert "until 2026-11-20 14:00:00 UTC" in downs[1]
    assert ["ms off ours" in text for text in downs[2:]] == [True] * (not is_closed)


@pytest.mark.parametrize(("status", "after", "span"), [(418, "300", 300), (429, "7", 7), (418, "", 120)])
def test_F55_an_address_that_is_shut_where_a_socket_is_to_be_opened_is_left_alone(
    tmp_path: Path, status: int, after: str, span: int
) -> None:
    asked = []

    async def scene() -> list[ev.Event]:
        async def refuse(request: web.Request) -> web.Response:
            asked.append(request.path)
            return web.Response(status=status, headers={"Retry-After": after} if after else {})

        app = web.Application()
        app.router.add_route("*", "/{rest:.*}", refuse)
        async with TestServer(app) as door:
            url = str(door.make_url("")).rstrip("/")
            config = binance.Config.model_validate({"key": "k", "secret": "s", "url": url})
            rig = Rig(None, partial(line_with, config, tmp_path), lambda: T0, T0)
            task = asyncio.create_task(rig.line.run())
            await rig.until("orders down")
            rig.line.close()
            await task
            return rig.told

    (down,) = asyncio.run(scene())
    assert isinstance(down, ev.Link)
    assert f"{status}; nothing is sent there for {span} s" in down.text
    assert asked == ["/ws-api/v3"]


def line_with(config: binance.Config, rates: Path, joint: Joint) -> Line:
    return binance.line(config, NAME, "paper", (("BTCUSDT", 10**15),), msgspec.structs.replace(joint, rates=rates))


def test_F43_a_cut_line_comes_back_by_itself(tmp_path: Path) -> None:
    async def play(rig: Rig) -> None:
        for count in (1, 2):
            await rig.until("orders up", count)
            rig.hands.server.sockets.cut(rig.hands.server.sockets.clients())
            await rig.until("orders down", count)
        await rig.until("orders up", 3)

    assert at_front(tmp_path, play).line.attempts >= 3


def test_F01_an_order_whose_answer_is_lost_is_asked_after_and_is_there(tmp_path: Path) -> None:
    async def play(rig: Rig) -> None:
        await rig.until("orders up")
        rig.line.send(submit(limit=Decimal(45_000)), 0)
        await rig.until(f"accepted {OID}")
        rig.hands.server.sockets.cut(rig.hands.server.sockets.clients())
        await rig.until("orders down")
        await rig.until("orders up", 2)
        before = words(rig.told).count(f"accepted {OID}")
        rig.line.send(fx.Query(account=NAME, oid=OID), 0)
        await rig.until(f"accepted {OID}", before + 1)
        rig.line.send(fx.Query(account=NAME, oid="ABC123-9"), 0)
        await rig.until("absent ABC123-9")

    at_front(tmp_path, play)


@pytest.mark.parametrize("wrong", [{"secret": "wrong"}, {"key": "other"}, {"account": "7"}])
def test_F73_wrong_keys_are_given_up_for_good(tmp_path: Path, wrong: dict[str, str]) -> None:
    async def play(rig: Rig) -> None:
        await rig.until("orders down")

    rig = at_front(tmp_path, play, **wrong)
    assert (rig.line.failed is not None, rig.line.attempts) == (True, 1)


def test_bars_are_told_as_they_close(tmp_path: Path) -> None:
    async def play(rig: Rig) -> None:
        await rig.until("orders up")
        Booth(rig.hands.server.house, rig.hands.server.sockets).show(bar(50_010.0, volume=2.0), is_end=True)
        await rig.until("Bar")

    rig = at_front(tmp_path, play)
    (found,) = [one for one in rig.told if isinstance(one, ev.Bar)]
    assert (found.instrument, found.open_ts, found.close, found.volume) == ("BTCUSDT", T0, 50_010.0, 2.0)


def test_a_socket_that_is_open_while_the_other_is_refused_is_left_in_good_order() -> None:
    def line_of(url: str, joint: Joint) -> Line:
        config = binance.Config.model_validate({"key": "PKTEST", "secret": "secret", "url": url, "timeout": "60s"})
        return binance.line(config, NAME, "paper", (("BTCUSDT", 10**15),), joint)

    assert left("/ws-api/v3", line_of) == WSCloseCode.OK
