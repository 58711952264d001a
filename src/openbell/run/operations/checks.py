"""Steps that look at the book as it stands: quick, and part of the run's own process.

Each takes a `Scene` and returns what it found, or None while it has to wait.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from openbell.core.age import is_overdue
from openbell.core.book import Book
from openbell.core.codes import Code, label
from openbell.core.exposure import Draft, book_qty
from openbell.core.protect import is_protected
from openbell.core.risk import Denied, Rule, review
from openbell.core.types import NS, ZERO, OrderType, Side, Status, Tif, as_float
from openbell.report.figures import exact, ratio
from openbell.run.operations.outcome import Finding, take_tick
from openbell.run.operations.timetable import Due
from openbell.run.sensors import Sensors
from openbell.run.web.limits import Bound
from openbell.run.web.limits import rows as limit_rows
from openbell.run.web.rows import positions as position_rows

ACTOR = "operations"
SENSES = ("cpu", "memory", "disk")
FULL = {"memory": 0.9, "disk": 0.9}
"""Use of the machine from which on it is not well. A busy processor is told only: one look at it may be a peak."""
LATE_NS = NS
"""How far the engine may be behind, ns."""
PATIENCE_NS = 300 * NS
"""How long after its first bar should have closed an instrument may be silent, ns."""
MS_NS = 1_000_000
POSITION_LIMITS = ("max_positions", "max_position", "gross_exposure", "net_exposure", "leverage")
FAR_TOO_MUCH = 1_000_000
"""What the deliberately bad order is worth, in equities of its account."""


class Scene(msgspec.Struct, kw_only=True):
    """What a step may look at.

    Attributes:
        book: As it stands. rules: In force. bounds: The same with their options and words.
        due: Which step of which day. now: Time of the market, ns. late: How far the engine is behind, ns.
        sensors: Of the machine. state: Directory of the run.
        heard: When data of an instrument last came, ns. verdicts: Of this day's pre-market steps, by step.
        says: Takes an operator's word for an account, as kind, account and reason; it is given to the run.
    """

    book: Book
    rules: tuple[Rule, ...]
    bounds: list[Bound]
    due: Due
    now: int
    late: int
    sensors: Sensors
    state: Path
    heard: Mapping[str, int]
    verdicts: Mapping[str, str]
    says: Callable[[str, str, str], None]

    @property
    def is_over(self) -> bool:
        """True once waiting has no meaning any more."""
        return self.now >= self.due.until


def _verdict(wrong: list[str], well: str, **details: Any) -> Finding:
    return Finding(level="fail" if wrong else "ok", told="; ".join(wrong) or well, details=details)


# --- the system -------------------------------------------------------------------------------------------------


def check_system_health(scene: Scene) -> Finding:
    """Look at the machine, the journal's disk, the lines, and how late the engine is."""
    truth, reading = scene.book.truth, scene.sensors()
    uses: dict[str, float | None] = {name: getattr(reading, name) for name in SENSES}
    wrong = [f"{name} is used by {uses[name]:.0%}" for name, most in FULL.items() if (uses[name] or 0.0) > most]
    wrong += [] if truth.is_disk_healthy else ["the journal's disk is not well"]
    wrong += [f"the line of {name} is down" for name, contact in truth.contacts.items() if not contact.is_up]
    wrong += [f"the engine is {scene.late // MS_NS} ms behind"] if scene.late > LATE_NS else []
    return _verdict(wrong, "machine, disk and lines are well", **uses, late_ms=scene.late // MS_NS)


def check_system_performance(scene: Scene) -> Finding:
    """The same, with what the engine has done so far."""
    counts = scene.book.truth.counts
    done = {"events": counts.events, "bars": counts.bars, "orders": counts.orders, "fills": counts.fills,
            "late_data": counts.late, "refused_records": sum(counts.quarantined.values())}  # fmt: skip
    found = check_system_health(scene)
    return msgspec.structs.replace(found, details={**found.details, **done})


# --- data -------------------------------------------------------------------------------------------------------


def validate_data_feeds(scene: Scene) -> Finding:
    """Look whether each feed has told all that was due.

    That is up to the last close, or until now within a session.
    """
    book, ages, wrong = scene.book, dict[str, float | None](), []
    for symbol in book.spec.instruments:
        mark, session = book.truth.marks[symbol], book.session(symbol)
        last = max([mark.quote_ts, *mark.last_ts.values()])
        ages[symbol] = (scene.now - last) / NS if last else None
        if not session.date:
            # Nothing was due yet: this run has seen no session of it.
            continue
        for subscription in book.subscriptions.get(symbol, ()):
            has = mark.last_ts.get(subscription.interval, 0) if subscription.interval else mark.quote_ts
            is_short = not session.is_open and has < session.close - subscription.max_age
            if is_short or (session.is_open and is_overdue(book, symbol, scene.now)):
                wrong.append(f"{symbol}: the newest is {(scene.now - has) // NS:,} s old" if has else f"{symbol}: none")
                break
    wrong += [f"the line of {name} is down" for name, contact in book.truth.contacts.items() if not contact.is_up]
    return _verdict(wrong, f"{len(ages)} feeds have told all that was due", age_s=ages)


def confirm_data_flowing(scene: Scene) -> Finding | None:
    """Wait for the first data of every instrument since the opening; name the silent."""
    book = scene.book
    first = {symbol: at for symbol, at in scene.heard.items() if at > scene.due.ts}
    silent = [symbol for symbol in book.spec.instruments if symbol not in first]
    if silent and not scene.is_over:
        longest = max(one.interval for one in book.spec.deployments.values())
        if scene.now < scene.due.ts + longest + PATIENCE_NS:
            return None
    seconds = {symbol: (at - scene.due.ts) / NS for symbol, at in first.items()}
    wrong = [f"nothing came of {', '.join(silent)}"] if silent else []
    return _verdict(wrong, f"all {len(first)} instruments have told something", seconds_to_first=seconds)


def review_overnight_news(scene: Scene) -> Finding | None:
    """Wait for a person's tick until the opening.

    Without one trading is not held up, and everybody is told.
    """
    word = take_tick(scene.state, "review_overnight_news")
    if word is not None:
        return Finding(level="ok", told=f"read by {word.actor}: {word.note or 'nothing said'}")
    if not scene.is_over:
        return None
    told = "nobody has read the news: openbell operations --tick review_overnight_news --note TEXT"
    return Finding(level="warn", told=told)


# --- limits -----------------------------------------------------------------------------------------------------


def check_position_limits(scene: Scene) -> Finding:
    """Compare what is held with every limit on positions, of rules and of budgets."""
    book, wrong = scene.book, []
    bounds = [bound for bound in scene.bounds if bound.kind in POSITION_LIMITS]
    rows = {key: (row["used"], row["limit"]) for key, row in limit_rows(book, bounds).items()}
    for name, spec in book.spec.deployments.items():
        held = [position for position in book.truth.positions[name].values() if position.qty]
        if spec.max_positions:
            rows[f"{name}/positions"] = (len(held), spec.max_positions)
        if spec.max_value:
            most = max((abs(position.value) for position in held), default=ZERO)
            rows[f"{name}/max_position"] = (as_float(most), as_float(spec.max_value))
    for key, (used, limit) in rows.items():
        if used is not None and limit is not None and used > limit:
            wrong.append(f"{key} is {used:g}, above {limit:g}")
    return _verdict(wrong, f"{len(rows)} limits hold", limits={key: list(row) for key, row in rows.items()})


def validate_risk_controls(scene: Scene) -> Finding:
    """Show the gate an order worth a million equities, and expect it refused.

    One of each deployment. It is refused for what is wrong with it, not only because the market is closed. Nothing
    leaves.
    """
    book, wrong, codes = scene.book, [], dict[str, list[str]]()
    for name, spec in book.spec.deployments.items():
        symbol = spec.instruments[0]
        verdict = review(book, scene.rules, _bad_order(book, name, symbol), scene.now)
        found = verdict.codes if isinstance(verdict, Denied) else ()
        codes[name] = [label(code) for code in found]
        if not {Code.BUYING_POWER, Code.NO_MARK} & set(found):
            wrong.append(f"{name}: the gate did not refuse a million equities of {symbol} for their size")
    return _verdict(wrong, f"{len(codes)} bad orders refused", refused_for=codes)


def _bad_order(book: Book, name: str, symbol: str) -> Draft:
    spec, instrument = book.spec.deployments[name], book.instrument(symbol)
    account = book.truth.accounts[spec.account]
    most = max(account.equity, account.equity_start, Decimal(1)) * book.spec.accounts[spec.account].leverage
    unit = instrument.value(instrument.lot, book.mark_px(symbol) or Decimal(1)) * book.rate(account, symbol)
    lots = int(ratio(most * FAR_TOO_MUCH, unit or Decimal(1))) + 1
    return Draft(
        account=spec.account, deployment=name, instrument=symbol, side=Side.BUY, qty=instrument.lot * lots,
        type=OrderType.MARKET, tif=Tif.DAY,
    )  # fmt: skip


# --- holdings and money -----------------------------------------------------------------------------------------


def check_position_status(scene: Scene) -> Finding:
    """Look at every holding, its protection, and what of it nobody knows for sure."""
    book, truth = scene.book, scene.book.truth
    wrong = [f"{key}: {why}" for key, why in truth.mismatched.items()]
    wrong += [f"{name} may not trade: {why}" for name, why in truth.frozen.items()]
    unknown = [order.oid for order in truth.orders.values() if order.status is Status.UNKNOWN]
    wrong += [f"nobody knows what became of {', '.join(unknown)}"] if unknown else []
    held = position_rows(book)
    for key, row in held.items():
        spec = book.spec.deployments.get(row["deployment"])
        position = book.position(row["deployment"], row["symbol"])
        if spec is not None and is_protected(spec.exits, position) and row["is_exposed"]:
            wrong.append(f"{key} has no protection")
    return _verdict(wrong, f"{len(held)} holdings as they should be", positions=list(held.values()))


def monitor_pnl(scene: Scene) -> Finding:
    """Tell what each account has gained today, and which limit on losses has closed it."""
    book, told, rows, wrong = scene.book, [], [], []
    for name, account in book.truth.accounts.items():
        own = [position for position in book.all_positions() if position.account == name and position.qty]
        day = account.session_result
        rows.append({
            "account": name, "currency": account.currency, "equity": exact(account.equity), "day": exact(day),
            "total": exact(account.equity - account.equity_start - account.net_flows),
            "unrealised": exact(sum((p.unrealised * book.rate(account, p.instrument) for p in own), ZERO)),
        })  # fmt: skip
        told.append(f"{name} {exact(day)} {account.currency} today")
        closed = [
            latch for latch in book.truth.latches.values()
            if latch.scope in ("all", f"account:{name}") and latch.kind.endswith(("_loss", "drawdown"))
        ]  # fmt: skip
        wrong += [f"{name}: {latch.reason}" for latch in closed]
    return _verdict(wrong, ", ".join(told), accounts=rows)


def validate_risk_metrics(scene: Scene) -> Finding:
    """Work equity out anew from cash and holdings, and compare every limit."""
    book, wrong, rows = scene.book, [], []
    for name, account in book.truth.accounts.items():
        own = [position for position in book.all_positions() if position.account == name and position.qty]
        values = sum((position.value * book.rate(account, position.instrument) for position in own), ZERO)
        cash = sum((amount * book.rate_of(account, one) for one, amount in account.cash.items()), ZERO)
        if abs(cash + values - account.equity) > CENT * (len(own) + len(account.cash)):
            wrong.append(f"{name}: cash and holdings come to {exact(cash + values)}, the book says {account.equity:f}")
        stake = book.stakes.total(name)
        rows.append({
            "account": name, "equity": exact(account.equity), "gross": exact(stake.gross),
            "drawdown": as_float(ratio(max(account.peak - account.equity, ZERO), account.peak)),
            "leverage": as_float(ratio(stake.gross, account.equity)) if account.equity > 0 else None,
        })  # fmt: skip
    limits = limit_rows(book, scene.bounds)
    wrong += [f"{key}: {row['why']}" for key, row in limits.items() if row["state"] == "hit"]
    return _verdict(wrong, f"equity adds up, {len(limits)} limits hold", accounts=rows,
                    near=[key for key, row in limits.items() if row["state"] == "near"])  # fmt: skip


# --- the gate ---------------------------------------------------------------------------------------------------


def enable_trading(scene: Scene) -> Finding:
    """Allow entries where the day's pre-market steps have passed, and forbid them where not.

    What somebody else has closed stays closed.
    """
    failed = [step for step, level in scene.verdicts.items() if level == "fail"]
    if not scene.verdicts or failed:
        why = f"pre-market of {scene.due.date} failed: {', '.join(failed)}" if failed else "pre-market was not done"
        for name in scene.book.spec.accounts:
            if _pause(scene.book, name) is None:
                scene.says("pause", name, why)
        return Finding(level="fail", told=f"no entries: {why}")
    others = []
    for name in scene.book.spec.accounts:
        reason = _pause(scene.book, name)
        if reason is not None and reason.startswith(OURS):
            scene.says("resume", name, f"pre-market of {scene.due.date} passed")
        elif reason is not None:
            others.append(f"{name} stays closed: {reason}")
    return Finding(level="warn" if others else "ok", told="; ".join(others) or "pre-market passed, entries are allowed")


def disable_new_positions(scene: Scene) -> Finding:
    """Forbid entries until the next opening; exits pass."""
    for name in scene.book.spec.accounts:
        if _pause(scene.book, name) is None:
            scene.says("pause", name, f"the session of {scene.due.date} is over")
    return Finding(level="ok", told="no entries until the next opening")


OURS = f"pause by {ACTOR}: "
"""How the reason of a pause begins that operations have made."""
CENT = Decimal("0.01")


def _pause(book: Book, account: str) -> str | None:
    """Return why entries of an account are paused, None where they are not."""
    reasons = [
        latch.reason for latch in book.truth.latches.values()
        if latch.kind == "pause" and latch.scope == f"account:{account}"
    ]  # fmt: skip
    return reasons[0] if reasons else None


def reconcile_positions(scene: Scene) -> Finding:
    """Compare the book with what each venue outside the process has told."""
    book, rows = scene.book, []
    for name, contact in book.truth.contacts.items():
        for symbol in sorted({*contact.positions, *book.spec.instruments}):
            ours, theirs = book_qty(book, name, symbol), contact.positions.get(symbol, ZERO)
            if ours or theirs:
                rows.append({"account": name, "instrument": symbol, "book": exact(ours), "venue": exact(theirs),
                             "difference": exact(theirs - ours)})  # fmt: skip
    wrong = [f"{row['account']} {row['instrument']}: book {row['book']}, venue {row['venue']}"
             for row in rows if row["book"] != row["venue"]]  # fmt: skip
    inside = [name for name in book.spec.accounts if name not in book.truth.contacts]
    well = f"{len(rows)} holdings agree" + (f"; {', '.join(inside)}: the venue is in this process" if inside else "")
    return _verdict(wrong, well, differences=rows)


STEPS: Mapping[str, Callable[[Scene], Finding | None]] = {
    step.__name__: step
    for step in (
        check_system_health, validate_data_feeds, review_overnight_news, check_position_limits, validate_risk_controls,
        enable_trading, confirm_data_flowing, check_position_status, monitor_pnl, validate_risk_metrics,
        check_system_performance, disable_new_positions, reconcile_positions,
    )
}  # fmt: skip
"""By name."""
