"""Loggers for a program: the files of a run's log, for a person's own code.

`setup_logging` opens them once; what is logged before goes to the folder `logs`. Lines have the form and the fields
of those of a run, secrets are masked, and any thread may write.
"""

import functools
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from openbell.edges.logs.book import LEVELS, SYSTEM, Logs, Options, stamp
from openbell.run.clock import WallClock

FOLDER = "logs"
"""Where lines go unless `setup_logging` says otherwise, in the working directory."""


class TradingLogger:
    """The logger of a whole program.

    Each method takes a text, values for its `%s`, and fields; `exc_info=True` adds the exception that is being handled,
    with its trace.

    Attributes:
        name: TradingSystem, or that of a component.
    """

    def __init__(self, name: str, files: "_Files") -> None:
        """Write to `files`; `get_component_logger` and `setup_logging` make loggers."""
        self.name = name
        self._files = files

    def debug(self, text: str, *values: object, **fields: Any) -> None:
        """Write what only helps to find a fault."""
        self._files.write(self.name, "debug", text % values if values else text, fields)

    def info(self, text: str, *values: object, **fields: Any) -> None:
        """Write what happens in the ordinary course."""
        self._files.write(self.name, "info", text % values if values else text, fields)

    def warning(self, text: str, *values: object, **fields: Any) -> None:
        """Write what somebody should look at."""
        self._files.write(self.name, "warning", text % values if values else text, fields)

    def error(self, text: str, *values: object, **fields: Any) -> None:
        """Write what went wrong; it is in the file of errors too."""
        self._files.write(self.name, "error", text % values if values else text, fields)

    def critical(self, text: str, *values: object, **fields: Any) -> None:
        """Write what stops the work; it is in the file of errors too."""
        self._files.write(self.name, "critical", text % values if values else text, fields)

    def exception(self, text: str, *values: object, **fields: Any) -> None:
        """Write an error with the exception that is being handled."""
        self._files.write(self.name, "error", text % values if values else text, {**fields, "exc_info": True})

    def close(self) -> None:
        """Close all files of this program; a later line opens those of the folder `logs`."""
        self._files.open(None)


class ComponentLogger(TradingLogger):
    """The logger of one component: its lines are in a file of its own and in the main one."""


class TradeLogger:
    """Writes signals, orders and fills as rows of `trades.log`, a CSV file."""

    def __init__(self, files: "_Files") -> None:
        """Write to `files`; `get_trade_logger` makes it."""
        self._files = files

    def log_signal(self, symbol: str, action: str, strength: str, price: float, strategy: str) -> None:
        """Write a signal at `price` (quote currency).

        `action` is BUY, SELL or FLAT, `strength` a word such as STRONG.
        """
        self._files.row(
            kind="signal", symbol=symbol, action=action, strength=strength, price=str(price), strategy=strategy
        )

    def log_order(self, symbol: str, action: str, quantity: object, price: object = "", order_id: str = "") -> None:
        """Write an order of `quantity` units.

        `price` is its limit or stop in quote currency, empty for none.
        """
        self._files.row(
            kind="order", symbol=symbol, action=action, quantity=str(quantity), price=str(price), order_id=order_id
        )

    def log_fill(self, symbol: str, action: str, quantity: object, price: object, fee: object = "") -> None:
        """Write an execution: `quantity` in units, `price` and `fee` in quote currency."""
        self._files.row(
            kind="fill", symbol=symbol, action=action, quantity=str(quantity), price=str(price), fee=str(fee)
        )


class _Files:
    """The log files of this program, opened when the first line comes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._clock = WallClock()
        self._logs: Logs | None = None

    def open(self, logs: Logs | None) -> None:
        with self._lock:
            if self._logs is not None:
                self._logs.close()
            self._logs = logs

    def _opened(self) -> Logs:
        """Return the files, those of the working directory where nobody has said otherwise."""
        if self._logs is None:
            self._logs = Logs(Path(FOLDER))
        return self._logs

    def write(self, name: str, level: str, text: str, fields: dict[str, Any]) -> None:
        with self._lock:
            getattr(self._opened().component(name), level)(text, ts=self._clock.now(), **fields)

    def row(self, **fields: str) -> None:
        with self._lock:
            time = stamp(self._clock.now())
            self._opened().trade(time[:10], {"time": time, **fields})


@functools.cache
def _files() -> _Files:
    """Return the one set of files of this program."""
    return _Files()


def setup_logging(
    folder: str | Path = FOLDER,
    *,
    level: str = "INFO",
    console: bool = True,
    secrets: Iterable[str] = (),
    options: Options | None = None,
) -> TradingLogger:
    """Open the log files of this program and return its main logger, TradingSystem.

    A second call closes the files of the first; loggers got before write to the new ones.

    Args:
        folder: Of the files, made where it is new.
        level: Least level that is written: DEBUG, INFO, WARNING, ERROR or CRITICAL.
        console: True to print every line on standard error as well.
        secrets: Texts that may stand nowhere; what has the shape of a key or token is masked anyway.
        options: Sizes, numbers of files and levels of single files, instead of `level`.

    Raises:
        OSError: A file cannot be opened. ValueError: There is no such level.
    """
    if level not in LEVELS:
        raise ValueError(f"there is no level {level!r}; levels are {', '.join(LEVELS)}")
    _files().open(Logs(Path(folder), options or Options(level=level), secrets, _say if console else None))
    return TradingLogger(SYSTEM, _files())


def get_component_logger(name: str) -> ComponentLogger:
    """Return the logger of a component; its lines stand in `NAME.log` and in the main file.

    Raises:
        ValueError: The name is no plain word: it becomes that of a file.
    """
    if not name.replace("_", "").replace("-", "").isalnum():
        raise ValueError(f"{name!r} is no name of a component: letters, digits, - and _ only")
    return ComponentLogger(name, _files())


def get_trade_logger() -> TradeLogger:
    """Return what writes signals, orders and fills as rows of `trades.log`."""
    return TradeLogger(_files())


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
