"""Ctrl-C: the first in good order, the second at once."""

import os
import signal

import pytest

from openbell.cli.shell.interrupt import Interrupt


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


def test_it_ends_at_once_without_a_view_too(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[object] = []
    monkeypatch.setattr(os, "_exit", ended.append)
    with Interrupt():
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)
    assert ended == [143]
