"""Every broker that can be connected to passes the whole list."""

import pkgutil
from collections.abc import Callable
from typing import Any

import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.types import Caps
from openbell.edges import brokers
from openbell.edges.brokers.failures import Failure
from tests.conformance.brokers import CASES, Bench, Case
from tests.edges.brokers.alpaca.bench import bench as alpaca_bench
from tests.edges.brokers.bench import in_short
from tests.edges.brokers.binance.bench import bench as binance_bench
from tests.edges.brokers.plain.frames import NAME, execution, order, state, submit
from tests.edges.brokers.plain.talk import Talk

REFUSALS: dict[str, dict[str, Any]] = {
    "refused": {"ok": False, "status": 422, "code": "too_late"},
    "server error": {"ok": False, "status": 503, "code": ""},
    "unknown code": {"ok": False, "status": 422, "code": "E-1"},
    "too many": {"ok": False, "status": 429, "code": "rate_limited"},
    "fenced": {"ok": False, "status": 403, "code": "fenced"},
    "has it already": {"ok": False, "status": 409, "code": "duplicate_cid"},
    "another mode": {"ok": False, "status": 403, "code": "wrong_mode"},
}
EFFECTS: dict[str, fx.Effect] = {
    "submit": submit(),
    "cancel": fx.Cancel(oid="ABC123-1", account=NAME),
    "amend": fx.Amend(oid="ABC123-1", account=NAME, qty=submit().qty),
    "order": fx.Query(account=NAME, oid="ABC123-1"),
    "state": fx.Query(account=NAME),
}
TAKEN = {"order": "V1", "state": "working"}


class Plain:
    """The bench of the plain venue."""

    def __init__(self) -> None:
        self.talk = Talk()
        self.told: list[str] = []

    def hear(self, events: list[ev.Event]) -> None:
        """Note what was told, in short."""
        self.told += [in_short(event) for event in events]

    def play(self, situation: str, request: str) -> tuple[str, ...]:
        """Send a request into a situation and return what was told."""
        talk = self.talk
        if request in ("hello", "nothing") or situation == "before the hello":
            self._opening(situation)
        else:
            talk.open()
            self.hear(talk.session.take(EFFECTS[request], talk.now))
            try:
                self._answer(situation, talk.sent()[0])
            except Failure as failure:
                self.hear(talk.session.end(str(failure), talk.now))
        if talk.session.failure is not None:
            self.told.append("given up")
        return tuple(self.told)

    def _opening(self, situation: str) -> None:
        talk = self.talk
        if situation == "before the hello":
            self.hear(talk.session.take(EFFECTS["submit"], talk.now))
        elif situation == "another mode":
            self.hear(talk.tell({"re": talk.sent()[0]["id"], **REFUSALS[situation]}))
        elif situation == "clock off":
            talk.offset = 10**9
            self.hear(talk.open())
        elif situation == "mute data":
            talk.open()
            for _ in range(122):
                talk.tell({"ev": "beat", "time": 1})
                self.hear(talk.tick(1))
        else:
            talk.reply(talk.sent()[0])
            talk.sent()
            talk.now += 3 * 10**9
            talk.tell({"ev": "beat", "time": 1})
            try:
                talk.tick(3)
            except Failure:
                self.told.append("line dead")

    def _answer(self, situation: str, sent: dict[str, Any]) -> None:
        talk = self.talk
        if situation in REFUSALS:
            self.hear(talk.tell({"re": sent["id"], **REFUSALS[situation]}))
        elif situation in ("taken", "taken twice"):
            for _ in range(1 + (situation == "taken twice")):
                self.hear(talk.reply(sent, **TAKEN))
        elif situation in ("silence", "late"):
            talk.now += 4 * 10**9
            talk.tell({"ev": "beat", "time": 1})
            self.hear(talk.tick(1.5))
            if situation == "late":
                self.hear(talk.reply(sent, **TAKEN))
        elif situation == "line gone":
            self.hear(talk.session.end("cut", talk.now))
        elif situation == "web page":
            self.hear(talk.session.receive("<html></html>", talk.now))
        elif situation.startswith("filled"):
            self.hear(talk.tell({"ev": "execution", **execution()}))
            if situation == "filled before taken":
                self.hear(talk.reply(sent, **TAKEN))
        else:
            self._tell(situation, sent)

    def _tell(self, situation: str, sent: dict[str, Any]) -> None:
        talk = self.talk
        if situation == "not known":
            self.hear(talk.reply(sent, found=False))
        elif situation == "known":
            self.hear(talk.reply(sent, found=True, order=order(), executions=[execution()]))
        else:
            self.hear(talk.reply(sent, executions=[execution()] * (situation == "whole"), next=1, more=False))
            fields = {"positions": None} if situation == "half an answer" else {}
            self.hear(talk.reply(talk.sent()[0], **state(last_execution=1, **fields)))


BENCHES: dict[str, Callable[[], Bench]] = {"alpaca": alpaca_bench, "binance": binance_bench, "plain": Plain}


def connected() -> list[str]:
    """Brokers that are reached over a line."""
    found = [item.name for item in pkgutil.iter_modules(brokers.__path__) if item.ispkg]
    return [name for name in found if hasattr(__import__(f"{brokers.__name__}.{name}", fromlist=["x"]), "line")]


def test_every_broker_with_a_line_has_a_bench() -> None:
    assert connected() == sorted(BENCHES)


@pytest.mark.parametrize("name", sorted(BENCHES))
@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_F01_F04_F10_F11_F43_F54_F58_F60_conformance(name: str, case: Case) -> None:
    assert BENCHES[name]().play(case.situation, case.request) == case.told


@pytest.mark.parametrize("name", sorted(BENCHES))
def test_every_broker_says_what_it_can_do_and_how_fast(name: str) -> None:
    module = __import__(f"{brokers.__name__}.{name}", fromlist=["x"])
    assert [word for word in brokers.PORT if not hasattr(module, word)] == []
    assert isinstance(module.CAPS, Caps)
    # A venue that shuts addresses out also has how long nothing is sent where nobody knows whether it has.
    assert set(module.LIMITS) - {"doubt"} == {"rate", "burst", "reserve"}
    assert 0 < module.LIMITS["reserve"] < module.LIMITS["burst"]
    assert set(module.MODES) <= {"dry_run", "paper", "live"}
