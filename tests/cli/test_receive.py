"""`openbell receive`, and what `openbell run` starts beside itself: from a signed post to an order in the journal."""

import http.client
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.core.effects import Decision, Submit
from openbell.core.record import decode_record
from openbell.edges.journal import read_records
from openbell.edges.signals.proof import signature
from openbell.run import state
from openbell.run.signals import ADDRESS
from tests.cli.process import Said, begin, perform, records, until
from tools.tree import ROOT

SECRET = "0123456789abcdef0123456789abcdef"
FILE = """\
title: "Desk ${BROKER_KEY}"
speed: 600x
source: {kind: synthetic, seed: 5, days: 30, interval: 1m, prices: {AURA: 84}}
instruments: {default: {kind: stock, calendar: 24x7}}
accounts:
  main: {broker: sim, cash: 100000 USD}
deployments:
  - name: desk
    strategy: {kind: webhook}
    instruments: [AURA]
    bars: 1m
    account: main
    budget: {capital: 50000 USD, per_position: 2%}
signals:
  port: 0
  sources:
    desk: {secret: "${DESK_SECRET}", max_age: 5m, pace: 600}
"""
HAD_IT = ""
"""Code of a signal that the engine had already: on a loaded machine it may answer later than it is waited for."""


class Living:
    """A run that takes signals, in processes of its own."""

    def __init__(self, folder: Path) -> None:
        self.state = folder / "s"
        (folder / "c.yaml").write_text(FILE, encoding="utf-8")
        self.process = begin(folder, "run", folder / "c.yaml", "--state", self.state, "--json")
        until(lambda: self.address() != "" and records(self.state) > 3, "the receiver and the first bars")

    def address(self) -> str:
        try:
            return (self.state / ADDRESS).read_text(encoding="ascii")
        except FileNotFoundError:
            return ""

    def post(self, body: dict[str, Any], age: int = 0) -> tuple[int, dict[str, Any]]:
        """Post a signal, and again as long as the engine does not answer."""
        found: list[tuple[int, dict[str, Any]]] = []

        def is_answered() -> bool:
            found.append(self.try_to(body, age))
            return found[-1][0] != 503

        until(is_answered, "an answer of the engine")
        return found[-1]

    def try_to(self, body: dict[str, Any], age: int) -> tuple[int, dict[str, Any]]:
        data, at = json.dumps(body).encode(), str(int(time.time()) - age)
        line = http.client.HTTPConnection(self.address().removeprefix("http://"), timeout=60)
        head = {"X-OpenBell-Timestamp": at, "X-OpenBell-Signature": signature(SECRET, at, data)}
        line.request("POST", "/signals/desk", data, head)
        answer = line.getresponse()
        found = answer.status, json.loads(answer.read())
        line.close()
        return found

    def steps(self) -> Iterator[tuple[ev.Event, list[Any]]]:
        for raw in read_records(self.state / "journal"):
            yield decode_record(raw.payload)

    def answers(self) -> list[tuple[ev.Answer, list[Any]]]:
        return [(event, effects) for event, effects in self.steps() if isinstance(event, ev.Answer)]

    def orders(self) -> list[str]:
        return [one.oid for _, effects in self.steps() for one in effects if isinstance(one, Submit)]

    def lose_engine(self) -> None:
        os.kill(state.runner(self.state), signal.SIGKILL)
        self.held = records(self.state)

    def await_engine(self) -> None:
        until(lambda: records(self.state) > self.held + 2, "the next engine")

    def decided(self) -> int:
        """Return how the latest signal ended."""
        _, effects = self.answers()[-1]
        return next(one.code for one in effects if isinstance(one, Decision))

    def receiver(self) -> int:
        """Return the process of the receiver, 0 while there is none."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        for child in children:
            words = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
            if b"receive" in words:
                return int(child)
        return 0

    def end(self) -> None:
        self.process.terminate()
        self.process.communicate(timeout=180)


@pytest.fixture
def living(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Living]:
    monkeypatch.setenv("DESK_SECRET", SECRET)
    monkeypatch.setenv("BROKER_KEY", "not for the receiver")
    made = Living(tmp_path)
    yield made
    made.end()


def test_a_signed_post_becomes_an_order_once_and_a_replay_agrees(living: Living) -> None:
    body = {"id": "a-1", "instrument": "AURA", "target": "1", "reason": "breakout"}
    status, answer = living.post(body)
    assert status == 200
    assert (answer["code"], len(answer["orders"])) in (("S012 signal_long", 1), (HAD_IT, 0))
    # The same again, signed anew: the same answer, and nothing more in the journal.
    assert living.post(body) == (200, answer)
    ((event, effects),) = living.answers()
    assert (event.ask, event.deployment, event.is_ok) == ("signal/desk/a-1", "desk", True)
    assert (json.loads(event.value)["reason"], event.actor) == ("breakout", "signal desk 127.0.0.1")
    (sent,) = [one.oid for one in effects if isinstance(one, Submit)]
    assert ([sent], answer["orders"] in ([sent], [])) == (living.orders(), True)
    until(lambda: any(isinstance(event, ev.Fill) for event, _ in living.steps()), "the execution")
    # Somebody without the secret, and somebody who listens and sends it again later, cause nothing.
    assert living.post(body | {"id": "a-2"}, age=400)[0] == 401
    assert (living.post(body | {"id": "a-3", "size": 5})[0], len(living.answers())) == (422, 1)
    assert living.post({"id": "a-4", "instrument": "AURA", "target": 0})[1]["code"] in ("S014 signal_flat", HAD_IT)
    assert living.decided() == Code.SIGNAL_FLAT
    # Behind a kill a signal is written down, and refused like every other wish.
    assert perform(["kill", "--state", str(living.state), "--reason", "test"]) == 0
    before = living.orders()
    status, answer = living.post({"id": "a-5", "instrument": "AURA", "target": 1})
    assert (status, answer["code"] in ("R200 killed", HAD_IT), answer["orders"]) == (200, True, [])
    assert (living.decided(), living.orders()) == (Code.KILLED, before)
    living.end()
    assert perform(["replay", str(living.state), "--json"]) == 0


def test_a_receiver_that_dies_comes_back_and_has_no_key(living: Living) -> None:
    body = {"id": "a", "instrument": "AURA", "target": 1}
    first = living.post(body)
    process, address = living.receiver(), living.address()
    told = Path(f"/proc/{process}/environ").read_bytes()
    assert (b"BROKER_KEY" in told, b"DESK_SECRET" in told) == (False, True)
    os.kill(process, signal.SIGKILL)
    until(lambda: living.address() != address and living.receiver() not in (0, process), "the next receiver")
    # It knows what the one before was told, and a person is told that there was one.
    assert living.post(body) == first
    assert len(living.answers()) == 1
    words = "it had ended unexpectedly and takes signals again"
    until(lambda: any(isinstance(e, ev.Command) and e.reason == words for e, _ in living.steps()), "the alert")


def test_a_signal_whose_engine_dies_is_sent_again_and_counts_once(living: Living) -> None:
    body = {"id": "a", "instrument": "AURA", "target": 1}
    living.lose_engine()
    # While it is gone the sender is told so; with the next engine the same signal gets through.
    assert living.try_to(body, 0)[0] in (503, 200)
    living.await_engine()
    status, answer = living.post(body)
    assert (status, living.post(body)) == (200, (200, answer))
    living.lose_engine()
    living.await_engine()
    assert living.post({"id": "b", "instrument": "AURA", "target": 1})[0] == 200
    asks = [event.ask for event, _ in living.answers()]
    # One that was taken and not answered may stand there twice; it never acts twice.
    assert (set(asks), len(living.orders())) == ({"signal/desk/a", "signal/desk/b"}, 1)
    living.end()
    assert perform(["replay", str(living.state), "--json"]) == 0


def test_a_signal_that_the_engine_takes_too_late_does_nothing_and_says_why(
    living: Living, call: Callable[..., Said]
) -> None:
    from openbell.core.types import NS
    from openbell.edges.signals.names import Came
    from openbell.run import giving
    from openbell.run.signals import command_of

    now = time.time_ns()
    came = Came(
        source="desk", id="late", digest="", instrument="AURA", target=1.0, reason="", at=now - 60 * NS, wall=now,
        peer="127.0.0.1",
    )  # fmt: skip
    word = command_of(came, now - 30 * NS)
    until(lambda: giving.over_socket(living.state, word) is not None, "an answer of the engine")
    event, effects = living.answers()[0]
    assert (event.is_ok, living.orders()) == (False, [])
    (decision,) = [one for one in effects if isinstance(one, Decision)]
    assert decision.code == Code.STALE_DATA
    living.end()
    moment = event.ts // NS
    at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment))
    assert "D110 stale_data" in call("why", living.state, "AURA", "--at", at).out


def test_a_state_whose_file_takes_no_signals_is_told(call: Callable[..., Said], finished: Path) -> None:
    said = call("receive", finished)
    assert (said.code, "takes no signals" in said.err) == (2, True)


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("openssl")), reason="no curl or openssl")
def test_the_command_of_the_page_posts_a_signal(living: Living) -> None:
    page = (ROOT / "docs" / "how-to" / "signals.md").read_text(encoding="utf-8")
    _, _, rest = page.partition("```bash\n")
    script = rest.partition("```")[0].replace("http://127.0.0.1:8788", living.address())
    told: list[dict[str, Any]] = []

    def is_answered() -> bool:
        done = subprocess.run(["bash", "-e", "-c", script], capture_output=True, text=True, check=True)
        told.append(json.loads(done.stdout))
        return "seq" in told[-1]

    until(is_answered, "an answer of the engine")
    assert told[-1]["code"] in ("S012 signal_long", HAD_IT)
    assert (living.decided(), len(living.orders())) == (Code.SIGNAL_LONG, 1)
