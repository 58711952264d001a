"""A backtest asked for on the page: `python -m openbell.run.web.trial FOLDER`.

The folder holds the configuration. How far it is, what came out and the report are written beside it, each file whole.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

import msgspec

from openbell.config.explain import ConfigError
from openbell.core.types import use_money_context
from openbell.files import write_whole
from openbell.report.html import write_report
from openbell.run import assemble, source, state
from openbell.run.compiled import backtest_auto
from openbell.run.modes import ModeRefused
from openbell.run.parts import PartError
from openbell.run.plausible import alarms_of
from openbell.run.sessions import sessions_of
from openbell.run.source import SourceError

FILE, PROGRESS, RESULT, REPORT = "config.yaml", "progress.json", "result.json", "report.html"
STEPS = 200
"""Into so many parts is the way divided, at most."""


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a backtest is: events taken, and how many there are."""

    taken: int
    events: int


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came out: figures, or why there are none."""

    figures: dict[str, Any] = {}
    fault: str = ""


def carry_out(folder: Path) -> None:
    """Run a backtest and write down what came out. Raises OSError."""
    try:
        outcome = Outcome(figures=_play(folder))
    except (ConfigError, PartError, SourceError, ModeRefused, ValueError, OSError) as error:
        outcome = Outcome(fault=str(error))
    write_whole(folder / RESULT, msgspec.json.encode(outcome))


def _play(folder: Path) -> dict[str, Any]:
    loaded, found = assemble.read(folder / FILE, os.environ)
    prepared = assemble.prepare(loaded, found)
    if prepared.feed is None or prepared.feed_options is None:
        raise ValueError("the configuration names no source of market data")
    look_up = sessions_of(loaded.config.calendars, state.home(os.environ) / "calendars.json")
    market = source.load(prepared.spec, prepared.feed, prepared.feed_options, look_up, None)
    prepared.spec = msgspec.structs.replace(prepared.spec, is_synthetic=market.is_synthetic)
    told = -1

    def meter(taken: int) -> None:
        nonlocal told
        step = STEPS * taken // max(market.bars, 1)
        if step != told:
            told = step
            progress = Progress(taken=min(taken, market.bars), events=market.bars)
            write_whole(folder / PROGRESS, msgspec.json.encode(progress))

    meter(0)
    result = backtest_auto(prepared, market, meter)
    figures = {**result.figures, "mode": "backtest", "alarms": alarms_of(prepared, market, result)}
    write_report(folder / REPORT, result.recorder, result.book, figures, prepared.spec.title)
    found_figures: dict[str, Any] = json.loads(json.dumps(figures))
    return found_figures


if __name__ == "__main__":
    use_money_context()
    carry_out(Path(sys.argv[1]))
