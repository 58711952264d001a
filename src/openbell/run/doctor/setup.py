"""The file and what is behind it: secrets, rules, alerts, drills, calendars, venues."""

import asyncio
import stat
from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from types import ModuleType
from typing import Any

from openbell.config.environment import DOTENV
from openbell.config.linter.sizes import RULES as SIZES
from openbell.config.load import Loaded
from openbell.core.types import DAY_NS, ZERO
from openbell.edges.brokers.enquiry import Access
from openbell.report.figures import utc
from openbell.run.assemble import Prepared, Shelves
from openbell.run.clock import WallClock
from openbell.run.doctor.line import Line, well
from openbell.run.rehearsals import NAMES, RESTORE, Outcome
from openbell.run.sessions import SessionsOf
from openbell.schema import format_decimal, format_fraction

MS_NS = 1_000_000
WEEK_NS = 7 * DAY_NS
LOSSES = ("daily_loss", "drawdown")
"""Rules that bound what can be lost."""


def setup(prepared: Prepared, found: Shelves, drills: Mapping[str, Outcome]) -> list[Line]:
    """Return how the file is, and what stands behind it, but for calendars and venues.

    Args:
        prepared: The run.
        found: Parts, for the defaults of rules.
        drills: When each trigger was rehearsed with this file.
    """
    loaded = prepared.loaded
    return [
        _file(loaded), _secrets(loaded), _sizes(loaded), *_buying_power(prepared), _thresholds(prepared),
        _losses(loaded, found), _alerts(loaded), _stop(loaded, drills), _backup(loaded, drills), _operations(loaded),
    ]  # fmt: skip


def _file(loaded: Loaded) -> Line:
    count = len(loaded.warnings)
    if not count:
        return well("file", f"{loaded.path} can be run")
    told = f"{loaded.path} can be run, {count} {'warning' if count == 1 else 'warnings'}"
    return Line(part="file", level="warn", told=told, fix=f"openbell check {loaded.path} tells them")


def _secrets(loaded: Loaded) -> Line:
    kept = loaded.folder / DOTENV
    if any(problem.code == "C110" for problem in loaded.warnings):
        told = "a secret stands in the file itself"
        return Line(part="secrets", level="warn", told=told, fix="move it to .env and write ${NAME} in its place")
    if kept.is_file() and stat.S_IMODE(kept.stat().st_mode) & 0o077:
        return Line(part="secrets", level="warn", told=f"{kept} can be read by others", fix=f"chmod 600 {kept}")
    return well("secrets", f"in {kept}, for your eyes alone" if kept.is_file() else "none in the file")


def _sizes(loaded: Loaded) -> Line:
    ids = {rule.id for rule in SIZES}
    wrong = [problem for problem in loaded.warnings if problem.code in ids]
    if not wrong:
        return well("sizes", "positions fit the accounts and their limits")
    return Line(part="sizes", level="warn", told=wrong[0].what, fix=wrong[0].advice)


def _buying_power(prepared: Prepared) -> list[Line]:
    """Compare what each account can buy with all positions at their largest, where the file bounds both."""
    lines = []
    for name, account in prepared.spec.accounts.items():
        own = [one for one in prepared.spec.deployments.values() if one.account == name]
        most = sum((one.max_value * (one.max_positions or len(one.instruments)) for one in own), ZERO)
        power = account.cash.get(account.currency, ZERO) * account.leverage
        if not all(one.max_value for one in own) or not power:
            continue
        part, words = f"buying power of {name}", f"{format_decimal(power)} {account.currency}"
        wanted = f"{words}, all positions at their largest need {format_decimal(most)}"
        fix = "give the account more, or lower budget.positions or budget.max_position"
        lines.append(well(part, wanted) if most <= power else Line(part=part, level="warn", told=wanted, fix=fix))
    return lines


def _thresholds(prepared: Prepared) -> Line:
    kinds = list(dict.fromkeys(rule.kind for rule in prepared.loaded.rules))
    missing = [kind for kind in ("kill", *LOSSES) if kind not in kinds]
    if "kill" in missing or "daily_loss" in missing:
        told = f"{len(kinds)} rules in force, without {' and '.join(missing)}"
        return Line(part="rules", level="fail", told=told, fix=f"add {missing[0]} to the rules of the file")
    if missing:
        told = f"{len(kinds)} rules in force, without {missing[0]}"
        return Line(part="rules", level="warn", told=told, fix=f"add {missing[0]} to the rules of the file")
    return well("rules", f"{len(kinds)} in force, asked before every order")


def _losses(loaded: Loaded, found: Shelves) -> Line:
    """Compare what may be lost with the defaults of the rules themselves."""
    for rule in loaded.rules:
        limit = getattr(rule.options, "limit", None)
        usual = getattr(found.rules[rule.kind](), "limit", None) if rule.kind in LOSSES else None
        if isinstance(limit, Decimal) and isinstance(usual, Decimal) and limit > usual:
            told = f"{rule.kind} {format_fraction(limit)} is looser than usual, {format_fraction(usual)}"
            return Line(
                part="losses", level="warn", told=told, fix=f"lower limit of {rule.kind}, or stay with a reason"
            )
    return well("losses", "limits no looser than usual")


def _alerts(loaded: Loaded) -> Line:
    alerts = loaded.config.alerts
    if not alerts.channels:
        fix = 'add alerts: [{url: "${ALERT_URL}"}]; until then watch openbell status'
        return Line(part="alerts", level="warn", told="none: nobody is told when a gate closes", fix=fix)
    if not alerts.enabled:
        return Line(part="alerts", level="warn", told="switched off", fix="write enabled: true under alerts:")
    told = f"{len(alerts.channels)} configured: {', '.join(alerts.named)}"
    return well("alerts", f"{told}; `openbell alerts test {loaded.path}` tries them")


def _stop(loaded: Loaded, drills: Mapping[str, Outcome]) -> Line:
    fix = f"openbell drill {loaded.path}"
    never = [name for name in NAMES if name not in drills]
    failed = [name for name in NAMES if name in drills and not drills[name].is_good]
    if failed:
        return Line(
            part="emergency stop", level="fail", told=f"its last rehearsal failed: {', '.join(failed)}", fix=fix
        )
    if never:
        told = f"never rehearsed with this file: {', '.join(never)}"
        return Line(part="emergency stop", level="warn", told=told, fix=fix)
    return well("emergency stop", f"all {len(NAMES)} triggers rehearsed")


def _backup(loaded: Loaded, drills: Mapping[str, Outcome]) -> Line:
    fix, last = f"openbell drill {loaded.path}", drills.get(RESTORE)
    if last is None:
        return Line(part="backup", level="warn", told="never restored in a rehearsal with this file", fix=fix)
    if not last.is_good:
        return Line(part="backup", level="fail", told=f"its last rehearsal failed: {last.told}", fix=fix)
    return well("backup", f"restored in a rehearsal on {utc(last.ts)}")


def _operations(loaded: Loaded) -> Line:
    terms = loaded.config.operations
    if terms is None:
        told = "none defined: nothing is checked before the open or after the close"
        return Line(part="operations", level="warn", told=told, fix="add operations: {} for the usual steps of a day")
    blocks = [name for name in type(terms).model_fields if name != "calendar" and getattr(terms, name) is not None]
    return well("operations", f"{len(blocks)} blocks: {', '.join(blocks)}")


def calendars(prepared: Prepared, look_up: SessionsOf, now: int) -> list[Line]:
    """Return whether each calendar in use knows the week to come; `now` is UTC ns."""
    used = dict.fromkeys(one.calendar for one in prepared.spec.instruments.values())
    return [_calendar(name, look_up, now) for name in used]


def _calendar(name: str, look_up: SessionsOf, now: int) -> Line:
    part, fix = f"calendar {name}", "make setup brings newer calendars; or write the sessions under calendars:"
    try:
        opens = [event for event in look_up(name, now, now + WEEK_NS) if event.is_open]
    except (ValueError, OSError) as error:
        return Line(part=part, level="fail", told=str(error), fix=fix)
    if not opens:
        return Line(part=part, level="warn", told="knows no session in the week to come", fix=fix)
    return well(part, f"{len(opens)} sessions in the week to come")


def venues(prepared: Prepared, access: Access) -> list[Line]:
    """Return whether each venue can be reached; only those outside the process are asked."""
    return [_venue(prepared, name, access) for name in prepared.spec.accounts]


def _venue(prepared: Prepared, name: str, access: Access) -> Line:
    part, account = f"account {name}", prepared.spec.accounts[name]
    wire = prepared.wires.get(name)
    if wire is None:
        words = {"sim": "the simulated exchange, in this process", "none": "a dry run: orders are sent nowhere"}
        return well(part, f"connected: {words.get(account.venue, account.venue)}")
    options: Any = wire.options
    clock = WallClock()
    began = clock.grown()
    why = asyncio.run(_asked(wire.broker, options, wire.mode, access))
    lasted = (clock.grown() - began) / MS_NS
    where = f"{prepared.loaded.config.accounts[name].broker} at {getattr(options, 'url', 'its host')}"
    if why:
        fix = f"start the venue, or correct accounts.{name} in the file"
        return Line(part=part, level="fail", told=f"failed: {where}: {why}", fix=fix)
    return well(part, f"connected: {where}, account as configured, mode {wire.mode}, answered within {lasted:.1f} ms")


async def _asked(broker: ModuleType, options: Any, mode: str, access: Access) -> str:
    probe: Callable[[Any, str, dict[str, int], Access], Awaitable[str]] = broker.probe
    return await probe(options, mode, broker.LIMITS, access)


def account(prepared: Prepared, name: str, access: Access) -> list[Line]:
    """Return everything that can be looked at in one account.

    Args:
        prepared: The run.
        name: Of the account in its file.
        access: What a question to a vendor needs.
    """
    wire = prepared.wires.get(name)
    look = getattr(wire.broker, "examine", None) if wire is not None else None
    if wire is None or look is None:
        return [_venue(prepared, name, access)]
    options: Any = wire.options
    found = asyncio.run(_looked(look(options, wire.mode, wire.broker.LIMITS, access)))
    return [Line(part=f"{name} {one.part}", level=one.level, told=one.told, fix=one.fix) for one in found]


async def _looked(look: Awaitable[list[Any]]) -> list[Any]:
    return await look
