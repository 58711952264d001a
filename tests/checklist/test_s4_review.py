"""S4, a window in which an order may be looked at before it goes."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from openbell.cli import perform
from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.types import NS
from openbell.edges.web.ports import Order, Refused
from openbell.run.clock import WallClock
from openbell.run.people import NOBODY
from openbell.run.reload import as_event
from openbell.run.web.keeper import Keeper
from openbell.run.web.room import Room
from tests.checklist.market import FLAT, FREE, LONG, Market, config, deployment, rows
from tests.cli.process import begin, records, until


def file(folder: Path, path: list[object], *more: str, wait: str = "30s") -> Market:
    """Write a file whose orders are held for a while."""
    entry = deployment(more="exits: {stop_loss: 2%}")
    review = f"{{kind: confirmation, wait: {wait}, silence: send}}"
    return Market(folder, config(deployments=[entry], rules=(*FREE, review, *more)), rows(path))


def held(folder: Path, path: list[object], *more: str, wait: str = "30s") -> Market:
    """Run such a file, with nobody there."""
    market = file(folder, path, *more, wait=wait)
    market.live()
    return market


@pytest.mark.parametrize(("wait", "seconds", "px"), [("30s", 30, 102), ("90s", 90, 103)])
def test_an_order_is_held_for_its_time_and_then_goes_by_itself(
    tmp_path: Path, wait: str, seconds: int, px: int
) -> None:
    told = held(tmp_path, [(100, LONG), 101, 102, 103, 104], wait=wait).told
    (ask,) = told.effects(fx.Ask)
    (answer,) = told.events(ev.Answer)
    (sent,) = told.entered
    decided = next(ts for ts, code in told.decided() if code == "WAITING_FOR_PERSON")
    assert ask.deadline == decided + seconds * NS == answer.ts
    assert (answer.actor, answer.is_ok) == (NOBODY, False)
    assert next(entry.event.ts for entry in told.entries if sent in entry.effects) == ask.deadline
    # Filled with the first bar that began behind it.
    assert [(int(fill.qty), int(fill.px)) for fill in told.fills] == [(100, px)]


def test_an_operator_says_no_from_the_command_line_or_the_page_and_nothing_goes(tmp_path: Path) -> None:
    # Question and run last for minutes by the clock.
    wishes = [100, (100, LONG), *[100] * 20, (100, FLAT), 100, (100, LONG), *[100] * 600]
    market = file(tmp_path, wishes, wait="10h")
    with begin(tmp_path, "run", market.file, "--state", market.state, "--speed", "240x", "--json") as run:
        until(lambda: records(market.state) > 0 and market.told.effects(fx.Ask), "a question")
        assert perform(["confirm", str(market.state), "--answer", "no", "--json"]) == 0
        until(lambda: len(market.told.effects(fx.Ask)) == 2, "another question")
        assert refused_on_the_page(market.state)["text"] == "refuse: taken by the engine"
        run.terminate()
        run.communicate()
    told = market.told
    answer, other = told.events(ev.Answer)
    assert (answer.value, answer.actor != NOBODY) == ("no", True)
    assert (other.value, other.actor) == ("no", "ada")
    assert (told.orders, told.codes().count("UNCONFIRMED")) == ([], 2)
    # A program's word at the socket is the same command.
    word = ev.Command(ts=0, id="1", kind="confirm", actor="program", scope=answer.ask, change="no")
    assert as_event(word, 0) == ev.Answer(
        ts=0, ask=answer.ask, deployment="alpha", is_ok=True, value="no", actor="program"
    )


def refused_on_the_page(state: Path) -> dict[str, Any]:
    """Give the word that the control room gives for the one entry that is held; return what it tells."""
    keeper = Keeper(state.parent, (state,))
    keeper.find()
    scene, room = keeper.scene(state.name), Room(keeper, WallClock())
    while keeper.look(scene):
        pass
    (row,) = [one for one in room.snapshot(state.name)[1]["orders"].values() if one["status"] == "held"]
    assert (row["symbol"], row["qty"], row["text"][:27]) == ("AAA", "100", "waits for a person until 20")
    gone = Order(kind="refuse", actor="ada", ask=row["oid"] + "0")
    with pytest.raises(Refused, match="waits for nobody any more"):
        room.give(state.name, gone)
    return room.give(state.name, Order(kind="refuse", actor="ada", ask=row["oid"]))


def test_an_exit_is_never_held(tmp_path: Path) -> None:
    told = held(tmp_path, [(100, LONG), 100, 100, (100, FLAT), 100, 100]).told
    assert (len(told.effects(fx.Ask)), told.book.position("alpha", "AAA").qty) == (1, Decimal(0))


@pytest.mark.parametrize(("px", "sent"), [(104, 1), (106, 0)])
def test_every_limit_is_asked_again_at_the_price_of_then(tmp_path: Path, px: int, sent: int) -> None:
    # A hundred shares may be worth 10,500: at the price of the decision they are, at the price of then perhaps not.
    limit = "{kind: order_notional, limit: 10500 USD}"
    told = held(tmp_path, [(100, LONG), px, px, px, px], limit, wait="90s").told
    assert (len(told.entered), "ORDER_NOTIONAL" in told.codes()) == (sent, not sent)


@pytest.mark.parametrize("wish", [FLAT, LONG])
def test_what_its_strategy_takes_back_in_time_does_not_go(tmp_path: Path, wish: int) -> None:
    told = held(tmp_path, [(100, LONG), (100, wish), 100, 100, 100], wait="90s").told
    assert len(told.entered) == (wish == LONG)
