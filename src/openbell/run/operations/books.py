"""Steps that read the whole journal, or write files.

Where data come live another process does them. Each takes the state's directory, the date it is due for and what else
it needs, and returns what it found.
"""

import csv
import difflib
import io
import os
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any

import msgspec

from openbell.config.emit import canonical
from openbell.config.explain import ConfigError
from openbell.config.operations import ParameterReview
from openbell.config.variables import MASK, secret_texts
from openbell.core.types import Rounding, div
from openbell.edges.journal import JournalDamaged
from openbell.files import write_whole
from openbell.report import returns
from openbell.report.digest import SECTIONS, Digest, health_of_strategies, sections
from openbell.report.figures import exact
from openbell.report.rows import shown
from openbell.run import assemble
from openbell.run import state as states
from openbell.run.money import in_money
from openbell.run.operations.outcome import Finding, Proposal, propose
from openbell.run.parts import PartError
from openbell.run.periodic import NoSession, report_of, write
from openbell.run.reading import fold
from openbell.run.records import Unlike
from openbell.run.replay import replay
from openbell.run.source import SourceError
from openbell.run.study.trial import StudyError

TABLE, CONFIGS, ARCHIVE = "performance.csv", "configs", "archive"
DAYS_FOR_LIMITS = 5
"""Days that a review of limits needs at least."""
ROOM = Decimal("1.5")
"""A daily limit is proposed at so many times the worst day."""
LEAST = Decimal("0.25")
"""No limit is proposed below this part of the present one."""
BPS = Decimal("0.0001")


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What such a step is given.

    Attributes:
        state: Directory of the run. date: Of the session or day, ISO. file: Its configuration, empty for none.
        logs: Folder of its log files. limit: Of the rule on daily losses, a share as text, empty where it has none.
    """

    state: Path
    date: str
    file: str = ""
    logs: str = ""
    limit: str = ""


def _part(job: Job, kind: str, name: str) -> tuple[Digest, list[dict[str, Any]]]:
    digest = report_of(job.state, kind, job.date)
    with in_money():
        return digest, SECTIONS[kind][name](digest)


# --- the day ----------------------------------------------------------------------------------------------------


def review_daily_performance(job: Job) -> Finding:
    """Tell what the day came to, by account."""
    _, rows = _part(job, "day", "daily_pnl_summary")
    told = ", ".join(f"{row['account']} {row['result']} {row['currency']}, fees {row['fees']}" for row in rows)
    return Finding(level="ok", told=told, details={"daily_pnl_summary": rows})


def generate_daily_report(job: Job) -> Finding:
    """Write the report of the day, and look whether the page holds every section."""
    digest = report_of(job.state, "day", job.date)
    file = write(job.state, digest)
    text = file.read_text(encoding="utf-8")
    with in_money():
        titles = [table.label for table in shown(sections(digest))]
    missing = [title for title in titles if escape(title) not in text]
    if missing:
        return Finding(level="fail", told=f"{file} lacks {', '.join(missing)}")
    return Finding(level="ok", told=str(file), details={"file": str(file), "sections": list(SECTIONS["day"])})


def backup_trading_logs(job: Job) -> Finding:
    """Pack the log files into an archive, write its checksum beside it, and read both again."""
    import tarfile

    source = Path(job.logs)
    files = sorted(file for file in source.rglob("*") if file.is_file()) if source.is_dir() else []
    if not files:
        return Finding(level="fail", told=f"there are no log files in {source}")
    folder = job.state / ARCHIVE
    folder.mkdir(exist_ok=True)
    target = folder / f"logs-{job.date}.tar.gz"
    draft = target.with_suffix(".part")
    with tarfile.open(draft, "w:gz") as archive:
        for file in files:
            archive.add(file, arcname=str(file.relative_to(source)))
    draft.replace(target)
    digest = sha256(target.read_bytes()).hexdigest()
    target.with_name(f"{target.name}.sha256").write_text(f"{digest}  {target.name}\n", encoding="ascii")
    with tarfile.open(target) as archive:
        packed = archive.getnames()
    if len(packed) != len(files):
        return Finding(level="fail", told=f"{target} holds {len(packed)} of {len(files)} files")
    details = {"file": str(target), "sha256": digest, "files": packed}
    return Finding(level="ok", told=f"{len(files)} files in {target.name}, sha256 {digest[:12]}", details=details)


def update_performance_tracking(job: Job) -> Finding:
    """Write the table of all trading days so far: equity, result and return of each account."""
    book, recorder = fold(states.journal(job.state))
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(("date", "account", "start", "end", "deposits", "result", "return"))
    count, last = 0, dict[str, Any]()
    with in_money():
        for name in book.spec.accounts:
            days = recorder.days(name)
            for day, change in zip(days, returns.daily(days), strict=True):
                result = exact(day.equity - day.start - day.flows)
                fields = (exact(day.start), exact(day.equity), exact(day.flows), result, round(change, 6))
                table.writerow((day.date, name, *fields))
                last[name] = {"date": day.date, "result": result, "end": exact(day.equity)}
                count += 1
    folder = job.state / "reports"
    folder.mkdir(exist_ok=True)
    file = folder / TABLE
    write_whole(file, out.getvalue().encode())
    return Finding(level="ok", told=f"{count} days in {file}", details={"file": str(file), "latest": last})


def prepare_next_day_config(job: Job) -> Finding:
    """Keep the next day's configuration as a version, with what differs from the last.

    Secrets are masked. One that has errors fails.
    """
    if not job.file:
        return Finding(level="warn", told="this run was begun without a file")
    try:
        loaded, _ = assemble.read(Path(job.file), os.environ)
        text = Path(job.file).read_text(encoding="utf-8")
    except (ConfigError, PartError, OSError) as error:
        problems = getattr(error, "problems", ())
        why = "; ".join(problem.text() for problem in problems if not problem.is_warning) or str(error)
        return Finding(level="fail", told=f"{job.file} cannot be run tomorrow: {why}")
    for secret in secret_texts(loaded.tree):
        text = text.replace(secret, MASK)
    folder = job.state / CONFIGS
    folder.mkdir(exist_ok=True)
    versions = sorted(folder.glob("*.yaml"))
    before = versions[-1].read_text(encoding="utf-8") if versions else ""
    details: dict[str, Any] = {"digest": sha256(canonical(loaded).encode()).hexdigest()}
    if versions and before == text:
        return Finding(level="ok", told=f"version {len(versions)}, unchanged", details=details)
    file = folder / f"{len(versions) + 1:04}-{job.date}.yaml"
    file.write_text(text, encoding="utf-8")
    old = versions[-1].name if versions else "nothing"
    lines = list(difflib.unified_diff(before.splitlines(), text.splitlines(), old, file.name, lineterm="", n=1))
    changed = sum(line[:1] in "+-" and line[:3] not in ("+++", "---") for line in lines)
    told = f"version {len(versions) + 1}" + (f": {changed} lines changed" if versions else ", the first")
    return Finding(level="ok", told=told, details={**details, "file": str(file), "difference": lines})


def validate_first_signals(job: Job) -> Finding:
    """Decide the run anew from its journal; name the first decision that is another."""
    found = replay(job.state, os.environ)
    details = {"records": found.records, "orders_hash": found.orders_hash}
    if found.seq:
        told = f"record {found.seq} would be another one now: {found.difference}"
        return Finding(level="fail", told=told, details={**details, "seq": found.seq})
    return Finding(level="ok", told=f"{found.records:,} records decided anew, all the same", details=details)


# --- the week and the month -------------------------------------------------------------------------------------


def analyze_weekly_performance(job: Job) -> Finding:
    """Tell what the week came to, and write its report."""
    digest, rows = _part(job, "week", "weekly_performance_analysis")
    file = write(job.state, digest)
    told = ", ".join(f"{row['account']} {row['result']}" for row in rows if row["date"] == "all")
    return Finding(level="ok", told=told, details={"weekly_performance_analysis": rows, "file": str(file)})


def review_parameter_stability(job: Job) -> Finding:
    """Tell the options of each strategy, what was changed, and both halves of the week."""
    _, rows = _part(job, "week", "parameter_stability")
    turned = [
        row["strategy"] for row in rows
        if "result_first_half" in row and Decimal(row["result_first_half"]) > 0 > Decimal(row["result_second_half"])
    ]  # fmt: skip
    told = f"worse in the second half than in the first: {', '.join(turned)}" if turned else "no strategy turned"
    return Finding(level="warn" if turned else "ok", told=told, details={"parameter_stability": rows})


def check_strategy_health(job: Job) -> Finding:
    """Tell of each strategy: may it trade, its trades, its fall, how often refused."""
    digest = report_of(job.state, "week", job.date)
    with in_money():
        rows = health_of_strategies(digest)
    ill = [f"{row['strategy']}: {row['state']}" for row in rows if row["state"] != "may trade"]
    told = "; ".join(ill) or f"{len(rows)} strategies may trade"
    return Finding(level="fail" if ill else "ok", told=told, details={"strategies": rows})


def review_transaction_costs(job: Job) -> Finding:
    """Tell what orders cost against the price when they were sent."""
    _, rows = _part(job, "week", "transaction_cost_analysis")
    sums = [row for row in rows if row["order"] == "all"]
    told = ", ".join(
        f"{row['currency']}: fees {row['fees']}, shortfall {row['shortfall']} on {row['traded']}" for row in sums
    )
    return Finding(level="ok", told=told or "nothing was traded", details={"transaction_cost_analysis": rows})


def update_risk_limits(job: Job) -> Finding:
    """Propose a tighter limit on daily losses where every day stayed far inside.

    A person has to approve it.
    """
    book, recorder = fold(states.journal(job.state))
    with in_money():
        changes = [change for name in book.spec.accounts for change in returns.daily(recorder.days(name))]
    if not job.limit:
        return Finding(level="warn", told="there is no rule on daily losses to review: add daily_loss to the rules")
    now, worst = Decimal(job.limit), max([0.0, *(-change for change in changes)])
    days, why = len(changes), f"the worst of {len(changes)} days lost {worst:.2%}"
    details = {"now": f"{now:.2%}", "worst_day": round(worst, 6), "days": days}
    if days < DAYS_FOR_LIMITS:
        told = f"{days} days are too few to review limits by; {DAYS_FOR_LIMITS} are needed"
        return Finding(level="ok", told=told, details=details)
    wanted = div(max(Decimal(f"{worst:.4f}") * ROOM, now * LEAST), Decimal(1), BPS, Rounding.CEIL)
    if wanted >= now:
        return Finding(level="ok", told=f"daily_loss stays at {now:.2%}: {why}", details=details)
    made = Proposal(id=f"daily_loss-{job.date}", rule="daily_loss", now=f"{now:.2%}", wanted=f"{wanted:.2%}", why=why)
    propose(job.state, made)
    told = f"daily_loss {made.now} to {made.wanted} is proposed ({why}): openbell operations --approve {made.id}"
    return Finding(level="ok", told=told, details={**details, "proposal": made.id, "wanted": made.wanted})


def parameter_review(job: Job) -> Finding:
    """Write the report of the month before; tell what it suggests, and of drift.

    Where a condition of the file holds, other values are looked for; a person has to take what is proposed.
    """
    last = date.fromisoformat(job.date).replace(day=1) - timedelta(days=1)
    digest = report_of(job.state, "month", last.isoformat())
    file = write(job.state, digest)
    with in_money():
        rows = sections(digest)["optimization_recommendations"]
    told = "; ".join(f"{row['strategy']}: {row['suggests']}" for row in rows) or "nothing is suggested"
    details: dict[str, Any] = {"optimization_recommendations": rows, "file": str(file)}
    terms = _review_terms(job)
    if terms is None or not terms.triggers:
        return Finding(level="ok", told=told, details=details)
    from openbell.run.study.life import review

    try:
        found, steps = review(job.state, terms)
    except (StudyError, SourceError) as error:
        return Finding(level="warn", told=f"{told}; drift cannot be told: {error}", details=details)
    details |= {"conditions": msgspec.to_builtins(found.conditions), "steps": msgspec.to_builtins(steps)}
    if not found.has_drifted:
        return Finding(level="ok", told=f"{told}; no drift", details=details)
    why = "; ".join(f"{one.text}: {one.why}" for one in found.conditions if one.holds)
    came = f". {steps[-1].step}: {steps[-1].told}" if steps else ""
    return Finding(level="warn", told=f"drift: {why}{came}; openbell drift {job.state} tells more", details=details)


def _review_terms(job: Job) -> ParameterReview | None:
    """Return what the run's file asks of the review now, None where it asks for none."""
    if not job.file:
        return None
    operations = assemble.read(Path(job.file), os.environ)[0].config.operations
    return operations.parameter_review if operations is not None else None


STEPS: Mapping[str, Callable[[Job], Finding]] = {
    step.__name__: step
    for step in (
        review_daily_performance, generate_daily_report, backup_trading_logs, update_performance_tracking,
        prepare_next_day_config, validate_first_signals, analyze_weekly_performance, review_parameter_stability,
        check_strategy_health, update_risk_limits, review_transaction_costs, parameter_review,
    )
}  # fmt: skip
"""By name."""


def done(name: str, job: Job) -> Finding:
    """Do a step; what keeps it from being done is a finding too."""
    try:
        return STEPS[name](job)
    except NoSession as none:
        return Finding(level="ok", told=f"nothing to do: {none}")
    except (OSError, ValueError, PartError, ConfigError, Unlike, JournalDamaged) as error:
        return Finding(level="fail", told=f"{type(error).__name__}: {error}")
