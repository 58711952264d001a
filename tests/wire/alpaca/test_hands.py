"""The Alpaca front under faults, seen on its wires."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from openbell.core.types import NS
from openbell.wire.alpaca import manual
from tests.wire.alpaca.stand import HEADERS, Hands, d, order, running
from tests.wire.alpaca.test_sockets import KEYS, Line, line
from tests.wire.patience import patient

Scene = Callable[[Hands], Awaitable[None]]


def play(folder: Path, scene: Scene, *faults: dict[str, Any]) -> list[dict[str, Any]]:
    """Play a scene at a front with faults and return the front's log."""

    async def run() -> None:
        async with running(folder, 0, *faults) as hands:
            await scene(hands)

    asyncio.run(run())
    return [json.loads(text) for text in (folder / "front.log").read_text().splitlines()]


async def raw(hands: Hands, method: str, path: str, body: Any = None, wait: float = 180.0) -> tuple[int, bytes, Any]:
    """Send a request as it is, and give up so many seconds after the front has taken it; status 0 for no answer."""
    data = None if body is None else msgspec.json.encode(body)

    async def ask() -> tuple[int, bytes, Any]:
        async with hands.http.request(
            method, hands.base + path, data=data, headers=HEADERS, allow_redirects=False
        ) as answer:
            return answer.status, await answer.read(), answer.headers

    try:
        return await patient(hands.server.door, ask(), wait)
    except (aiohttp.ClientError, TimeoutError) as error:
        return 0, type(error).__name__.encode(), {}


def books(hands: Hands) -> Any:
    return hands.server.house.desk.books


async def listening(hands: Hands) -> Line:
    one = await line(hands, "/stream")
    await one.say(action="auth", **KEYS)
    await one.say(action="listen", data={"streams": ["trade_updates"]})
    return one


@pytest.mark.parametrize(
    ("do", "is_there", "status"),
    [
        ("timeout_after_accept", True, 0), ("timeout_before_accept", False, 0), ("error_after_accept", True, 503),
        ("error_before_accept", False, 503), ("rate_limited", False, 429), ("ban", False, 429), ("auth_expired", False, 401),
        ("unknown_code", False, 422), ("redirect", False, 307), ("disconnect", True, 0), ("half_reply", True, 0),
        ("partial_then_disconnect", True, 0), ("slow_loris", True, 0), ("late_reply", True, 0),
    ],
)  # fmt: skip
def test_F01_F04_F11_F53_F54_an_order_meets_a_fault(tmp_path: Path, do: str, is_there: bool, status: int) -> None:
    fault = {"do": do, "at": "submit"}
    fault |= {"lasts": "9s"} if do in ("slow_loris", "ban") else {"after": "9s"} if do == "late_reply" else {}

    async def scene(hands: Hands) -> None:
        wait = 0.4 if status == 0 else 180.0
        found = await raw(hands, "POST", "/v2/orders", order(client_order_id="a"), wait)
        assert found[0] == status, found
        assert ("a" in books(hands).by_client) is is_there
        if do == "ban":
            assert (await raw(hands, "GET", "/v2/account"))[0] == 429
        if status == 429:
            assert int(found[2]["X-RateLimit-Reset"]) * NS > hands.server.time

    play(tmp_path, scene, fault)


@pytest.mark.parametrize(("do", "text"), [("garbage", "<!DOCTYPE"), ("empty_reply", ""), ("malformed", '{"id"')])
def test_F10_F58_an_answer_of_success_that_nobody_can_read(tmp_path: Path, do: str, text: str) -> None:
    async def scene(hands: Hands) -> None:
        status, body, _ = await raw(hands, "POST", "/v2/orders", order(client_order_id="a"))
        assert (status, body.decode()[: len(text)]) == (200, text)
        with pytest.raises(msgspec.DecodeError):
            msgspec.json.decode(body)
        assert "a" in books(hands).by_client

    play(tmp_path, scene, {"do": do, "at": "submit"})


def test_F60_positions_are_null_missing_or_empty_while_something_is_held(tmp_path: Path) -> None:
    async def scene(hands: Hands) -> None:
        manual.trade(hands.server.house.desk.clerk, ("AAPL", "buy", d("5")), hands.server.time)
        bodies = [(await raw(hands, "GET", "/v2/positions"))[1] for _ in range(4)]
        assert bodies[:3] == [b"null", b"{}", b"[]"]
        assert json.loads(bodies[3])[0]["qty"] == "5"

    faults = [{"do": "failed_positions", "at": "positions", "how": "null"},
              {"do": "failed_positions", "at": "positions", "how": "missing", "nth": 2},
              {"do": "empty_list", "at": "positions", "nth": 3}]  # fmt: skip
    play(tmp_path, scene, *faults)


def test_F59_a_list_of_orders_is_old(tmp_path: Path) -> None:
    async def scene(hands: Hands) -> None:
        for name in ("a", "b"):
            await raw(hands, "POST", "/v2/orders", order(client_order_id=name, type="limit", limit_price="1"))
        old, fresh = [json.loads((await raw(hands, "GET", "/v2/orders"))[1]) for _ in range(2)]
        assert ([one["client_order_id"] for one in old], len(fresh)) == (["a"], 2)

    play(tmp_path, scene, {"do": "stale_snapshot", "at": "orders", "changes": 1})


@pytest.mark.parametrize(
    ("fault", "events"),
    [
        ({"do": "duplicate_ack"}, ["new", "new"]), ({"do": "fill_before_ack", "qty": 4}, ["partial_fill", "new"]),
        ({"do": "async_reject", "after": "1ms"}, ["new", "rejected"]),
        ({"do": "null_data", "at": "on_order"}, [None, "new"]), ({"do": "unknown_event", "at": "on_order"}, ["odd", "new"]),
        ({"do": "grown", "at": "on_order", "size": 3_000_000}, ["new"]),
    ],
)  # fmt: skip
def test_F05_F06_F08_F61_the_account_hears_odd_things(tmp_path: Path, fault: dict[str, Any], events: list[Any]) -> None:
    async def scene(hands: Hands) -> None:
        one = await listening(hands)
        await raw(hands, "POST", "/v2/orders", order(client_order_id="a", type="limit", limit_price="1"))
        heard = [await one.hear() for _ in events]
        assert [frame["data"] and frame["data"]["event"] for frame in heard] == events

    play(tmp_path, scene, fault)


def test_F44_F25_an_execution_is_lost_or_comes_twice_while_the_books_have_it_once(tmp_path: Path) -> None:
    async def scene(hands: Hands) -> None:
        one = await listening(hands)
        clerk = hands.server.house.desk.clerk
        for name in ("a", "b", "c"):
            await raw(hands, "POST", "/v2/orders", order(client_order_id=name, type="limit", limit_price="1"))
            clerk.fill(books(hands).by_client[name], d("10"), d("1"), hands.server.time)
        heard = [(await one.hear())["data"] for _ in range(6)]
        fills = [data["order"]["client_order_id"] for data in heard if "execution_id" in data]
        assert fills == ["b", "b", "c"]
        assert len(books(hands).executions) == 3

    faults = [{"do": "lost_frame", "at": "on_execution"}, {"do": "duplicate_fill", "nth": 2}]
    log = play(tmp_path, scene, *faults)
    assert sum("execution_id" in one["frame"]["data"] for one in log if one["kind"] == "booked") == 3


def test_F45_a_socket_goes_deaf_and_answers_pings(tmp_path: Path) -> None:
    async def scene(hands: Hands) -> None:
        one = await listening(hands)
        await raw(hands, "POST", "/v2/orders", order(client_order_id="a", type="limit", limit_price="1"))
        with pytest.raises(TimeoutError):
            await one.socket.receive(timeout=0.2)
        await one.socket.ping()
        assert not one.socket.closed
        two = await listening(hands)
        await raw(hands, "POST", "/v2/orders", order(client_order_id="b", type="limit", limit_price="1"))
        assert (await two.hear())["data"]["order"]["client_order_id"] == "b"

    log = play(tmp_path, scene, {"do": "mute_socket", "at": "on_order"})
    assert "swallowed" in [one["kind"] for one in log]


def test_F47_a_ghost_holds_the_account_and_the_feed(tmp_path: Path) -> None:
    async def scene(hands: Hands) -> None:
        one = await listening(hands)
        await raw(hands, "POST", "/v2/orders", order(client_order_id="a", type="limit", limit_price="1"))
        while await one.hear() is not None:
            pass
        async with aiohttp.ClientSession() as http:
            with pytest.raises(aiohttp.WSServerHandshakeError, match="429"):
                await http.ws_connect(hands.base + "/stream")
        prices = await line(hands, "/v2/iex", HEADERS)
        assert [(await prices.hear())[0].get("code") for _ in range(2)] == [None, 406]
        assert await prices.hear() is None
        assert (await raw(hands, "GET", "/v2/account"))[0] == 200

    play(tmp_path, scene, {"do": "ghost_session", "at": "on_order", "lasts": "600s"})


def test_F49_a_nightly_reset_ends_day_orders_and_takes_nobody(tmp_path: Path) -> None:
    async def scene(hands: Hands) -> None:
        for name, tif in (("a", "day"), ("b", "gtc")):
            await raw(
                hands, "POST", "/v2/orders",
                order(client_order_id=name, type="limit", limit_price="1", time_in_force=tif),
            )  # fmt: skip
        assert (await raw(hands, "PATCH", "/v2/orders/0", {}))[0] == 0
        assert [books(hands).by_client[name].status for name in ("a", "b")] == ["expired", "new"]
        assert (await raw(hands, "GET", "/v2/clock"))[0] == 503

    play(tmp_path, scene, {"do": "nightly_reset", "at": "amend", "lasts": "600s"})


def test_a_forgotten_order_was_never_there(tmp_path: Path) -> None:
    async def scene(hands: Hands) -> None:
        assert (await raw(hands, "POST", "/v2/orders", order(client_order_id="a", type="limit", limit_price="1")))[
            0
        ] == 200
        assert (await raw(hands, "GET", "/v2/orders:by_client_order_id?client_order_id=a"))[0] == 404
        assert json.loads((await raw(hands, "GET", "/v2/orders"))[1]) == []

    play(tmp_path, scene, {"do": "forgotten_order"})


def test_F31_an_order_fills_beyond_its_quantity_and_F21_behind_its_cancel(tmp_path: Path) -> None:
    async def scene(hands: Hands) -> None:
        clerk = hands.server.house.desk.clerk
        for name in ("a", "b"):
            await raw(hands, "POST", "/v2/orders", order(client_order_id=name, type="limit", limit_price="1"))
        one = books(hands).by_client
        clerk.fill(one["a"], d("10"), d("1"), hands.server.time)
        assert one["a"].filled == d("13")
        status = (await raw(hands, "DELETE", f"/v2/orders/{one['b'].id}"))[0]
        assert (status, one["b"].filled, books(hands).held("AAPL")) == (204, d("5"), d("18"))

    faults = [{"do": "overfill", "qty": 3}, {"do": "late_fill", "after": "1ms"}]
    play(tmp_path, scene, *faults)


def test_F61_prices_are_absurd_doubled_or_broken(tmp_path: Path) -> None:
    async def scene(hands: Hands) -> None:
        one = await line(hands, "/v2/iex", HEADERS)
        await one.hear(), await one.hear()
        await one.say(action="subscribe", bars=["AAPL"])
        for n in range(4):
            hands.server.price("bars", "AAPL", {"t": hands.server.time, "o": 1.0, "h": 1.0, "l": 1.0, "c": 1.0, "v": n})
        assert (await one.hear())[0]["c"] == -1.5
        assert [(await one.hear())[0]["v"] for _ in range(2)] == [1, 1]
        text = (await one.socket.receive(timeout=180)).data
        with pytest.raises(json.JSONDecodeError):
            json.loads(text)
        assert (await one.hear())[0]["v"] == 3

    async def quoted(hands: Hands) -> None:
        one = await line(hands, "/v2/iex", HEADERS)
        await one.hear(), await one.hear()
        await one.say(action="subscribe", quotes=["AAPL"])
        hands.server.price("quotes", "AAPL", {"t": hands.server.time, "ap": 1.0, "bp": 1.0, "c": ["R"]})
        (told,) = await one.hear()
        assert (told["ap"], told["bp"], told["c"]) == (0, 0, ["R"])

    play(tmp_path, quoted, {"do": "bad_price", "at": "on_quote", "how": "zero"})
    faults = [
        {"do": "bad_price", "how": "negative"},
        {"do": "repeated_bar", "nth": 2},
        {"do": "malformed", "at": "on_bar", "nth": 3},
    ]
    play(tmp_path, scene, *faults)


@pytest.mark.parametrize("confirm", [True, False])
def test_F46_a_price_stream_never_begins(tmp_path: Path, confirm: bool) -> None:
    async def scene(hands: Hands) -> None:
        one = await line(hands, "/v2/iex", HEADERS)
        await one.hear(), await one.hear()
        await one.socket.send_str('{"action":"subscribe","bars":["AAPL"]}')
        if confirm:
            assert (await one.hear())[0]["bars"] == ["AAPL"]
        hands.server.price("bars", "AAPL", {"t": hands.server.time, "c": 1.0})
        with pytest.raises(TimeoutError):
            await one.socket.receive(timeout=0.2)

    play(tmp_path, scene, {"do": "lost_subscription", "confirm": confirm})


@pytest.mark.parametrize("do", ["error_before_accept", "auth_expired", "timeout_before_accept", "disconnect"])
def test_F46_F53_the_accounts_stream_is_refused_unanswered_or_cut(tmp_path: Path, do: str) -> None:
    async def scene(hands: Hands) -> None:
        one = await line(hands, "/stream")
        await one.socket.send_str(json.dumps({"action": "auth", **KEYS}))
        if do == "timeout_before_accept":
            with pytest.raises(TimeoutError):
                await one.socket.receive(timeout=0.2)
        elif do == "disconnect":
            assert await one.hear() is None
        else:
            said = await one.hear()
            assert said["data"].get("status") == ("unauthorized" if do == "auth_expired" else None)

    play(tmp_path, scene, {"do": do, "at": "hello", **({"accept": False} if do == "disconnect" else {})})
