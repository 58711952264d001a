"""The engine's life is told: it began, it is silent, it is back, it ended; each once."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from openbell.core.types import NS
from openbell.run.alerts.life import SILENT_NS, Life, Seen
from openbell.run.alerts.watch import Kept, Watch
from openbell.run.clock import FakeClock
from openbell.run.pulse import Pulse
from tests.run.alerts.stage import NOW, market


def sign(count: int = 1, seq: int = 1, *, pid: int = 1, is_closed: bool = False) -> Pulse:
    return Pulse(pid=pid, epoch=1, seq=seq, count=count, ts=NOW, is_closed=is_closed)


def life(folder: Path, clock: FakeClock, seen: Seen | None = None) -> Life:
    watch = Watch(market(folder, "[]").state, Kept())
    watch.look(10_000)
    return Life(watch, seen or Seen(), clock)


@pytest.mark.parametrize(
    ("name", "digits", "shown"),
    [
        ("main", "", "account main"), ("main", "L7XY", "account main \u2026L7XY"),
        # An account that is named by its number is not told of by its number.
        ("12345678", "", "account \u20265678"), ("12345678", "5678", "account \u20265678"), ("2", "", "account 2"),
    ],
)  # fmt: skip
def test_a_start_is_told_once_with_mode_and_the_end_of_the_accounts_number(
    tmp_path: Path, name: str, digits: str, shown: str
) -> None:
    one = life(tmp_path, FakeClock(NOW))
    spec = one._watch.book.spec
    accounts = {name: replace(spec.accounts["main"], name=name, digits=digits)}
    one._watch.book.spec = replace(spec, accounts=accounts)
    (told,) = one.look(sign())
    assert (told.event, told.fields["mode"], told.fields["accounts"]) == ("engine_started", "sim", shown)
    assert one.look(sign(2)) == []
    again = Life(one._watch, one.seen, FakeClock(NOW))
    assert again.look(sign(3)) == []
    (other,) = again.look(sign(1, pid=2))
    assert (other.event, other.mark != told.mark) == ("engine_started", True)
    one._watch.close()


def test_the_end_is_told_behind_the_last_record(tmp_path: Path) -> None:
    one = life(tmp_path, FakeClock(NOW))
    seq = one._watch.kept.seq
    one.look(sign())
    assert one.look(sign(2, seq + 1, is_closed=True)) == []
    (told,) = one.look(sign(2, seq, is_closed=True))
    assert told.event == "engine_stopped"
    assert told.fields["equity"].startswith("$100,")
    assert (one.look(sign(2, seq, is_closed=True)), one.is_well) == ([], False)
    one._watch.close()


def test_silence_is_told_once_and_so_is_its_end(tmp_path: Path) -> None:
    clock = FakeClock(NOW)
    one = life(tmp_path, clock)
    one.look(sign())
    clock.sleep(SILENT_NS - NS)
    assert one.look(sign()) == []
    clock.sleep(NS)
    (told,) = one.look(sign())
    assert (told.event, told.level, one.is_well) == ("engine_silent", "critical", False)
    assert one.look(sign()) == []
    (back,) = one.look(sign(2))
    assert (back.fields["text"], one.is_well) == ("the engine gives signs of life again", True)
    assert one.look(None) == []
    one._watch.close()
