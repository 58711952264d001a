"""Ctrl-C: the first in good order, the second at once."""

import os
import signal
import time

import pytest

from openbell.cli.shell.interrupt import ECHO_S, Interrupt
from openbell.run.supervise import MARK


def test_the_first_asks_and_the_second_ends_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[object] = []
    monkeypatch.setattr(os, "_exit", ended.append)
    before = signal.getsignal(signal.SIGTERM)
    with Interrupt() as interrupt:
        interrupt.restore = lambda: ended.append("restored")
        signal.raise_signal(signal.SIGTERM)
        assert (interrupt.is_set, ended) == (True, [])
        signal.raise_signal(signal.SIGINT)
        assert ended == ["restored", 130]
    assert signal.getsignal(signal.SIGTERM) is before


def test_the_end_of_the_terminal_asks_however_often_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[object] = []
    monkeypatch.setattr(os, "_exit", ended.append)
    monkeypatch.setattr(os, "isatty", lambda _: False)
    with Interrupt() as interrupt:
        signal.raise_signal(signal.SIGHUP)
        signal.raise_signal(signal.SIGHUP)
        assert (interrupt.is_set, ended) == (True, [])
        signal.raise_signal(signal.SIGINT)
    assert ended == [130]


@pytest.mark.parametrize(("later", "ended"), [(ECHO_S - 0.01, []), (ECHO_S, [143]), (ECHO_S + 0.01, [143])])
def test_a_word_to_a_whole_group_is_heard_twice_and_is_one(
    monkeypatch: pytest.MonkeyPatch, later: float, ended: list[int]
) -> None:
    """systemd tells every process of a service; the supervisor passes on what it was told itself."""
    found: list[object] = []
    now = [100.0]
    monkeypatch.setattr(os, "_exit", found.append)
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    with Interrupt() as interrupt:
        signal.raise_signal(signal.SIGTERM)
        now[0] += later
        signal.raise_signal(signal.SIGTERM)
        assert (interrupt.is_set, found) == (True, ended)


def test_a_supervisor_may_take_its_time_to_pass_a_word_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine it comes late; to a process beside the engine it comes once the engine has ended."""
    found: list[object] = []
    now = [100.0]
    monkeypatch.setattr(os, "_exit", found.append)
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setenv(MARK, str(os.getppid()))
    with Interrupt() as interrupt:
        signal.raise_signal(signal.SIGTERM)
        now[0] += 60 * ECHO_S
        signal.raise_signal(signal.SIGTERM)
        assert (interrupt.is_set, found) == (True, [])
        signal.raise_signal(signal.SIGTERM)
    assert found == [143]


def test_it_ends_at_once_without_a_view_too(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[object] = []
    monkeypatch.setattr(os, "_exit", ended.append)
    with Interrupt():
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGINT)
    assert ended == [130]
