import asyncio
from pathlib import Path
from typing import Any

from tests.wire.alpaca.stand import HEADERS, Hands, running

LISTS = "/v2/watchlists"


def play(folder: Path, scene: Any) -> None:
    async def run() -> None:
        async with running(folder) as hands:
            await scene(hands)

    asyncio.run(run())


def symbols(answer: tuple[int, Any]) -> list[str]:
    """Return the symbols of a list that was told."""
    assert answer[0] == 200, answer
    return [one["symbol"] for one in answer[1]["assets"]]


def test_a_list_is_kept_by_its_id(tmp_path: Path) -> None:
    async def scene(hands: Hands) -> None:
        assert await hands.ask("GET", LISTS) == (200, [])
        made = await hands.ask("POST", LISTS, {"name": "mine", "symbols": ["SPY", "AAPL", "SPY"]})
        place = f"{LISTS}/{made[1]['id']}"
        assert symbols(made) == ["SPY", "AAPL"]
        assert symbols(await hands.ask("POST", place, {"symbol": "BTC/USD"})) == ["SPY", "AAPL", "BTC/USD"]
        assert symbols(await hands.ask("DELETE", f"{place}/SPY")) == ["AAPL", "BTC/USD"]
        assert symbols(await hands.ask("DELETE", f"{place}/BTCUSD")) == ["AAPL"]
        changed = await hands.ask("PUT", place, {"name": "other"})
        assert (changed[1]["name"], symbols(changed)) == ("other", ["AAPL"])
        assert symbols(await hands.ask("PUT", place, {"symbols": ["SPY"]})) == ["SPY"]
        assert symbols(await hands.ask("GET", place)) == ["SPY"]
        (told,) = (await hands.ask("GET", LISTS))[1]
        assert (told["name"], "assets" in told) == ("other", False)
        assert await hands.ask("DELETE", place) == (204, None)
        assert (await hands.ask("GET", place))[0] == 404

    play(tmp_path, scene)


def test_a_list_is_found_by_its_name(tmp_path: Path) -> None:
    async def scene(hands: Hands) -> None:
        await hands.ask("POST", LISTS, {"name": "mine", "symbols": ["AAPL"]})
        named = f"{LISTS}:by_name"
        assert symbols(await hands.ask("GET", named, name="mine")) == ["AAPL"]
        assert symbols(await hands.ask("POST", named, {"symbol": "SPY"}, name="mine")) == ["AAPL", "SPY"]
        assert symbols(await hands.ask("PUT", named, {"symbols": []}, name="mine")) == []
        assert (await hands.ask("DELETE", named, name="mine"))[0] == 204
        assert (await hands.ask("GET", named, name="mine"))[0] == 404

    play(tmp_path, scene)


def test_what_makes_no_list_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    async def scene(hands: Hands) -> None:
        async def status(body: Any, method: str = "POST", place: str = LISTS) -> int:
            raw = hands.http.request(method, hands.base + place, json=body, headers=HEADERS)
            async with raw as answer:
                assert "message" in await answer.json()
                return answer.status

        made = await hands.ask("POST", LISTS, {"name": "mine", "symbols": ["AAPL"]})
        place = f"{LISTS}/{made[1]['id']}"
        for body in ({"name": "mine"}, {"name": ""}, {"name": "x" * 65}, {"name": "a", "symbols": ["NOPE"]},
                     {"name": "a", "symbols": "AAPL"}):  # fmt: skip
            assert await status(body) == 422, body
        assert await status([]) == 400
        assert await status({"symbol": "AAPL"}, "POST", place) == 422
        assert await status({"symbol": "NOPE"}, "POST", place) == 422
        assert await status(None, "DELETE", f"{place}/SPY") == 404
        assert symbols(await hands.ask("GET", place)) == ["AAPL"]
        assert (await hands.ask("POST", LISTS, {"name": "x" * 64}))[0] == 200

    play(tmp_path, scene)
