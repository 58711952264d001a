"""From configuration to `Instrument`: a preset, its corrections, and checks."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from itertools import pairwise
from math import gcd
from pathlib import Path
from typing import Any, Literal

from msgspec.structs import replace
from pydantic import ValidationError

from openbell.core.types import E8, ZERO, Instrument, TickBand
from openbell.edges.instruments.presets import FINEST_FILL, KINDS, REQUIRED
from openbell.schema import Number, PartConfig, Text

Kind = Literal["stock", "fx", "crypto", "krx", "future"]
_TENTH = Fraction(1, 10)


class Band(PartConfig):
    """From price `above` (inclusive, quote currency) on, the order tick is `tick`."""

    above: Number
    tick: Number


class Config(PartConfig):
    """One instrument; what is not given comes from the preset of its `kind`.

    Attributes:
        kind: stock (US), fx, crypto (spot), krx (Korean stock) or future.
        currency: Quote currency.
        tick: Order tick in quote currency, or a table of ticks by price.
        quantum: Finest step of a fill price; default: fine enough for every tick, and for stocks 0.0001.
        lot: Step of quantities in units.
        min_qty: Smallest order in units.
        min_notional: Smallest order value in quote currency.
        multiplier: Quote currency per point and unit.
        calendar: Name of the calendar, for example NYSE, KRX, fx or 24x7.
        positive: True where a price at or below zero is an error.
        can_short: True where selling more than is held is allowed.
        group: `large` for a large company, whose collar is narrower.
        sector: Business sector. issuer: Who is behind it.
        adv: Units usually traded in a day.
        base: The coin that a unit is, where fees may be taken in it.
    """

    kind: Kind = "stock"
    currency: Text | None = None
    tick: Number | tuple[Band, ...] | None = None
    quantum: Number | None = None
    lot: Number | None = None
    min_qty: Number | None = None
    min_notional: Number | None = None
    multiplier: Number | None = None
    calendar: Text | None = None
    positive: bool | None = None
    can_short: bool | None = None
    group: Literal["large"] | None = None
    sector: Text | None = None
    issuer: Text | None = None
    adv: Number | None = None
    base: Text | None = None


def load(
    configured: Mapping[str, Config | Mapping[str, Any]], symbols: Iterable[str], default_kind: Kind = "stock"
) -> dict[str, Instrument]:
    """Return the instruments `symbols`, in that order.

    Args:
        configured: What the user says of instruments, by symbol; a mapping has the fields of `Config`. Entries not
            in `symbols` are checked too, but not returned.
        symbols: What the deployments trade.
        default_kind: Preset of symbols that are not configured, and of mappings without a `kind`.

    Raises:
        ValueError: One or more instruments are wrong; the text names each.
    """
    errors: list[str] = []
    made: dict[str, Instrument] = {}
    wanted = list(symbols)
    for symbol in dict.fromkeys([*wanted, *configured]):
        try:
            made[symbol] = instrument(symbol, _config(configured.get(symbol, {}), default_kind))
        except ValidationError as error:
            errors += _explain(symbol, error)
        except ValueError as error:
            errors.append(str(error))
    if errors:
        raise ValueError("\n".join(errors))
    return {symbol: made[symbol] for symbol in wanted}


def stated(fields: Mapping[str, Any]) -> Config | None:
    """Return what a file says of an instrument, None where `load` finds it wrong."""
    try:
        return Config.model_validate(dict(fields))
    except ValidationError:
        return None


def read(path: Path) -> dict[str, dict[str, Any]]:
    """Return the mapping of a YAML file: symbol to fields of `Config`.

    Raises:
        ValueError: It is not YAML, or not a mapping of mappings.
        OSError: The file cannot be read.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        content = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except YAMLError as error:
        raise ValueError(f"{path}: {error}") from None
    if not isinstance(content, dict) or not all(isinstance(fields, dict) for fields in content.values()):
        raise ValueError(f"{path}: must map each symbol to its fields, for example `SPY: {{kind: stock}}`")
    return {str(symbol): fields for symbol, fields in content.items()}


def instrument(symbol: str, config: Config) -> Instrument:
    """Return one instrument. Pure.

    Raises:
        ValueError: A number is missing or makes no sense; the text begins with the symbol.
    """
    for field in REQUIRED.get(config.kind, ()):
        if getattr(config, field) is None:
            raise ValueError(f"{symbol}: a {config.kind} needs {field}: there is no sensible default")
    preset = KINDS[config.kind](symbol)
    bands = preset.bands if config.tick is None else _bands(symbol, config.tick)
    same = ("currency", "lot", "min_qty", "min_notional", "multiplier", "calendar", "positive", "can_short",
            "kind", "group", "sector", "issuer", "adv", "base")  # fmt: skip
    given = {name: getattr(config, name) for name in same if getattr(config, name) is not None}
    quantum = config.quantum
    if quantum is None:
        quantum = preset.quantum if config.tick is None else _quantum(bands, config.kind)
    made = replace(preset, bands=bands, quantum=quantum, **given)
    _check(made)
    return made


def _config(given: Config | Mapping[str, Any], default_kind: Kind) -> Config:
    if isinstance(given, Config):
        return given
    return Config.model_validate({"kind": default_kind, **given})


def _explain(symbol: str, error: ValidationError) -> list[str]:
    """Return a line for each thing pydantic found wrong: symbol, field, what."""
    lines = []
    for detail in error.errors():
        field = ".".join(str(step) for step in detail["loc"]) or "instrument"
        what = detail["msg"].removeprefix("Value error, ")
        if detail["type"] == "extra_forbidden":
            what = f"unknown field; known are {', '.join(Config.model_fields)}"
        lines.append(f"{symbol}: {field}: {what}")
    return lines


def _bands(symbol: str, tick: Decimal | tuple[Band, ...]) -> tuple[TickBand, ...]:
    if isinstance(tick, Decimal):
        return (TickBand(above=ZERO, tick=tick),)
    if not tick or tick[0].above != 0:
        raise ValueError(f"{symbol}: the first band of tick must have above: 0")
    bands = tuple(TickBand(above=band.above, tick=band.tick) for band in tick)
    if any(low.above >= high.above for low, high in pairwise(bands)):
        raise ValueError(f"{symbol}: the bands of tick must ascend by above")
    return bands


def _quantum(bands: tuple[TickBand, ...], kind: Kind) -> Decimal:
    """Return the largest step that divides every tick and one unit of currency.

    And is fine enough for `kind`.
    """
    steps = [Fraction(1), *(Fraction(band.tick) for band in bands)]
    if kind in FINEST_FILL:
        steps.append(Fraction(FINEST_FILL[kind]))
    step = reduce(_divisor, steps)
    if kind == "fx":
        step *= _TENTH
    return Decimal(step.numerator) / Decimal(step.denominator)


def _divisor(a: Fraction, b: Fraction) -> Fraction:
    return Fraction(gcd(a.numerator * b.denominator, b.numerator * a.denominator), a.denominator * b.denominator)


def _check(made: Instrument) -> None:
    """Raise ValueError unless the numbers of an instrument fit each other."""
    ticks = [band.tick for band in made.bands]
    for name, number in (("quantum", made.quantum), ("lot", made.lot), ("multiplier", made.multiplier)):
        if number <= 0:
            raise ValueError(f"{made.symbol}: {name} must be above 0, not {number}")
    if min(ticks) <= 0:
        raise ValueError(f"{made.symbol}: tick must be above 0, not {min(ticks)}")
    if min(made.min_qty, made.min_notional) < 0:
        raise ValueError(f"{made.symbol}: min_qty and min_notional must not be negative")
    _check_steps(made, ticks)


def _check_steps(made: Instrument, ticks: list[Decimal]) -> None:
    """Raise ValueError unless every step is a whole multiple of the one below it."""
    if Fraction(made.quantum).numerator != 1:
        raise ValueError(f"{made.symbol}: 1 / quantum must be a whole number; {made.quantum} is not such a step")
    for tick in ticks:
        if Fraction(tick) % Fraction(made.quantum):
            raise ValueError(f"{made.symbol}: tick {tick} is not a whole multiple of quantum {made.quantum}")
    if made.min_qty % made.lot:
        raise ValueError(f"{made.symbol}: min_qty {made.min_qty} is not a whole multiple of lot {made.lot}")
    for name, number in (("quantum", made.quantum), ("lot", made.lot), ("min_notional", made.min_notional)):
        if Fraction(number) % Fraction(E8):
            raise ValueError(f"{made.symbol}: {name} {number} is finer than 0.00000001")
