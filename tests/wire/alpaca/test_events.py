import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

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
