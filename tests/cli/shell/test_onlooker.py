"""Looking on costs next to nothing."""

import pytest

from openbell.cli.shell.interrupt import Interrupt
from openbell.cli.shell.onlooker import Lines, Meter, Onlooker, compiling_line, progress_line, span


class Slow:
    """A view that takes a tenth of a second to draw."""

    least_s = 0.5

    def __init__(self, clock: list[float]) -> None:
        self.clock = clock
        self.drawn: list[float] = []

    def draw(self, seen: Onlooker) -> None:
        self.drawn.append(self.clock[0])
        self.clock[0] += 0.1

    def close(self) -> None:
        """Nothing to close."""


def _onlooker(view: Slow | Lines | None, clock: list[float]) -> Onlooker:
    onlooker = Onlooker(Interrupt(), 100, view, lambda: clock[0])
    onlooker.book = _Book()  # type: ignore[assignment]  # only its counts are looked at
    return onlooker


class _Counts:
    bars = 40


class _Truth:
    counts = _Counts()


class _Book:
    truth = _Truth()


def test_drawing_takes_less_than_two_of_a_hundred() -> None:
    clock = [10.0]
    view = Slow(clock)
    onlooker = _onlooker(view, clock)
    while clock[0] < 100.0:
        assert onlooker.is_interrupted() is False
        clock[0] += 0.01
    assert len(view.drawn) * 0.1 / 90.0 < 0.02


def test_nobody_draws_for_machines() -> None:
    onlooker = _onlooker(None, [1.0])
    assert onlooker.is_interrupted() is False


def test_the_rate_is_of_this_process() -> None:
    clock = [0.0]
    onlooker = _onlooker(None, clock)
    onlooker.pace()
    _Counts.bars = 60
    clock[0] = 4.0
    assert onlooker.pace() == (5.0, 8.0)
    _Counts.bars = 40


def test_lines_begin_after_a_while(capsys: pytest.CaptureFixture[str]) -> None:
    clock = [0.0]
    onlooker = _onlooker(Lines(), clock)
    Lines().draw(onlooker)
    assert capsys.readouterr().err == ""
    clock[0] = 6.0
    Lines().draw(onlooker)
    assert "40 of 100 bars" in capsys.readouterr().err
    Lines().close()


def test_progress_in_words() -> None:
    assert progress_line(50, 200, 12.4, 12.0) == " 25 % · 50 of 200 bars · 12 bars/s · 0:00:12 left"
    assert progress_line(1200, 0, 12.4, 0.0) == "1,200 bars · 12 bars/s"
    assert progress_line(0, 0, 0.5, None) == "100 % · 0 of 0 bars · 0.5 bars/s · ? left"
    assert span(3723.9) == "1:02:03"


def test_a_meter_shows_and_listens(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    interrupt = Interrupt()
    meter = Meter(interrupt, 100, is_shown=True)
    meter._last -= 60.0
    assert meter(50) is False
    assert "50 of 100 bars" in capsys.readouterr().err
    interrupt.is_set = True
    assert meter(60) is True
    meter.close()
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(meter, "_is_terminal", True)
    meter._last -= 60.0
    meter(200)
    meter.close()
    assert capsys.readouterr().err.startswith("\r\x1b[2K100 %")


def test_behind_a_compilation_the_pace_is_that_of_the_bars_alone(capsys: pytest.CaptureFixture[str]) -> None:
    meter = Meter(Interrupt(), 1000, is_shown=True)
    meter._began -= 1_000_000.0
    meter.compiling(200, 200)
    meter(100)
    assert capsys.readouterr().err == ""
    meter._last -= 60.0
    meter._began -= 1_000.0
    meter(600)
    # 500 bars in 1,000 s: neither the compiler's days nor the bars of the first word count.
    assert "600 of 1,000 bars · 0.5 bars/s · 0:13:" in capsys.readouterr().err


def test_compiling_is_shown_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    words = "compiling, once for this version"
    assert compiling_line(70, 200, 9.0) == f" 35 % · {words} · 70 functions · 0:00:09 left"
    assert compiling_line(200, 200, None) == f" 99 % · {words} · 200 functions · ? left"
    meter = Meter(Interrupt(), 100, is_shown=True)
    meter.compiling(10, 200)
    assert capsys.readouterr().err == ""
    meter._last -= 60.0
    meter.compiling(50, 200)
    assert f" 25 % · {words} · 50 functions" in capsys.readouterr().err
    quiet = Meter(Interrupt(), 100, is_shown=False)
    quiet._last -= 60.0
    quiet.compiling(50, 200)
    assert capsys.readouterr().err == ""
