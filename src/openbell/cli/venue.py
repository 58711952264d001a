"""`openbell venue KIND`: a venue for trials, as a process of its own on this machine."""

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from openbell.cli.shell.options import Data, Speed
from openbell.cli.shell.spread import spread
from openbell.core.types import NS

if TYPE_CHECKING:
    from openbell.wire.script import Ground, Rule

EXAMPLES = """
openbell venue plain --port 7001 --log venue.log                        a synthetic market at the clock's own pace
openbell venue plain --port 7001 --log venue.log --speed 60x --faults faults.yaml
"""
PLAIN_EXAMPLES = """
openbell venue plain --port 7001 --log venue.log --speed 60x            a bar of a minute each second
openbell venue plain --port 7001 --log venue.log --control-port 7002    with an operator's port; token in venue.token
openbell venue plain --port 0 --log venue.log                           any free port; it stands in venue.ports
"""
ALPACA_EXAMPLES = """
openbell venue alpaca --port 8765                                       invented prices at the clock's own pace
openbell venue alpaca --port 8765 --speed 60x --ready-file ready        a minute each second; ready holds the address
openbell venue alpaca --port 0 --data minutes/                           recorded minutes of all that lies there
openbell venue alpaca --key PKMINE --account PA2026 --cash 25000USD     an account of your own
openbell venue alpaca --faults storm.yaml --control-port 0              what goes wrong, and an operator's port
"""
BINANCE_EXAMPLES = """
openbell venue binance --port 8766                                      invented prices at the clock's own pace
openbell venue binance --port 8766 --speed 60x --ready-file ready       a minute each second; ready holds the address
openbell venue binance --port 0 --data minutes/BTCUSDT.parquet          recorded minutes
openbell venue binance --port 0 --commission 0.001 --cash 9000USDT,1BTC  fees in what is bought; two kinds of coins
openbell venue binance --key mine --secret "$MINE" --account 7001       an account of your own; 7001 is its uid
openbell venue binance --faults storm.yaml --control-port 0             what goes wrong, and an operator's port
"""

Port = Annotated[int, typer.Option("--port", metavar="N", help="Port on 127.0.0.1; 0 for any.")]
LogFile = Annotated[Path, typer.Option("--log", metavar="FILE", help="Its own log: a JSON object on each line.")]
Faults = Annotated[
    Path | None, typer.Option("--faults", metavar="FILE", help="What goes wrong, when (YAML).", show_default=False)
]
ControlPort = Annotated[
    int | None,
    typer.Option("--control-port", metavar="N", help="Operator's port; 0 for any. Default: none.", show_default=False),
]
Symbols = Annotated[str, typer.Option("--symbols", metavar="A,B:crypto", help="What is traded.")]
Traded = Annotated[
    str,
    typer.Option(
        "--symbols", metavar="A,B", show_default=False,
        help="What is traded. Default: all that was recorded, or invented prices of the usual ones.",
    ),
]  # fmt: skip
Bars = Annotated[str, typer.Option("--bars", metavar="SPAN", help="Length of a bar.")]
Seed = Annotated[int, typer.Option("--synthetic", metavar="SEED", help="Seed of the invented market.")]
Cash = Annotated[str, typer.Option("--cash", metavar="AMOUNT", help="Opening balance.")]
Coins = Annotated[
    str,
    typer.Option(
        "--cash", metavar="AMOUNTS", show_default=False,
        help="Opening balance. Default: 100000 of each coin that is paid with (USDT).",
    ),
]  # fmt: skip
ReadyFile = Annotated[
    Path | None,
    typer.Option("--ready-file", metavar="F", help="Holds the address once the port answers.", show_default=False),
]
Prices = Annotated[str, typer.Option("--data", metavar="PATH|synthetic", help="Where prices come from.")]
OwnLog = Annotated[
    Path | None,
    typer.Option("--log", metavar="FILE", help="Its own log. Default: under $OPENBELL_HOME.", show_default=False),
]
Key = Annotated[str, typer.Option("--key", metavar="K", help="Key of its one account.")]
Secret = Annotated[str, typer.Option("--secret", metavar="S", help="That key's secret; it is shown nowhere.")]
Account = Annotated[
    str, typer.Option("--account", metavar="NAME", help="What the account is called.", show_default=False)
]
Commission = Annotated[str, typer.Option("--commission", metavar="SHARE", help="Of what a trade brings.")]
PublicKey = Annotated[
    Path | None,
    typer.Option("--public-key", metavar="FILE", help="Public half (PEM) of an Ed25519 key.", show_default=False),
]
MOST_SPEED = 2_000.0
"""What `max` means to a venue that its clients follow by the clock; it stands still while nobody listens."""


def plain(
    port: Port,
    log: LogFile,
    faults: Faults = None,
    control_port: ControlPort = None,
    data: Data = None,
    seed: Seed = 1,
    speed: Speed = None,
    symbols: Symbols = "SPY,QQQ",
    bars: Bars = "1m",
    cash: Cash = "100000 USD",
) -> int:
    """Open a venue that speaks the plain protocol, until Ctrl-C.

    Docs/reference/plain-protocol.md has the words.
    """
    import asyncio

    from openbell.cli.shell.failure import Wrong
    from openbell.cli.shell.options import parse_speed
    from openbell.cli.shell.output import tell
    from openbell.run.clock import WallClock
    from openbell.run.venue import Doors, Goods, Pace, instruments_of, serve_plain
    from openbell.schema import parse_amount, parse_span
    from openbell.wire.plain.desk import Terms
    from openbell.wire.plain.hands import GROUND

    # `0x` is a market that waits for the operator.
    factor = 0.0 if speed == "0x" else parse_speed(speed) if speed else 1.0
    rules = _script(faults, GROUND)
    try:
        amount, interval = parse_amount(cash), parse_span(bars)
        goods = Goods(symbols=tuple(symbols.split(",")), interval=interval, data=data, seed=seed)
        instruments_of(goods)
    except ValueError as error:
        raise Wrong(str(error), "openbell venue plain --help shows how") from None
    terms = Terms(currency=amount.currency, cash=Decimal(amount.value))
    tell(f"plain venue: account {terms.account} ({terms.mode}), {symbols}; log {log}")
    doors = Doors(port=port, log=log, control_port=control_port)
    fastest = interval / NS * 1000
    pace = Pace(
        speed=fastest if factor is None else factor,
        now=WallClock().now,
        tell=lambda url: tell(f"open at {url}; Ctrl-C ends it"),
    )
    asyncio.run(serve_plain(terms, goods, doors, rules, pace))
    return 0


def _script(path: Path | None, ground: "Ground") -> "list[Rule]":
    """Return the faults of a script, none where there is none.

    Raises:
        Wrong: It cannot be used.
    """
    from openbell.cli.shell.failure import Wrong
    from openbell.wire.script import ScriptError, read

    if path is None:
        return []
    try:
        return read(path, ground)
    except OSError as error:
        raise Wrong(f"{path}: {error.strerror}", "name a fault script (YAML)") from None
    except ScriptError as error:
        raise Wrong(f"{path} is not a fault script:\n{error}", "correct the lines named") from None


class Owner(msgspec.Struct, frozen=True):
    """Whose account it is."""

    key: Key = "PKTEST"
    secret: Secret = "secret"
    account: Account = ""


class Dollars(Owner, frozen=True):
    """An account that is kept in USD."""

    cash: Cash = "100000 USD"


@spread
def alpaca(
    owner: Dollars,
    port: Port = 8765,
    log: OwnLog = None,
    ready_file: ReadyFile = None,
    data: Prices = "synthetic",
    seed: Seed = 1,
    speed: Speed = None,
    symbols: Traded = "",
    faults: Faults = None,
    control_port: ControlPort = None,
) -> int:
    """Open a venue that speaks Alpaca's protocols (key PKTEST, secret secret), until Ctrl-C.

    Trading, market data and all streams stand on one port; docs/brokers/alpaca.md says how true each is.
    """
    import asyncio
    import os

    from openbell.cli.shell.failure import Wrong
    from openbell.cli.shell.options import parse_speed
    from openbell.cli.shell.output import tell
    from openbell.run import state
    from openbell.run.clock import WallClock
    from openbell.run.front import PRICES, Site, instruments_of, serve
    from openbell.run.minutes import goods_of
    from openbell.run.tenant import check_names, parse_dollars
    from openbell.run.venue import Pace
    from openbell.wire.alpaca.hands import GROUND
    from openbell.wire.alpaca.views import ACCOUNT_NUMBER

    factor = 0.0 if speed == "0x" else parse_speed(speed) if speed else 1.0
    rules = _script(faults, GROUND)
    try:
        check_names(owner.key, owner.secret, owner.account)
        amount = parse_dollars(owner.cash)
        goods, notes = goods_of(symbols, PRICES, data, seed)
        instruments_of(goods.symbols)
    except ValueError as error:
        raise Wrong(str(error), "openbell venue alpaca --help shows how") from None
    path = log or state.home(os.environ) / "venues" / "alpaca.log"
    site = Site(
        port=port, log=path, ready=ready_file, cash=amount, control_port=control_port, rules=tuple(rules),
        key=owner.key, secret=owner.secret, account=owner.account,
    )  # fmt: skip
    name = site.account or ACCOUNT_NUMBER
    terms = f"account {name} of {amount:f} USD, {_keys(owner)}"
    _introduce(f"Alpaca front: SIMULATED {terms}; {','.join(goods.symbols)}; log {path}", *notes)
    pace = Pace(
        speed=MOST_SPEED if factor is None else factor,
        waits=factor is None,
        now=WallClock().now,
        tell=lambda url: tell(f"open at {url}; Ctrl-C ends it"),
        say=tell,
    )
    asyncio.run(serve(goods, site, pace))
    return 0


class Purse(Owner, frozen=True):
    """An account of coins: what it opens with, what it pays for a trade, and how it may sign."""

    cash: Coins = ""
    commission: Commission = "0"
    public_key: PublicKey = None


@spread
def binance(
    owner: Purse,
    port: Port = 8766,
    log: OwnLog = None,
    ready_file: ReadyFile = None,
    data: Prices = "synthetic",
    seed: Seed = 1,
    speed: Speed = None,
    symbols: Traded = "",
    faults: Faults = None,
    control_port: ControlPort = None,
) -> int:
    """Open a venue that speaks Binance's protocols (key PKTEST, secret secret), until Ctrl-C.

    REST, the websocket API and the market streams stand on one port; docs/brokers/binance.md says how true each is.
    """
    import asyncio
    import os

    from openbell.cli.shell.failure import Wrong
    from openbell.cli.shell.options import parse_speed
    from openbell.cli.shell.output import tell
    from openbell.run import state
    from openbell.run.binance import PRICES, Terms, instruments_of, is_pair, serve, usual_purse
    from openbell.run.clock import WallClock
    from openbell.run.front import Site
    from openbell.run.minutes import goods_of
    from openbell.run.tenant import check_names, parse_cash, shown_cash, uid_of
    from openbell.run.venue import Pace
    from openbell.wire.binance.call import USUAL_UID
    from openbell.wire.binance.hands import GROUND

    factor = 0.0 if speed == "0x" else parse_speed(speed) if speed else 1.0
    rules = _script(faults, GROUND)
    try:
        check_names(owner.key, owner.secret, owner.account)
        uid = uid_of(owner.account, USUAL_UID)
        goods, notes = goods_of(symbols, PRICES, data, seed, is_pair)
        made = instruments_of(goods.symbols)
        coins = parse_cash(owner.cash) if owner.cash else usual_purse(made)
        rate = _share(owner.commission)
    except ValueError as error:
        raise Wrong(str(error), "openbell venue binance --help shows how") from None
    path = log or state.home(os.environ) / "venues" / "binance.log"
    site = Site(
        port=port, log=path, ready=ready_file, control_port=control_port, rules=tuple(rules),
        key=owner.key, secret=owner.secret, account=owner.account,
    )  # fmt: skip
    terms = Terms(coins=coins, rate=rate, public=owner.public_key)
    name = f"{owner.account} (uid {uid})" if owner.account not in ("", str(uid)) else f"uid {uid}"
    purse = f"account {name} of {shown_cash(coins)}, {_keys(owner)}"
    _introduce(f"Binance front: SIMULATED {purse}; {','.join(goods.symbols)}; log {path}", *notes)
    pace = Pace(
        speed=MOST_SPEED if factor is None else factor,
        waits=factor is None,
        now=WallClock().now,
        tell=lambda url: tell(f"open at {url}; Ctrl-C ends it"),
        say=tell,
    )
    asyncio.run(serve(goods, site, terms, pace))
    return 0


def _introduce(*lines: str) -> None:
    from openbell.cli.shell.output import tell

    for line in lines:
        tell(line)


def _keys(owner: Owner) -> str:
    """Return what is said of the keys: never the secret."""
    return f"key {owner.key} with {'its usual' if owner.secret == Owner().secret else 'the given'} secret"


def _share(text: str) -> Decimal:
    """Return a share below one.

    Raises:
        ValueError: It is none.
    """
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal(-1)
    if not 0 <= found < 1:
        raise ValueError(f"{text!r} is no share; write 0.001 for a tenth of a percent")
    return found
