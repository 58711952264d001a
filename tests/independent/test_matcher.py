"""The independent matcher against the engine: fills, positions and cash, to the last digit."""

import os
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

import pytest

from openbell.core import events as ev
from openbell.core.book import Book
from openbell.core.effects import Amend, Cancel, Submit
from openbell.run import assemble, source
from openbell.run.loop import Loop, Ports
from openbell.run.sessions import sessions_of
from tests.independent.matcher import E8, Order, Rules, match

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("OPENBELL_DATA", ROOT.parent / "shared" / "data"))
BENCH = Path(os.environ.get("BENCH_DATA", "")) / "one_1000000.npz"
FIELDS = ("ts", "open_ts", "instrument", "open", "high", "low", "close")


def run(config: Path, data: Path | None):
    """Run a configuration through the plain engine and return its book, bars in session, submits and fills."""
    loaded, shelves = assemble.read(config, {})
    prepared = assemble.prepare(loaded, shelves)
    feed, options = prepared.feed, prepared.feed_options
    if data is not None:
        from openbell.edges.feeds import parquet

        feed = parquet
        options = parquet.Config(path=str(data), source="selected" if "crypto" in str(data) else None)
    told = source.load(prepared.spec, feed, options, sessions_of(loaded.config.calendars, None), None)
    book = Book(prepared.spec)
    engine = assemble.engine_of(prepared.spec, prepared.strategies, prepared.rules, book)
    bars, submits, fills, others = [], [], [], []

    def look(event, effects):
        if isinstance(event, ev.Bar) and book.session(event.instrument).holds(event.open_ts):
            bars.append({name: getattr(event, name) for name in FIELDS})
        if isinstance(event, ev.Fill):
            fills.append(event)
        for effect in effects:
            if isinstance(effect, Submit):
                submits.append((event.ts, effect))
            elif isinstance(effect, Cancel | Amend):
                others.append(effect)

    loop = Loop(engine, Ports(venues=assemble.venues_of(prepared.spec, prepared.venues), watchers=(look,)))
    loop.take(assemble.genesis(prepared, "MATCHX", told.digest, 0))
    loop.run(told.events())
    return prepared, book, bars, submits, fills, others


def as_orders(submits):
    """Return the order log as the matcher reads it."""
    return [
        Order(
            index=s.index,
            ts=ts,
            instrument=s.instrument,
            buy=s.side == "buy",
            qty=s.qty,
            type=str(s.type),
            limit=s.limit,
            stop=s.stop,
            parent=s.parent,
            oco=s.oco,
            reduce_only=s.reduce_only,
        )
        for ts, s in submits
    ]


def fee_of(model):
    """Return the fee in words of the matcher's own."""

    def charge(qty, value, rested):
        if model.kind == "per_share":
            cost = (qty * model.rate).quantize(E8, ROUND_HALF_EVEN)
        else:
            rate = model.rate if model.kind == "per_notional" else model.maker if rested else model.taker
            cost = (value * rate).quantize(E8, ROUND_HALF_EVEN)
        if model.maximum:
            cost = min(cost, (value * model.maximum).quantize(E8, ROUND_HALF_EVEN))
        return max(cost, model.minimum)

    return charge if model.kind != "none" else None


def check(config: Path, data: Path | None):
    """Compare the engine's run with the matcher's, fill by fill."""
    prepared, book, bars, submits, fills, others = run(config, data)
    assert not [effect for effect in others if isinstance(effect, Amend)]
    cancelled = {effect.oid for effect in others}
    (account,) = prepared.spec.accounts.values()
    options = prepared.venues[account.name]
    rules = {
        name: Rules(i.quantum, options.spread, options.slippage, fee_of(options.fees))
        for name, i in prepared.spec.instruments.items()
    }
    orders = as_orders([(ts, s) for ts, s in submits if s.oid not in cancelled])
    theirs = match(bars, orders, account.cash[account.currency], rules)
    index = {s.oid: s.index for _, s in submits}
    ours = [(f.ts, index[f.oid], f.instrument, f.side == "buy", f.qty, f.px, f.fee) for f in fills]
    assert len(ours) > 20
    assert theirs.fills == ours
    truth = book.truth.accounts[account.name]
    assert theirs.cash == truth.cash[account.currency]
    assert theirs.fees == truth.fees.get(account.currency, Decimal(0))
    held = {p.instrument: p.qty for p in book.all_positions() if p.qty}
    assert {name: qty for name, qty in theirs.positions.items() if qty} == held


def test_agrees_on_the_project_s_own_market():
    check(ROOT / "examples" / "us-equities" / "config.yaml", None)


@pytest.mark.skipif(not (DATA / "us_equity_1m").is_dir(), reason="recorded US equity minutes are not here")
def test_agrees_on_recorded_us_equity_minutes():
    check(ROOT / "examples" / "us-equities" / "config.yaml", DATA / "us_equity_1m")


@pytest.mark.skipif(not (DATA / "crypto_1m").is_dir(), reason="recorded crypto minutes are not here")
def test_agrees_on_recorded_crypto_minutes():
    check(ROOT / "examples" / "crypto-24x7" / "config.yaml", DATA / "crypto_1m")


@pytest.mark.skipif(not BENCH.is_file(), reason="BENCH_DATA holds no one_1000000.npz")
def test_agrees_on_the_benchmark_with_stops_and_targets(tmp_path):
    from tests.bench.bench_engine import WORKLOADS, write

    check(WORKLOADS / "w2.yaml", write(tmp_path, 1_000_000)[0])


def test_matcher_stays_small_and_alone():
    text = (Path(__file__).parent / "matcher.py").read_text()
    assert len(text.splitlines()) <= 200
    assert "import openbell" not in text and "from openbell" not in text
