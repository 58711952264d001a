"""What Prometheus is told of every state that is shown."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from openbell.core.book import Book
from openbell.core.types import NS
from openbell.report.exposure import share_of, worth_of
from openbell.run.clock import Clock
from openbell.run.latency import BOUNDS, Latencies, read_latencies
from openbell.run.money import in_money
from openbell.run.sensors import Sensors, process_use
from openbell.run.web.rows import unrealised
from openbell.run.web.scene import Scene

Sample = tuple[str, dict[str, str], float]
"""Name, labels, value."""
NAMES = {
    "openbell_up": "1 while an engine runs the state",
    "openbell_beat_age_seconds": "time since the engine's last sign of life, while one runs",
    "openbell_market_lag_seconds": "time between the market's latest event and now, of runs on live data",
    "openbell_records_total": "records in the journal",
    "openbell_disk_healthy": "0 once the journal cannot be written",
    "openbell_equity": "equity of an account, in its currency",
    "openbell_cash": "cash of an account, in its currency",
    "openbell_day_result": "result of the trading day, in the account's currency",
    "openbell_drawdown_ratio": "fall from the highest equity",
    "openbell_gross_exposure": "worth of all that is held, longs and shorts added up",
    "openbell_unrealised_result": "result of what is held at the latest prices, in the account's currency",
    "openbell_concentration_ratio": "share of equity in the largest instrument held",
    "openbell_line_up": "1 while the venue outside can be reached and agrees",
    "openbell_open_positions": "instruments held by a deployment",
    "openbell_deployment_status": "1 for the status that a deployment has",
    "openbell_trades_total": "closed round trips of a deployment",
    "openbell_open_orders": "orders that are working",
    "openbell_limit_used_ratio": "use of a limit: 1 is all of it",
    "openbell_latches": "gates that are closed, by kind",
    "openbell_kills": "kills in force",
    "openbell_unknown_orders": "orders whose fate is not known",
    "openbell_latency_seconds": "time that a stage took: data, signal, risk, send, ack, fill",
    "openbell_engine_cpu_seconds_total": "processor time of the engine's process",
    "openbell_engine_memory_bytes": "memory of the engine's process that is in use",
    "openbell_machine_cpu_ratio": "use of the processors since Prometheus asked last",
    "openbell_machine_memory_ratio": "use of the machine's memory",
    "openbell_machine_disk_ratio": "use of the disk with the states",
}
"""Every name, and what it tells."""
_COUNTERS = ("openbell_records_total", "openbell_trades_total", "openbell_engine_cpu_seconds_total")
_HISTOGRAM = "openbell_latency_seconds"
_STATUSES = ("active", "paused", "stopped", "error")


def exposition(scenes: Iterable[Scene], clock: Clock, sensors: Sensors) -> str:
    """Return the text that Prometheus reads (format 0.0.4); it holds no secret."""
    found: dict[str, list[Sample]] = {name: [] for name in NAMES}
    reading = sensors()
    for what in ("cpu", "memory", "disk"):
        use = getattr(reading, what)
        name = f"openbell_machine_{what}_ratio"
        found[name] += [] if use is None else [(name, {}, use)]
    with in_money():
        for scene in scenes:
            for name, labels, value in _of(scene, clock.now()):
                family = _HISTOGRAM if name.startswith(_HISTOGRAM) else name
                found[family].append((name, {"state": scene.name, **labels}, value))
    lines = []
    for family, samples in found.items():
        sort = "counter" if family in _COUNTERS else "histogram" if family == _HISTOGRAM else "gauge"
        lines += [f"# HELP {family} {NAMES[family]}", f"# TYPE {family} {sort}"]
        lines += [f"{name}{_labels(labels)} {value:.17g}" for name, labels, value in samples]
    return "\n".join(lines) + "\n"


def _of(scene: Scene, now: int) -> Iterator[Sample]:
    book, beat = scene.follower.book, scene.beat
    mode = {"mode": scene.follower.genesis.mode}
    yield "openbell_up", mode, float(bool(beat.process))
    if beat.process and beat.ts:
        yield "openbell_beat_age_seconds", {}, (now - beat.ts) / NS
        if any(one.outside is not None for one in book.spec.accounts.values()):
            yield "openbell_market_lag_seconds", {}, (now - book.truth.ts) / NS
    use = process_use(beat.process) if beat.process else None
    if use is not None:
        yield "openbell_engine_cpu_seconds_total", {}, use.cpu_s
        yield "openbell_engine_memory_bytes", {}, float(use.memory)
    yield "openbell_records_total", {}, float(scene.follower.seq)
    yield "openbell_disk_healthy", {}, float(book.truth.is_disk_healthy)
    yield from _accounts(book)
    yield from _deployments(scene)
    is_open = [order for orders in book.open_orders.values() for order in orders.values()]
    yield "openbell_open_orders", {}, float(len(is_open))
    yield "openbell_unknown_orders", {}, float(sum(str(order.status) == "unknown" for order in is_open))
    for row in scene.sight.rows(book)["limits"].values():
        if row["share"] is not None:
            yield "openbell_limit_used_ratio", {"account": row["account"], "limit": row["name"]}, row["share"]
    kinds = [latch.kind for latch in book.truth.latches.values()]
    for kind in sorted(set(kinds)):
        yield "openbell_latches", {"kind": kind}, float(kinds.count(kind))
    yield "openbell_kills", {}, float(len(book.truth.kills))
    latencies = read_latencies(scene.folder)
    if latencies is not None:
        yield from _stages(latencies)


def _stages(latencies: Latencies) -> Iterator[Sample]:
    bounds = [*(f"{bound / NS:g}" for bound in BOUNDS), "+Inf"]
    for account, stages in latencies.tallies.items():
        for stage, tally in stages.items():
            labels, below = {"account": account, "stage": stage}, 0
            for bound, count in zip(bounds, tally.counts, strict=True):
                below += count
                yield f"{_HISTOGRAM}_bucket", {**labels, "le": bound}, float(below)
            yield f"{_HISTOGRAM}_sum", labels, tally.total / NS
            yield f"{_HISTOGRAM}_count", labels, float(below)


def _accounts(book: Book) -> Iterator[Sample]:
    for name, account in book.truth.accounts.items():
        labels = {"account": name, "currency": account.currency}
        fall = max(account.peak - account.equity, Decimal(0))
        yield "openbell_equity", labels, float(account.equity)
        yield "openbell_cash", labels, float(account.cash.get(account.currency, Decimal(0)))
        yield "openbell_day_result", labels, float(account.session_result)
        yield "openbell_drawdown_ratio", labels, float(fall) / float(account.peak) if account.peak > 0 else 0.0
        yield "openbell_gross_exposure", labels, float(sum(map(abs, worth_of(book, account).values()), Decimal(0)))
        yield "openbell_unrealised_result", labels, float(unrealised(book, account))
        yield "openbell_concentration_ratio", labels, share_of(book, account).largest
        contact = book.truth.contacts.get(name)
        if contact is not None:
            yield "openbell_line_up", {"account": name}, float(contact.is_up and contact.is_ready)


def _deployments(scene: Scene) -> Iterator[Sample]:
    beat = scene.beat
    rows = scene.follower.tallies.rows(scene.follower.book, is_running=bool(beat.process), fault=beat.fault)
    for name, row in rows.items():
        labels = {"deployment": name, "account": row["account"]}
        yield "openbell_open_positions", labels, float(row["open_positions"])
        yield "openbell_trades_total", labels, float(row["trades"])
        for status in _STATUSES:
            yield "openbell_deployment_status", {**labels, "status": status}, float(row["status"] == status)


def _labels(labels: dict[str, str]) -> str:
    told = ",".join(f'{name}="{_quoted(value)}"' for name, value in labels.items())
    return f"{{{told}}}" if told else ""


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
