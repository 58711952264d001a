"""`openbell why`: what was decided on an instrument, and why."""

import sys
from collections.abc import Iterator
from datetime import UTC
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from openbell.cli.shell.failure import Wrong
from openbell.cli.shell.options import Json, StateOption, parse_at, parse_zone, shown_time
from openbell.cli.shell.output import headline_of, say, say_json

EXAMPLES = """
openbell why SPY                  the latest decision on SPY, with its numbers
openbell why SPY --at 10:35       the one in force at that time of the last session (UTC)
openbell why SPY --at 10:35 --zone America/New_York
openbell why runs/a SPY --at 2024-07-03T14:35
"""
Words = Annotated[list[str], typer.Argument(metavar="[STATE] SYMBOL", help="Instrument; a state may stand first.")]
At = Annotated[
    str | None, typer.Option("--at", metavar="TIME", help="10:35, or an ISO date and time.", show_default=False)
]
Zone = Annotated[str, typer.Option("--zone", metavar="ZONE", help="Zone of --at and of what is printed.")]


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A decision and around it: record, instant (ns), the record's effects, bar's close."""

    seq: int
    ts: int
    decision: Any
    effects: tuple[Any, ...]
    close: float | None


def why(words: Words, state: StateOption = None, at: At = None, zone: Zone = "UTC", as_json: Json = False) -> int:
    """Tell the decision on an instrument: reason, numbers, orders, limits that were asked."""
    from openbell.cli.status import shown_mode
    from openbell.run import state as states
    from openbell.run.asked import terms_of
    from openbell.run.reading import read_book

    folder, symbol = _named(words, state)
    where = parse_zone(zone)
    read = read_book(states.journal(folder))
    book = read.book
    if symbol not in book.spec.instruments:
        raise Wrong(f"{symbol} is not an instrument of {folder}", f"known: {', '.join(book.spec.instruments)}")
    moment = parse_at(at, where, book.session(symbol).date or "1970-01-01") if at else None
    found = latest(states.journal(folder), symbol, moment, read.seq)
    if not found:
        when = f" up to {shown_time(moment, where)}" if moment is not None else ""
        raise Wrong(f"nothing was decided on {symbol}{when}", "the run began later, or its bars were out of session")
    data, terms = [], terms_of(read.genesis, book)
    for one in found:
        spec = book.spec.deployments[one.decision.deployment]
        named = _data(one, names_of(spec.strategy, folder), terms)
        opposed = _opposed(book, spec, one.decision.instrument, [named["code"], *named["denied"]])
        data.append({**named, "can_short": spec.can_short, "closed": [*opposed, *closed_over(book, one)]})
    if as_json:
        say_json({"state": str(folder), "instrument": symbol, "decisions": data, "rules": list(terms)})
        return 0
    say(headline_of(book, shown_mode(folder, read), sys.stdout))
    for one, told in zip(found, data, strict=True):
        _say(one, told, where)
    if any(one.decision.code >= 200 for one in found):
        say("Limits in force:")
        for rule in terms:
            say(f"  {rule}")
    return 0


def _named(words: list[str], option: Path | None) -> tuple[Path, str]:
    from openbell.cli.shell.place import chosen

    if len(words) > 2:
        raise Wrong(f"too many words: {' '.join(words)}", "openbell why [STATE] SYMBOL")
    return chosen(Path(words[0]) if len(words) == 2 else None, option), words[-1]


def latest(journal: Path, symbol: str, moment: int | None, seq: int) -> list[Found]:
    """Return each deployment's decision on `symbol` in force at `moment` (None: newest).

    Without a moment the journal is read from near its end, further back only where nothing is found.
    """
    reach = 2_000
    while moment is None and reach < seq:
        found = _newest(_decisions(journal, symbol, seq - reach), None)
        if found:
            return found
        reach *= 16
    return _newest(_decisions(journal, symbol, 1), moment)


def _newest(found: Iterator[Found], moment: int | None) -> list[Found]:
    last: dict[str, Found] = {}
    for one in found:
        if moment is not None and one.ts > moment:
            break
        last[one.decision.deployment] = one
    return list(last.values())


def _decisions(journal: Path, symbol: str, from_seq: int) -> Iterator[Found]:
    from openbell.core.effects import Decision
    from openbell.core.events import Bar
    from openbell.core.record import decode_record
    from openbell.edges.journal import read_records

    mark = symbol.encode()
    for raw in read_records(journal, max(from_seq, 1)):
        if mark not in raw.payload:
            continue
        event, effects = decode_record(raw.payload)
        close = event.close if isinstance(event, Bar) else None
        for effect in effects:
            if isinstance(effect, Decision) and effect.instrument == symbol:
                yield Found(seq=raw.seq, ts=event.ts, decision=effect, effects=tuple(effects), close=close)


def closed_over(book: Any, one: Found) -> list[str]:
    """Return in words the gates over a decision's pair, closed then and still."""
    from openbell.core.codes import Code
    from openbell.core.ladder import scopes_of
    from openbell.report.barred import told
    from openbell.run.asked import unready

    decision = one.decision
    spec = book.spec.deployments[decision.deployment]
    over = scopes_of(spec.account, spec.name, decision.instrument)
    missing = unready(book, spec.account) if decision.code == Code.NOT_READY else []
    return [
        f"{latch.kind} over {latch.scope}: {latch.reason}"
        for latch in book.truth.latches.values()
        if latch.scope in over and latch.ts <= one.ts
    ] + [*missing, *told(book, decision.instrument)]


def _opposed(book: Any, spec: Any, symbol: str, refusals: list[str]) -> list[str]:
    """Return in words who had the other side first, where that is among the refusals of an entry."""
    from openbell.core.codes import Code
    from openbell.report.figures import code_label

    if not any(code_label(Code.NETTING) in text for text in refusals):
        return []
    others = [
        name
        for name, other in book.spec.deployments.items()
        if name != spec.name and other.account == spec.account and symbol in other.instruments
    ]
    who = f"{' or '.join(others)} had the other side of {symbol} first"
    return [f"{who}; both may hold their own with netting: true in account {spec.account}"]


def names_of(kind: str, folder: Path) -> tuple[str, ...]:
    """Return the names of a strategy's explained numbers, none if it cannot be imported."""
    from openbell.run import state as states
    from openbell.run.assemble import shelves
    from openbell.run.parts import PartError

    origin = states.read_origin(folder).folder
    try:
        layout = getattr(shelves(Path(origin) if origin else None).strategies.module(kind), "STATE", ())
    except (KeyError, PartError, ImportError, OSError):
        return ()
    return tuple(name for name, sort, length in layout if sort == "f8" and length == 1)


def _data(one: Found, names: tuple[str, ...], terms: tuple[str, ...]) -> dict[str, Any]:
    from openbell.core.effects import Cancel, Note, Submit
    from openbell.report.figures import code_label, exact, utc
    from openbell.run.asked import answers_of, looked_at

    decision = one.decision
    numbers = {names[n] if n < len(names) else f"number {n + 1}": value for n, value in enumerate(decision.numbers)}
    notes = [e.text for e in one.effects if isinstance(e, Note) and e.kind == "denied"]
    denied = [text for text in notes if decision.instrument in text]
    orders = [
        {"oid": e.oid, "side": str(e.side), "qty": exact(e.qty), "type": str(e.type), "reason": code_label(e.reason),
         "limit": None if e.limit is None else exact(e.limit), "stop": None if e.stop is None else exact(e.stop),
         "limits": [{"limit": text, "answer": answer} for text, answer in answers_of(e, terms)],
         "looked_at": looked_at(e)}
        for e in one.effects
        if isinstance(e, Submit) and (e.deployment, e.instrument) == (decision.deployment, decision.instrument)
    ]  # fmt: skip
    return {
        "seq": one.seq, "ts": utc(one.ts), "deployment": decision.deployment, "signal": code_label(decision.signal),
        "code": code_label(decision.code), "target": decision.target, "close": one.close, "numbers": numbers,
        "intents": [{"instrument": i.instrument, "target": i.target, "type": str(i.type), "limit": i.limit,
                     "reason": code_label(i.reason)} for i in decision.intents],
        "orders": orders, "cancelled": [e.oid for e in one.effects if isinstance(e, Cancel)], "denied": denied,
    }  # fmt: skip


def _say(one: Found, told: dict[str, Any], zone: Any) -> None:
    decision = one.decision
    say(f"{decision.deployment} on {decision.instrument} at {shown_time(one.ts, zone or UTC)} (seq {one.seq:,})")
    say(f"  decided: {told['code']}" + (f", signal {told['signal']}" if told["signal"] != told["code"] else ""))
    if told["target"] is not None:
        flat = ", which is flat: this deployment is long only" if told["target"] < 0 and not told["can_short"] else ""
        say(f"  target:  {told['target']:g} of a full position{flat}")
    numbers = [("close", one.close), *told["numbers"].items()]
    shown = ", ".join(f"{name} {value:,.6g}" for name, value in numbers if value is not None and value == value)
    if shown:
        say(f"  numbers: {shown}")
    for intent in told["intents"]:
        limit = f" at {intent['limit']:,.6g}" if intent["limit"] is not None else ""
        say(f"  wanted:  {intent['target']:g} by {intent['type']}{limit}, {intent['reason']}")
    for order in told["orders"]:
        px = order["limit"] or order["stop"]
        at = f" at {px}" if px else ""
        what = f"{order['side'].upper()} {order['qty']} {order['type']}{at}"
        say(f"  ordered: {what}, {order['reason']} ({order['oid']})")
        _say_limits(order)
    for oid in told["cancelled"]:
        say(f"  cancelled: {oid}")
    for text in told["denied"]:
        say(f"  refused: {text}")
    for text in told["closed"]:
        say(f"  closed:  {text}")


def _say_limits(order: dict[str, Any]) -> None:
    """Say what each limit answered on an order, and what it looked at."""
    from openbell.run.asked import PASSED

    answers, seen = order["limits"], order["looked_at"]
    passed = [one["limit"] for one in answers if one["answer"] == PASSED]
    if passed:
        say(f"  limits:  {len(passed)} of {len(answers)} in force are for such an order; each let it pass:")
        for text in passed:
            say(f"           {text}")
    if seen:
        money = ("order_value", "instrument_value", "gross_value", "equity", "peak")
        shown = [f"{name.replace('_', ' ')} {Decimal(seen[name]):,.2f}" for name in money]
        shown += [f"{name} {seen[name]}" for name in ("positions", "entries")]
        say(f"  seen:    {', '.join(shown)}")
