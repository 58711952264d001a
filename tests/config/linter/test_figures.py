"""Sizes and limits as money, as far as the file tells them."""

from decimal import Decimal
from pathlib import Path

import pytest

from openbell.config.linter import figures
from tests.config.fake import GOOD, read, swap

SIZE = "    bars: 1m\n    size: {{{size}}}\n"


@pytest.mark.parametrize(
    ("size", "value", "key"),
    [
        ("notional: 700 USD", "700", "notional"),
        ("weight: 10%", "5000", "weight"),
        ("risk: 1%", "25000", "risk"),
        ("quantity: 5", None, "quantity"),
    ],
)
def test_the_value_of_a_full_position(size: str, value: str | None, key: str, tmp_path: Path) -> None:
    one = read(tmp_path, swap(("    bars: 1m\n", SIZE.format(size=size)))).config.deployments[0]
    assert figures.position(one) == (None if value is None else Decimal(value))
    assert figures.where_size(one, 3) == ("deployments", 3, "size", key)


def test_figures_of_a_file(tmp_path: Path) -> None:
    loaded = read(tmp_path, GOOD)
    one = loaded.config.deployments[0]
    assert (figures.count(one), figures.position(one), figures.total(one)) == (2, Decimal(1000), Decimal(2000))
    assert figures.stop(one) == Decimal("0.02")
    assert figures.equity(loaded.config, "main") == Decimal(100000)
    rule = next(rule for rule in loaded.rules if rule.kind == "daily_loss")
    assert figures.limit_of(rule, "limit", loaded.config, "main") == Decimal(3000)
    assert figures.limit_of(rule, "warn", loaded.config, "main") is None
    assert figures.where_size(one, 0) == ("deployments", 0, "budget", "per_position")
    assert figures.shown(Decimal("2.50"), loaded.config, "main") == "2.5 USD"


def test_the_nearest_stop_counts(tmp_path: Path) -> None:
    loaded = read(tmp_path, swap(("stop_loss: 2%", "stop_loss: 2%, trailing: 1.5%")))
    assert figures.stop(loaded.config.deployments[0]) == Decimal("0.015")
