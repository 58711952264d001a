"""All log files of one run: what goes into which, in which form."""

from collections.abc import Callable, Iterable, Mapping, MutableMapping
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from openbell.core.types import NS
from openbell.edges.logs import table
from openbell.edges.logs.files import Daily, Sized
from openbell.edges.logs.redact import Redactor

SYSTEM = "TradingSystem"
MAIN, ERRORS, DAILY = (f"{SYSTEM}_{name}.log" for name in ("main", "errors", "daily"))
TRADES = "trades.log"
COMPONENTS = ("Engine", "Data", "Strategy", "Risk", "Orders")
"""Each has a file of its own beside the main one."""
LEVELS = {"DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40, "CRITICAL": 50}


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How files are kept.

    Attributes:
        level: Least level that is written at all. levels: Least level of single files, by name or component.
        most_bytes: Largest size of a file. keep: Files put aside of each. days: Daily files kept.
    """

    level: str = "INFO"
    levels: dict[str, str] = {}
    most_bytes: int = 10 * 1024 * 1024
    keep: int = 5
    days: int = 30


class Logs:
    """Writes lines to the main file, the daily one and that of their component.

    Errors go to one of their own as well.

    Attributes:
        lost: Lines that the disk did not take.
    """

    def __init__(
        self,
        folder: Path,
        options: Options | None = None,
        secrets: Iterable[str] = (),
        console: Callable[[str], None] | None = None,
    ) -> None:
        """Open the files in `folder`, which is made where it is new.

        Args:
            folder: Of the files.
            options: Sizes and levels.
            secrets: Texts that may stand nowhere.
            console: Takes every line as well; None for none.

        Raises:
            OSError: A file cannot be opened.
            KeyError: There is no such level.
            ImportError: structlog is not installed.
        """
        options = options or Options()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.lost = 0
        self._options = options
        self._folder = folder
        self._levels = {name: LEVELS[level] for name, level in options.levels.items()}
        self._console = console
        # First of all: without it no file is to be opened.
        self._logger = _logger(self, LEVELS[options.level], Redactor(secrets))
        self._own: dict[str, Sized] = {}
        with ExitStack() as opened:
            self._main, self._errors = (opened.enter_context(closing(self._sized(name))) for name in (MAIN, ERRORS))
            self._daily = opened.enter_context(closing(Daily(folder / DAILY, options.days)))
            self._trades = opened.enter_context(closing(self._sized(TRADES, table.head())))
            for name in COMPONENTS:
                self._own[name] = opened.enter_context(closing(self._sized(f"{name}.log")))
            # All are open: they stay so until `close`.
            opened.pop_all()

    def _sized(self, name: str, head: str = "") -> Sized:
        return Sized(self._folder / name, self._options.most_bytes, self._options.keep, head)

    def component(self, name: str) -> Any:
        """Return the structlog logger of a component; it takes `debug` to `critical` with fields.

        That of `SYSTEM` itself has no file beside the main one.
        """
        if name not in {SYSTEM, *self._own}:
            self._own[name] = self._sized(f"{name}.log")
        return self._logger.bind(component=name)

    def trade(self, day: str, fields: Mapping[str, str]) -> None:
        """Write a row of the table of trades; `day` is its ISO date."""
        self._put((self._trades,), table.line(fields), day)

    def take(self, line: str, meta: tuple[str, str, str]) -> None:
        """Put a finished line where it belongs; `meta` is its component, level and ISO date."""
        component, level, day = meta
        weight = LEVELS[level]
        files: list[Sized | Daily] = [
            file
            for name, file in ((MAIN, self._main), (DAILY, self._daily), (component, self._own.get(component)))
            if file is not None and weight >= self._levels.get(name, 0)
        ]
        if weight >= LEVELS["ERROR"]:
            files.append(self._errors)
        self._put(files, line + "\n", day)
        if self._console is not None and weight >= self._levels.get("console", 0):
            self._console(line)

    def _put(self, files: Iterable["Sized | Daily"], line: str, day: str) -> None:
        for file in files:
            try:
                file.write(line, day)
            except OSError:
                # Nothing waits for a log. What was lost is counted, and told at the end of the run.
                self.lost += 1

    def close(self) -> None:
        """Close all files."""
        files: list[Sized | Daily] = [self._main, self._errors, self._daily, self._trades, *self._own.values()]
        for file in files:
            try:
                file.close()
            except OSError:
                # What was still to be written has found no room.
                self.lost += 1


class _Sink:
    """What structlog hands finished lines to."""

    def __init__(self, logs: Logs) -> None:
        self._logs = logs

    def debug(self, line: str, meta: tuple[str, str, str]) -> None:
        self._logs.take(line, meta)

    info = warning = error = critical = debug


def _logger(logs: Logs, least: int, redactor: Redactor) -> Any:
    import structlog

    return structlog.wrap_logger(
        _Sink(logs),
        processors=[structlog.processors.format_exc_info, shaped, redactor, _ended],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        cache_logger_on_first_use=True,
    )


def stamp(ts: int) -> str:
    """Return an instant (UTC ns) as ISO text in microseconds."""
    moment = datetime.fromtimestamp(ts // NS, tz=UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ts % NS // 1000:06d}Z"


def shaped(logger: object, method: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a line by the names of the Elastic Common Schema.

    Ours stand under `openbell`.

    Args:
        logger: Not looked at; a processor of structlog is given it.
        method: Level, in small letters.
        event: Changed in place: `ts` (UTC ns) and `event`, the text, are needed; `component` and `trace` are known too.
    """
    component, ts = event.pop("component", "Engine"), event.pop("ts")
    made = {
        "@timestamp": stamp(ts),
        "log.level": method,
        "message": event.pop("event"),
        "ecs.version": "8.11.0",
        "service.name": "openbell",
        "log.logger": component,
        "trace.id": event.pop("trace", ""),
    }
    stack = event.pop("exception", None)
    if stack:
        made["error.stack_trace"] = stack
    return {**made, "openbell": dict(event)} if event else made


def _ended(
    logger: object, method: str, event: MutableMapping[str, Any]
) -> tuple[tuple[str, tuple[str, str, str]], dict[str, Any]]:
    line = msgspec.json.encode(event).decode()
    return (line, (event["log.logger"], method.upper(), event["@timestamp"][:10])), {}
