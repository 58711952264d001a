"""The plan in words and as data."""

import json
from pathlib import Path

import pytest

from openbell.config.ladder import KillTerms, in_words
from openbell.config.load import settled
from openbell.config.plan import Facts, plan, rules_in_brief
from openbell.config.score import as_rows, scores
from tests.config.fake import GOOD, read, swap

RULES = "rules:\n  - {kind: daily_loss, limit: 3%}\n"
EXITS = "    exits: {stop_loss: 2%, take_profit: 5%}\n"


def worst(folder: Path, *changes: tuple[str, str]) -> str:
    lines = plan(read(folder, swap(*changes))).lines
    return next(line for line in lines if line.startswith("Worst loss")).partition("account main: ")[2]


def test_whole_plan(tmp_path: Path) -> None:
    facts = Facts(source="a seeded market, seed 7", is_synthetic=True, bars_per_day={"cross": 390})
    loaded = read(
        tmp_path, swap(("mode: sim", "title: First\nspeed: 60x"), ("  - {kind: d", "  - {kill: off}\n  - {kind: d"))
    )
    loaded = settled(loaded, {"max_position": "it lacks equity", "daily_loss": "it lacks a day"})
    made = plan(loaded, facts)
    assert made.text().splitlines() == [
        "Plan of First",
        "Mode sim. Orders go to the embedded simulated exchange; no real money.",
        "SYNTHETIC market data (invented prices): a seeded market, seed 7, taken at 60x the clock.",
        "Account main: broker sim, cash 100,000 USD, leverage 1.",
        (
            "Deployment cross: ema_cross (fast 12, slow 26) on SPY, QQQ, bars of 1m, long only, account main, "
            "entries by market orders, gtc."
        ),
        "  Capital 50,000 USD; a full position is 1,000 USD (2% of capital); at most 2 at once (3 allowed).",
        "  Exits: stop loss at 2%, take profit at 5%.",
        "Rule daily_loss (limit 3%): in force, although it lacks a day.",
        "OFF, switched off by the file: kill.",
        "OFF, it lacks equity: max_position.",
        in_words(KillTerms())["line"],
        (
            "Worst loss a day, account main: about 3,000 USD = daily_loss 3% x 100,000 USD of equity; "
            "gaps and slippage can add to it."
        ),
        *(line for one in scores(loaded, {}) for line in one.lines()),
        "Disk: about 172 kB a day (780 bars x 220 bytes), orders and fills on top.",
        "Alerts: sent by a process beside the run to webhook (webhook, warning and above).",
    ]
    assert rules_in_brief(loaded) == [
        "rules in force: daily_loss",
        "daily_loss is in force, although it lacks a day",
        "OFF, switched off by the file: kill.",
        "OFF, it lacks equity: max_position.",
    ]
    assert json.loads(json.dumps(made.data)) == made.data
    assert made.data["worst_loss_a_day"] == [
        {"account": "main", "loss": "3000 USD", "formula": "daily_loss 3% x 100,000 USD of equity"}
    ]
    assert made.data["disk_bytes_a_day"] == 780 * 220
    assert made.data["risk"] == as_rows(scores(loaded, {}))
    assert made.risk == {line for one in scores(loaded, {}) for line in one.lines()} <= set(made.lines)


def test_what_is_off_for_one_reason_is_one_line_in_brief(tmp_path: Path) -> None:
    text = swap(("  - {kind: d", "  - {kill: off}\n  - {max_position: off}\n  - {kind: d"))
    assert rules_in_brief(read(tmp_path, text)) == [
        "rules in force: daily_loss",
        "OFF, switched off by the file: kill, max_position.",
    ]


@pytest.mark.parametrize(
    ("mode", "words"),
    [("dry_run", "sent nowhere"), ("paper", "paper account; no real money"), ("live", "move REAL MONEY")],
)
def test_modes_in_words(mode: str, words: str, tmp_path: Path) -> None:
    text = swap(
        ("mode: sim", f"mode: {mode}"), ("broker: sim, cash", f"broker: alpaca, account_no: a, mode: {mode}, cash")
    )
    assert words in plan(read(tmp_path, text)).lines[0]


def test_an_account_of_another_mode_says_so(tmp_path: Path) -> None:
    text = swap(("broker: sim, cash", "broker: alpaca, account_no: a, mode: live, netting: true, cash"))
    line = plan(read(tmp_path, text)).lines[2]
    assert line.endswith("opposite deployments allowed. Its mode is live: Orders go to the broker and move REAL MONEY.")


def test_worst_loss_by_stops_where_no_daily_limit_is_in_force(tmp_path: Path) -> None:
    assert worst(tmp_path, (RULES, "")) == (
        "about 40 USD = 2 positions x 1,000 USD x 2% stop; each stopped once; "
        "entering again, gaps and slippage add to it."
    )


def test_worst_loss_by_an_amount_and_by_the_tightest(tmp_path: Path) -> None:
    two = (RULES, RULES + "  - {kind: daily_loss, limit: 900 USD}\n")
    assert worst(tmp_path, two).startswith("about 900 USD = daily_loss 900 USD;")


def test_worst_loss_by_risk(tmp_path: Path) -> None:
    changes = [(RULES, ""), (EXITS, EXITS + "    size: {risk: 1%}\n")]
    assert worst(tmp_path, *changes).startswith("about 1,000 USD = 2 positions x 500 USD at risk; each stopped once")
    line = plan(read(tmp_path, swap(*changes))).lines[4]
    assert "a full position is what loses 500 USD at the stop (1% of capital, 25,000 USD)" in line


@pytest.mark.parametrize("exits", ["", "    exits: {stop_atr: 2}\n", EXITS + "    size: {quantity: 10}\n"])
def test_worst_loss_is_not_bounded(exits: str, tmp_path: Path) -> None:
    assert worst(tmp_path, (RULES, ""), (EXITS, exits)).startswith("NOT BOUNDED, no daily loss limit in force")


def test_nothing_trades_in_a_spare_account(tmp_path: Path) -> None:
    loaded = read(tmp_path, swap(("deployments:\n", "  spare: {broker: sim, cash: 1 USD}\ndeployments:\n")))
    made = plan(loaded)
    assert made.data["worst_loss_a_day"][1] == {"account": "spare", "loss": "0", "formula": "nothing trades"}


def test_exits_in_words(tmp_path: Path) -> None:
    exits = "    exits: {stop_atr: 2.5, trailing: 1.50 USD, atr_period: 20}\n"
    assert plan(read(tmp_path, swap((EXITS, exits)))).data["deployments"][0]["exits"] == [
        "stop at 2.5 average true ranges of 20 bars", "trailing stop at 1.5 USD a unit",
    ]  # fmt: skip
    for written, words in (
        ("3%", "trailing stop at 3%"),
        ("{atr: 3}", "trailing stop at 3 average true ranges of 14 bars"),
    ):
        text = swap((EXITS, f"    exits: {{trailing: {written}}}\n"))
        assert plan(read(tmp_path, text)).data["deployments"][0]["exits"] == [words]


def test_sizes_in_words(tmp_path: Path) -> None:
    for written, words in (
        ("{notional: 2500 USD}", "a full position is 2,500 USD;"),
        ("{quantity: 10}", "a full position is 10 units, at whatever they cost;"),
        ("{weight: 10%}", "a full position is 5,000 USD (10% of capital);"),
    ):
        lines = plan(read(tmp_path, swap((EXITS, EXITS + f"    size: {written}\n")))).lines
        assert any(words in line for line in lines), written


def test_disk_of_a_day_of_24_hours_and_no_rules(tmp_path: Path) -> None:
    text = swap((RULES, "rules: {preset: none}\n"), ("bars: 1m", "bars: 1s"))
    lines = plan(read(tmp_path, text)).lines
    assert (
        "Disk: about 38.0 MB a day (172800 bars x 220 bytes, a day of 24 hours assumed), orders and fills on top."
        in lines
    )
    assert "Rules: NONE is in force." in lines
    assert "OFF, switched off by preset: none: kill, max_position." in lines


def test_secrets_are_not_in_the_plan(tmp_path: Path) -> None:
    text = swap(
        ("{kind: ema_cross, fast: 12, slow: 26}", "{kind: model, server: '${HOST}', api_key: literal-key}"),
        ("limit: 3%", "limit: '${LIMIT}'"),
    )
    made = plan(read(tmp_path, text, {"HOST": "host-8888", "LIMIT": "3%", "ALERT_URL": "hook-7777"}))
    shown = made.text() + json.dumps(made.data)
    assert not any(secret in shown for secret in ("host-8888", "literal-key", "hook-7777"))
    assert "model (server ***, api_key ***, limit 5)" in shown
    assert "daily_loss (limit ***)" in shown


def test_plan_of_the_first_file_has_no_warnings(tmp_path: Path) -> None:
    assert plan(read(tmp_path, GOOD)).data["warnings"] == []


def test_the_age_at_which_data_are_stale_is_said(tmp_path: Path) -> None:
    made = plan(read(tmp_path, swap(("    bars: 1m\n", "    bars: 1m\n    max_age: 90s\n"))))
    assert "  Data: entries are refused while bars are older than 90s." in made.text()
    assert made.data["deployments"][0]["max_age"] == "90s"
