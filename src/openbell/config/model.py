"""What a configuration file may say: its keys, their defaults and their units.

Options of parts are checked with the part's own model, taken from the `Catalog` in the validation context; a part's
errors keep their own paths. What needs more than one place of the file is in `lint`.
"""

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    PlainValidator,
    SerializerFunctionWrapHandler,
    ValidationInfo,
    WithJsonSchema,
    WrapValidator,
    field_serializer,
    model_serializer,
)

from openbell.config.alerts import Alerts, read_alerts
from openbell.config.choose import Part, catalog_of, check, choose, each, mark, need_mapping, no_kind
from openbell.config.deployment import Capital, Deployment, Name, Positive
from openbell.config.explain import C, Fault, fail, nearest, shown, unknown_name
from openbell.config.ladder import KillTerms
from openbell.config.logs import Logging
from openbell.config.monitor import MonitorTerms
from openbell.config.operations import OperationsTerms
from openbell.config.rules import Rules, validate_rules
from openbell.config.signals import Signals
from openbell.schema import (
    PartConfig,
    Text,
    format_decimal,
    parse_amount,
    parse_decimal,
)

MODES = ("dry_run", "sim", "paper", "live")
_MODE_MEANT = {
    "observe": "dry_run", "dry": "dry_run", "dryrun": "dry_run", "demo": "sim", "simulate": "sim", "simulated": "sim",
    "simulation": "sim", "real": "live", "production": "live",
}  # fmt: skip


def _mode(value: object) -> object:
    if value in MODES:
        return value
    name = str(value).strip().lower()
    meant = _MODE_MEANT.get(name.replace("-", "")) or nearest(name, MODES)
    advice = f"known: {', '.join(MODES)}"
    if name in ("backtest", "replay"):
        advice = f"{name} is a command: openbell {name}; {advice}"
    raise fail([Fault(loc=(), code=C.VALUE, what=f"{shown(value)} is not a mode", meant=meant, advice=advice)])


def _speed(value: object) -> str:
    text = str(value).strip().lower() if not isinstance(value, bool) else ""
    if text == "max":
        return text
    number = text.removesuffix("x")
    try:
        factor = parse_decimal(number)
    except ValueError:
        raise ValueError(f"{shown(value)} is not a speed; write max, 1x or 60x") from None
    if factor <= 0 or number == text:
        raise ValueError(f"{shown(value)} is not a speed; write {format_decimal(abs(factor) or Decimal(1))}x or max")
    return f"{format_decimal(factor)}x"


Mode = Annotated[Literal["dry_run", "sim", "paper", "live"], BeforeValidator(_mode)]
"""Where orders go: nowhere, the embedded exchange, the broker's paper account, real money."""
Speed = Annotated[
    str, PlainValidator(_speed), WithJsonSchema({"type": "string", "pattern": "^(max|[0-9.]+x)$", "examples": ["60x"]})
]
"""How fast a recorded source is taken: `max`, or times the clock such as `60x`."""


def _source(value: Any, info: ValidationInfo) -> Part:
    return choose(value, catalog_of(info).feeds, "feed")


def _calendars(value: Any, info: ValidationInfo) -> dict[str, PartConfig]:
    return each(value, catalog_of(info).calendars)


class Instruments(PartConfig):
    """Instruments by symbol, those of a file, and the options of all other symbols."""

    file: Text | None = None
    default: PartConfig | None = None
    symbols: dict[str, PartConfig] = {}

    @model_serializer
    def _flat(self) -> dict[str, Any]:
        head = {"file": self.file} if self.file else {}
        default = {"default": self.default} if self.default else {}
        return {
            **head,
            **{key: one.model_dump(mode="json") for key, one in {**default, **self.symbols}.items()},
        }


def _instruments(value: Any, info: ValidationInfo) -> Any:
    if isinstance(value, Instruments):
        return value
    file = need_mapping(value, "symbols to their options").get("file")
    if file is not None and not isinstance(file, str):
        raise fail([Fault(loc=("file",), code=C.TYPE, what=f"{shown(file)} is not the path of a file")])
    symbols = each({k: v for k, v in value.items() if k != "file"}, catalog_of(info).instruments)
    default = symbols.pop("default", None)
    return Instruments(file=file, default=default, symbols=symbols)


def _cash(value: Any) -> Any:
    amounts = value if isinstance(value, list | tuple) else [parse_amount(value)]
    seen = [a.split()[-1] for a in amounts if isinstance(a, str) and a.split()]
    twice = next((currency for currency in seen if seen.count(currency) > 1), "")
    if twice:
        raise ValueError(f"{twice} stands twice; write one amount for each currency")
    return amounts


class Account(PartConfig):
    """One account at one broker. Keys that are none of these are the broker's own options.

    Attributes:
        broker: Kind of broker; `sim` is the embedded exchange. options: The broker's own.
        cash: Opening balance, one amount or one for each currency; needed where the account is simulated.
        currency: Base currency; by default that of the first amount of cash.
        leverage: Gross exposure allowed per unit of equity.
        mode: Overrides the file's; `live` only counts where it stands here.
        netting: True allows opposite deployments in one instrument.
        calendar: Whose sessions divide its days; by default that of its instruments.
    """

    broker: str = Field(examples=["sim"])
    cash: Annotated[tuple[Capital, ...], BeforeValidator(_cash), mark("cash")] = Field(
        default=(), examples=["100000 USD"]
    )
    currency: Text | None = None
    leverage: Positive = Decimal(1)
    mode: Mode | None = None
    netting: bool = False
    calendar: Text | None = None
    options: PartConfig = PartConfig()

    @property
    def base(self) -> str:
        """Base currency, empty where neither `currency` nor `cash` says it."""
        return self.currency or (self.cash[0].currency if self.cash else "")

    @model_serializer(mode="wrap")
    def _flat(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        own = {k: v for k, v in handler(self).items() if v is not None and k != "options"}
        return {**own, **self.options.model_dump(mode="json")}


_OWN_KEYS = tuple(key for key in Account.model_fields if key != "options")


def _account(value: Any, info: ValidationInfo) -> Account:
    if isinstance(value, Account):
        return value
    data = need_mapping(value, "keys to values, such as {broker: sim, cash: 100000 USD}")
    brokers, faults = catalog_of(info).brokers, list[Fault]()
    kind = data.get("broker")
    options: PartConfig | None = PartConfig()
    if "broker" not in data:
        faults.append(no_kind(brokers, "broker", "broker"))
    elif not isinstance(kind, str) or kind not in brokers:
        faults.append(unknown_name(("broker",), kind, "broker", brokers))
    else:
        rest = {key: item for key, item in data.items() if key not in _OWN_KEYS}
        options = check(brokers[kind], rest, faults, also=_OWN_KEYS)
    # A broker that is missing or wrong has its fault already, and must not hide those of the other keys.
    own = {"broker": "", **{key: item for key, item in data.items() if key in _OWN_KEYS and key != "broker"}}
    account = check(Account, own, faults)
    if account is None or options is None or faults:
        raise fail(faults)
    return account.model_copy(update={"broker": kind, "options": options})


class Configuration(PartConfig):
    """The whole file.

    Attributes:
        mode: Where orders go. title: Name of the run, as shown. source: Where market data come from.
        speed: How fast a recorded or synthetic source is taken.
        calendars: Overrides by calendar. instruments: What is traded, by symbol.
        accounts: By name. deployments: In the order in which they are asked.
        rules: A preset and what is changed of it. kill: How kills are carried out. alerts: Where messages go.
        signals: Who may set the targets of a deployment from outside, None for nobody. logging: What log files hold.
        monitor: What is looked at by the clock, None for nothing.
        operations: What is done at fixed times of a day, a week and a month, None for nothing.
    """

    mode: Mode = "sim"
    title: Text = ""
    source: Annotated[Part, BeforeValidator(_source), mark("feeds")] | None = None
    speed: Speed = "max"
    calendars: Annotated[dict[str, PartConfig], BeforeValidator(_calendars), mark("calendars")] = {}
    instruments: Annotated[Instruments, BeforeValidator(_instruments), mark("instruments")] = Instruments()
    accounts: dict[Name, Annotated[Account, BeforeValidator(_account), mark("brokers")]] = Field(
        min_length=1, examples=["{main: {broker: sim, cash: 100000 USD}}"]
    )
    deployments: tuple[Deployment, ...] = Field(min_length=1, examples=["[{name: cross, …}]"])
    rules: Annotated[Rules, BeforeValidator(validate_rules), mark("rules")] = Rules()
    kill: KillTerms = KillTerms()
    monitor: MonitorTerms | None = None
    operations: OperationsTerms | None = None
    alerts: Annotated[Alerts, WrapValidator(read_alerts), mark("alerts")] = Alerts()
    signals: Signals | None = None
    logging: Logging = Logging()

    @property
    def pace(self) -> Decimal | None:
        """Speed as a multiple of the clock, None for as fast as possible."""
        return None if self.speed == "max" else Decimal(self.speed.removesuffix("x"))

    def mode_of(self, account: str) -> str:
        """Return the mode of an account: its own, else the file's; `live` is never inherited."""
        own = self.accounts[account].mode
        return own or self.mode

    @field_serializer("alerts")
    def _alerts_as_written(self, value: Alerts) -> Any:
        return [] if value == Alerts() else value.model_dump(mode="json")

    @field_serializer("calendars")
    def _calendars_as_written(self, value: dict[str, PartConfig]) -> dict[str, Any]:
        return {name: options.model_dump(mode="json") for name, options in value.items()}
