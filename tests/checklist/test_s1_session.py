"""S1, a session without a file: words of the command line, banner, blocks, plans, questions, limits."""

import io
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from openbell.cli.run import run
from openbell.cli.shell.failure import Wrong
from openbell.cli.shell.session import Flags, brief_of
from openbell.config.brief import TICKERS, Brief, as_yaml, document_of
from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.core.types import NS
from openbell.edges.logs.book import MAIN
from openbell.report.figures import code_label
from openbell.run.logbook import FOLDER
from tests.checklist.market import Told
from tests.cli.process import Said

Caller = Callable[..., Said]
ACCOUNT = ("--account", "12345678")
BANNER = """\
================================================================================
LIVE TRADING ENGINE STARTED
================================================================================
Mode: DRY_RUN
Account: 12345678
Tickers: AAPL, NVDA
Max Daily Trades: 20
Max Position Size: $10,000.00
Kill Switch Threshold: -2.0%
================================================================================
"""
BLOCKS = """
============================================================
Processing AAPL
============================================================
Current price: $273.20
Account value: $100,000.00
Cash: $100,000.00
Positions: 0

Decision: BUY
Conviction: 0.85
Position Size: 5.0%
Reasoning: S012 signal_long: fast 264.231, slow 263.331, momentum 0.00341674, confidence 0.854186, target 1

============================================================
EXECUTION PLAN
============================================================
Action: BUY
Ticker: AAPL
Shares: 18
Price: $273.20
Total Value: $4,917.60
Conviction: 0.85
Mode: DRY_RUN
============================================================

[DRY RUN] Would have executed trade (no actual execution)

============================================================
Processing NVDA
============================================================
"""
JUMP = 29
"""Bar on which the price jumps, so that momentum passes its threshold with conviction 0.85."""


def bars(folder: Path, symbols: str = "AAPL NVDA", count: int = 40, minutes: int = 5, *, falls: bool = False) -> Path:
    """Write bars of one New York session in which the first symbol jumps once, or every symbol rises and falls."""
    lines = ["ts,symbol,open,high,low,close,volume"]
    for n in range(count):
        at = datetime.fromisoformat("2024-01-02 14:30") + timedelta(minutes=minutes * n)
        for i, symbol in enumerate(symbols.split()):
            px = 186.69 if i else 273.20 if n >= JUMP else 262.60
            if falls:
                px = 100.0 + (10 * ((n // JUMP) % 2) if n >= JUMP else 0)
            lines.append(f"{at:%Y-%m-%d %H:%M},{symbol},{px},{px},{px},{px},1000")
    file = folder / "bars.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def session(call: Caller, folder: Path, *words: object, data: Path | None = None) -> Said:
    return call("run", *ACCOUNT, "--state", folder / "s", "--data", data or bars(folder), *words)


def test_a_dry_run_without_a_file_ends_well_with_its_banner(call: Caller, tmp_path: Path) -> None:
    said = call("run", "--mode", "dry_run", *ACCOUNT, "--tickers", "AAPL", "NVDA", "--state", tmp_path / "s")
    assert (said.code, said.out.startswith(BANNER)) == (0, True)
    told = Told(tmp_path / "s" / "journal")
    assert told.orders != [] and told.fills == []
    # The words are a file like any other, and can be checked and run as one.
    assert call("check", tmp_path / "s" / "config.yaml").code == 0


def test_decision_plan_and_notice_are_told_as_documented_and_tickers_in_turn(call: Caller, tmp_path: Path) -> None:
    out = session(call, tmp_path, "--mode", "dry_run", "--tickers", "AAPL", "NVDA").out
    assert out.startswith(BANNER)
    assert BLOCKS in out
    # 5 % of 100,000 at 273.20 are 18.3 shares.
    assert pytest.approx(4_917.60) == 18 * 273.20
    heads = [line.removeprefix("Processing ") for line in out.splitlines() if line.startswith("Processing ")]
    assert heads == ["AAPL", "NVDA"] * 40
    # Figures behind each cycle, the last ones at the end.
    figures = [text.split("Total Decisions: ")[1].split("\n")[0] for text in out.split("SESSION METRICS")[1:]]
    assert figures == [*map(str, range(2, 82, 2))]
    # The reasons that were told are on record with every digit.
    told = Told(tmp_path / "s" / "journal")
    (decision,) = [one for one in told.effects(fx.Decision) if one.signal == Code.SIGNAL_LONG]
    reason = BLOCKS.split("Reasoning: ")[1].split("\n", maxsplit=1)[0]
    names = ("fast", "slow", "momentum", "confidence", "target")
    shown = ", ".join(f"{name} {value:,.6g}" for name, value in zip(names, decision.numbers, strict=True))
    assert reason == f"{code_label(decision.signal)}: {shown}"


def test_a_dry_run_is_what_begins_where_no_mode_is_named(call: Caller, tmp_path: Path) -> None:
    assert "Mode: DRY_RUN" in session(call, tmp_path, "--tickers", "AAPL").out


def test_without_tickers_the_documented_ones_are_traded_and_shown(call: Caller, tmp_path: Path) -> None:
    said = call("run", *ACCOUNT, "--state", tmp_path / "s", "--until", "2024-01-02T15:00Z")
    assert "Tickers: AAPL, NVDA, MSFT, GOOGL, AMZN\n" in said.out
    told = Told(tmp_path / "s" / "journal")
    assert {bar.instrument for bar in told.events(ev.Bar)} == {"AAPL", "NVDA", "MSFT", "GOOGL", "AMZN"}
    assert all(told.decided(symbol) for symbol in TICKERS)
    help_text = " ".join(call("run", "--help").out.split())
    assert f"Stocks; default {' '.join(TICKERS)}." in help_text


def test_named_tickers_are_exactly_those_of_the_banner(call: Caller, tmp_path: Path) -> None:
    data = bars(tmp_path, "AAPL NVDA TSLA")
    for words in (("AAPL", "NVDA", "TSLA"), ("AAPL,NVDA,TSLA",)):
        out = call("run", *ACCOUNT, "--tickers", *words, "--data", data).out
        assert "Tickers: AAPL, NVDA, TSLA\n" in out


def test_the_advanced_command_line_means_what_it_says(call: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[Flags] = []

    def catch(flags: Flags) -> None:
        found.append(flags)
        raise Wrong("seen enough")

    monkeypatch.setattr("openbell.cli.shell.session.brief_of", catch)
    line = """run --mode paper --account 12345678 --tickers AAPL NVDA MSFT GOOGL TSLA AMZN META --interval 300
        --max-positions 10 --max-position-size 10000 --max-daily-trades 20 --log-level INFO"""
    call(*line.split())
    (flags,) = found
    brief = brief_of(flags)
    assert (brief.mode, brief.account, brief.interval_s, flags.log_level) == ("paper", "12345678", 300, "INFO")
    assert brief.tickers == ("AAPL", "NVDA", "MSFT", "GOOGL", "TSLA", "AMZN", "META")
    assert (brief.max_positions, brief.max_position_size, brief.max_daily_trades) == (10, 10_000, 20)
    assert (str(brief.max_daily_loss), brief.asks) == ("0.02", False)
    # Those figures are the defaults as well: others are taken as they are named.
    line = """run --mode sim --account 87654321 --tickers TSLA --interval 60 --max-positions 3
        --max-position-size 2500.5 --max-daily-trades 7 --log-level ERROR"""
    call(*line.split())
    other = brief_of(found[1])
    assert (other.mode, other.account, other.interval_s, found[1].log_level) == ("sim", "87654321", 60, "ERROR")
    assert (other.tickers, other.max_positions) == (("TSLA",), 3)
    assert (str(other.max_position_size), other.max_daily_trades) == ("2500.5", 7)
    call("run", *ACCOUNT)
    plain = brief_of(found[2])
    assert (plain.mode, plain.interval_s, plain.max_positions, plain.max_daily_trades) == ("dry_run", 300, 10, 20)
    assert plain.max_position_size == 10_000


@pytest.mark.parametrize(
    ("flag", "value", "bought"),
    [
        # All three rise on the same bar; five percent of 100,000 at 110 are 45 shares.
        ("--max-positions", 1, [45]), ("--max-positions", 2, [45, 45]),
        ("--max-daily-trades", 1, [45]), ("--max-daily-trades", 2, [45, 45]),
        ("--max-position-size", 1_100, [10, 10, 10]), ("--max-position-size", 1_099, [9, 9, 9]),
    ],
)  # fmt: skip
def test_a_limit_named_on_the_command_line_is_the_one_that_binds(
    call: Caller, tmp_path: Path, flag: str, value: int, bought: list[int]
) -> None:
    names = ("AAPL", "NVDA", "MSFT")
    data = bars(tmp_path, " ".join(names), falls=True)
    session(call, tmp_path, "--mode", "sim", "--tickers", *names, flag, value, data=data)
    told = Told(tmp_path / "s" / "journal")
    assert [order.qty for order in told.entered] == bought


@pytest.mark.parametrize("number", ["1234567", "123456789", "1234567a", "abcdefgh", ""])
def test_an_account_that_is_not_eight_digits_is_refused(call: Caller, number: str) -> None:
    said = call("run", "--account", number)
    assert (said.code, "--account" in said.err, "8 digits" in said.err) == (2, True, True)


def test_the_account_of_the_environment_is_used_where_none_is_named(
    call: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIS_ACCOUNT_NUMBER", "87654321")
    out = call("run", "--tickers", "AAPL", "--data", bars(tmp_path)).out
    assert "Account: 87654321\n" in out
    assert "Account: 12345678\n" in session(call, tmp_path, "--tickers", "AAPL").out
    monkeypatch.setenv("KIS_ACCOUNT_NUMBER", "8765")
    said = call("run", "--tickers", "AAPL")
    assert (said.code, "$KIS_ACCOUNT_NUMBER: '8765'" in said.err) == (2, True)


def test_the_account_may_stand_in_the_dotenv_behind_the_process(
    call: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("KIS_ACCOUNT_NUMBER", raising=False)
    words, file = ("--tickers", "AAPL", "--data", bars(tmp_path)), tmp_path / ".env"
    assert "neither a FILE nor an account" in call("run", *words).err
    # As printed in the document.
    file.write_text("# KIS API\nKIS_ACCOUNT_NUMBER=12345678\nKIS_PRODUCT_CODE=01\n", encoding="utf-8")
    assert "Account: 12345678\n" in call("run", *words).out
    assert "Account: 11112222\n" in call("run", "--account", "11112222", *words).out
    monkeypatch.setenv("KIS_ACCOUNT_NUMBER", "87654321")
    assert "Account: 87654321\n" in call("run", *words).out
    monkeypatch.delenv("KIS_ACCOUNT_NUMBER")
    for text, told in (
        ("KIS_ACCOUNT_NUMBER=123\n", ".env:1 KIS_ACCOUNT_NUMBER: '123'"),
        ("?\n", ".env:1: is not NAME"),
    ):
        file.write_text(text, encoding="utf-8")
        said = call("run", *words)
        assert (said.code, told in said.err) == (2, True), said.err


def test_the_interval_is_300_seconds_and_nothing_below_one(call: Caller, tmp_path: Path) -> None:
    assert call("run", *ACCOUNT, "--state", tmp_path / "s", "--until", "2024-01-02T15:00Z").code == 0
    assert {bar.interval for bar in Told(tmp_path / "s" / "journal").events(ev.Bar)} == {300 * NS}
    for text in ("0", "-5", "soon"):
        said = call("run", *ACCOUNT, "--interval", text)
        assert (said.code, "--interval" in said.err) == (2, True)


def test_a_symbol_without_data_is_reported_before_anything_starts(call: Caller, tmp_path: Path) -> None:
    said = session(call, tmp_path, "--tickers", "AAPL", "XYZQ")
    assert (said.code, "XYZQ" in said.err, "LIVE TRADING ENGINE STARTED" in said.out) == (2, True, False)
    assert not (tmp_path / "s" / "journal").exists()


def test_real_money_is_refused_before_any_order(call: Caller, tmp_path: Path) -> None:
    for mode in ("paper", "live"):
        said = session(call, tmp_path, "--mode", mode)
        assert (said.code, "broker" in said.err) == (3, True)
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize(("answers", "orders"), [("yes\n", 1), ("no\n", 0), ("", 0), ("YES please\n", 0)])
def test_only_yes_sends_the_order_and_the_figures_add_up(
    call: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answers: str, orders: int
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(answers))
    out = session(call, tmp_path, "--mode", "sim", "--tickers", "AAPL", "NVDA", "--confirm").out
    assert "Conviction: 0.85\nMode: SIM\n" + "=" * 60 + "\n\nExecute this trade? (yes/no): " in out
    assert out.count("EXECUTION PLAN") == 1
    told = Told(tmp_path / "s" / "journal")
    assert (len(told.orders), len(told.fills)) == (orders, orders)
    assert [effect.advisor for effect in told.effects(fx.Ask)] == ["person"]
    last = out.split("SESSION METRICS")[-1]
    assert f"\nTotal Executions: {orders}\n  BUY: {orders}\n" in last
    assert f"\nRejected: {1 - orders}\n" in last
    if orders:
        assert "\nOK: Order executed - SUBMITTED\n" in out
        assert "Executed: BUY 18 AAPL @ $273.20 = $4,917.60" in out


def test_without_prompts_every_entry_is_sent_with_a_warning(call: Caller, tmp_path: Path) -> None:
    said = session(call, tmp_path, "--mode", "sim", "--tickers", "AAPL", "--no-confirm")
    assert "WARNING: confirmation prompts are disabled" in said.err
    assert ("Execute this trade?" in said.out, len(Told(tmp_path / "s" / "journal").fills)) == (False, 1)


def test_a_simulated_or_dry_session_never_waits_for_an_answer(call: Caller, tmp_path: Path) -> None:
    for mode in ("sim", "dry_run"):
        out = call("run", *ACCOUNT, "--mode", mode, "--tickers", "AAPL", "--data", bars(tmp_path)).out
        assert ("Execute this trade?" in out, out.count("EXECUTION PLAN")) == (False, 1)


def test_a_position_is_cut_at_its_size_with_a_warning_that_tells_both(call: Caller, tmp_path: Path) -> None:
    said = session(call, tmp_path, "--mode", "sim", "--tickers", "AAPL", "--max-position-size", "1000")
    told = Told(tmp_path / "s" / "journal")
    (order,) = told.entered
    assert order.qty == 3
    assert "WARNING: main AAPL: 18 would be worth more than 1000; capped to 3" in said.out


def test_five_percent_of_a_million_is_cut_at_ten_thousand(call: Caller, tmp_path: Path) -> None:
    file = tmp_path / "c.yaml"
    words = Brief(account="12345678", mode="sim", tickers=("AAPL",), cash=Decimal(1_000_000))
    file.write_text(as_yaml(document_of(words)), encoding="utf-8")
    said = call("run", file, "--data", bars(tmp_path), "--state", tmp_path / "s", "--log-level", "WARNING")
    (order,) = Told(tmp_path / "s" / "journal").entered
    # Suggested were 50,000 USD: 183 shares at 273.20.
    assert (order.qty, order.qty * Decimal("273.20") <= 10_000) == (36, True)
    assert "WARNING: main AAPL: 183 would be worth more than 10000; capped to 36\n" in said.out


@pytest.mark.parametrize("tried", [19, 20, 21])
def test_the_21st_trade_of_a_day_is_refused_in_the_documented_words(call: Caller, tmp_path: Path, tried: int) -> None:
    tickers = [f"T{chr(65 + n)}" for n in range(tried)]
    data = bars(tmp_path, " ".join(tickers), falls=True)
    words = ("--mode", "sim", "--max-positions", "30", "--max-position-size", "1000")
    said = session(call, tmp_path, *words, "--tickers", *tickers, data=data)
    assert len(Told(tmp_path / "s" / "journal").entered) == min(tried, 20)
    is_refused = tried == 21
    assert ("\nWARNING: Daily trade limit reached (20) - skipping execution\n" in said.out) == is_refused
    last = said.out.split("SESSION METRICS")[-1]
    assert (f"\nRejected: {int(is_refused)}\n" in last, f"Daily Trades: {min(tried, 20)}/20" in last) == (True, True)


def test_a_ticker_without_a_price_is_skipped_aloud_and_the_cycle_goes_on(call: Caller, tmp_path: Path) -> None:
    data = bars(tmp_path)
    lines = data.read_text(encoding="utf-8").splitlines()
    lines[5] = lines[5].split(",")[0] + ",AAPL,,,,,0"
    data.write_text("\n".join(lines) + "\n", encoding="utf-8")
    out = session(call, tmp_path, "--tickers", "AAPL", "NVDA", data=data).out
    heads = [line for line in out.splitlines() if line.startswith(("Processing ", "WARNING: "))]
    assert heads[3:6] == ["Processing NVDA", "WARNING: No price data for AAPL - skipping", "Processing NVDA"]
    assert (out.count("Processing AAPL"), out.count("Processing NVDA")) == (39, 40)


def test_levels_say_less_and_less(call: Caller, tmp_path: Path) -> None:
    data = bars(tmp_path, "AAPL NVDA MSFT", falls=True)
    words = ("--mode", "sim", "--tickers", "AAPL", "NVDA", "MSFT", "--max-daily-trades", "2", "--data", data)
    found = [call("run", *ACCOUNT, *words, "--log-level", level).out for level in ("DEBUG", "INFO", "WARNING", "ERROR")]
    assert ["Processing AAPL" in out for out in found] == [True, True, False, False]
    assert ["WARNING: Daily trade" in out for out in found] == [True, True, True, False]
    said = call("run", *ACCOUNT, "--log-level", "LOUD")
    assert (said.code, "DEBUG, INFO, WARNING, ERROR" in said.err) == (2, True)


def test_words_of_a_run_without_a_file_do_not_stand_beside_one(call: Caller, tmp_path: Path) -> None:
    file = tmp_path / "c.yaml"
    file.write_text("mode: sim\n", encoding="utf-8")
    said = call("run", file, "--max-positions", "3")
    assert (said.code, "--max-positions" in said.err) == (2, True)
    said = call("run")
    assert (said.code, "--account" in said.err) == (2, True)


def test_a_state_goes_on_with_the_same_words_only(call: Caller, tmp_path: Path) -> None:
    assert session(call, tmp_path, "--tickers", "AAPL", "--until", "2024-01-02T16:00Z").code == 0
    assert session(call, tmp_path, "--tickers", "AAPL").code == 0
    said = session(call, tmp_path, "--tickers", "AAPL", "--max-positions", "3")
    assert (said.code, "other words" in said.err) == (2, True)


def test_the_verb_shows_its_groups_of_options_one_by_one() -> None:
    import inspect

    names = inspect.signature(run).parameters
    assert {"account", "tickers", "file", "mode"} <= set(names) and "flags" not in names


@pytest.mark.parametrize(
    ("level", "wanted"),
    [
        ("DEBUG", {"debug", "info", "warning"}),
        ("INFO", {"info", "warning"}),
        ("WARNING", {"warning"}),
        ("ERROR", set()),
    ],
)
def test_the_level_holds_for_the_files_too(call: Caller, tmp_path: Path, level: str, wanted: set[str]) -> None:
    pytest.importorskip("structlog")
    # The third entry of the day is refused, which is a warning.
    data = bars(tmp_path, "AAPL NVDA MSFT", falls=True)
    words = ("--mode", "sim", "--tickers", "AAPL", "NVDA", "MSFT", "--max-daily-trades", "2")
    assert session(call, tmp_path, *words, "--log-level", level, data=data).code == 0
    text = (tmp_path / "s" / FOLDER / MAIN).read_text(encoding="utf-8")
    found = {json.loads(line)["log.level"] for line in text.splitlines()}
    assert found == wanted
