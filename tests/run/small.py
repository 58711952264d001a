"""A small run on an invented market, for the tests of this folder."""

import shutil
from collections.abc import Callable
from pathlib import Path

from openbell.core import events as ev
from openbell.core.record import encode_record
from openbell.edges.journal import Options, open_journal
from openbell.run import assemble, source, state
from openbell.run.assemble import Prepared
from openbell.run.records import entries
from openbell.run.sessions import sessions_of
from openbell.run.source import Source

CONFIG = """
title: small
source: {{kind: synthetic, seed: 7, days: {days}, interval: 1m, start: 2024-01-02}}
accounts:
  main: {{broker: sim, cash: 100000 USD, fees: {{kind: per_share, rate: 0.005, minimum: 1}}, spread: 0.02%}}
instruments:
  AAA: {{kind: stock, calendar: NYSE}}
  BBB: {{kind: stock, calendar: NYSE}}
deployments:
  - name: cross
    strategy: {{kind: {strategy}}}
    instruments: [AAA, BBB]
    bars: 1m
    account: main
    budget: {{capital: 100000 USD, per_position: 8%}}
    exits: {{stop_loss: 0.5%, take_profit: 1%}}
rules:
  preset: none
  kill: {{}}
  session_hours: {{}}
  daily_loss: {{limit: 3%}}
  max_position: {{}}
  max_positions: {{}}
  duplicate: {{}}
"""


def write(folder: Path, days: int = 2, strategy: str = "ema_cross, fast: 5, slow: 12") -> Path:
    """Write the configuration and return its path."""
    path = folder / "small.yaml"
    path.write_text(CONFIG.format(days=days, strategy=strategy), encoding="utf-8")
    return path


def prepare(path: Path) -> tuple[Prepared, Source]:
    """Return the run of a configuration and its source."""
    loaded, shelves = assemble.read(path, {})
    prepared = assemble.prepare(loaded, shelves)
    look_up = sessions_of(loaded.config.calendars, None)
    return prepared, source.load(prepared.spec, prepared.feed, prepared.feed_options, look_up, None)


def small(folder: Path, days: int = 2, strategy: str = "ema_cross, fast: 5, slow: 12") -> tuple[Prepared, Source]:
    """Write, read and prepare a small run."""
    return prepare(write(folder, days, strategy))


def copy_state(there: Path, here: Path) -> Path:
    """Copy a state directory."""
    shutil.copytree(there, here)
    return here


def journal_of(path: Path) -> Path:
    """Return where a state keeps its journal."""
    return state.journal(path)


QUIET = Options(is_background=False, is_compressing=False)
"""A journal without a thread of its own."""


def bend(folder: Path, change: Callable[[ev.Fill], ev.Fill]) -> int:
    """Write the journal of `folder`/state anew into `folder`/bent with its first fill changed, chain and all.

    Returns the seq of that fill.
    """
    (folder / "bent").mkdir()
    journal, _ = open_journal(journal_of(folder / "bent"), QUIET)
    bent = 0
    for entry in entries(journal_of(folder / "state")):
        event = entry.event
        if isinstance(event, ev.Fill) and not bent:
            bent, event = entry.seq, change(event)
        journal.append(encode_record(event, entry.effects))
    journal.close()
    return bent
