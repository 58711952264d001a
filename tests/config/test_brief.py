"""A run in a few words becomes the file that a user could have written."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from openbell.config.brief import TICKERS, Brief, BriefError, as_yaml, check_brief, document_of
from openbell.run import assemble


def brief(**fields: Any) -> Brief:
    return Brief(**{"account": "12345678", **fields})


def test_words_become_a_configuration_that_is_checked_like_any_other(tmp_path: Path) -> None:
    words = brief(tickers=("AAPL", "NVDA"), interval_s=60, max_position_size=Decimal(1_000), max_daily_trades=5,
                  max_positions=3, max_daily_loss=Decimal("0.01"))  # fmt: skip
    file = tmp_path / "c.yaml"
    file.write_text(as_yaml(document_of(words), "Words."), encoding="utf-8")
    assert file.read_text(encoding="utf-8").startswith("# Words.\nmode: dry_run\n")
    loaded, shelves = assemble.read(file, {})
    prepared = assemble.prepare(loaded, shelves)
    deployment = prepared.spec.deployments["main"]
    assert (deployment.instruments, deployment.interval) == (("AAPL", "NVDA"), 60 * 10**9)
    assert (deployment.max_positions, deployment.max_value) == (3, 1_000)
    assert (prepared.spec.mode, deployment.account) == ("dry_run", "12345678")
    rules = {rule.kind: (rule.params, rule.release) for rule in prepared.rules}
    assert rules["daily_trades"][0] == (5,) and rules["max_positions"][0] == (3,)
    assert rules["daily_loss"][0][:2] == (1, 100) and rules["daily_loss"][1] == "manual"
    assert "max_position" not in rules and "confirmation" not in rules


@pytest.mark.parametrize(
    ("mode", "confirm", "asks"),
    [("live", None, True), ("live", False, False), ("sim", None, False), ("sim", True, True), ("dry_run", None, False)],
)
def test_a_person_is_asked_where_money_is_real_or_somebody_wants_it(
    mode: str, confirm: bool | None, asks: bool
) -> None:
    words = brief(mode=mode, confirm=confirm)
    kinds = [rule.get("kind") for rule in document_of(words)["rules"]]
    assert (words.asks, "confirmation" in kinds) == (asks, asks)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("account", "1234"), ("mode", "paperr"), ("tickers", ()), ("tickers", ("A", "A")), ("interval_s", 0),
        ("max_positions", 0), ("max_daily_trades", -1), ("max_position_size", Decimal(0)), ("cash", Decimal(-1)),
        ("max_daily_loss", Decimal(2)), ("per_position", Decimal(0)),
    ],
)  # fmt: skip
def test_words_that_cannot_be_meant_are_named(field: str, value: object) -> None:
    check_brief(brief())
    with pytest.raises(BriefError) as caught:
        check_brief(brief(**{field: value}))
    assert (caught.value.field, caught.value.advice != "") == (field, True)
    assert TICKERS == ("AAPL", "NVDA", "MSFT", "GOOGL", "AMZN")
