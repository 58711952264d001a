"""The market that a run has seen, out of its journal: bars for backtests of the same days."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from openbell.core.events import Bar, CorporateAction
from openbell.core.spec import RunSpec
from openbell.edges.feeds import actions
from openbell.edges.feeds.merge import fingerprint
from openbell.edges.feeds.rates import crosses
from openbell.edges.feeds.table import BarTable, Floats, Sides, select
from openbell.run.records import entries
from openbell.run.sessions import SessionsOf
from openbell.run.source import Source, SourceError, schedule_of


def collect(journal: Path, spec: RunSpec, look_up: SessionsOf, before: Source | None) -> Source:
    """Return the bars that a journal holds, behind what was recorded before them.

    Args:
        journal: Of the run.
        spec: Of its file; bars that no deployment asks for are left out.
        look_up: Sessions by calendar.
        before: Recorded bars; those from the journal's first one of the same symbol on give way. None for none.

    Raises:
        SourceError: The journal holds no bars of a deployment.
    """
    wanted = [(symbol, one.interval) for one in spec.deployments.values() for symbol in one.instruments]
    rows: dict[tuple[str, int], list[Bar]] = {key: [] for key in dict.fromkeys(wanted)}
    happened: list[CorporateAction] = []
    for entry in entries(journal):
        event = entry.event
        if isinstance(event, Bar):
            rows.get((event.instrument, event.nominal or event.interval), []).append(event)
        elif isinstance(event, CorporateAction):
            happened.append(event)
    missing = sorted({symbol for (symbol, _), bars in rows.items() if not bars})
    if missing:
        raise SourceError(f"the journal holds no bars of {', '.join(missing)}; let the run see some first")
    earlier = {(table.symbol, table.interval_ns): table for table in (before.tables if before is not None else ())}
    tables = [_joined(earlier.get(key), _table(key, bars, spec.is_synthetic)) for key, bars in rows.items()]
    first = min(bars[0].ts for bars in rows.values())
    happened = [*(one for one in (before.actions if before is not None else ()) if one.ts < first), *happened]
    bases = [account.currency for account in spec.accounts.values()]
    return Source(
        tables=tables,
        schedule=schedule_of(spec, tables, look_up),
        digest=actions.fingerprint(fingerprint(tables), happened),
        notes=(),
        crosses=tuple(crosses(spec.instruments, bases, tables)),
        actions=tuple(happened),
    )


def _table(key: tuple[str, int], bars: Sequence[Bar], is_synthetic: bool) -> BarTable:  # noqa: FBT001  # a fact of the table
    def column(name: str) -> Floats:
        return np.array([getattr(bar, name) for bar in bars], dtype=np.float64)

    def side(name: str) -> Sides | None:
        if getattr(bars[0], name) is None:
            return None
        found = np.array([getattr(bar, name) or (np.nan,) * 4 for bar in bars], dtype=np.float64)
        return found[:, 0].copy(), found[:, 1].copy(), found[:, 2].copy(), found[:, 3].copy()

    has_spans = any(bar.nominal for bar in bars)
    return BarTable(
        symbol=key[0], interval_ns=key[1], ts=np.array([bar.ts for bar in bars], dtype=np.int64),
        open=column("open"), high=column("high"), low=column("low"), close=column("close"), volume=column("volume"),
        bid=side("bid"), ask=side("ask"),
        spans=np.array([bar.interval for bar in bars], dtype=np.int64) if has_spans else None,
        source="the journal", is_synthetic=is_synthetic,
    )  # fmt: skip


def _joined(before: BarTable | None, own: BarTable) -> BarTable:
    """Return a table with what came before it; what only one of them has is left out of both."""
    if before is None:
        return own
    before = select(before, before.ts < own.ts[0])
    if not len(before):
        return own

    def both(name: str) -> Floats:
        return np.concatenate([getattr(before, name), getattr(own, name)])

    def sides(name: str) -> Sides | None:
        one, other = getattr(before, name), getattr(own, name)
        if one is None or other is None:
            return None
        a, b, c, d = (np.concatenate([x, y]) for x, y in zip(one, other, strict=True))
        return a, b, c, d

    spans = None
    if before.spans is not None or own.spans is not None:
        spans = np.concatenate([before.ts - before.open_ts, own.ts - own.open_ts])
    return BarTable(
        symbol=own.symbol, interval_ns=own.interval_ns, ts=np.concatenate([before.ts, own.ts]),
        open=both("open"), high=both("high"), low=both("low"), close=both("close"), volume=both("volume"),
        bid=sides("bid"), ask=sides("ask"), spans=spans, source=f"{before.source}, then the journal",
        is_synthetic=own.is_synthetic or before.is_synthetic,
    )  # fmt: skip
