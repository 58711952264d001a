"""How much risk a configuration takes, as points with the figures behind them.

`docs/reference/score.md` says how each is worked out. It judges what is written, not whether the strategy is any good.
Each part is rounded up, and what is not known counts in full.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from openbell.config.deployment import Deployment
from openbell.config.linter import figures
from openbell.config.load import Loaded
from openbell.core.types import ZERO, Rounding, div
from openbell.schema import Amount, format_amount, format_decimal, format_fraction

LEVELS = ((75, "very high"), (50, "high"), (25, "moderate"), (0, "low"))
"""From how many points on a score is called what."""
UNBOUNDED = "high"
"""What a score is called at least where nothing bounds the loss of a day."""
LIMITS = ("drawdown", "kill", "max_position", "max_positions", "order_rate")
"""Limits that are looked for besides `daily_loss`; each that is off costs the same."""
_STEP = Decimal("0.0001")
_EXPOSURE, _LOSS, _DAY, _SINGLE, _TURNOVER = map(Decimal, ("2", "0.1", "0.1", "0.5", "0.05"))
"""Share of the own money, and of a day's trading, that costs all points of its part."""
_LEVERAGE = Decimal(3)
"""Leverage beyond one that costs all points."""


class Points(msgspec.Struct, frozen=True, kw_only=True):
    """One part of a score.

    Attributes:
        name: exposure, stops, loss, day, leverage, concentration, limits, money or liquidity.
        points: Of `of`, whole and rounded up. is_known: False where it counts in full because nobody knows it.
        text: Why, in words. figures: What it was worked out from, as text.
    """

    name: str
    points: int
    of: int
    text: str
    is_known: bool = True
    figures: Mapping[str, str] = {}


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """The risk of what trades in one account.

    Attributes:
        points: Of `of`, the sum of the parts. level: The same in a word. is_bounded: False where nothing bounds the
            loss of a day; `level` is then high at least.
    """

    account: str
    points: int
    of: int
    level: str
    is_bounded: bool
    parts: tuple[Points, ...]

    def lines(self) -> list[str]:
        """Return it in words: the sum, then each part."""
        why = "" if self.is_bounded else ", because nothing bounds the loss of a day"
        head = f"Risk score, account {self.account}: {self.points} of {self.of}, {self.level}{why}."
        return [head, *(f"  {part.name} {part.points} of {part.of}: {part.text}" for part in self.parts)]


class _Stake(msgspec.Struct, frozen=True, kw_only=True):
    """What trades in an account; money in its base currency, None where prices decide.

    `own` is the money that everything is compared with, `words` what that is; `unknown` names the deployments whose
    loss at the stops is not known.
    """

    name: str
    deployments: Sequence[Deployment]
    base: str
    own: Decimal
    words: str
    exposure: Decimal | None
    loss: Decimal | None
    unknown: tuple[str, ...]

    def shown(self, value: Decimal) -> str:
        return figures.grouped(Amount(value, self.base))

    def part_of_own(self, value: Decimal) -> Decimal:
        return div(value, self.own, _STEP, Rounding.CEIL)

    def beside(self, value: Decimal) -> str:
        """Return money with its share of the own money, in words."""
        return f"{self.shown(value)}, {format_fraction(self.part_of_own(value))} of {self.words}"

    def told(self, **values: Decimal) -> dict[str, str]:
        return {name: format_amount(Amount(value, self.base)) for name, value in {**values, "own": self.own}.items()}


def scores(loaded: Loaded, turnover: Mapping[str, Decimal]) -> list[Score]:
    """Return a score for each account in which something trades. Pure.

    Args:
        loaded: A configuration that can be run.
        turnover: What usually trades of a symbol in a day, in the base currency; those not known are left out.
    """
    return [_score(loaded, name, turnover) for name in loaded.config.accounts if _of(loaded, name)]


def _of(loaded: Loaded, name: str) -> list[Deployment]:
    return [one for one in loaded.config.deployments if one.account == name]


def _score(loaded: Loaded, name: str, turnover: Mapping[str, Decimal]) -> Score:
    stake = _stake(loaded, name)
    day = _day(loaded, stake)
    parts = (
        _exposure(stake), _stops(stake), _loss(stake), day, _leverage(loaded.config.accounts[name].leverage),
        _concentration(stake), _limits(loaded), _money(loaded.config.mode_of(name)), _liquidity(stake, turnover),
    )  # fmt: skip
    points = sum(part.points for part in parts)
    least = next(least for least, level in LEVELS if level == UNBOUNDED)
    level = next(level for at, level in LEVELS if (points if day.is_known else max(points, least)) >= at)
    return Score(
        account=name, points=points, of=sum(part.of for part in parts), level=level, is_bounded=day.is_known,
        parts=parts,
    )  # fmt: skip


def _stake(loaded: Loaded, name: str) -> _Stake:
    own, cash = _of(loaded, name), figures.equity(loaded.config, name)
    capital = sum((one.budget.capital.value for one in own), ZERO)
    totals, losses = [figures.total(one) for one in own], [_at_stops(one) for one in own]
    base, words = loaded.config.accounts[name].base, "cash" if cash else "capital"
    return _Stake(
        name=name, deployments=own, base=base, own=cash or capital,
        words=f"{figures.grouped(Amount(cash or capital, base))} of {words}",
        exposure=_sum(totals), loss=_sum(losses),
        unknown=tuple(one.name for one, loss in zip(own, losses, strict=True) if loss is None),
    )  # fmt: skip


def _sum(values: Sequence[Decimal | None]) -> Decimal | None:
    known = [value for value in values if value is not None]
    return sum(known, ZERO) if len(known) == len(values) else None


def _at_stops(deployment: Deployment) -> Decimal | None:
    """Return what a deployment loses when all of its stops are hit at once, None where that is not known."""
    if not _has_stop(deployment):
        return None
    if deployment.size is not None and deployment.size.risk is not None:
        risk = deployment.size.risk * sum(figures.weights(deployment), ZERO)
        return figures.cents(deployment.budget.capital.value * risk)
    total, distance = figures.total(deployment), figures.stop(deployment)
    return None if total is None or distance is None else figures.cents(total * distance)


def _has_stop(deployment: Deployment) -> bool:
    exits = deployment.exits
    return any(stop is not None for stop in (exits.stop_loss, exits.stop_atr, exits.trailing))


def _scaled(of: int, value: Decimal, full: Decimal) -> int:
    """Return how many of `of` points a value costs, rounded up; from `full` on all of them."""
    return min(of, int(div(of * value, full, Decimal(1), Rounding.CEIL)))


def _exposure(stake: _Stake) -> Points:
    if stake.exposure is None:
        return _unknown("exposure", 15, "What all positions at once are worth is decided by prices.")
    points = _scaled(15, stake.part_of_own(stake.exposure), _EXPOSURE)
    text = f"All positions at once are worth {stake.beside(stake.exposure)}."
    return Points(name="exposure", points=points, of=15, text=text, figures=stake.told(exposure=stake.exposure))


def _unknown(name: str, of: int, text: str) -> Points:
    return Points(name=name, points=of, of=of, text=text, is_known=False)


def _stops(stake: _Stake) -> Points:
    bare = [one for one in stake.deployments if not _has_stop(one)]
    without, count = (sum(figures.count(one) for one in some) for some in (bare, stake.deployments))
    points = _scaled(10, Decimal(without), Decimal(count))
    names = ", ".join(one.name for one in bare)
    text = f"{without} of {count} positions have no stop: those of {names}." if bare else "Every position has a stop."
    return Points(
        name="stops", points=points, of=10, text=text, figures={"without": str(without), "positions": str(count)}
    )


def _loss(stake: _Stake) -> Points:
    if stake.loss is None:
        names = ", ".join(stake.unknown)
        return _unknown("loss", 15, f"What is lost when all stops are hit at once is not known of {names}.")
    text = f"All stops hit at once lose {stake.beside(stake.loss)}; gaps and slippage add to it."
    points = _scaled(15, stake.part_of_own(stake.loss), _LOSS)
    return Points(name="loss", points=points, of=15, text=text, figures=stake.told(loss=stake.loss))


def _day(loaded: Loaded, stake: _Stake) -> Points:
    """Return the points of the worst day: the tightest daily limit, or all stops at once where they lose more."""
    limits = [
        value.value if isinstance(value, Amount) else figures.cents(value * stake.own)
        for rule in loaded.rules if rule.kind == "daily_loss"
        for value in [getattr(rule.options, "limit", None)] if isinstance(value, Amount | Decimal)
    ]  # fmt: skip
    if not limits:
        return _unknown("day", 15, "No limit on the loss of a day is in force.")
    limit = min(limits)
    if stake.loss is None:
        text = f"New entries end at {stake.shown(limit)} lost in a day, and nothing known bounds what is held then."
        return _unknown("day", 15, text)
    if stake.loss > limit:
        text = f"A day ends at {stake.shown(limit)} lost, and all stops at once lose more: {stake.beside(stake.loss)}."
    else:
        text = f"A day ends at a loss of {stake.beside(limit)}; all stops at once lose no more than that."
    points = _scaled(15, stake.part_of_own(max(limit, stake.loss)), _DAY)
    return Points(name="day", points=points, of=15, text=text, figures=stake.told(limit=limit, loss=stake.loss))


def _leverage(leverage: Decimal) -> Points:
    text = f"The account may use {format_decimal(leverage)} times its money." if leverage > 1 else "No leverage."
    points = _scaled(10, max(leverage - 1, ZERO), _LEVERAGE)
    return Points(name="leverage", points=points, of=10, text=text, figures={"leverage": format_decimal(leverage)})


def _concentration(stake: _Stake) -> Points:
    held: dict[str, Decimal] = {}
    for one in stake.deployments:
        position = figures.position(one)
        if position is None:
            return _unknown("concentration", 10, "What is held of one instrument is decided by prices.")
        for symbol in one.instruments:
            held[symbol] = held.get(symbol, ZERO) + position
    symbol, most = max(held.items(), key=lambda item: item[1])
    text = f"A single instrument may hold {stake.beside(most)}."
    points = _scaled(10, stake.part_of_own(most), _SINGLE)
    return Points(
        name="concentration", points=points, of=10, text=text,
        figures={"instrument": symbol, **stake.told(most=most)},
    )  # fmt: skip


def _limits(loaded: Loaded) -> Points:
    off = [kind for kind in LIMITS if kind not in {rule.kind for rule in loaded.rules}]
    text = f"These limits are off: {', '.join(off)}." if off else f"These limits are on: {', '.join(LIMITS)}."
    points = _scaled(10, Decimal(len(off)), Decimal(len(LIMITS)))
    return Points(name="limits", points=points, of=10, text=text, figures={"off": ", ".join(off)})


def _money(mode: str) -> Points:
    is_real = mode == "live"
    text = "Orders move real money." if is_real else "No real money moves."
    return Points(name="money", points=10 if is_real else 0, of=10, text=text, figures={"mode": mode})


def _liquidity(stake: _Stake, turnover: Mapping[str, Decimal]) -> Points:
    held = [(symbol, figures.position(one)) for one in stake.deployments for symbol in one.instruments]
    known: list[tuple[Decimal, str, Decimal]] = []
    for symbol, position in held:
        if position is None:
            text = "Sizes are decided by prices, so nothing can be said beside what trades in a day."
            return _unknown("liquidity", 5, text)
        if turnover.get(symbol, ZERO) <= 0:
            return _unknown("liquidity", 5, f"What trades of {symbol} in a day is not known here.")
        known.append((div(position, turnover[symbol], _STEP, Rounding.CEIL), symbol, position))
    share, symbol, worst = max(known)
    text = f"A full position of {symbol} is up to {format_fraction(share)} of what trades of it in a day."
    return Points(
        name="liquidity", points=_scaled(5, share, _TURNOVER), of=5, text=text,
        figures={"instrument": symbol, "position": format_amount(Amount(worst, stake.base)),
                 "a_day": format_amount(Amount(turnover[symbol], stake.base))},
    )  # fmt: skip


def as_rows(found: Sequence[Score]) -> list[dict[str, Any]]:
    """Return scores as JSON-able data."""
    rows: list[dict[str, Any]] = msgspec.json.decode(msgspec.json.encode(found))
    return rows
