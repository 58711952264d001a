"""`openbell venue plain`: a venue for trials, as a process of its own on this machine."""

from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from openbell.cli.shell.options import Data, Speed

EXAMPLES = """
openbell venue plain --port 7001 --log venue.log                        a synthetic market at the clock's own pace
openbell venue plain --port 7001 --log venue.log --speed 60x --faults faults.yaml
"""
PLAIN_EXAMPLES = """
openbell venue plain --port 7001 --log venue.log --speed 60x            a bar of a minute each second
openbell venue plain --port 7001 --log venue.log --control-port 7002    with an operator's port; token in venue.token
openbell venue plain --port 0 --log venue.log                           any free port; it stands in venue.ports
"""

Port = Annotated[int, typer.Option("--port", metavar="N", help="Port of the websocket on 127.0.0.1; 0 for any.")]
LogFile = Annotated[Path, typer.Option("--log", metavar="FILE", help="Its own log: a JSON object on each line.")]
Faults = Annotated[
    Path | None, typer.Option("--faults", metavar="FILE", help="What goes wrong, when (YAML).", show_default=False)
]
ControlPort = Annotated[
    int | None,
    typer.Option("--control-port", metavar="N", help="Operator's port; 0 for any. Default: none.", show_default=False),
]
Symbols = Annotated[str, typer.Option("--symbols", metavar="A,B:crypto", help="What is traded.")]
Bars = Annotated[str, typer.Option("--bars", metavar="SPAN", help="Length of a bar.")]
Seed = Annotated[int, typer.Option("--synthetic", metavar="SEED", help="Seed of the invented market.")]
Cash = Annotated[str, typer.Option("--cash", metavar="AMOUNT", help="Opening balance.")]
NS_IN_S = 1_000_000_000


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
    from openbell.wire.plain.script import ScriptError, read

    # `0x` is a market that waits for the operator.
    factor = 0.0 if speed == "0x" else parse_speed(speed) if speed else 1.0
    try:
        amount, interval = parse_amount(cash), parse_span(bars)
        goods = Goods(symbols=tuple(symbols.split(",")), interval=interval, data=data, seed=seed)
        instruments_of(goods)
        rules = read(faults) if faults is not None else []
    except ScriptError as error:
        raise Wrong(f"{faults} is not a fault script:\n{error}", "correct the lines named") from None
    except ValueError as error:
        raise Wrong(str(error), "openbell venue plain --help shows how") from None
    terms = Terms(currency=amount.currency, cash=Decimal(amount.value))
    tell(f"plain venue: account {terms.account} ({terms.mode}), {symbols}; log {log}")
    doors = Doors(port=port, log=log, control_port=control_port)
    fastest = interval / NS_IN_S * 1000
    pace = Pace(
        speed=fastest if factor is None else factor,
        now=WallClock().now,
        tell=lambda url: tell(f"open at {url}; Ctrl-C ends it"),
    )
    asyncio.run(serve_plain(terms, goods, doors, rules, pace))
    return 0
