"""The guardian's way to the plain venue: it can ask and take back, and nothing else."""

import ast
import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from openbell.edges.brokers.plain import guard
from openbell.edges.brokers.plain.guard import Pulled, cancel, hello, open_orders, pull, query
from openbell.wire.plain import request as rq
from openbell.wire.plain.hands import GROUND
from openbell.wire.script import rule_of
from tests.wire.plain.stand import Hands, running


class Place:
    """An account's options."""

    account = "PLAIN-0001"
    key = ""

    def __init__(self, url: str) -> None:
        self.url = url


def test_its_frames_are_of_the_protocol_and_none_makes_or_changes_an_order() -> None:
    frames = [hello(1, Place("x"), "paper", 7), query(2), cancel(3, "a", 7)]
    made = [rq.parse(msgspec.json.encode(frame)) for frame in frames]
    assert [type(one) for one in made] == [rq.Hello, rq.State, rq.Cancel]


def test_there_is_no_word_in_it_that_could_send_an_order() -> None:
    tree = ast.parse(Path(str(guard.__file__)).read_text(encoding="utf-8"))
    words = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    ops = words & set(rq.OPS)
    assert ops == {"hello", "state", "cancel"}
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert not names & {"Submit", "Amend", "codec", "effects"}


def test_what_adds_risk_comes_first_and_legs_are_not_forgotten() -> None:
    stop = {"cid": "s", "reduce_only": True, "legs": [{"cid": "t", "reduce_only": True}]}
    entry = {"cid": "e", "reduce_only": False}
    assert open_orders({"ok": True, "orders": [stop, entry]}) == ["e", "s", "t"]


@pytest.mark.parametrize("reply", [{"ok": True}, {"ok": False, "code": "rate_limited"}, {"ok": True, "orders": None}])
def test_F60_half_an_answer_is_not_an_empty_account(reply: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no list of orders"):
        open_orders(reply)


def scene(
    folder: Path, epoch: int, *faults: dict[str, Any], orders: int = 3
) -> tuple[Pulled, dict[str, Any], list[Any]]:
    """Let an engine at epoch 1 send orders, pull them at `epoch`, let the engine try again."""
    noted: list[list[str]] = []

    async def play() -> tuple[Pulled, dict[str, Any]]:
        async with running(folder, [rule_of(fault, GROUND) for fault in faults]) as (hands, _, _base):
            await hands.hello(1)
            for n in range(orders):
                await hands.order(f"o{n}")
            pulled = await pull(Place(hands.base), "paper", epoch, noted.append)
            return pulled, await after(hands)

    async def after(hands: Hands) -> dict[str, Any]:
        reply = await hands.order("late")
        return {"reply": reply, "open": [r.cid for r in hands.server.desk.books.open_orders()]}

    pulled, then = asyncio.run(play())
    return pulled, then, noted


def test_B16_every_order_is_taken_back_and_the_engine_is_fenced(tmp_path: Path) -> None:
    pulled, then, noted = scene(tmp_path, 2)
    assert pulled == Pulled(asked=("o0", "o1", "o2"))
    assert noted == [["o0", "o1", "o2"]]
    assert (then["reply"]["code"], then["open"]) == ("fenced", [])


def test_with_nothing_open_nothing_is_sent_and_the_engine_is_fenced_all_the_same(tmp_path: Path) -> None:
    pulled, then, noted = scene(tmp_path, 2, orders=0)
    assert (pulled, noted, then["reply"]["code"]) == (Pulled(), [], "fenced")


def test_an_epoch_that_is_not_later_takes_nothing_back(tmp_path: Path) -> None:
    pulled, then, _ = scene(tmp_path, 0)
    assert "fenced" in pulled.error
    assert len(then["open"]) == 4


def test_a_venue_that_is_not_there_is_an_error_and_no_all_clear() -> None:
    pulled = asyncio.run(pull(Place("ws://127.0.0.1:9/v1"), "paper", 2, lambda _: None))
    assert "Error" in pulled.error


def test_a_wrong_account_is_told(tmp_path: Path) -> None:
    async def play() -> Pulled:
        async with running(tmp_path) as (hands, _, _base):
            place = Place(hands.base)
            place.account = "OTHER"
            return await pull(place, "paper", 2, lambda _: None)

    assert "wrong_account" in asyncio.run(play()).error
