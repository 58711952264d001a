"""Fills and trades as rows of texts for other programs.

Money and units are exact decimal texts, times ISO texts in UTC, fractions plain numbers. Columns are only ever added
at the end. Pure.
"""

from collections.abc import Iterator

from openbell.core.types import NS
from openbell.report.figures import exact, utc
from openbell.report.recorder import Recorder

FILLS = (
    "time", "account", "deployment", "instrument", "side", "qty", "px", "value", "currency", "fee", "fee_currency",
    "reason", "is_exit", "oid", "venue_order", "exec_id",
)  # fmt: skip
"""Columns of `fills`."""
TRADES = (
    "deployment", "instrument", "side", "qty", "entry_time", "entry_px", "exit_time", "exit_px", "profit", "fees",
    "currency", "duration_s", "bars", "mae", "mfe", "entry_reason", "exit_reason",
)  # fmt: skip
"""Columns of `trades`; `profit` is after fees."""


def fills(recorder: Recorder) -> Iterator[tuple[str, ...]]:
    """Yield each fill that is kept, oldest first, in the columns `FILLS`."""
    for fill in recorder.fills:
        yield (
            utc(fill.time) or "", fill.account, fill.deployment, fill.instrument, fill.side, exact(fill.qty),
            exact(fill.px), exact(fill.value), recorder.spec.instruments[fill.instrument].currency, exact(fill.fee),
            fill.fee_currency, fill.reason, "true" if fill.is_exit else "false", fill.oid, fill.venue_order,
            fill.exec_id,
        )  # fmt: skip


def trades(recorder: Recorder) -> Iterator[tuple[str, ...]]:
    """Yield each closed trade that is kept, oldest first, in the columns `TRADES`."""
    for trade in recorder.trades:
        yield (
            trade.deployment, trade.instrument, trade.side, exact(trade.qty), utc(trade.entry_ts) or "",
            exact(trade.entry_px), utc(trade.exit_ts) or "", exact(trade.exit_px), exact(trade.profit),
            exact(trade.fees), recorder.spec.instruments[trade.instrument].currency,
            f"{(trade.exit_ts - trade.entry_ts) / NS:.3f}", str(trade.bars), f"{trade.mae:.6f}", f"{trade.mfe:.6f}",
            trade.entry_reason, trade.exit_reason,
        )  # fmt: skip
