"""S2-103: the processes and files beside the engine are lost, nobody answers what it asks, and every exit goes on.

An engine under its supervisor, with the notifier and the control room beside it. A program that advises is not built;
a question that nobody answers stands for it.
"""

import os
import signal
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.types import Status
from openbell.edges.alerts.outbox import NAME, Outbox
from openbell.run import state
from openbell.run.reading import read_book
from openbell.run.records import entries
from tests.checklist.market import rows
from tests.cli.process import until
from tests.metal.compare import Sides
from tests.metal.nursery import Nursery
from tests.metal.stage import Process, Stage

SYMBOLS = ("FALLS", "LEFT")
VOLUME = 1e6
PATIENCE_S = 180.0
STRATEGY = '''\
"""Asks somebody what to do with each bar, and waits for no answer."""

import msgspec

from openbell.core.codes import Code
from openbell.core.effects import Ask, Intent
from openbell.schema import PartConfig


class Config(PartConfig):
    """Options: after how many bars it leaves."""

    leaves: int = 0


class State(msgspec.Struct):
    """Memory: bars and answers so far."""

    bars: int = 0
    answers: int = 0


def decide(config, state, bar, view):
    state.bars += 1
    name = f"{bar.instrument}/{state.bars}"
    wishes = [Ask(id=name, deployment=bar.instrument, advisor="model", question="stay?", deadline=view.ts + 1)]
    if state.bars == 2:
        wishes.append(Intent(instrument=bar.instrument, target=1.0))
    if state.bars == config.leaves:
        wishes.append(Intent(instrument=bar.instrument, target=0.0, reason=Code.SIGNAL_FLAT))
    return wishes


def on_answer(config, state, answer, view):
    state.answers += 1
    return []
'''
CONFIG = """
mode: paper
accounts:
  main: {{broker: plain, url: "ws://127.0.0.1:{port}/v1", cash: 1000000 USD, silence: 900s}}
alerts:
  - {{kind: webhook, url: "http://127.0.0.1:CHANNEL/hook", level: info}}
deployments:
  - name: FALLS
    strategy: {{kind: ./asks.py}}
    instruments: [FALLS]
    bars: 1m
    account: main
    budget: {{capital: 10000 USD}}
    exits: {{stop_loss: 2%}}
  - name: LEFT
    strategy: {{kind: ./asks.py, leaves: 5}}
    instruments: [LEFT]
    bars: 1m
    account: main
    budget: {{capital: 10000 USD}}
instruments:
{instruments}
rules: {{preset: none}}
"""


class World:
    """A venue, a whole run at it, and a channel that takes a call and never answers."""

    def __init__(self, folder: Path) -> None:
        self.channel = socket.create_server(("127.0.0.1", 0))
        self.channel.settimeout(PATIENCE_S)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        (folder / "asks.py").write_text(STRATEGY, encoding="utf-8")
        bars = folder / "bars.csv"
        made = [*rows([100.0] * 5 + [90.0] * 5, "FALLS"), *rows([100.0] * 10, "LEFT")]
        lines = [",".join(map(str, (*row[:6], VOLUME))) for row in made]
        bars.write_text("\n".join(["timestamp,symbol,open,high,low,close,volume", *lines]), encoding="utf-8")
        config = CONFIG.replace("CHANNEL", str(self.channel.getsockname()[1]))
        self.nursery = Nursery()
        self.stage = Stage(self.nursery, folder, config=config, symbols=SYMBOLS, data=bars)
        words = ("run", str(self.stage.file), "--state", str(self.stage.state), "--json", "--port", str(self.port))
        self.run = Process(self.nursery, folder, *words, "--no-guardian")
        self.played = 0

    def close(self) -> None:
        """End whatever is left, also where a test has failed in the middle."""
        children = self.children()
        self.stage.close()
        self.nursery.close()
        self.channel.close()
        for pid in children.values():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def children(self) -> dict[str, int]:
        """Return the processes that the supervisor has started, by their verbs."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if f"PPid:\t{self.run.pid}\n" in (folder / "status").read_text():
                    words = (folder / "cmdline").read_text().split("\0")
                    found[words[words.index("openbell") + 1]] = int(folder.name)
        return found

    def tell_sides(self, number: signal.Signals) -> None:
        """Send a signal to each process beside the engine."""
        for verb in ("notify", "serve"):
            os.kill(self.children()[verb], number)

    def book(self) -> Book:
        return read_book(state.journal(self.stage.state)).book

    def orders(self) -> dict[str, Status]:
        """Return how each order stands, by its instrument and type."""
        orders = self.book().truth.orders.values()
        return {f"{o.instrument} {o.side} {o.type}": o.status for o in orders}

    def asked(self) -> list[str]:
        """Return every question that left the engine."""
        found = [effect for entry in entries(state.journal(self.stage.state)) for effect in entry.effects]
        return [effect.id for effect in found if isinstance(effect, fx.Ask)]

    def play(self, **expected: Status) -> None:
        """Play a bar, and wait until both strategies have asked about it and the orders stand as expected."""
        self.stage.play(1)
        self.played += 1
        wanted = {name.replace("_", " "): status for name, status in expected.items()}
        until(lambda: len(self.asked()) == len(SYMBOLS) * self.played, f"the decisions on bar {self.played}")
        until(lambda: wanted.items() <= self.orders().items(), f"{wanted} behind bar {self.played}")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def lose(world: World) -> sqlite3.Connection:
    """Lose the notifier, its file, its channel and the control room, which all hang; return who holds the file."""
    held, _ = world.channel.accept()
    held.detach()  # What it called stays open, and nobody ever speaks there.
    until(lambda: is_open(world.port), "the control room")
    line = sqlite3.connect(world.stage.state / NAME, timeout=PATIENCE_S, isolation_level=None)
    line.execute("begin exclusive")
    world.tell_sides(signal.SIGSTOP)
    return line


def is_open(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


def test_S2_103_without_notifier_its_file_the_control_room_and_any_answer_every_exit_goes_on(world: World) -> None:
    world.run.until("READY")
    line = lose(world)
    children = world.children()
    world.play()
    world.play(FALLS_buy_market=Status.WORKING, LEFT_buy_market=Status.WORKING)
    world.play()
    world.play(FALLS_buy_market=Status.FILLED, LEFT_buy_market=Status.FILLED, FALLS_sell_stop=Status.WORKING)
    world.play(LEFT_sell_market=Status.WORKING)
    world.play(FALLS_sell_stop=Status.FILLED)
    world.play(LEFT_sell_market=Status.FILLED)

    assert line.in_transaction
    assert world.children() == children, "none has come back, and the engine has noticed nothing"
    book, truth = world.book(), world.stage.truth()
    assert not any(position.qty for position in book.all_positions())
    assert truth["positions"] == {}
    reasons = [order.reason for order in book.truth.orders.values() if order.reduce_only]
    assert reasons == [Code.STOP_LOSS, Code.SIGNAL_FLAT]
    assert not [entry for entry in entries(state.journal(world.stage.state)) if isinstance(entry.event, ev.Answer)]
    sides = Sides(state.journal(world.stage.state))
    sides.read(world.stage.logged())
    assert sides.compare_at_rest(truth).words() == []

    # What nobody could be told meanwhile is told once it can.
    line.execute("rollback")
    line.close()
    world.tell_sides(signal.SIGCONT)
    until(lambda: told(world, "order_filled") == 4, "the four executions in the history")


def told(world: World, event: str) -> int:
    with Outbox(world.stage.state) as outbox:
        return sum(row.event == event for row in outbox.history.rows(most=1000))
