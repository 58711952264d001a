"""The risk score: each part by hand, at its ends, and what is not known in full."""

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from openbell.config.load import Loaded
from openbell.config.score import LIMITS, Points, Score, as_rows, scores
from tests.config.fake import read, swap

EXITS = "    exits: {stop_loss: 2%, take_profit: 5%}\n"
RULES = "rules:\n  - {kind: daily_loss, limit: 3%}\n"


def one(loaded: Loaded, **turnover: str) -> Score:
    (found,) = scores(loaded, {symbol: Decimal(worth) for symbol, worth in turnover.items()})
    assert found.points == sum(part.points for part in found.parts)
    assert found.of == sum(part.of for part in found.parts) == 100
    assert all(0 <= part.points <= part.of for part in found.parts)
    return found


def part(loaded: Loaded, name: str, **turnover: str) -> Points:
    return next(part for part in one(loaded, **turnover).parts if part.name == name)


def changed(folder: Path, *changes: tuple[str, str]) -> Loaded:
    return read(folder, swap(*changes))


def test_S5_125_each_part_says_its_points_and_the_figures_behind_them(tmp_path: Path) -> None:
    found = one(changed(tmp_path), SPY="20000000", QQQ="40000")
    assert found.lines() == [
        "Risk score, account main: 17 of 100, low.",
        "  exposure 1 of 15: All positions at once are worth 2,000 USD, 2% of 100,000 USD of cash.",
        "  stops 0 of 10: Every position has a stop.",
        "  loss 1 of 15: All stops hit at once lose 40 USD, 0.04% of 100,000 USD of cash; gaps and slippage add to it.",
        "  day 5 of 15: A day ends at a loss of 3,000 USD, 3% of 100,000 USD of cash; all stops at once lose no more than that.",
        "  leverage 0 of 10: No leverage.",
        "  concentration 1 of 10: A single instrument may hold 1,000 USD, 1% of 100,000 USD of cash.",
        "  limits 6 of 10: These limits are off: drawdown, max_positions, order_rate.",
        "  money 0 of 10: No real money moves.",
        "  liquidity 3 of 5: A full position of QQQ is up to 2.5% of what trades of it in a day.",
    ]
    rows = as_rows([found])
    assert msgspec.json.decode(msgspec.json.encode(rows)) == rows
    assert [row["figures"] for row in rows[0]["parts"]][:4] == [
        {"exposure": "2000 USD", "own": "100000 USD"}, {"without": "0", "positions": "2"},
        {"loss": "40 USD", "own": "100000 USD"}, {"limit": "3000 USD", "loss": "40 USD", "own": "100000 USD"},
    ]  # fmt: skip
    assert one(changed(tmp_path), SPY="20000000", QQQ="40000") == found


@pytest.mark.parametrize(
    ("name", "size", "points"),
    [
        # Two positions; the account has twice the capital, so 200% of the capital each are 200% of the account.
        ("exposure", "199.998%", 15), ("exposure", "200%", 15), ("exposure", "186%", 14), ("exposure", "186.7%", 15),
        ("exposure", "400%", 15), ("concentration", "99.9%", 10), ("concentration", "90%", 9),
        ("concentration", "90.1%", 10), ("concentration", "100%", 10), ("concentration", "101%", 10),
        ("loss", "250%", 8), ("loss", "240%", 8), ("loss", "233%", 7), ("loss", "500%", 15), ("loss", "466%", 14),
        ("loss", "467%", 15),
    ],
)  # fmt: skip
def test_a_part_grows_in_a_line_to_its_end_and_is_rounded_up(name: str, size: str, points: int, tmp_path: Path) -> None:
    sized = (EXITS, EXITS + f"    size: {{weight: {Decimal(size[:-1]) / 100}}}\n")
    if Decimal(size[:-1]) > 100:
        sized = (EXITS, EXITS + f"    size: {{notional: {Decimal(size[:-1]) * 500} USD}}\n")
    assert part(changed(tmp_path, sized), name).points == points


def test_a_stop_that_is_not_there_costs_in_three_parts_and_makes_it_high_at_least(tmp_path: Path) -> None:
    found = one(changed(tmp_path, (EXITS, "")), SPY="20000000", QQQ="20000000")
    parts = {part.name: part for part in found.parts}
    assert (parts["stops"].points, parts["loss"].points, parts["day"].points) == (10, 15, 15)
    assert parts["stops"].text == "2 of 2 positions have no stop: those of cross."
    assert parts["loss"].text == "What is lost when all stops are hit at once is not known of cross."
    assert parts["day"].text == (
        "New entries end at 3,000 USD lost in a day, and nothing known bounds what is held then."
    )
    assert (parts["loss"].is_known, parts["day"].is_known) == (False, False)
    assert (found.points, found.level, found.is_bounded) == (49, "high", False)
    assert found.lines()[0].endswith("49 of 100, high, because nothing bounds the loss of a day.")


@pytest.mark.parametrize(
    ("exits", "stops", "loss"),
    [
        ("{stop_atr: 2}", 0, None), ("{trailing: {atr: 3}}", 0, None), ("{trailing: 1%}", 0, "20 USD"),
        ("{stop_loss: 4%, trailing: 3%}", 0, "60 USD"), ("{take_profit: 5%}", 10, None),
    ],
)  # fmt: skip
def test_a_stop_is_there_or_not_and_its_distance_known_or_not(
    exits: str, stops: int, loss: str | None, tmp_path: Path
) -> None:
    loaded = changed(tmp_path, (EXITS, f"    exits: {exits}\n"))
    assert part(loaded, "stops").points == stops
    assert part(loaded, "loss").figures.get("loss") == loss
    assert part(loaded, "loss").is_known is (loss is not None)


def test_sizes_by_risk_and_in_units(tmp_path: Path) -> None:
    risked = changed(tmp_path, (EXITS, "    exits: {stop_atr: 2}\n    size: {risk: 1%}\n"))
    assert part(risked, "loss").figures["loss"] == "1000 USD"
    assert [part(risked, name).is_known for name in ("exposure", "concentration", "liquidity")] == [False] * 3
    units = changed(tmp_path, (EXITS, EXITS + "    size: {quantity: 10}\n"))
    assert [part(units, name).points for name in ("exposure", "loss", "concentration", "liquidity")] == [15, 15, 10, 5]


@pytest.mark.parametrize(
    ("limit", "points", "text"),
    [
        ("39 USD", 1, "A day ends at 39 USD lost, and all stops at once lose more: 40 USD, 0.04% of"),
        ("40 USD", 1, "A day ends at a loss of 40 USD, 0.04% of 100,000 USD of cash; all stops at once lose no more"),
        ("41 USD", 1, "A day ends at a loss of 41 USD,"),
        ("9300 USD", 14, "A day ends at a loss of 9,300 USD,"), ("10%", 15, "A day ends at a loss of 10,000 USD,"),
        ("50%", 15, "A day ends at a loss of 50,000 USD,"),
    ],
)  # fmt: skip
def test_the_worst_day_is_the_limit_or_all_stops_at_once(limit: str, points: int, text: str, tmp_path: Path) -> None:
    day = part(changed(tmp_path, ("limit: 3%", f"limit: {limit}")), "day")
    assert (day.points, day.text[: len(text)], day.is_known) == (points, text, True)


def test_no_limit_on_a_day_is_high_at_least(tmp_path: Path) -> None:
    loaded = changed(tmp_path, (RULES, ""))
    assert (part(loaded, "day").points, part(loaded, "day").text) == (15, "No limit on the loss of a day is in force.")
    assert (one(loaded).level, one(changed(tmp_path)).level) == ("high", "low")


@pytest.mark.parametrize(("leverage", "points"), [("1", 0), ("1.3", 1), ("2.5", 5), ("3.9", 10), ("4", 10), ("30", 10)])
def test_leverage(leverage: str, points: int, tmp_path: Path) -> None:
    found = part(changed(tmp_path, ("cash: 100000 USD", f"cash: 100000 USD, leverage: {leverage}")), "leverage")
    assert (found.points, found.figures) == (points, {"leverage": leverage})
    assert found.text == ("No leverage." if points == 0 else f"The account may use {leverage} times its money.")


def test_limits_that_are_off_cost_two_points_each(tmp_path: Path) -> None:
    none = part(changed(tmp_path, (RULES, "rules: {preset: none}\n")), "limits")
    assert (none.points, none.figures["off"]) == (10, ", ".join(LIMITS))


def test_real_money_costs_whatever_the_amount(tmp_path: Path) -> None:
    live = changed(tmp_path, ("broker: sim, cash", "broker: alpaca, account_no: a, mode: live, cash"))
    assert (part(live, "money").points, part(live, "money").text) == (10, "Orders move real money.")
    paper = changed(
        tmp_path, ("mode: sim", "mode: paper"), ("broker: sim, cash", "broker: alpaca, account_no: a, cash")
    )
    assert part(paper, "money").points == 0


def test_where_only_the_broker_knows_the_cash_the_capital_is_the_measure(tmp_path: Path) -> None:
    account = ("broker: sim, cash: 100000 USD", "broker: alpaca, account_no: a, mode: paper, currency: USD")
    loaded = changed(tmp_path, account)
    assert "2,000 USD, 4% of 50,000 USD of capital." in part(loaded, "exposure").text
    assert part(loaded, "day").figures["limit"] == "1500 USD"


@pytest.mark.parametrize(("worth", "points"), [("20000", 5), ("20001", 5), ("25001", 4), ("100000000", 1), ("0", 5)])
def test_liquidity_is_the_position_beside_a_day_and_full_where_not_known(
    worth: str, points: int, tmp_path: Path
) -> None:
    found = part(changed(tmp_path), "liquidity", SPY=worth, QQQ="900000000")
    assert (found.points, found.is_known) == (points, worth != "0")
    assert part(changed(tmp_path), "liquidity", QQQ="1").text == "What trades of SPY in a day is not known here."


def test_an_account_in_which_nothing_trades_has_none(tmp_path: Path) -> None:
    loaded = changed(tmp_path, ("deployments:\n", "  spare: {broker: sim, cash: 1 USD}\ndeployments:\n"))
    assert [found.account for found in scores(loaded, {})] == ["main"]
