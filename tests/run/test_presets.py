"""Presets of rules: what each promises, and that every one of them can be run."""

from pathlib import Path
from typing import Any

import pytest

from openbell.run import assemble
from openbell.run.presets import PRESETS
from tests.run.small import CONFIG

WANTED: dict[str, dict[str, dict[str, Any]]] = {
    "conservative": {
        "daily_loss": {"limit": "1%", "release": "manual"}, "daily_trades": {"limit": 5},
        "order_notional": {"limit": "1000 USD"}, "max_position": {"limit": "5%", "worth": "1000 USD"},
    },
    "kis": {
        "daily_loss": {"limit": "2%", "release": "manual"}, "daily_trades": {"limit": 20},
        "order_notional": {"limit": "10000 USD"}, "max_positions": {"limit": 10},
    },
    "mt5": {
        "max_positions": {"limit": 10}, "max_per_instrument": {"limit": 1}, "trade_risk": {"limit": "1%"},
        "portfolio_risk": {"limit": "5%"}, "correlation": {"above": "70%"},
    },
    "ib": {
        "max_positions": {"limit": 5}, "trade_risk": {"limit": "2%"}, "portfolio_risk": {"limit": "10%"},
        "drawdown": {"limit": "5%"},
    },
    "admf": {
        "max_positions": {"limit": 3}, "gross_exposure": {"limit": "6%"}, "order_notional": {"limit": "500 USD"},
        "daily_loss": {"limit": "3%", "flatten": "5%"}, "monthly_loss": {"limit": "8%"},
        "drawdown": {"limit": "10%", "flatten": "15%"}, "holding_period": {"days": 10},
        "disconnect": {"hold": "1m", "cancel": "5m"}, "symbol_volatility": {"limit": "30%"},
        "portfolio_volatility": {"limit": "15%"}, "leverage": {"limit": "1"}, "order_timeout": {"after": "5m"},
        "min_cash": {"limit": "10%"}, "near_close": {"flatten": "30m"},
    },
    "dashboard": {
        "daily_loss": {"limit": "1%"}, "drawdown": {"limit": "5%"}, "max_positions": {"limit": 3},
        "order_notional": {"limit": "2%"},
    },
}  # fmt: skip
"""The figures of the founding documents, one preset each, and the careful one."""


def test_every_preset_has_its_figures_here() -> None:
    assert set(WANTED) == set(PRESETS)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_the_whole_table_with_its_own_figures(name: str, tmp_path: Path) -> None:
    head, _, _ = CONFIG.format(days=1, strategy="ema_cross").partition("rules:")
    file = tmp_path / "c.yaml"
    file.write_text(f"{head}rules: {{preset: {name}}}\n", encoding="utf-8")
    loaded, shelves = assemble.read(file, {})
    found = {rule.kind: rule.options.model_dump(mode="json") for rule in loaded.rules}
    assert set(found) == {*assemble.STANDARD, *PRESETS[name]}
    for kind, options in WANTED[name].items():
        assert {key: str(found[kind][key]) for key in options} == {key: str(value) for key, value in options.items()}
    # What has no data in this run is off, with the reason; nothing else is.
    settled = assemble.prepare(loaded, shelves).loaded
    assert {rule.kind for rule in settled.rules} | set(settled.rules_off) == set(found)


def test_the_careful_one_is_nowhere_looser_than_the_standard_table() -> None:
    shelf = assemble.shelves(None).rules
    # An order's worth is money here and a share of equity there.
    for kind, changed in PRESETS["conservative"].items():
        if "limit" in changed and kind != "order_notional":
            assert shelf[kind].model_validate(changed).limit < shelf[kind]().limit, kind
