"""Finds parts and edges, and makes what the core can run.

They are handed to configuration, and what runs is made of its answer.
"""

import pkgutil
import secrets
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any, cast

import msgspec

import openbell.core
import openbell.parts
from openbell.config.catalog import Catalog
from openbell.config.deployment import Deployment, Exits, Size
from openbell.config.emit import canonical
from openbell.config.linter.review import review
from openbell.config.load import Loaded, settled
from openbell.config.load import load as load_file
from openbell.config.model import Account
from openbell.core.book import Book
from openbell.core.engine import Engine
from openbell.core.events import Genesis
from openbell.core.ports import Venue
from openbell.core.risk import Rule
from openbell.core.spec import AccountSpec, Costs, DeploymentSpec, ExitSpec, RunSpec, SizeSpec
from openbell.core.strategy import Strategy
from openbell.core.types import ZERO, Caps, Instrument, OrderType
from openbell.edges import alerts, brokers, calendars, feeds, instruments
from openbell.edges.brokers.options import Asking, outside
from openbell.edges.instruments.vendor import Settled
from openbell.parts.venue.dry import DryVenue
from openbell.parts.venue.exchange import Exchange
from openbell.parts.venue.options import FeeModel, VenueOptions
from openbell.run.costs import costs_of
from openbell.run.fit import demand_fit
from openbell.run.keyring import secrets_of
from openbell.run.listings import Known, encode, instruments_of, with_kinds
from openbell.run.lore import lore_of
from openbell.run.modes import mode_of, venue_kind
from openbell.run.needs import lacking
from openbell.run.outbox import OutsideVenue
from openbell.run.paced import ranges, strategy_of
from openbell.run.parts import Shelf, bind_rule, source_hash
from openbell.run.presets import PRESETS
from openbell.run.subscriptions import subscriptions_of
from openbell.schema import PartConfig

STANDARD = (
    "kill", "armed", "session_hours", "daily_loss", "max_position", "max_positions", "duplicate", "order_quantity",
    "position_quantity", "order_notional", "liquidity", "price_collar", "price_drift", "repeated_fills", "order_rate",
    "daily_trades", "open_orders", "gross_exposure", "net_exposure", "concentration", "leverage", "min_cash",
    "trade_risk", "portfolio_risk", "correlation", "symbol_volatility", "portfolio_volatility", "weekly_loss",
    "monthly_loss", "drawdown", "stop_outs", "reject_streak", "self_match", "allow_list", "stale_data", "disconnect",
    "near_close", "holding_period", "order_timeout", "mismatch", "slippage", "source_budget", "confirmation",
    "surveillance",
)  # fmt: skip
"""Rules in force where a file says nothing of them and their data exist, in the order in which they are asked."""
LIVE = ("armed", "daily_loss", "order_notional", "order_rate", "price_collar")
"""Rules without which no account trades real money."""
DATA, TRIAL = "data", "trial"
"""Prices that are handed over: a run takes its accounts as the file says, a trial simulates them all."""
Hashed = Callable[..., str]
TAG = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Shelves(msgspec.Struct, frozen=True):
    """All parts and edges that a file can name."""

    strategies: Shelf
    rules: Shelf
    brokers: Shelf
    feeds: Shelf
    channels: Shelf


def shelves(folder: Path | None) -> Shelves:
    """Return what can be named; private parts are looked for below `folder`."""
    return Shelves(
        Shelf("strategies", "openbell.parts.strategies", folder),
        Shelf("rules", "openbell.parts.rules", folder),
        _BrokerShelf("brokers", brokers.__name__, folder),
        _OwnShelf("feeds", feeds.__name__, folder, ("csv", "parquet", "synthetic")),
        _OwnShelf("channels", alerts.__name__, folder, alerts.KINDS),
    )


class _OwnShelf(Shelf):
    """Parts that stand beside their helpers: only the files named are parts."""

    def __init__(self, sort: str, package: str, folder: Path | None, kinds: tuple[str, ...]) -> None:
        """List some files of a package, and private ones below `folder`."""
        super().__init__(sort, package, folder)
        self._own = [kind for kind in self._own if kind in kinds]


class _BrokerShelf(Shelf):
    """Brokers are folders; the files beside them are what all of them share."""

    def __init__(self, sort: str, package: str, folder: Path | None) -> None:
        """List the brokers of a package, and private ones below `folder`."""
        super().__init__(sort, package, folder)
        self._own = [found.name for found in pkgutil.iter_modules(brokers.__path__) if found.ispkg]


class Wire(msgspec.Struct, frozen=True):
    """An account at a venue outside the process.

    Its broker, the broker's options, and the mode it is bound to.
    """

    broker: ModuleType
    options: Any
    mode: str


def catalog(found: Shelves, environment: Mapping[str, str] = MappingProxyType({})) -> Catalog:
    """Return the option models of everything found, and the standard rules.

    The rules come with their defaults; `environment` says where the vault is, and what opens it.
    """
    return Catalog(
        strategies=found.strategies,
        rules=found.rules,
        brokers=found.brokers,
        feeds=found.feeds,
        channels=found.channels,
        calendars=calendars.Config,
        instruments=instruments.Config,
        standard_rules={kind: found.rules[kind]() for kind in STANDARD},
        presets={
            name: {kind: found.rules[kind].model_validate(options) for kind, options in changed.items()}
            for name, changed in PRESETS.items()
        },
        live_rules=LIVE,
        secret_of=secrets_of(environment),
    )


class Prepared(msgspec.Struct, kw_only=True):
    """A run, ready to be started.

    Attributes:
        loaded: The configuration. spec: What the core made of it. strategies: By deployment. rules: In order.
        venues: Options of each in-process venue, by account.
        hashes: Hash of code and options by deployment. code: Hash of all code that can change a decision.
        feed, feed_options: Where market data come from; None where the file names no source.
        wires: Accounts whose venue is outside the process.
        known, agreed: What vendors list of the instruments, and how that was settled with the file.
    """

    loaded: Loaded
    spec: RunSpec
    strategies: dict[str, Strategy]
    rules: tuple[Rule, ...]
    venues: dict[str, VenueOptions]
    hashes: dict[str, str]
    code: str
    feed: ModuleType | None = None
    feed_options: PartConfig | None = None
    wires: dict[str, Wire] = {}
    known: Known = {}
    agreed: Settled = Settled(entries={}, origins={}, told=())


def read(path: Path, environment: Mapping[str, str], mode: str | None = None) -> tuple[Loaded, Shelves]:
    """Return a checked configuration file and what it may name.

    Raises:
        ConfigError: With everything that is wrong in it.
        PartError: A private part cannot be imported.
    """
    found = shelves(path.parent)
    return load_file(path, catalog(found, environment), environment, mode=mode), found


def prepare(
    loaded: Loaded, found: Shelves, hashed: Hashed = source_hash, *, prices: str = "", known: Known | None = None
) -> Prepared:
    """Return a checked configuration as a run.

    Args:
        loaded: The configuration.
        found: What it may name.
        hashed: Hash of the source of modules and folders; one who prepares many runs of one code remembers it.
        prices: Where they come from: `DATA` or `TRIAL`; empty for where the file says.
        known: What vendors list of the instruments, by account; empty for the file's word alone.

    Raises:
        PartError: A part cannot be bound to its options.
        ModeRefused: An account's mode is not available.
        ValueError: Instruments are wrong.
    """
    config = loaded.config
    spec, agreed = _spec(loaded, found, prices, known or {})
    data = lacking(spec, {part.kind: found.rules.module(part.kind) for part in loaded.rules})
    loaded = settled(with_kinds(loaded, agreed), data)
    strategies, hashes = {}, {}
    shared = hashed(Path(openbell.parts.__path__[0]) / "indicators")
    for deployment in config.deployments:
        module = found.strategies.module(deployment.strategy.kind)
        options = deployment.strategy.options
        strategies[deployment.name] = strategy_of(deployment, found.strategies)
        brought = found.strategies.origin(deployment.strategy.kind)
        hashes[deployment.name] = f"{hashed(module)[:16]}-{shared[:16]}-{options.model_dump_json()}{brought}"
    modules = {name: found.brokers.module(account.broker) for name, account in config.accounts.items()}
    core, parts = Path(openbell.core.__path__[0]), Path(openbell.parts.__path__[0])
    return Prepared(
        loaded=review(loaded, lore_of(loaded, spec, strategies, modules)),
        spec=spec,
        strategies=strategies,
        rules=tuple(bind_rule(p.kind, found.rules.module(p.kind), p.options) for p in loaded.rules),
        venues={name: _venue_options(account) for name, account in config.accounts.items()},
        hashes=hashes,
        code=hashed(core, parts),
        feed=found.feeds.module(config.source.kind) if config.source is not None else None,
        feed_options=_anchored(config.source.options, loaded.folder) if config.source is not None else None,
        wires={
            name: Wire(found.brokers.module(account.broker), account.options, config.mode_of(name))
            for name, account in config.accounts.items()
            if spec.accounts[name].outside is not None
        },
        known=known or {},
        agreed=agreed,
    )


def _anchored(options: PartConfig, folder: Path) -> PartConfig:
    """Return a feed's options with a relative path made relative to the file it stands in."""
    path = getattr(options, "path", None)
    if path is None or Path(path).is_absolute():
        return options
    return options.model_copy(update={"path": type(path)(folder / path)})


# --- from the file's words to the core's ------------------------------------------------------------------------


def _spec(loaded: Loaded, found: Shelves, prices: str, known: Known) -> tuple[RunSpec, Settled]:
    config = loaded.config
    made, agreed = instruments_of(loaded, known)
    prices = prices or (DATA if config.source is not None else "")
    accounts = {name: _account(loaded, found, name, (made, prices)) for name in config.accounts}
    outside = frozenset(name for name, account in accounts.items() if account.outside is not None)
    spec = RunSpec(
        title=config.title or Path(loaded.path).stem,
        mode=mode_of(account.venue for account in accounts.values()),
        instruments=made,
        accounts=accounts,
        deployments={one.name: _deployment(one, config.accounts[one.account]) for one in config.deployments},
        subscriptions=subscriptions_of(config.deployments, outside),
        kill=config.kill.terms(),
    )
    demand_fit(spec, lambda name: found.brokers.module(config.accounts[name].broker))
    return spec, agreed


def _account(loaded: Loaded, found: Shelves, name: str, world: tuple[dict[str, Instrument], str]) -> AccountSpec:
    made, prices = world
    account = loaded.config.accounts[name]
    options: Any = account.options
    broker = found.brokers.module(account.broker)
    modes = getattr(broker, "MODES", ())
    venue = venue_kind(loaded.config.mode_of(name), modes)
    if prices == TRIAL and venue in ("paper", "live"):
        venue = "sim"
    # A dry run without a source looks at its broker's own prices; nothing of it is sent there.
    is_outside = venue in ("paper", "live") or (venue == "none" and "dry_run" in modes and not prices)
    traded = [s for d in loaded.config.deployments if d.account == name for s in d.instruments]
    calendar = account.calendar or (made[traded[0]].calendar if traded else "24x7")
    return AccountSpec(
        name=name,
        venue=venue,
        currency=account.base,
        # Of an account outside nothing need be said: what it opens with is the broker's to say.
        cash={amount.currency: amount.value for amount in account.cash} or {account.base: ZERO},
        leverage=account.leverage,
        calendar=calendar,
        caps=broker.CAPS if is_outside else Caps(),
        netting=account.netting,
        outside=outside(cast(Asking, options), broker.CAPS) if is_outside else None,
        digits=str(getattr(options, "account", ""))[-4:] if is_outside else "",
        is_real=venue == "live",
        is_simulated=is_outside and options.is_simulated,
    )


def _deployment(deployment: Deployment, account: Account) -> DeploymentSpec:
    budget, order = deployment.budget, deployment.order
    return DeploymentSpec(
        name=deployment.name,
        account=deployment.account,
        strategy=deployment.strategy.kind,
        instruments=tuple(deployment.instruments),
        interval=deployment.heard,
        fold=deployment.bars if deployment.every else 0,
        capital=budget.capital.value,
        size=_size(deployment.size, budget.per_position, _venue_options(account).fees),
        exits=_exits(deployment.exits),
        max_positions=budget.positions or 0,
        max_entries=budget.daily_trades or 0,
        max_loss=budget.daily_loss.value if budget.daily_loss else ZERO,
        max_drawdown=budget.drawdown or ZERO,
        max_value=budget.max_position.value if budget.max_position else ZERO,
        can_short=deployment.short,
        entry_type=OrderType(order.type),
        entry_tif=order.tif,
        entry_offset=order.offset or ZERO,
        entry_slack=order.slack or ZERO,
        overnight=deployment.overnight,
        signals=deployment.signals,
    )


def _size(size: Size | None, per_position: Decimal, fees: FeeModel) -> SizeSpec:
    if size is None:
        return SizeSpec(kind="weight", value=per_position)
    kind, value = next((k, getattr(size, k)) for k in ("quantity", "notional", "weight", "risk") if getattr(size, k))
    value = value.value if kind == "notional" else value
    return SizeSpec(kind=kind, value=value, costs=costs_of(fees) if kind == "risk" else Costs())


def _exits(exits: Exits) -> ExitSpec:
    trail = exits.trailing
    return ExitSpec(
        stop_loss=exits.stop_loss or ZERO,
        take_profit=exits.take_profit or ZERO,
        stop_atr=exits.stop_atr or ZERO,
        trail_frac=(trail.fraction if trail else None) or ZERO,
        trail_amount=trail.amount.value if trail and trail.amount else ZERO,
        trail_atr=(trail.atr if trail else None) or ZERO,
        atr_period=exits.atr_period,
    )


def _venue_options(account: Account) -> VenueOptions:
    options: Any = account.options
    if account.broker != "sim":
        # What another broker's fills cost is not said in the file: its accounts are simulated without costs.
        return VenueOptions()
    fees = FeeModel(**{name: getattr(options.fees, name) for name in FeeModel.__struct_fields__})
    others = [name for name in VenueOptions.__struct_fields__ if name != "fees"]
    return VenueOptions(fees=fees, **{name: getattr(options, name) for name in others})


# --- what runs --------------------------------------------------------------------------------------------------


def genesis(prepared: Prepared, instance: str, source: str, ts: int) -> Genesis:
    """Return the first event of a new state.

    Args:
        prepared: The run.
        instance: Its tag.
        source: Fingerprint of its source.
        ts: Instant before the first market event, ns.
    """
    return Genesis(
        ts=ts,
        instance=instance,
        config=canonical(prepared.loaded),
        code=prepared.code,
        source=source,
        strategies=prepared.hashes,
        mode=prepared.spec.mode,
        title=prepared.spec.title,
        is_synthetic=prepared.spec.is_synthetic,
        spec=msgspec.json.encode(prepared.spec).decode(),
        venues={name: msgspec.json.encode(options).decode() for name, options in prepared.venues.items()},
        rules=tuple(rule.text for rule in prepared.rules),
        listed=encode(prepared.known),
    )


def new_instance() -> str:
    """Return a fresh instance tag of six characters; drawn once, when a state is made."""
    return "".join(secrets.choice(TAG) for _ in range(6))


def venues_of(spec: RunSpec, options: Mapping[str, VenueOptions]) -> dict[str, Venue]:
    """Return a fresh venue for each account; one outside the process has no transport yet."""
    made: dict[str, Venue] = {}
    for name, account in spec.accounts.items():
        if account.outside is not None:
            made[name] = OutsideVenue()
        elif account.venue == "none":
            made[name] = DryVenue(name)
        else:
            made[name] = Exchange(name, spec.instruments, options[name], netting=account.netting)
    return made


def engine_of(spec: RunSpec, strategies: dict[str, Strategy], rules: tuple[Rule, ...], book: Book) -> Engine:
    """Return an engine on `book`."""
    return Engine(book, strategies, rules, ranges)
