"""The end of a run: its report, its summary for people, its one object for machines."""

import os
import sys
from pathlib import Path
from typing import Any

import msgspec

from openbell.cli.shell.output import headline_of, say, say_json, say_notes, styled
from openbell.run import state
from openbell.run.results import Result
from openbell.words import counted

LATEST, ALL = 12, 1_000
"""Executions listed at the end of a backtest, whose report has them all, and of a run."""


class End(msgspec.Struct, frozen=True, kw_only=True):
    """How a run is to be told.

    Attributes:
        mode: As shown and printed. runtime_s: Of this process, seconds. as_json: For machines.
        state: Its directory, None for a backtest without one. report: Where the report goes.
        extra: Further figures. max_daily_trades: Entries in a session, None for no limit.
    """

    mode: str
    runtime_s: float
    as_json: bool
    report: Path
    state: Path | None = None
    extra: dict[str, Any] = {}
    max_daily_trades: int | None = None


def report_place(asked: Path | None, folder: Path | None, name: str, now: int) -> Path:
    """Return where a report goes: as asked, into the state, or under home (`now` in ns)."""
    if asked is not None:
        return asked
    if folder is not None:
        return folder / "report.html"
    return state.home(os.environ) / "reports" / f"{name}-{now // 1_000_000_000}.html"


def finish(result: Result, end: End) -> None:
    """Write the report and tell how the run ended."""
    figures = {**result.figures, "mode": end.mode, **end.extra}
    notes = list(result.notes)
    report: Path | None = end.report
    try:
        _write_report(end.report, result, figures)
    except OSError as error:
        report = None
        notes.append(f"the report could not be written: {error}")
    if end.as_json:
        place = {"state": str(end.state) if end.state else None, "report": str(report) if report else None}
        say_json({**figures, **place, "is_complete": result.is_complete, "notes": notes})
        return
    say_notes(notes)
    say(_summary(result, end, figures))
    if end.state is not None:
        say(f"State:  {end.state}")
    if report is not None:
        say(f"Report: {report}")


def _write_report(path: Path, result: Result, figures: dict[str, Any]) -> None:
    from openbell.report.html import write_report

    path.parent.mkdir(parents=True, exist_ok=True)
    write_report(path, result.recorder, result.book, figures, str(figures.get("title") or "openbell"))


def _summary(result: Result, end: End, figures: dict[str, Any]) -> str:
    from openbell.report.metrics import text_positions, text_session_metrics, text_trades

    book = result.book
    parts = [
        "",
        headline_of(book, end.mode, sys.stdout),
        text_session_metrics(book, end.runtime_s, end.max_daily_trades),
        text_trades(result.recorder, LATEST if end.mode == "backtest" else ALL),
        "",
        text_positions(book),
        "",
        *_result_lines(result, figures),
    ]
    parts += alarms(book.truth.latches.values())
    return "\n".join(parts)


def _result_lines(result: Result, figures: dict[str, Any]) -> list[str]:
    from openbell.core.types import NS
    from openbell.report.figures import amount, percent, ratio, utc
    from openbell.report.plausible import idle

    book = result.book
    truth = book.truth
    # A session's end comes a nanosecond after its last bar.
    last = truth.ts - truth.ts % NS
    lines = [f"From {utc(truth.first_ts) or '-'} to {utc(last) or '-'}, {_end_word(result)}."]
    for name, account in truth.accounts.items():
        gained = account.equity - account.equity_start - account.net_flows
        share = percent(ratio(gained, account.equity_start), signed=True)
        change = f"{amount(gained, account.currency, signed=True)} ({share})"
        fall = percent(account.max_drawdown)
        lines.append(f"Account {name}: {amount(account.equity, account.currency)}, {change}; largest fall {fall}.")
    counts = truth.counts
    lines.append(
        f"{counted(counts.bars, 'bar')} ({figures.get('bars_this_process', 0):,} now), "
        f"{counted(counts.orders, 'order')}, {counted(counts.fills, 'fill')}, {counted(counts.trades, 'trade')}, "
        f"{figures.get('events_per_s', 0):,} events/s."
    )
    lines += _counted("Refused", figures.get("rejected_by_reason"))
    lines += [why] if (why := idle(book)) else []
    lines += _counted("Bad data set aside", figures.get("quarantined_by_reason"))
    lines.append(f"Orders hash {str(figures.get('orders_hash', ''))[:16]}…")
    return lines


def _end_word(result: Result) -> str:
    return "the source was read to its end" if result.is_complete else "stopped before the end of the source"


def _counted(name: str, counted: object) -> list[str]:
    if not isinstance(counted, dict) or not counted:
        return []
    return [f"{name}: " + ", ".join(f"{count:,} {reason}" for reason, count in counted.items()) + "."]


def alarms(latches: Any) -> list[str]:
    """Return the gates that are closed, big, with the way to open them."""
    found = [f"  {latch.kind} {latch.scope}: {latch.reason}" for latch in latches]
    if not found:
        return []
    rule = "!" * 62
    head = styled("NO NEW RISK: a gate is closed", "red", sys.stdout)
    return [
        "",
        rule,
        head,
        *found,
        "  open it with: openbell enable --reason TEXT (a pause with: openbell resume --reason TEXT)",
        rule,
    ]
