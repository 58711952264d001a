"""Replay: every decision of a recorded run made anew.

It is compared with the record, record by record.
"""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path

import msgspec

from openbell.config.load import load as load_file
from openbell.core.book import Book
from openbell.core.events import Genesis
from openbell.core.risk import Rule
from openbell.core.strategy import Strategy
from openbell.run import assemble, state
from openbell.run.loop import Loop, Ports
from openbell.run.paced import strategy_of
from openbell.run.parts import bind_rule
from openbell.run.records import entries, first_event, parse_spec, parse_venues
from openbell.run.script import Different, Reel, Verify, retrace


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """Outcome of a replay.

    Attributes:
        records: Compared. orders_hash: Of the replayed orders, hex. equity: By account, base currency, as text.
        seq, difference: The first record that would be another one now, and how; 0 and empty for none.
    """

    records: int
    orders_hash: str
    equity: dict[str, str]
    seq: int = 0
    difference: str = ""


def replay(folder: Path, environment: Mapping[str, str]) -> Replayed:
    """Decide a recorded run anew with today's code and compare.

    Raises:
        Unlike: There is no readable first record.
        ConfigError, PartError: The recorded configuration cannot be used with today's parts.
    """
    genesis = first_event(state.journal(folder))
    spec = parse_spec(genesis)
    strategies, rules = bind(genesis, Path(state.read_origin(folder).folder or "."), environment)
    engine = assemble.engine_of(spec, strategies, rules, Book(spec))
    reel = Reel(entries(state.journal(folder)), spec.outside_accounts)
    verify = Verify(reel)
    venues = assemble.venues_of(spec, parse_venues(genesis))
    loop = Loop(engine, Ports(venues=venues, script=verify))
    seq, difference = 0, ""
    try:
        retrace(loop, reel)
        _finish(loop, reel)
    except Different as different:
        seq, difference = different.seq, different.what
    truth = engine.book.truth
    return Replayed(
        records=verify.seq,
        orders_hash=truth.orders_hash.hex(),
        equity={name: format(account.equity, "f") for name, account in truth.accounts.items()},
        seq=seq,
        difference=difference,
    )


def _finish(loop: Loop, reel: Reel) -> None:
    """Let out what the record still holds: the answers due at its very end, if the run got that far."""
    if reel.peek() is not None and not _is_cut(reel, loop):
        loop.finish()


def _is_cut(reel: Reel, loop: Loop) -> bool:
    """Return True if what is left was caused by a bar that the record does not hold: the run was stopped inside it."""
    entry = reel.peek()
    return entry is not None and entry.event.ts > loop.engine.book.truth.ts


def in_todays_words(config: str) -> str:
    """Return a recorded configuration with every rule named that it meant.

    One that lists its rules comes from a version in which six were standard; later ones name all that are in force.
    """
    data = json.loads(config)
    entries = data.get("rules")
    if not isinstance(entries, list):
        return config
    own: dict[str, list[object]] = {}
    off = {kind for entry in entries if "kind" not in entry for kind in entry}
    for entry in entries:
        if "kind" in entry:
            own.setdefault(entry["kind"], []).append({key: entry[key] for key in entry if key != "kind"})
    named = {kind: own.get(kind, [{}]) for kind in (*FIRST, *own) if kind not in off}
    return json.dumps(data | {"rules": {"preset": "none", **named}})


FIRST = ("kill", "session_hours", "daily_loss", "max_position", "max_positions", "duplicate")
"""Rules that were standard when records listed theirs."""


def bind(
    genesis: Genesis, folder: Path, environment: Mapping[str, str]
) -> tuple[dict[str, Strategy], tuple[Rule, ...]]:
    """Return the strategies and rules of a recorded configuration, from today's code.

    Args:
        genesis: First event of the state.
        folder: Where private parts are looked for.
        environment: Variables, for what the recorded configuration still refers to.
    """
    found = assemble.shelves(folder)
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "recorded.yaml"
        # A replay calls nobody: where messages went, perhaps in the open, is no reason not to look at it.
        told = {key: value for key, value in json.loads(in_todays_words(genesis.config)).items() if key != "alerts"}
        path.write_text(json.dumps(told), encoding="utf-8")
        loaded = load_file(path, assemble.catalog(found, environment), environment)
    strategies = {
        deployment.name: strategy_of(deployment, found.strategies) for deployment in loaded.config.deployments
    }
    rules = tuple(bind_rule(part.kind, found.rules.module(part.kind), part.options) for part in loaded.rules)
    return strategies, rules
