"""A small catalog and a good file, for every test of configuration."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from openbell.config.catalog import Catalog
from openbell.config.explain import ConfigError
from openbell.config.load import Loaded, load
from openbell.schema import Fraction, Money, Number, PartConfig, Span, Text


class Ema(PartConfig):
    fast: int = Field(default=12, ge=1)
    slow: int = 26


class Model(PartConfig):
    server: Text
    api_key: Text | None = None
    limit: int | None = 5


class DailyLoss(PartConfig):
    limit: Annotated[Fraction, Field(gt=0)] | Money


class MaxPosition(PartConfig):
    limit: Fraction = Decimal("0.10")


class Plain(PartConfig):
    pass


class PerShare(PartConfig):
    kind: Literal["per_share"]
    per_share: Number = Decimal("0.005")


class Bps(PartConfig):
    kind: Literal["bps"]
    bps: Number


class Venue(PartConfig):
    fees: Annotated[PerShare | Bps, Field(discriminator="kind")] = PerShare(kind="per_share")
    latency: Span = 0


class Sim(PartConfig):
    venue: Venue = Venue()


class Alpaca(PartConfig):
    account_no: Text


class Synthetic(PartConfig):
    seed: int = 1
    drift: float = 0.0


class Parquet(PartConfig):
    path: Text


class Calendar(PartConfig):
    closed: tuple[date, ...] = ()


class Instrument(PartConfig):
    lot: Number = Decimal(1)
    calendar: Text = "24x7"


class Hook(PartConfig):
    url: Text
    token: Text = ""


CATALOG = Catalog(
    channels={"webhook": Hook, "apprise": Hook},
    strategies={"ema_cross": Ema, "model": Model},
    rules={"daily_loss": DailyLoss, "max_position": MaxPosition, "kill": Plain, "duplicate": Plain},
    brokers={"sim": Sim, "alpaca": Alpaca},
    feeds={"synthetic": Synthetic, "parquet": Parquet},
    calendars=Calendar,
    instruments=Instrument,
    standard_rules={"kill": Plain(), "max_position": MaxPosition()},
    presets={"careful": {"max_position": MaxPosition(limit=Decimal("0.01")), "duplicate": Plain()}},
)

GOOD = """\
mode: sim
source: {kind: synthetic, seed: 7}
accounts:
  main: {broker: sim, cash: 100000 USD}
deployments:
  - name: cross
    strategy: {kind: ema_cross, fast: 12, slow: 26}
    instruments: [SPY, QQQ]
    bars: 1m
    account: main
    budget: {capital: 50000 USD, per_position: 2%, positions: 3}
    exits: {stop_loss: 2%, take_profit: 5%}
rules:
  - {kind: daily_loss, limit: 3%}
alerts:
  - {url: "${ALERT_URL}", level: warning}
"""
ENVIRONMENT = {"ALERT_URL": "https://hook.example/abcdef"}


def read(folder: Path, text: str | bytes, environment: dict[str, str] | None = None, mode: str | None = None) -> Loaded:
    """Load `text` as folder/c.yaml."""
    path = folder / "c.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load(path, CATALOG, ENVIRONMENT if environment is None else environment, mode=mode)


def errors(folder: Path, text: str | bytes, environment: dict[str, str] | None = None) -> list[str]:
    """Return the lines of the error of `text`, without the folder; none where it loads."""
    try:
        read(folder, text, environment)
    except ConfigError as error:
        return [line.replace(f"{folder}/", "") for line in str(error).splitlines()]
    return []


def swap(*pairs: tuple[str, str]) -> str:
    """Return the good file with each first text replaced by the second."""
    text = GOOD
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text
