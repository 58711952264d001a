"""The gate asks in turn, writes down before it hands on, and hands on once."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from openbell.core.types import MINUTE_NS, NS
from openbell.edges.signals.gate import MOST_FAILED, Asked, Gate, Reply, Terms
from openbell.edges.signals.names import Came, Names
from openbell.edges.signals.proof import signature

SECRET = "0123456789abcdef0123456789abcdef"
NOW_S = 1_700_000_000
SIGNAL = {"id": "a", "instrument": "AAPL", "target": 1}


class Bench:
    """A gate with a clock that stands, and an engine that answers as it is told."""

    def __init__(self, folder: Path, pace: int = 60, max_age: int = 30 * NS) -> None:
        self.folder, self.now = folder, NOW_S * NS
        self.names = Names(folder)
        self.came: list[tuple[Came, int]] = []
        self.seen_on_disk: list[bool] = []
        self.is_deaf = False
        terms = Terms(secret=SECRET, max_age=max_age, pace=pace, instruments=("AAPL", "MSFT"))
        self.gate = Gate({"desk": terms}, self.names, self.deliver, lambda: self.now)

    async def deliver(self, came: Came, until: int) -> dict[str, Any] | None:
        self.came.append((came, until))
        self.seen_on_disk.append(Names(self.folder).find(came.source, came.id) is not None)
        return None if self.is_deaf else {"seq": len(self.came), "code": "S012 signal_long"}

    def post(self, body: object = SIGNAL, *, secret: str = SECRET, at: object = NOW_S, **changes: Any) -> Reply:
        return asyncio.run(self.gate.take(asked(body, secret=secret, at=at, **changes)))


def asked(body: object = SIGNAL, *, secret: str = SECRET, at: object = NOW_S, **changes: Any) -> Asked:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    fields = {
        "source": "desk", "timestamp": str(at), "body": data, "peer": "127.0.0.1",
        "signature": signature(secret, str(at), data),
    }  # fmt: skip
    return Asked(**{**fields, **changes})


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_signal_is_on_disk_before_it_is_handed_on_and_holds_from_its_timestamp(bench: Bench) -> None:
    reply = bench.post(SIGNAL | {"reason": "up"})
    assert (reply.status, json.loads(reply.body)) == (200, {"id": "a", "seq": 1, "code": "S012 signal_long"})
    ((came, until),) = bench.came
    assert (came.instrument, came.target, came.reason, came.peer) == ("AAPL", 1.0, "up", "127.0.0.1")
    assert (until, bench.seen_on_disk) == ((NOW_S + 30) * NS, [True])


def test_the_same_signal_again_gets_the_same_answer_and_causes_nothing(bench: Bench) -> None:
    first = bench.post()
    bench.now += 20 * NS
    assert bench.post() == bench.post(at=NOW_S + 20) == first
    assert len(bench.came) == 1


def test_a_name_is_not_used_for_another_signal(bench: Bench) -> None:
    bench.post()
    reply = bench.post(SIGNAL | {"target": -1})
    assert (reply.status, len(bench.came)) == (409, 1)
    assert "the name of another signal" in reply.body


def test_one_that_nobody_answered_is_handed_on_again_and_holds_no_longer_for_it(bench: Bench, tmp_path: Path) -> None:
    bench.is_deaf = True
    assert (bench.post().status, bench.post().wait) == (503, 1)
    # The process ends here; the next one finds the name.
    again = Bench(tmp_path)
    again.now += 25 * NS
    assert again.post(at=NOW_S + 25).status == 200
    assert again.came[0][1] == (NOW_S + 30) * NS
    assert again.post(at=NOW_S + 25).status == 200
    assert len(again.came) == 1


def test_what_was_signed_before_another_comes_too_late_for_that_instrument(bench: Bench) -> None:
    bench.post(at=NOW_S)
    reply = bench.post(SIGNAL | {"id": "b"}, at=NOW_S - 1)
    assert (reply.status, len(bench.came)) == (409, 1)
    assert "signed later stands already" in reply.body
    assert bench.post({"id": "c", "instrument": "MSFT", "target": 0}, at=NOW_S - 1).status == 200
    assert bench.post(SIGNAL | {"id": "d"}).status == 200


def test_one_that_waits_for_an_answer_is_not_repeated_behind_a_later_one(bench: Bench) -> None:
    bench.is_deaf = True
    bench.post()
    bench.is_deaf = False
    assert bench.post(SIGNAL | {"id": "b", "target": 0}).status == 200
    assert (bench.post().status, len(bench.came)) == (409, 2)


@pytest.mark.parametrize(("age", "status"), [(-6, 401), (-5, 200), (0, 200), (30, 200), (31, 401)])
def test_a_timestamp_is_of_this_moment(bench: Bench, age: int, status: int) -> None:
    assert bench.post(at=NOW_S - age).status == status
    assert len(bench.came) == (status == 200)


def test_a_signature_of_another_time_is_told_by_how_much_it_is_off(bench: Bench) -> None:
    assert "+60 s behind the clock here" in bench.post(at=NOW_S - 60).body
    assert "'noon' is no whole number of seconds" in bench.post(at="noon").body
    assert [why for _, _, _, why in bench.names.refused()] == [
        "its timestamp is +60 s behind the clock here",
        "timestamp 'noon' is no whole number of seconds since 1970",
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"secret": SECRET[:-1] + "0"}, {"signature": ""}, {"source": "news"}, {"source": ""},
        {"body": SIGNAL | {"target": -1}, "signature": signature(SECRET, str(NOW_S), json.dumps(SIGNAL).encode())},
        {"timestamp": str(NOW_S + 1)},
    ],
)  # fmt: skip
def test_who_cannot_sign_is_told_nothing_else(bench: Bench, changes: dict[str, Any]) -> None:
    reply, other = bench.post(**changes), bench.post(b"\xff" * 9, secret="x" * 32)
    # Whatever is wrong, and whether the body is one or there is such a source, the answer is the same.
    assert (reply.status, reply) == (401, other)
    assert (bench.came, len(bench.names.refused())) == ([], 2)


def test_failures_of_one_address_are_bounded_and_hold_up_nobody_who_can_sign(bench: Bench) -> None:
    statuses = [bench.post(secret="x" * 32).status for _ in range(MOST_FAILED + 2)]
    assert statuses == [401] * MOST_FAILED + [429] * 2
    assert len(bench.names.refused()) == MOST_FAILED
    assert bench.post(secret="x" * 32, peer="192.0.2.7").status == 401
    assert bench.post().status == 200


def test_a_source_has_its_pace(tmp_path: Path) -> None:
    bench = Bench(tmp_path, pace=2)
    assert [bench.post(SIGNAL | {"id": str(n)}).status for n in range(3)] == [200, 200, 429]
    bench.now += MINUTE_NS - 1
    reply = bench.post(SIGNAL | {"id": "2"}, at=NOW_S + 60)
    assert (reply.status, reply.wait) == (429, 1)
    bench.now += 1
    assert bench.post(SIGNAL | {"id": "2"}, at=NOW_S + 60).status == 200


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"{", "no signal"),
        (SIGNAL | {"target": 1.01}, "target 1.01 is not from -1 to 1"),
        (SIGNAL | {"size": 1}, "size"),
        (SIGNAL | {"instrument": "TSLA"}, "desk does not trade 'TSLA'; it trades AAPL, MSFT"),
    ],
)
def test_what_is_signed_and_no_signal_is_told_what_is_wrong(bench: Bench, body: object, told: str) -> None:
    reply = bench.post(body)
    assert (reply.status, told in json.loads(reply.body)["error"], bench.came) == (422, True, [])


def test_two_at_once_are_handed_on_one_after_the_other_and_a_double_once(bench: Bench) -> None:
    async def play() -> list[Reply]:
        takes = (bench.gate.take(asked()) for _ in range(5))
        return list(await asyncio.gather(*takes))

    replies = asyncio.run(play())
    assert ({one.body for one in replies}, len(bench.came)) == ({replies[0].body}, 1)
