"""The guardian: when it speaks, when it pulls, what it leaves behind."""

import asyncio
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.types import NS
from openbell.edges.brokers import binance, plain
from openbell.edges.brokers.budget import CANCEL, shared
from openbell.edges.brokers.plain.guard import Pulled
from openbell.edges.journal import AlreadyRunning, DiskFailed, OsDisk, read_lease
from openbell.run import state
from openbell.run.assemble import Wire
from openbell.run.clock import FakeClock
from openbell.run.guardian import (
    AGAIN_NS,
    DEAD_NS,
    JOURNAL,
    SLEPT_NS,
    STALE_NS,
    UNHEARD_NS,
    Guardian,
    Verdict,
    Watch,
    judge,
    relieve,
)
from openbell.run.pulse import Pulse, write_pulse
from openbell.run.records import entries
from openbell.run.tenure import Tenure
from openbell.run.triggers import FALLEN
from tests.wire.binance.stand import running as binance_front
from tests.wire.plain.stand import running

START = 1000 * NS


def pulse(count: int = 1, **changes: Any) -> Pulse:
    return msgspec.structs.replace(Pulse(pid=77, epoch=3, seq=5, count=count, ts=1), **changes)


def looks(watch: Watch, told: Pulse | None, span: int, *, is_killed: bool = False) -> list[tuple[int, str]]:
    """Look each second for `span` ns at an unchanging sign; return when what was said, in seconds."""
    begin = watch.looked or START
    found = []
    for at in range(begin + NS, begin + span + 1, NS):
        word = judge(watch, told, at, is_killed=is_killed).word
        if word == "pull":
            watch.pulled, watch.tried = True, at
        if word:
            found.append(((at - begin) // NS, word))
    return found


# --- judging ----------------------------------------------------------------------------------------------------


def test_it_alerts_after_ten_seconds_of_silence_and_pulls_after_thirty_and_not_before() -> None:
    watch = Watch()
    judge(watch, pulse(), START, is_killed=False)
    said = looks(watch, pulse(), 34 * NS)
    assert said[:2] == [(STALE_NS // NS, "stale"), (DEAD_NS // NS, "pull")]


def test_a_file_may_say_other_times() -> None:
    watch = Watch(stale_ns=4 * NS, dead_ns=7 * NS)
    judge(watch, pulse(), START, is_killed=False)
    assert looks(watch, pulse(), 9 * NS)[:2] == [(4, "stale"), (7, "pull")]


def test_signs_of_life_keep_it_quiet() -> None:
    watch = Watch()
    for n in range(300):
        assert judge(watch, pulse(n), START + n * NS, is_killed=False) == Verdict("")


def test_it_says_when_the_engine_is_back() -> None:
    watch = Watch()
    judge(watch, pulse(), START, is_killed=False)
    looks(watch, pulse(), 12 * NS)
    assert judge(watch, pulse(2), watch.looked + NS, is_killed=False).word == "back"
    assert looks(watch, pulse(2), 9 * NS) == []


@pytest.mark.parametrize("told", [None, pulse(is_closed=True)])
def test_a_run_that_has_not_begun_or_has_ended_needs_no_watching(told: Pulse | None) -> None:
    watch = Watch()
    judge(watch, told, START, is_killed=False)
    assert looks(watch, told, 100 * NS) == []


def test_a_sign_of_life_that_is_gone_is_no_sign_of_life() -> None:
    watch = Watch()
    judge(watch, pulse(), START, is_killed=False)
    assert looks(watch, None, 34 * NS)[:2] == [(STALE_NS // NS, "stale"), (DEAD_NS // NS, "pull")]


def test_orders_still_open_are_pulled_again_until_none_is() -> None:
    watch = Watch()
    judge(watch, pulse(), START, is_killed=False)
    said = looks(watch, pulse(), 60 * NS)
    pulls = [at for at, word in said if word == "pull"]
    assert {later - earlier for earlier, later in pairwise(pulls)} == {AGAIN_NS // NS}
    watch.is_clear = True
    assert looks(watch, pulse(), 60 * NS) == []


def test_its_own_sleep_proves_nothing_of_the_engine() -> None:
    watch = Watch()
    judge(watch, pulse(), START, is_killed=False)
    assert judge(watch, pulse(), START + 3600 * NS, is_killed=False).word == ""
    assert looks(watch, pulse(), STALE_NS - NS) == []
    assert SLEPT_NS < STALE_NS


def test_B18_a_kill_that_the_engine_does_not_take_is_carried_out_by_the_guardian() -> None:
    watch = Watch()
    n = 0
    said = []
    while not said:
        n += 1
        word = judge(watch, pulse(n), START + n * NS, is_killed=True)
        watch.killed = watch.killed or START + n * NS
        said = [word] if word.word else []
        if n > 60:
            break
    assert said == []  # It beats: it lives, and takes its words in its own time.
    assert looks(watch, pulse(n), UNHEARD_NS + 2 * NS, is_killed=True)[0][1] == "pull"


def test_S4_219_an_engine_that_fell_has_as_long_to_come_back_as_one_that_is_silent(tmp_path: Path) -> None:
    guardian = Guardian(tmp_path, tmp_path / "leases", {}, lambda _: None, lambda: START)
    kill = ev.Command(ts=0, id="system-error-1", kind="kill", actor=FALLEN, reason="KeyError", tier=1)
    write_pulse(tmp_path, pulse(is_closed=True))
    state.leave_command(tmp_path, kill)
    said = [(n, word) for n in range(DEAD_NS // NS + 1) if (word := guardian.look(START + n * NS).word)]
    assert said == [(STALE_NS // NS, "stale"), (DEAD_NS // NS, "pull")]
    write_pulse(tmp_path, pulse(2))
    assert guardian.look(START + DEAD_NS + NS).word == "back"
    # What somebody else asks for has still to be taken at once.
    state.leave_command(tmp_path, msgspec.structs.replace(kill, id="another", actor="op"))
    later = START + DEAD_NS + 2 * NS
    said = [(n, word) for n in range(UNHEARD_NS // NS + 1) if (word := guardian.look(later + n * NS).word)]
    assert said[-1] == (UNHEARD_NS // NS, "pull")
    guardian.journal.close()


# --- acting -----------------------------------------------------------------------------------------------------


def begin(tmp_path: Path, url: str, said: list[str]) -> Guardian:
    folder = tmp_path / "s"
    state.make(folder)
    state.journal(folder).mkdir(exist_ok=True)
    write_pulse(folder, pulse())
    options = plain.Config(url=url.replace("http:", "ws:"))
    wires = {"main": Wire(plain, options, "paper")}
    return Guardian(folder, tmp_path / "home", wires, said.append, lambda: 5, lambda: START)


def records(folder: Path) -> list[Any]:
    return list(entries(folder / JOURNAL))


def test_B16_B25_a_silent_engines_orders_are_taken_back_and_it_is_fenced(tmp_path: Path) -> None:
    said: list[str] = []
    engine = Tenure(tmp_path / "home", [" ".join(plain.place(plain.Config(url="ws://127.0.0.1:1/v1")))])

    async def play() -> Any:
        async with running(tmp_path) as (hands, _, _base):
            await hands.hello(3)
            for n in range(20):
                await hands.order(f"o{n}", epoch=3)
            made = begin(tmp_path, hands.base, said)
            made.look(START)
            verdict = None
            for n in range(1, 40):
                verdict = made.look(START + n * NS)
                await made.act(verdict, START + n * NS)
                if verdict.word == "pull":
                    break
            made.journal.close()
            late = await hands.order("late", epoch=3)
            return [record.cid for record in hands.server.desk.books.open_orders()], late["code"]

    still_open, code = asyncio.run(play())
    assert (still_open, code) == ([], "fenced")
    folder = tmp_path / "s"
    assert read_lease(OsDisk(state.journal(folder))) == 1
    ((_, left),) = state.commands(folder)
    assert left is not None
    assert (left.kind, left.actor, left.tier) == ("kill", "guardian", 2)
    written = records(folder)
    kinds = [type(entry.event) for entry in written]
    assert kinds.index(ev.Command) < next(i for i, e in enumerate(written) if fx.Query(account="main") in e.effects)
    cancelled = [effect.oid for entry in written for effect in entry.effects if isinstance(effect, fx.Cancel)]
    assert cancelled == [f"o{n}" for n in range(20)]
    assert any("20 cancels sent; none is open" in text for text in said)
    engine.check()  # Another place: not the one that was pulled.


def test_a_venue_that_is_away_is_tried_again_and_never_called_clear(tmp_path: Path) -> None:
    said: list[str] = []

    async def play() -> Watch:
        made = begin(tmp_path, "ws://127.0.0.1:9/v1", said)
        await made.act(Verdict("pull", "test"), START)
        made.journal.close()
        return made.watch

    watch = asyncio.run(play())
    assert (watch.pulled, watch.is_clear) == (True, False)
    assert any("Error" in text for text in said)


@pytest.mark.parametrize("name", ["state.leave_command", "take_lease", "Tenure", "Journal.commit"])
def test_a_disk_that_takes_no_file_keeps_nobody_from_the_venue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def fail(*_: object) -> None:
        raise DiskFailed("no space left") if name == "Journal.commit" else OSError("no space left")

    said: list[str] = []
    monkeypatch.setattr(f"openbell.run.guardian.{name}", fail)

    async def play() -> list[str]:
        async with running(tmp_path) as (hands, _, _base):
            await hands.hello(3)
            await hands.order("o", epoch=3)
            made = begin(tmp_path, hands.base, said)
            made.look(START)
            await made.act(Verdict("pull", "test"), START)
            made.journal.close()
            return [record.cid for record in hands.server.desk.books.open_orders()]

    assert asyncio.run(play()) == []
    assert any("no space left" in text for text in said)


def test_an_account_that_cannot_be_asked_keeps_no_other_from_being_taken_back(tmp_path: Path) -> None:
    async def fail(*_: object) -> None:
        raise ValueError("no such words")

    said: list[str] = []
    broken = SimpleNamespace(pull=fail, place=plain.place)

    async def play() -> tuple[list[str], Watch]:
        async with running(tmp_path) as (hands, _, _base):
            await hands.hello(3)
            await hands.order("o", epoch=3)
            made = begin(tmp_path, hands.base, said)
            wire = made.wires["main"]
            made.wires = {"broken": Wire(broken, wire.options, "paper"), "main": wire}  # type: ignore[arg-type]
            made.look(START)
            await made.act(Verdict("pull", "test"), START)
            made.journal.close()
            return [record.cid for record in hands.server.desk.books.open_orders()], made.watch

    left, watch = asyncio.run(play())
    assert (left, watch.pulled, watch.is_clear) == ([], True, False)
    assert "guardian: broken: 0 cancels sent; ValueError: no such words" in said


def test_F55_a_venue_that_takes_nothing_is_left_alone_until_it_does_again(tmp_path: Path) -> None:
    calls: list[str] = []
    answers = {
        "same": [Pulled() for _ in range(9)],
        "shut": [SimpleNamespace(asked=("a",), left=("a", "b"), error="status 418: banned", wait=60 * NS), Pulled()],
        "open": [Pulled() for _ in range(9)],
    }

    def broker(name: str) -> Any:
        async def pull(*_: object) -> Any:
            calls.append(name)
            return answers[name].pop(0)

        host = "there" if name == "open" else "here"
        return SimpleNamespace(pull=pull, place=lambda _: ("x", host, name))

    said: list[str] = []
    made = begin(tmp_path, "ws://127.0.0.1:9/v1", said)
    options = made.wires["main"].options
    made.wires = {name: Wire(broker(name), options, "paper") for name in ("shut", "same", "open")}

    def tried(at: int) -> tuple[list[str], bool]:
        calls.clear()
        asyncio.run(made.act(Verdict("pull", "test"), at))
        return list(calls), made.watch.is_clear

    # The answer comes at `START`, whenever it was asked for.
    assert tried(START - 2 * NS) == (["shut", "same", "open"], False)
    assert "guardian: shut: 1 cancels sent; status 418: banned; nothing is sent there for 60 s" in said
    before = len(said)
    assert tried(START + 60 * NS - 1) == (["open"], False)
    assert said[before:] == ["guardian: open: 0 cancels sent; none is open"]
    assert tried(START + 60 * NS) == (["shut", "same", "open"], True)
    assert said[-3:] == [f"guardian: {name}: 0 cancels sent; none is open" for name in made.wires]
    answers["shut"].append(Pulled())
    assert tried(START + 60 * NS + 1) == (["shut", "same", "open"], True)
    made.journal.close()


def test_F55_what_the_guardian_is_told_shuts_the_address_for_every_process(tmp_path: Path) -> None:
    said: list[str] = []
    ban = {"do": "ban", "at": "clock", "nth": 1, "lasts": "90s"}

    async def play() -> tuple[Guardian, str]:
        async with binance_front(tmp_path, 0, ban) as hands:
            made = begin(tmp_path, hands.base, said)
            options = binance.Config(key="PKTEST", secret="secret", url=hands.base)
            made.wires = {"main": Wire(binance, options, "paper")}
            await made.act(Verdict("pull", "test"), START)
            return made, binance.place(options)[1]

    made, host = asyncio.run(play())
    assert any("status 418" in one and one.endswith("nothing is sent there for 90 s") for one in said)
    # The guardian's clock stood at 5 ns.
    rates = (tmp_path / "home").with_name("rates")
    assert shared(binance.LIMITS, rates, "binance", host).take(CANCEL, 6) == 90 * NS - 1
    # Where it cannot be written down that is said, and nothing else ends.
    for file in rates.iterdir():
        file.unlink()
    rates.rmdir()
    rates.write_text("no folder")
    made._tell_others(made.wires["main"], NS)
    assert said[-1].startswith("guardian: other processes could not be told of it: ")
    made.journal.close()


def test_it_speaks_of_stale_and_back_and_writes_it_down(tmp_path: Path) -> None:
    said: list[str] = []
    made = begin(tmp_path, "ws://127.0.0.1:9/v1", said)
    asyncio.run(made.act(Verdict("stale", "no sign"), START))
    asyncio.run(made.act(Verdict("back", "it lives"), START))
    made.journal.close()
    assert said == ["guardian: no sign", "guardian: it lives"]
    assert [entry.effects[0].level for entry in records(tmp_path / "s")] == ["critical", "warning"]


def test_there_is_one_guardian_of_a_state(tmp_path: Path) -> None:
    made = begin(tmp_path, "ws://127.0.0.1:9/v1", [])
    with pytest.raises(AlreadyRunning):
        begin(tmp_path, "ws://127.0.0.1:9/v1", [])
    made.journal.close()


def test_one_that_finds_another_guardian_waits_says_so_once_and_takes_over_when_that_one_ends(tmp_path: Path) -> None:
    old, said = begin(tmp_path, "ws://127.0.0.1:1", []), list[str]()
    clock = FakeClock(10**18)

    def is_over() -> bool:
        if clock.now() - 10**18 >= 5 * NS:
            old.journal.close()
        return clock.now() - 10**18 > 60 * NS

    new = relieve(lambda: begin(tmp_path, "ws://127.0.0.1:1", said), is_over, clock, said.append)
    assert new is not None
    assert clock.now() - 10**18 == 5 * NS
    assert (len(said), "another guardian; this one waits" in said[0]) == (1, True)
    assert (
        relieve(lambda: begin(tmp_path, "ws://127.0.0.1:1", said), lambda: clock.now() > 10**18, clock, said.append)
        is None
    )
    new.journal.close()


def test_it_runs_until_told_to_end(tmp_path: Path) -> None:
    made = begin(tmp_path, "ws://127.0.0.1:9/v1", [])
    ends = SimpleNamespace(left=3)

    def is_over() -> bool:
        ends.left -= 1
        return bool(ends.left < 0)

    asyncio.run(made.run(is_over))
    assert made.watch.pulse == pulse()
