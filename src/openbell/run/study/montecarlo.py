"""Monte Carlo: the same trades and days drawn anew, the same file at other costs."""

from collections.abc import Sequence
from decimal import Decimal

import msgspec
import numpy as np

from openbell.core.types import as_float
from openbell.report import returns
from openbell.research import bootstrap
from openbell.research.bootstrap import Paths
from openbell.research.grid import Axis, drawn
from openbell.run.assemble import Prepared
from openbell.run.compiled import backtest_auto
from openbell.run.results import Result
from openbell.run.study.sweep import IDLE_ADVICE, Desk, Sweep, Watch, sweep, values_of
from openbell.run.study.trial import StudyError, Values

FEWEST = 10
"""Trades below which drawing from them says nothing."""
COSTS = ("spread", "slippage", "late_slippage")
"""Options of the simulated exchange that are drawn as shares of the price."""


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What is drawn.

    Attributes:
        paths: Of each sort. block: Days in a block. seed: Of all draws. ruin: Loss of the start that ends a path.
        runs: Runs with other costs, 0 for none. costs: Most of each cost, a share of the price.
        latency_ms: Longest delay of the venue.
    """

    paths: int = 1000
    block: int = 5
    seed: int = 1
    ruin: float = 0.5
    runs: int = 20
    costs: Decimal = Decimal("0.0005")
    latency_ms: int = 1000


class MonteCarlo(msgspec.Struct, frozen=True, kw_only=True):
    """What was found.

    Attributes:
        result: The file's own run. days: Its trading days. trades: Its closed trades in the account judged.
        shuffled, redrawn: Paths of its trades. blocks: Paths of its days. costs: The runs with other costs.
        terms: What was asked.
    """

    result: Result
    days: int
    trades: int
    shuffled: Paths
    redrawn: Paths
    blocks: Paths
    costs: Sweep
    terms: Terms


def montecarlo(desk: Desk, prepared: Prepared, terms: Terms, watch: Watch) -> MonteCarlo | Sweep:
    """Return what might as well have happened; the sweep of costs where it was ended.

    Args:
        desk: Where and how runs are made.
        prepared: The file's own run.
        terms: What is drawn.
        watch: Sees the progress of runs with other costs.

    Raises:
        StudyError: There are too few trades or days, or costs cannot be varied. And as `sweep`.
    """
    values = cost_values(prepared, desk.subject.account, terms)
    result = backtest_auto(prepared, desk.source)
    account = result.book.truth.accounts[desk.subject.account]
    own = {name for name, one in prepared.spec.deployments.items() if one.account == account.name}
    start = as_float(account.equity_start)
    profits = [as_float(trade.profit) / start for trade in result.recorder.trades if trade.deployment in own]
    daily = returns.daily(result.recorder.days(account.name))
    if not profits and not result.figures["fills"]:
        raise StudyError("the run did not trade: there was no signal, or each entry was refused", IDLE_ADVICE)
    if len(profits) < FEWEST or len(daily) <= terms.block:
        what = f"{len(profits)} trades on {len(daily)} trading days are too few to draw from"
        raise StudyError(what, f"{FEWEST} trades and more days than a block has are needed: take more data")
    costs = _swept(desk, values, watch)
    if not costs.is_complete:
        return costs
    return MonteCarlo(
        result=result,
        days=len(daily),
        trades=len(profits),
        shuffled=bootstrap.shuffled(np.array(profits), terms.paths, terms.seed),
        redrawn=bootstrap.redrawn(np.array(profits), terms.paths, terms.seed),
        blocks=bootstrap.blocks(np.array(daily), terms.block, terms.paths, terms.seed),
        costs=costs,
        terms=terms,
    )


def cost_values(prepared: Prepared, account: str, terms: Terms) -> list[Values]:
    """Return the costs of each run that varies them.

    Raises:
        StudyError: The account does not trade at the simulated exchange.
    """
    if not terms.runs:
        return []
    if prepared.loaded.config.accounts[account].broker != "sim":
        what = f"account {account} has another broker than sim, whose costs and latency the file does not say"
        raise StudyError(what, "leave them out with --runs 0")
    most = 100 * terms.costs
    axes = [Axis(path=f"accounts.{account}.{name}", high=most, unit="%") for name in COSTS] if most else []
    steps = max(terms.latency_ms, 1)
    if terms.latency_ms:
        delays = tuple(f"{one}ms" for one in sorted({steps * n // 100 for n in range(101)}))
        axes.append(Axis(path=f"accounts.{account}.latency", values=delays))
    return values_of(axes, drawn(axes, terms.runs, terms.seed)) if axes else []


def _swept(desk: Desk, values: Sequence[Values], watch: Watch) -> Sweep:
    """Make the runs with other costs; they are remembered, and count as no trials of the file."""
    subject = msgspec.structs.replace(desk.subject, is_trial=False)
    return sweep(msgspec.structs.replace(desk, subject=subject), values, watch)
