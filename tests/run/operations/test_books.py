"""Steps that read the journal or write files: what they find is what the journal holds."""

import csv
import tarfile
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import pytest

from openbell.report.digest import SECTIONS
from openbell.run.logbook import FOLDER
from openbell.run.operations import books
from openbell.run.operations.books import Job
from openbell.run.operations.outcome import proposals
from openbell.run.periodic import report_of
from tests.checklist.market import Market, clock
from tests.run.operations.summer import DATES, HALF_DAY, outcomes

WEEKLY = ("analyze_weekly_performance", "review_parameter_stability", "check_strategy_health",
          "review_transaction_costs")  # fmt: skip


def job(done: Market, date: str, **fields: str) -> Job:
    return Job(state=done.state, date=date, file=str(done.file), logs=str(done.state / FOLDER), **fields)


def gained(done: Market, first: str, last: str) -> Decimal:
    """Return what fills between two dates of New York earned, from the executions alone; each day ends flat."""
    found = Decimal(0)
    for fill in done.told.fills:
        if first <= clock(fill.ts)[:10] <= last:
            found -= fill.qty * fill.px * fill.side.sign
    return found


# --- the day ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "step", ["review_daily_performance", "generate_daily_report", "backup_trading_logs"],
)  # fmt: skip
def test_each_step_of_the_close_runs_at_its_time_and_its_result_is_stored(done: Market, step: str) -> None:
    found = outcomes(done, step)
    assert [clock(one.ts) for one in found] == [f"{date} {'13' if date == HALF_DAY else '16'}:00" for date in DATES]
    assert all(one.level == "ok" and one.details for one in found)


@pytest.mark.parametrize("step", ["reconcile_positions", "update_performance_tracking", "prepare_next_day_config"])
def test_each_step_behind_the_close_runs_at_its_time_and_its_result_is_stored(done: Market, step: str) -> None:
    found = outcomes(done, step)
    assert [clock(one.ts) for one in found] == [f"{date} 17:00" for date in DATES]
    assert {one.level for one in found} == {"ok"}


def test_the_review_of_a_day_is_what_the_journal_holds(done: Market) -> None:
    one = next(one for one in outcomes(done, "review_daily_performance") if one.date == DATES[0])
    (row,) = one.details["daily_pnl_summary"]
    assert Decimal(row["result"]) == gained(done, DATES[0], DATES[0]) > 0
    assert one.told == f"main {row['result']} USD, fees 0"


def test_the_report_of_a_day_is_a_file_with_all_sections(done: Market) -> None:
    for one in outcomes(done, "generate_daily_report"):
        file = Path(one.details["file"])
        assert file.name == f"daily-{one.date}.html"
        text = file.read_text(encoding="utf-8")
        for title in ("Daily P&amp;L summary", "Position summary", "Risk metrics", "Trade log", "System health"):
            assert text.count(f"<h2>{title}</h2>") >= 1, title
        assert one.details["sections"] == list(SECTIONS["day"])


def test_a_report_that_lacks_a_section_fails(done: Market, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    poor = tmp_path / "poor.html"
    poor.write_text("<h2>Trade log</h2>", encoding="utf-8")
    monkeypatch.setattr(books, "write", lambda _state, _digest: poor)
    found = books.done("generate_daily_report", job(done, DATES[0]))
    assert found.level == "fail" and "Daily P&L summary" in found.told and "Trade log" not in found.told


def test_the_logs_of_a_day_are_an_archive_with_its_checksum(done: Market) -> None:
    for one in outcomes(done, "backup_trading_logs"):
        file = Path(one.details["file"])
        digest = sha256(file.read_bytes()).hexdigest()
        assert one.details["sha256"] == digest
        assert file.with_name(file.name + ".sha256").read_text(encoding="ascii") == f"{digest}  {file.name}\n"
        with tarfile.open(file) as archive:
            assert {"TradingSystem_main.log", "trades.log"} <= set(archive.getnames())
            main = archive.extractfile("TradingSystem_main.log")
            assert main is not None and b"Operations" in main.read()


def test_without_logs_there_is_no_archive(done: Market, tmp_path: Path) -> None:
    found = books.done("backup_trading_logs", Job(state=tmp_path, date=DATES[0], logs=str(tmp_path / "none")))
    assert found.level == "fail" and "there are no log files" in found.told


def test_the_table_of_days_has_a_row_for_each_and_its_results_are_the_journals(done: Market) -> None:
    file = Path(outcomes(done, "update_performance_tracking")[-1].details["file"])
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [row["date"] for row in rows] == list(DATES)
    assert (
        sum((Decimal(row["result"]) for row in rows), Decimal(0))
        == done.told.book.truth.accounts["main"].equity - 100_000
    )
    assert all(Decimal(row["start"]) + Decimal(row["result"]) == Decimal(row["end"]) for row in rows)
    # It grew by a row a day.
    assert [one.told.split()[0] for one in outcomes(done, "update_performance_tracking")] == list("1234567")


def test_the_next_days_file_is_kept_as_a_version_with_its_difference(done: Market, tmp_path: Path) -> None:
    first, *others = outcomes(done, "prepare_next_day_config")
    assert first.told == "version 1, the first"
    assert {one.told for one in others} == {"version 1, unchanged"}
    kept = Path(first.details["file"])
    assert kept.name == f"0001-{DATES[0]}.yaml"
    assert kept.read_text(encoding="utf-8") == done.file.read_text(encoding="utf-8")
    copy = tmp_path / "c.yaml"
    (tmp_path / "wishes.py").write_bytes((done.folder / "wishes.py").read_bytes())
    copy.write_text(done.file.read_text(encoding="utf-8"), encoding="utf-8")
    state = tmp_path / "s"
    state.mkdir()
    mine = Job(state=state, date="2024-07-09", file=str(copy))
    assert books.prepare_next_day_config(mine).told == "version 1, the first"
    copy.write_text(copy.read_text(encoding="utf-8").replace("per_position: 10%", "per_position: 5%"), encoding="utf-8")
    found = books.prepare_next_day_config(mine)
    assert found.told == "version 2: 2 lines changed"
    changed = [line.strip() for line in found.details["difference"] if line[:1] in "+-" and "per_position" in line]
    assert changed == [
        "-    budget: {capital: 100000 USD, per_position: 10%}", "+    budget: {capital: 100000 USD, per_position: 5%}"
    ]  # fmt: skip
    copy.write_text(copy.read_text(encoding="utf-8").replace("bars: 30m", "bars: 30x"), encoding="utf-8")
    wrong = books.prepare_next_day_config(mine)
    assert wrong.level == "fail" and "cannot be run tomorrow" in wrong.told and "30x" in wrong.told


def test_a_secret_is_masked_in_a_version(tmp_path: Path, done: Market) -> None:
    (tmp_path / "wishes.py").write_bytes((done.folder / "wishes.py").read_bytes())
    text = done.file.read_text(encoding="utf-8") + "alerts: [{url: 'tgram://a-secret-token/123'}]\n"
    (tmp_path / "c.yaml").write_text(text, encoding="utf-8")
    books.prepare_next_day_config(Job(state=tmp_path, date="2024-07-09", file=str(tmp_path / "c.yaml")))
    kept = (tmp_path / "configs" / "0001-2024-07-09.yaml").read_text(encoding="utf-8")
    assert "a-secret-token" not in kept and "title: Checklist" in kept


# --- first signals ----------------------------------------------------------------------------------------------


def test_first_signals_are_those_of_a_replay_on_every_day(done: Market) -> None:
    found = outcomes(done, "validate_first_signals")
    assert [(one.date, one.level) for one in found] == [(date, "ok") for date in DATES]
    assert found[0].details["records"] < found[-1].details["records"]


def test_a_first_signal_that_differs_from_the_replayed_one_is_flagged(done: Market) -> None:
    strategy = done.folder / "wishes.py"
    mine = strategy.read_text(encoding="utf-8")
    # The run decided with the file as it was; its replay decides with the file as it is now.
    strategy.write_text(mine.replace("if wish == 3:", "if wish == 33:"), encoding="utf-8")
    try:
        found = books.done("validate_first_signals", job(done, DATES[0]))
    finally:
        strategy.write_text(mine, encoding="utf-8")
    first = next(
        entry.seq for entry in done.told.entries if any(code.signal == 12 for code in entry.effects if hasattr(code, "signal"))
    )  # fmt: skip
    assert found.level == "fail"
    assert found.details["seq"] == first
    assert found.told.startswith(f"record {first} would be another one now: ")


# --- the week and the month -------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [*WEEKLY, "update_risk_limits"])
def test_each_step_of_the_week_runs_at_its_time_and_its_result_is_stored(done: Market, step: str) -> None:
    found = outcomes(done, step)
    assert [clock(one.ts) for one in found] == ["2024-06-30 10:00", "2024-07-07 10:00"]
    assert all(one.level in ("ok", "warn") and one.details for one in found)


def test_the_weeks_performance_and_costs_are_the_journals(done: Market) -> None:
    _, second = outcomes(done, "analyze_weekly_performance")
    rows = second.details["weekly_performance_analysis"]
    assert [row["date"] for row in rows] == [*DATES[2:6], "all"]
    days = report_of(done.state, "week", "2024-07-07").days("main")
    assert Decimal(rows[-1]["result"]) == days[-1].equity - days[0].start
    assert Path(second.details["file"]).is_file()
    costs = outcomes(done, "review_transaction_costs")[1].details["transaction_cost_analysis"]
    fills = [fill for fill in done.told.fills if DATES[2] <= clock(fill.ts)[:10] <= DATES[5]]
    assert Decimal(costs[-1]["traded"]) == sum((fill.qty * fill.px for fill in fills), Decimal(0))


def test_stability_and_health_tell_every_strategy(done: Market) -> None:
    (stable,) = [row for row in outcomes(done, "review_parameter_stability")[1].details["parameter_stability"]
                 if row.get("strategy")]  # fmt: skip
    (health,) = outcomes(done, "check_strategy_health")[1].details["strategies"]
    assert stable["strategy"] == health["strategy"] == "alpha"
    halves = Decimal(stable["result_first_half"]) + Decimal(stable["result_second_half"])
    assert halves == Decimal(health["result"])
    # On Sunday the gate is shut until the next opening, by an account's pause, and the strategy itself may trade.
    assert health["state"] == "may trade"


def test_limits_are_only_proposed_and_wait_for_a_person(done: Market) -> None:
    few, enough = outcomes(done, "update_risk_limits")
    assert few.told == "2 days are too few to review limits by; 5 are needed"
    assert enough.details == {"now": "2.00%", "worst_day": 0.0, "days": 6, "proposal": "daily_loss-2024-07-07",
                              "wanted": "0.50%"}  # fmt: skip
    (waiting,) = proposals(done.state)
    assert (waiting.rule, waiting.now, waiting.wanted, waiting.approved) == ("daily_loss", "2.00%", "0.50%", "")
    # Nothing has changed by it: neither the file nor the limits in force.
    assert done.told.book.truth.limits is None and "0.5%" not in done.file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("limit", "told"),
    [("", "there is no rule on daily losses"), ("0.0001", "daily_loss stays at 0.01%: the worst of 7 days lost 0.00%")],
)
def test_nothing_is_proposed_without_a_rule_or_where_it_is_tight_already(done: Market, limit: str, told: str) -> None:
    assert books.update_risk_limits(job(done, "2024-07-14", limit=limit)).told.startswith(told)
    assert [one.id for one in proposals(done.state)] == ["daily_loss-2024-07-07"]


def test_the_review_of_a_month_tells_what_its_figures_suggest(done: Market) -> None:
    (one,) = outcomes(done, "parameter_review")
    assert one.told == "alpha: too few trades to judge its options by: leave them"
    assert Path(one.details["file"]).name == "monthly-2024-06-01.html"


def test_what_keeps_a_step_from_being_done_is_a_finding(tmp_path: Path) -> None:
    found = books.done("review_daily_performance", Job(state=tmp_path, date="2024-01-02"))
    assert found.level == "fail" and "Unlike" in found.told
