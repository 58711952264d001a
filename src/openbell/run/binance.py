"""The Binance front as a process: its market, its one port, its log, and its end."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import msgspec

from openbell.core.events import Bar
from openbell.core.types import Instrument
from openbell.edges.instruments import load
from openbell.run.front import Site, open_front
from openbell.run.invented import Past, invented
from openbell.run.minutes import recording
from openbell.run.tenant import uid_of
from openbell.run.venue import Goods, Pace
from openbell.wire.binance.call import House
from openbell.wire.binance.desk import Desk
from openbell.wire.binance.keys import Keys
from openbell.wire.binance.listing import MEAN_MINUTES, MIN_NOTIONAL
from openbell.wire.binance.market import Booth
from openbell.wire.binance.meter import Meter
from openbell.wire.binance.operator import Operator
from openbell.wire.binance.rows import mean_of
from openbell.wire.binance.server import Server
from openbell.wire.log import Log
from openbell.wire.market import Market
from openbell.wire.tape import Tape

PRICES = {"BTCUSDT": "60000", "ETHUSDT": "2500"}
"""Where invented prices begin, USDT."""
STEPS = {"BTC": Decimal("0.00001"), "ETH": Decimal("0.0001")}
"""Steps of quantities by coin; others have the usual one of their kind."""
PURSE = Decimal(100_000)
SHARE_WORTH = 200.0
"""What a share stands for, in quote currency, where the volume of an invented bar is turned into coins."""


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """The account: opening coins, commission as a share of what is received.

    `public` holds the public half of an Ed25519 key.
    """

    coins: dict[str, Decimal]
    rate: Decimal = Decimal(0)
    public: Path | None = None


def instruments_of(symbols: tuple[str, ...]) -> dict[str, Instrument]:
    """Return pairs of coins.

    Raises:
        ValueError: A symbol does not fit.
    """
    fields: dict[str, dict[str, str]] = {}
    for symbol in symbols:
        step = next((step for coin, step in STEPS.items() if symbol.startswith(coin)), None)
        lot = {"lot": f"{step:f}"} if step is not None else {}
        fields[symbol] = {"kind": "crypto", "min_notional": f"{MIN_NOTIONAL:f}", **lot}
    made = load(fields, list(fields))
    wrong = [symbol for symbol, one in made.items() if not _is_pair(symbol, one.currency)]
    if wrong:
        raise ValueError(f"{', '.join(wrong)}: write two coins without a sign between them, like BTCUSDT")
    return made


def usual_purse(made: dict[str, Instrument]) -> dict[str, Decimal]:
    """Return what an account opens with by itself: enough of each coin that is paid with."""
    return {one.currency: PURSE for one in made.values()}


def is_pair(symbol: str) -> bool:
    """Return True for two coins without a sign between them, like BTCUSDT."""
    (one,) = load({symbol: {"kind": "crypto"}}, [symbol]).values()
    return _is_pair(symbol, one.currency)


def _is_pair(symbol: str, quote: str) -> bool:
    return symbol.isalnum() and symbol.endswith(quote) and symbol != quote


def house_of(
    goods: Goods, terms: Terms, now: int, say: Callable[[str], None] = lambda _: None
) -> tuple[House, Iterator[list[Bar]]]:
    """Return a house, and the bars to be played in it; `say` hears what is left out.

    Raises:
        ValueError: A symbol does not fit. SourceError: The data cannot be read, or lack a symbol.
    """
    made = instruments_of(goods.symbols)
    desk = Desk(made, dict(terms.coins), terms.rate)
    if goods.data is not None:
        tape, instants = recording(goods, made, now, say)
    else:
        past = Past(goods.symbols, goods.seed, now, PRICES)
        tape = Tape(
            made,
            lambda symbol: [_in_coins(bar) for bar in past.minutes(symbol)],
            lambda symbol, price: [_in_coins(bar) for bar in past.hours(symbol, price)],
        )
        instants = ([_in_coins(bar) for bar in bars] for bars in invented(goods.symbols, goods.seed + 1, past.last))
    desk.clerk.mean = lambda symbol: Decimal(mean_of(desk.clerk, tape, symbol, MEAN_MINUTES)["price"])
    return House(desk=desk, tape=tape, meter=Meter()), instants


def _in_coins(bar: Bar) -> Bar:
    """Return an invented bar whose volume is one of coins.

    Invented volumes are those of shares.
    """
    return msgspec.structs.replace(bar, volume=round(bar.volume * SHARE_WORTH / bar.close, 5))


async def serve(goods: Goods, site: Site, terms: Terms, pace: Pace) -> None:
    """Run the front until SIGTERM or SIGINT.

    Args:
        goods: What is traded.
        site: Port, log, keys.
        terms: The account.
        pace: How fast, by whose clock, and who is told when the port is open.

    Raises:
        OSError: The port is taken, or a file cannot be read or written.
        ValueError: The public key is none.
    """
    house, instants = house_of(goods, terms, pace.now(), pace.say)
    house.uid = uid_of(site.account, house.uid)
    log = Log(site.log)
    house.meter = Meter(lambda kind, fields: log.write(pace.now(), kind, fields))
    public = terms.public.read_bytes() if terms.public is not None else None
    server = Server(house, Keys(site.key, site.secret, public), log, pace.now, list(site.rules))
    is_heard = server.sockets.is_heard if pace.waits else lambda: True
    market = Market(Booth(house, server.sockets), instants, (goods.interval, pace.speed), is_heard)
    house.tape.length = market.gap * market.count
    await open_front((server.application(), server.close), market, log, (goods, site, pace), Operator(server, market))
