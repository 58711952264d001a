"""The receiver beside an engine: what it hands on, what it says, what it is not given."""

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from openbell.config.load import read_document
from openbell.config.signals import Signals, Source
from openbell.core.events import Command
from openbell.core.types import NS
from openbell.edges.signals.names import NAME, Came, Names
from openbell.edges.signals.proof import signature
from openbell.edges.vault.safe import PASSPHRASE_FILE
from openbell.parts.strategies import webhook
from openbell.run import giving, signals, state
from openbell.run.clock import WallClock
from tests.checklist.market import Market, config, deployment, rows
from tests.run import test_shell

SECRET = "0123456789abcdef0123456789abcdef"
TERMS = Signals(port=0, sources={"alpha": Source(secret=SECRET)})
HEAD = f"signals: {{sources: {{alpha: {{secret: '{SECRET}'}}}}}}"


@pytest.fixture
def ended(tmp_path: Path) -> Path:
    """Return the state of a run that has ended, whose file takes signals."""
    made = Market(tmp_path, config(head=HEAD, deployments=(deployment(strategy="webhook"),)), rows([100.0] * 3))
    made.live()
    return made.state


def posted(folder: Path, *bodies: dict[str, Any]) -> list[tuple[int, dict[str, Any]]]:
    """Return what a receiver of a state answers to signals, and end it."""
    found: list[tuple[int, dict[str, Any]]] = []

    async def play() -> None:
        over: list[bool] = []
        told: list[str] = []
        began = asyncio.Event()

        def tell(line: str) -> None:
            told.append(line)
            began.set()

        receiving = asyncio.create_task(signals.receive(folder, TERMS, WallClock(), tell, lambda: bool(over)))
        async with asyncio.timeout(60):
            await began.wait()
            address = (folder / signals.ADDRESS).read_text(encoding="ascii")
            assert told == [f"signals of alpha: POST {address}/signals/alpha"]
            async with aiohttp.ClientSession() as http:
                for body in bodies:
                    data, at = json.dumps(body).encode(), str(int(time.time()))
                    head = {"X-OpenBell-Timestamp": at, "X-OpenBell-Signature": signature(SECRET, at, data)}
                    async with http.post(f"{address}/signals/alpha", data=data, headers=head) as answer:
                        found.append((answer.status, await answer.json()))
            over.append(True)
            await receiving

    asyncio.run(play())
    return found


def answering(replies: dict[str, Any] | None, heard: list[Command]) -> Callable[[Path, Command], dict[str, Any] | None]:
    def over_socket(folder: Path, command: Command) -> dict[str, Any] | None:
        heard.append(command)
        return replies

    return over_socket


def test_it_hands_a_signal_on_as_a_command_that_holds_for_its_age(ended: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[Command] = []
    told = {"ok": True, "seq": 7, "code": "S012 signal_long", "orders": ["X-1"], "told": [], "is_refused": False}
    monkeypatch.setattr(giving, "over_socket", answering(told, heard))
    ((status, answer),) = posted(ended, {"id": "a", "instrument": "AAA", "target": "0.5", "reason": "up"})
    assert (status, answer) == (
        200, {"id": "a", "seq": 7, "code": "S012 signal_long", "orders": ["X-1"], "told": []},
    )  # fmt: skip
    (command,) = heard
    said = json.loads(command.change)
    assert (command.kind, command.id, command.scope) == ("signal", "alpha/a", "deployment:alpha")
    assert command.actor == "signal alpha 127.0.0.1"
    assert (said["instrument"], said["target"], said["reason"]) == ("AAA", 0.5, "up")
    assert command.until - said["at"] == TERMS.sources["alpha"].max_age
    assert webhook.PREFIX == "signal/"
    assert not (ended / signals.ADDRESS).exists()


@pytest.mark.parametrize("reply", [None, {"ok": False, "error": "too many callers"}])
def test_where_no_engine_answers_the_sender_is_told_to_send_again(
    ended: Path, monkeypatch: pytest.MonkeyPatch, reply: dict[str, Any] | None
) -> None:
    heard: list[Command] = []
    monkeypatch.setattr(giving, "over_socket", answering(reply, heard))
    body = {"id": "a", "instrument": "AAA", "target": 1}
    first, second = posted(ended, body, body)
    assert (first[0], second[0]) == (503, 503)
    # Each time the same command: the engine counts it once.
    assert heard[0] == heard[1]


def test_one_that_died_is_told_once_with_what_nobody_answered(ended: Path) -> None:
    names = Names(ended)
    names.begin()
    names.add(
        Came(source="alpha", id="a", digest="", instrument="AAA", target=1.0, reason="", at=1, wall=1, peer="127.0.0.1")
    )
    posted(ended)
    posted(ended)
    ((_, word),) = state.commands(ended)
    assert word is not None
    assert (word.kind, word.actor) == ("alert", "receiver of signals")
    assert word.reason == (
        "it had ended unexpectedly and takes signals again; 1 signal had no answer, the last alpha/a: send it again"
    )


def test_one_that_dies_without_a_signal_under_way_says_no_more(ended: Path) -> None:
    Names(ended).begin()
    posted(ended)
    ((_, word),) = state.commands(ended)
    assert word is not None
    assert word.reason == "it had ended unexpectedly and takes signals again"
    assert (ended / NAME).exists()


def test_it_is_not_given_what_the_rest_of_the_file_names(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(
        'title: "${A} ${B:-x} $${C}"\naccounts: {main: {key: "${vault:K}", cash: "${D}", home: "${HOME}"}}\n'
        'signals: {sources: {desk: {secret: "${D}"}}}\n',
        encoding="utf-8",
    )
    tree, _ = read_document(path)
    there = {"A": "1", "D": "2", "OPENBELL__MODE": "sim", "OPENBELL__SIGNALS__PORT": "1", "PATH": "/bin"}
    assert signals.withheld(tree, there) == {"A", "B", "vault:K", "OPENBELL__MODE", PASSPHRASE_FILE}
    path.write_text('signals: {sources: {desk: {secret: "${vault:D}"}}}\n', encoding="utf-8")
    assert signals.withheld(read_document(path)[0], {}) == set()
    path.write_text("title: none\n", encoding="utf-8")
    assert signals.withheld(read_document(path)[0], {}) == {PASSPHRASE_FILE}


def test_at_a_venue_outside_a_signal_becomes_an_order_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    section = f"signals: {{{{sources: {{{{cross: {{{{secret: '{SECRET}'}}}}}}}}}}}}\n"
    monkeypatch.setattr(test_shell, "FILE", test_shell.FILE.replace("per_position: 20%", "per_position: 2%") + section)

    async def scene(rig: test_shell.Rig) -> None:
        rig.strategy = "webhook"
        shell = rig.shell()
        truth, now = shell.book.truth, test_shell.CLOCK.now()
        came = Came(
            source="cross", id="a", digest="", instrument="AAA", target=0.5, reason="", at=now, wall=now, peer="::1"
        )

        async def play() -> None:
            await test_shell.until(shell, lambda: truth.contacts["main"].is_ready)
            rig.market.play(3)
            await test_shell.until(shell, lambda: shell.loop.bars == 3)
            deliver, told = signals.deliver_to(rig.folder / "state"), None
            while told is None:
                told = await deliver(came, now + 600 * NS)
            await test_shell.until(shell, lambda: bool(truth.orders))

        await rig.while_running(shell, play())
        assert [(str(order.side), order.deployment) for order in truth.orders.values()] == [("buy", "cross")]
        # Once the run has ended nobody answers, and nothing waits for the next start.
        assert await signals.deliver_to(rig.folder / "state")(came, now + 600 * NS) is None
        assert list(state.commands(rig.folder / "state")) == []

    test_shell.at_venue(tmp_path, scene)
