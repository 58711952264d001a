"""The engine's sign of life."""

import os
from pathlib import Path

from openbell.run.pulse import BEAT, EVERY_NS, Heart, read_pulse


def test_a_sign_a_second_and_no_more(tmp_path: Path) -> None:
    heart = Heart(tmp_path, epoch=7)
    for now in (100, 200, 100 + EVERY_NS, 150 + EVERY_NS):
        heart.beat(now, now)
    pulse = read_pulse(tmp_path)
    assert pulse is not None
    assert (pulse.count, pulse.seq, pulse.epoch, pulse.pid) == (2, 100 + EVERY_NS, 7, os.getpid())
    assert (tmp_path / BEAT).stat().st_mode & 0o777 == 0o600


def test_a_clock_that_goes_back_stops_no_heart(tmp_path: Path) -> None:
    heart = Heart(tmp_path, epoch=1)
    heart.beat(1, 10 * EVERY_NS)
    heart.beat(2, 1)
    pulse = read_pulse(tmp_path)
    assert pulse is not None
    assert pulse.count == 2


def test_the_last_sign_says_that_it_is_the_last(tmp_path: Path) -> None:
    heart = Heart(tmp_path, epoch=1)
    heart.beat(1, 1)
    heart.stop(2, 2)
    pulse = read_pulse(tmp_path)
    assert pulse is not None
    assert (pulse.is_closed, pulse.count) == (True, 2)


def test_what_cannot_be_read_is_no_sign_and_what_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    assert read_pulse(tmp_path) is None
    (tmp_path / BEAT).write_text("{", encoding="utf-8")
    assert read_pulse(tmp_path) is None
    Heart(tmp_path / "nowhere", epoch=1).beat(1, 1)
