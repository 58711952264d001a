"""The report of a day, a week or a month of a run, from its journal alone."""

import shutil
from pathlib import Path
from typing import Any

import msgspec

from openbell.report.digest import Digest, sections
from openbell.report.figures import utc
from openbell.report.period import Period, bounds
from openbell.report.rows import shown
from openbell.report.study import Page, write_page
from openbell.run import state as states
from openbell.run.money import in_money
from openbell.run.reading import fold
from openbell.run.records import first_event

FOLDER = "reports"
NAMES = {"day": "daily", "week": "weekly", "month": "monthly"}


class NoSession(ValueError):
    """A run had no session within the period that is asked for."""


def report_of(state: Path, kind: str, day: str = "") -> Digest:
    """Return what a report is made of.

    Args:
        state: Of the run; it may go on meanwhile.
        kind: day, week or month.
        day: Any session date within it, ISO; empty for the latest.

    Raises:
        NoSession: There is none. ValueError: `day` is no date.
    """
    journal = states.journal(state)
    genesis = first_event(journal)
    with in_money():
        if not day:
            book, _ = fold(journal)
            day = max(account.session for account in book.truth.accounts.values())
            if not day:
                raise NoSession(f"{state} has not seen a session yet")
        period = Period(*bounds(kind, day))
        book, recorder = fold(journal, keeps_all=True, beside=(period.watch,), ends_before=period.ends_before)
    if not period.windows:
        raise NoSession(f"{state} had no session from {period.first} to {period.last}")
    used = sum(file.stat().st_size for file in journal.iterdir() if file.is_file())
    return Digest(
        kind=kind, period=period, book=book, recorder=recorder, rules=genesis.rules, options=_options(genesis.config),
        disk=(used, shutil.disk_usage(state).free),
    )  # fmt: skip


def _options(config: str) -> dict[str, str]:
    """Return the options of each deployment's strategy as text."""
    found: dict[str, Any] = msgspec.json.decode(config)
    return {
        one["name"]: ", ".join(f"{key} {value}" for key, value in one["strategy"].items() if key != "kind")
        for one in found.get("deployments", ())
        if isinstance(one.get("strategy"), dict)
    }


def write(state: Path, digest: Digest) -> Path:
    """Write the report as one HTML file under `reports` of the state, and return its path.

    Raises:
        OSError: It cannot be written.
    """
    period, name = digest.period, NAMES[digest.kind]
    file = state / FOLDER / f"{name}-{period.first}.html"
    with in_money():
        tables = shown(sections(digest))
    until = f" to {period.last}" if period.first != period.last else ""
    page = Page(
        title=digest.book.truth.title or "openbell",
        study=f"{name.upper()} REPORT",
        is_synthetic=digest.book.truth.is_synthetic,
        about=f"Sessions of {period.first}{until}; last record {utc(period.health.last_ts) or 'none'}",
        tables=tables,
        note="Times are UTC. Money is exact, in the currency named beside it; shares and ratios are fractions of one.",
    )
    write_page(file, page)
    return file
