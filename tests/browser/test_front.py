"""STOP in the browser, for a run at the front of a broker: what the broker itself says afterwards."""

import json
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Open, Seats
from tests.browser.room import served
from tests.browser.walk import go, inside
from tests.cli.process import records, until
from tests.edges.brokers import waves
from tests.edges.brokers.stage import KEYS, Stage

CONFIG = """
title: Rehearsal
mode: paper
accounts:
  main: {{broker: alpaca, key: "${{ALPACA_KEY}}", secret: "${{ALPACA_SECRET}}", url: "{url}", cash: 100000 USD,
         feed: delayed_sip}}
instruments:
  SPY: {{kind: stock, calendar: 24x7}}
deployments:
  - name: always
    strategy: {{kind: ./always.py}}
    instruments: [SPY]
    bars: 1m
    account: main
    budget: {{capital: 50000 USD, per_position: 20%}}
    exits: {{stop_loss: 5%}}
rules: {{preset: none, kill: {{}}, session_hours: {{}}}}
"""

ALWAYS = '''\
"""Wants to hold it, with every bar: where an order was refused, the next bar asks again."""

from openbell.core.codes import Code
from openbell.schema import PartConfig


class Config(PartConfig):
    """No options."""


PARAMS = ()
STATE = (("bars", "i8", 1),)


def step(state, params, row):
    return 1.0, int(Code.REBALANCE)
'''
PATIENCE_S = 900
"""The front plays a minute each second."""


@pytest.fixture
def stage(tmp_path: Path, chromium: Browser) -> Iterator[Stage]:
    """A front whose price stays where it is, a minute a second, and a run that wants to hold it."""
    (tmp_path / "always.py").write_text(ALWAYS, encoding="utf-8")
    instants = (waves.OPENED + timedelta(minutes=n) for n in range(2 * PATIENCE_S))
    lines = [f"{at:%Y-%m-%dT%H:%M:00Z},560,560,560,560,6000\n" for at in instants]
    (tmp_path / "minutes").mkdir()
    (tmp_path / "minutes" / "SPY.csv").write_text("".join(["ts,open,high,low,close,volume\n", *lines]))
    words = ("--speed", "60x", "--symbols", "SPY", "--data", str(tmp_path / "minutes"))
    made = Stage(tmp_path, "alpaca", CONFIG, *words)
    run = made.begin("run", str(tmp_path / "paper.yaml"), "--state", str(tmp_path / "rehearsal"))
    yield made
    made.end(run)
    made.end(made.front)


def ask(stage: Stage, path: str) -> Any:
    """Return what the broker answers to whoever has the keys."""
    address = (stage.folder / "ready").read_text().strip()
    headers = {"APCA-API-KEY-ID": KEYS["ALPACA_KEY"], "APCA-API-SECRET-KEY": KEYS["ALPACA_SECRET"]}
    with urllib.request.urlopen(urllib.request.Request(address + path, headers=headers)) as reply:
        return json.load(reply)


def sent(stage: Stage) -> list[dict[str, Any]]:
    """Return what each order that came to the broker asked for."""
    return [json.loads(one["asked"]) for one in stage.entries("request") if one["method"] == "POST"]


def bought(stage: Stage) -> int:
    """Return how many orders to buy have come to the broker."""
    return sum(order["side"] == "buy" for order in sent(stage))


@pytest.mark.slow
def test_S4_208_STOP_halts_takes_back_and_sells_until_the_broker_has_neither_orders_nor_positions(
    stage: Stage, chromium: Browser, look: Open
) -> None:
    until(lambda: any(order.get("stop_price") for order in sent(stage)), "a position with its stop")
    with served(stage.folder, has_link=True) as told:
        page = inside(look(Seats(told, chromium)))
        # S4-022: prices that are not of now are told as such where the line is shown.
        line = page.get_by_test_id("health-row").filter(has_text="Broker")
        expect(line).to_contain_text("connected; prices of stocks come 15 minutes late (feed: delayed_sip)")
        go(page, "positions")
        expect(page.get_by_test_id("row")).to_have_count(1)
        assert [len(ask(stage, path)) for path in ("/v2/positions", "/v2/orders?status=open")] == [1, 1]
        page.get_by_test_id("stop").click()
        # Where that is chosen every order is taken back, and what is held stays.
        page.get_by_test_id("tier-2").check()
        page.get_by_test_id("stop-confirm").click()
        expect(page.get_by_test_id("stop-progress")).to_have_attribute("data-stage", "done")
        assert [len(ask(stage, path)) for path in ("/v2/positions", "/v2/orders?status=open")] == [1, 0]
        page.get_by_role("button", name="Stop more").click()
        page.get_by_test_id("tier-3").check()
        page.get_by_test_id("stop-confirm").click()
        until(lambda: ask(stage, "/v2/positions") == [], "an account without a position")
        expect(page.get_by_test_id("stop-progress")).to_have_attribute("data-stage", "done")
        expect(page.get_by_test_id("stop-progress")).to_have_attribute("data-flat", "true")
        assert ask(stage, "/v2/positions") == []
        assert ask(stage, "/v2/orders?status=open") == []
        # Nothing is bought by what comes after it.
        before, seen = bought(stage), records(stage.folder / "rehearsal")
        until(lambda: records(stage.folder / "rehearsal") > seen + 10, "more bars")
        assert bought(stage) == before > 0
        assert ask(stage, "/v2/positions") == []
        assert [one["side"] for one in ask(stage, "/v2/orders?status=closed&direction=desc&limit=1")] == ["sell"]
