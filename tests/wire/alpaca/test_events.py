import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from openbell.run.clock import WallClock
from openbell.wire.alpaca import manual
from openbell.wire.alpaca.events import PATH, ulid, window_of
from openbell.wire.alpaca.refusal import Refused
from tests.wire.alpaca import spec
from tests.wire.alpaca.stand import HEADERS, T0, Hands, bar, order, running


def test_ids_rise_with_time_and_place() -> None:
    ids = [ulid(T0, 1), ulid(T0, 2), ulid(T0, 33), ulid(T0 + 1_000_000, 1)]
    assert (sorted(ids), {len(one) for one in ids}) == (ids, {26})


@pytest.mark.parametrize(
    "query",
    [
        {"until": "2026-11-20"},
        {"until_id": ulid(T0, 1)},
        {"since": "2026-11-20", "since_id": ulid(T0, 1)},
        {"since": "x"},
    ],
)
def test_bounds_that_do_not_go_together_are_refused(query: dict[str, str]) -> None:
    with pytest.raises(Refused):
        window_of(query)


async def trade(hands: Hands) -> None:
    await hands.ask("POST", "/v2/orders", order())
    hands.server.house.desk.clerk.play(bar(100.0, n=4))


def rows(raw: bytes) -> list[Any]:
    return [json.loads(line[6:]) for line in raw.decode().splitlines() if line.startswith("data: ")]


def test_what_was_is_told_up_to_the_end_that_is_named(tmp_path: Path) -> None:
    async def run() -> tuple[list[Any], list[Any], int]:
        async with running(tmp_path) as hands:
            await trade(hands)
            await trade(hands)
            url = hands.base + PATH
            whole = {"since": "2026-11-20", "until": "2026-11-20T12:00:30Z"}
            async with hands.http.get(url, params=whole, headers=HEADERS) as answer:
                none = rows(await answer.read())
            async with hands.http.get(url, params=whole, headers={}) as answer:
                stranger = answer.status
            first = ulid(T0, 0)
            bounds = {"since_id": first, "until_id": ulid(T0 + 10**12, 9)}
            async with hands.http.get(url, params=bounds, headers=HEADERS) as answer:
                return none, rows(await answer.read()), stranger

    none, told, stranger = asyncio.run(run())
    assert (none, stranger, [one["qty"] for one in told]) == ([], 401, ["10", "10"])
    assert told[0]["details"]["client_order_id"]
    if spec.IS_HERE:
        assert [spec.answer_faults("GET", PATH, 200, [one]) for one in told] == [[], []]


def test_what_comes_is_told_as_it_comes_and_nothing_that_was(tmp_path: Path) -> None:
    async def run() -> list[str]:
        async with running(tmp_path) as hands:
            await trade(hands)
            async with hands.http.get(hands.base + PATH, headers=HEADERS) as answer:
                await hands.ask("POST", "/v2/orders", order(symbol="SPY", qty="3"))
                hands.server.house.desk.clerk.play(bar(100.0, n=5, symbol="SPY"))
                name = (await answer.content.readline()).decode()
                return [name.partition(":")[0], json.loads((await answer.content.readline())[6:])["details"]["symbol"]]

    assert asyncio.run(run()) == ["id", "SPY"]


def test_F28_a_correction_names_what_it_changes_and_the_list_of_executions_stays(tmp_path: Path) -> None:
    async def run() -> tuple[list[Any], Any]:
        async with running(tmp_path) as hands:
            await trade(hands)
            clerk = hands.server.house.desk.clerk
            (first,) = clerk.books.executions
            manual.correct(clerk, first, first.px + 1, T0)
            manual.correct(clerk, clerk.books.executions[-1], None, T0)
            bounds = {"since_id": ulid(T0, 0), "until_id": ulid(T0 + 10**12, 9)}
            async with hands.http.get(hands.base + PATH, params=bounds, headers=HEADERS) as answer:
                return rows(await answer.read()), (await hands.ask("GET", "/v2/account/activities/FILL"))[1]

    told, listed = asyncio.run(run())
    assert [one["details"]["execution_type"] for one in told] == ["fill", "trade_correct", "trade_bust"]
    assert [one["status"] for one in told] == ["executed", "correct", "canceled"]
    assert [one.get("previous_id") for one in told] == [None, told[0]["ref_id"], told[1]["ref_id"]]
    assert [one["id"].rpartition("::")[2] for one in listed] == [told[0]["ref_id"]]
    if spec.IS_HERE:
        assert [spec.answer_faults("GET", PATH, 200, [one]) for one in told] == [[], [], []]


def test_a_stream_that_ends_at_an_instant_to_come_ends_there_without_news(tmp_path: Path) -> None:
    async def run() -> list[Any]:
        async with running(tmp_path) as hands:
            hands.server.door.windows._now = WallClock().now
            soon = datetime.fromtimestamp(hands.server.time / 1e9 + 0.05, UTC).isoformat()
            bounds = {"since": soon[:10], "until": soon}
            async with hands.http.get(hands.base + PATH, params=bounds, headers=HEADERS) as answer:
                return rows(await answer.read())

    assert asyncio.run(run()) == []
