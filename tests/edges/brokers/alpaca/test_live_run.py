"""Real money at the front: armed by a person, each entry confirmed, disarmed; and a dry run that sends nothing."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from openbell.cli.shell.session import CAUTION
from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.effects import Ask
from openbell.core.exposure import Draft
from openbell.run.clock import WallClock
from openbell.run.people import UNASKED, waiting
from openbell.run.reading import read_book
from openbell.run.records import Unlike
from tests.cli.process import until
from tests.edges.brokers import waves
from tests.edges.brokers.alpaca.test_paper_run import CONFIG, FRONT, fills
from tests.edges.brokers.stage import Stage
from tests.ready import Ready


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A front at sixty times the clock: what a person is asked about is there for as long as the answer takes."""
    yield from staged(tmp_path, "60x")


@pytest.fixture
def brisk(tmp_path: Path) -> Iterator[Stage]:
    """A front at which nobody is asked and a minute lasts a quarter of a second."""
    yield from staged(tmp_path, "240x")


def staged(folder: Path, speed: str) -> Iterator[Stage]:
    """Open a front at so many times the clock, for a run in a mode of its own, and end it."""
    path = waves.write(folder / "minutes", {"AAPL": (190.0, 3), "SPY": (560.0, 4)}, minutes=400)
    made = Stage(folder, "alpaca", CONFIG, "--speed", speed, *FRONT, str(path))
    yield made
    made.end(made.front, signal.SIGTERM)


def write(stage: Stage, mode: str) -> Path:
    url = (stage.folder / "ready").read_text().strip()
    text = CONFIG.format(url=url).replace("mode: paper\n", "")
    path = stage.folder / "paper.yaml"
    path.write_text(text.replace("broker: alpaca,", f"broker: alpaca, mode: {mode}, account: PA3K9ZQ1L7XY,"))
    return path


def say(stage: Stage, *words: str) -> "subprocess.CompletedProcess[str]":
    """Perform a verb in a process of its own, as a second window would."""
    command = [sys.executable, "-m", "openbell", *words]
    pipe = subprocess.PIPE
    process = Ready(command, env=stage.env, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True)
    out, err = process.communicate()
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def orders(stage: Stage) -> list[dict[str, Any]]:
    """Return every request of the front's log that could make or change an order."""
    return [one for one in stage.entries("request") if one["method"] != "GET"]


def posted(stage: Stage) -> list[dict[str, Any]]:
    """Return what each order that came to the front asked for."""
    return [json.loads(one["asked"]) for one in stage.entries("request") if one["method"] == "POST"]


def book_of(stage: Stage) -> Book | None:
    """Return the book as the journal tells it, None before there is one."""
    try:
        return read_book(stage.folder / "state" / "journal").book
    except (Unlike, OSError):
        return None


def asked(stage: Stage) -> list[Ask]:
    """Return the entries that wait for a person."""
    book = book_of(stage)
    return waiting(book, WallClock().now()) if book is not None else []


def refused(stage: Stage) -> int:
    """Return how many entries were refused because nobody had armed the account."""
    book = book_of(stage)
    return book.truth.counts.rejected.get(Code.NOT_ARMED, 0) if book is not None else 0


@pytest.mark.slow
def test_B28_D42_real_money_is_armed_confirmed_entry_by_entry_and_disarmed(stage: Stage) -> None:
    write(stage, "live")
    state, file = str(stage.folder / "state"), str(stage.folder / "paper.yaml")
    armed = say(stage, "arm", file, "--state", state, "--digits", "L7XY")
    assert armed.returncode == 0, armed.stderr
    run = stage.engine()
    try:
        until(lambda: asked(stage) != [], "a question")
        assert orders(stage) == []
        # What is asked about may be over a minute later: as a person would, the next one is taken then.
        until(lambda: confirmed(stage, state), "an entry that is confirmed and sent")
        until(lambda: len(fills(stage)) > 0, "its execution")
        assert say(stage, "disarm", state).returncode == 0
        until(lambda: refused(stage) > 0 and len(fills(stage)) > 1, "an entry refused, and the exit none the less")
        shown = say(stage, "status", state).stdout
        assert "LIVE · SIMULATED" in shown
        assert "main: SIMULATED, no real money, account ends in L7XY, not armed" in shown
    finally:
        stage.end(run, signal.SIGTERM)
    records = stage.journal()
    commands = [r["event"] for r in records if r["event"]["type"] == "Command"]
    assert [(one["kind"], bool(one["actor"])) for one in commands] == [("arm", True), ("disarm", True)]
    agreed = [r["event"] for r in records if r["event"]["type"] == "Answer" and r["event"]["is_ok"]]
    assert all(one["actor"] not in ("", "nobody") for one in agreed)
    sent = [(r["event"], e) for r in records for e in r["effects"] if e["type"] == "Submit" and not e["reduce_only"]]
    assert 0 < len(sent) <= len(agreed), "an entry left that nobody confirmed"
    # First the person's yes, then the order: each entry was made by an answer of its own, and left behind it.
    assert all(event in agreed for event, _ in sent) and len({event["ask"] for event, _ in sent}) == len(sent)
    entered = [order for order in posted(stage) if order["side"] == "buy"]
    assert [order["client_order_id"] for order in entered] == [order["oid"] for _, order in sent]
    assert [one["frame"]["data"]["order"]["side"] for one in stage.entries("booked")][-1] == "sell"


def confirmed(stage: Stage, state: str) -> bool:
    """Confirm the oldest entry that waits by its quantity; True once one was sent."""
    for ask in asked(stage)[:1]:
        qty = f"{msgspec.json.decode(ask.question, type=Draft).qty:f}"
        said = say(stage, "confirm", state, "--id", ask.id, "--answer", qty, "--json")
        return said.returncode == 0 and bool(json.loads(said.stdout)["orders"])
    return False


@pytest.mark.slow
def test_S1_043_armed_and_without_prompts_entries_leave_with_an_answer_that_names_the_option(stage: Stage) -> None:
    write(stage, "live")
    state, file = str(stage.folder / "state"), str(stage.folder / "paper.yaml")
    assert say(stage, "arm", file, "--state", state, "--digits", "L7XY").returncode == 0
    run = stage.begin("run", file, "--state", state, "--no-confirm")
    try:
        until(lambda: len(fills(stage)) > 0, "an execution that nobody was asked about")
    finally:
        stage.end(run, signal.SIGTERM)
    records = stage.journal()
    sent = [(r["event"], e) for r in records for e in r["effects"] if e["type"] == "Submit" and not e["reduce_only"]]
    assert [order["client_order_id"] for order in posted(stage) if order["side"] == "buy"] == [
        one["oid"] for _, one in sent
    ]
    assert {(event["type"], event["is_ok"], event["actor"]) for event, _ in sent} == {("Answer", True, UNASKED)}
    assert CAUTION in (stage.folder / "run.out").read_text(encoding="utf-8")


@pytest.mark.slow
def test_S1_014_B28_a_dry_run_on_the_brokers_own_prices_sends_nothing(brisk: Stage) -> None:
    stage = brisk
    write(stage, "dry_run")
    run = stage.engine()
    try:
        until(lambda: (book := book_of(stage)) is not None and book.truth.counts.orders >= 6, "six plans")
    finally:
        stage.end(run, signal.SIGTERM)
    planned = [e for r in stage.journal() for e in r["effects"] if e["type"] == "Submit"]
    assert len(planned) >= 6
    assert orders(stage) == []
    assert stage.entries("booked") == []
