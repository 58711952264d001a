"""S1, modes and usage: dry run, unknown modes, the interval of decisions."""

import itertools
import json
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from openbell.config.brief import MODES, Brief, as_yaml, document_of
from openbell.config.program import TradingMode
from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.types import Status
from openbell.run import assemble
from openbell.run.modes import VENUES
from tests.checklist.market import AGAIN, LONG, WISHES, Market, Told, config, deployment, rows
from tests.cli.process import Said
from tests.cli.test_arm import LIVE

Caller = Callable[..., Said]


def test_a_dry_run_logs_a_plan_for_every_cycle_and_orders_nothing(
    call: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[fx.Effect] = []
    monkeypatch.setattr(assemble.Exchange, "take", lambda self, effect, ts: calls.append(effect))
    market = Market(
        tmp_path, config(deployments=[deployment(more="exits: {stop_loss: 2%}")]), rows([(100, AGAIN)] * 12)
    )
    data = call("run", market.file, "--mode", "dry_run", "--state", market.state, "--json").data
    assert (data["mode"], data["bars"], data["orders"], data["fills"]) == ("dry_run", 12, 12, 0)
    assert (data["equity_end"], calls) == ("100000", [])
    told = market.told
    plans = [[type(e).__name__ for e in entry.effects] for entry in told.entries if isinstance(entry.event, ev.Bar)]
    assert plans == [["Submit", "Decision"]] * 12
    listed = call("orders", market.state, "--json").data["ended"]
    assert [(one["side"], one["qty"], one["status"], one["code"]) for one in listed] == [
        ("buy", "100", "rejected", "dry_run")
    ] * 12
    assert {order.status for order in told.book.truth.orders.values()} == {Status.REJECTED}
    # The same file would have ordered, were it not for the mode.
    assert call("run", market.file, "--state", tmp_path / "sim", "--json").code == 0
    assert len(calls) > 0


def test_one_word_of_one_list_is_the_mode_and_the_strategy_is_the_same_in_each(tmp_path: Path) -> None:
    modes = [mode.value for mode in TradingMode]
    assert modes == list(VENUES) == list(MODES)
    (tmp_path / "wishes.py").write_text(WISHES, encoding="utf-8")
    file, found = tmp_path / "c.yaml", []
    for mode in modes:
        # The simulated exchange is no broker's: there is nothing else that a mode changes in a file.
        text = LIVE.replace("mode: live", f"mode: {mode}").replace(
            "strategy: ema_cross", "strategy: {kind: ./wishes.py}"
        )
        if mode == "sim":
            text = re.sub(r"broker: alpaca.*\n.*cash", "broker: sim, cash", text)
        file.write_text(text, encoding="utf-8")
        prepared = assemble.prepare(*assemble.read(file, {"SECRET": "s"}))
        assert prepared.spec.mode == mode
        found.append((prepared.spec.deployments, prepared.hashes, prepared.code, prepared.strategies["cross"].params))
    assert found[1:] == found[:-1]


def test_an_unknown_mode_is_refused_with_the_valid_ones(call: Caller, tmp_path: Path) -> None:
    market = Market(tmp_path, config(), rows([100, (100, LONG)]))
    said = call("run", market.file, "--mode", "fun")
    assert (said.code, "'fun' is not a mode" in said.err, "known: sim, dry_run" in said.err) == (2, True, True)
    market.file.write_text(config(head="mode: fun"), encoding="utf-8")
    said = call("check", market.file)
    assert (said.code, "known: dry_run, sim, paper, live" in said.err) == (2, True)
    assert json.loads(call("check", market.file, "--json").out)["code"] == 2
    said = call("run", "--mode", "fun", "--account", "12345678")
    assert (said.code, "--mode: 'fun' is not a mode" in said.err) == (2, True)
    assert "known: dry_run, sim, paper, live" in said.err


@pytest.mark.parametrize("seconds", [60, 180, 300])
def test_decisions_are_one_interval_apart(call: Caller, tmp_path: Path, seconds: int) -> None:
    words = ("--account", "12345678", "--tickers", "AAPL", "--state", tmp_path / "s", "--until", "2024-01-02T15:30Z")
    assert call("run", *words, "--interval", seconds).code == 0
    at = [ts for ts, code in Told(tmp_path / "s" / "journal").decided("AAPL") if code != "OUT_OF_SESSION"]
    assert len(at) == 3600 // seconds
    assert {after - before for before, after in itertools.pairwise(at)} == {seconds * 10**9}


@pytest.mark.parametrize(
    ("cash", "size", "level"), [(10_000, 1_000, "ok"), (9_999, 1_000, "warn"), (10_000, 1_001, "warn")]
)
def test_before_the_start_buying_power_is_compared_with_all_positions(
    call: Caller, tmp_path: Path, cash: int, size: int, level: str
) -> None:
    words = Brief(
        account="12345678", mode="sim", tickers=tuple(f"T{chr(65 + n)}" for n in range(12)), max_positions=10,
        max_position_size=Decimal(size), cash=Decimal(cash),
    )  # fmt: skip
    file = tmp_path / "c.yaml"
    file.write_text(as_yaml(document_of(words)), encoding="utf-8")
    checks = {one["part"]: one for one in call("doctor", "quick", file, "--json").data["checks"]}
    found = checks["buying power of 12345678"]
    assert (found["level"], bool(found["fix"])) == (level, level == "warn")
    assert found["told"] == f"{cash} USD, all positions at their largest need {10 * size}"
