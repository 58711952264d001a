"""`openbell demo`."""

import re
import socket
from collections.abc import Callable
from pathlib import Path

from openbell.cli.demo import CONFIG, market
from tests.cli.process import Said
from tools.tree import ROOT

Caller = Callable[..., Said]


def test_the_demo_trades_and_says_that_it_is_synthetic(call: Caller, tmp_path: Path) -> None:
    said = call("demo", "--speed", "max", "--state", tmp_path / "s")
    assert said.code == 0
    assert "[DEMO]  SYNTHETIC market data  Demo" in said.out
    assert "12,960 bars" in said.out
    assert f"Report: {tmp_path / 's' / 'report.html'}" in said.out
    data = call("demo", "--state", tmp_path / "s", "--json").data
    assert (data["mode"], data["is_synthetic"], data["bars_this_process"]) == ("demo", True, 0)
    assert data["fills"] > 100
    assert data["rejected_by_reason"]


def test_headless_it_ends_after_so_many_bars(call: Caller, tmp_path: Path) -> None:
    said = call("demo", "--headless", "--until-bars", 300, "--speed", "max", "--state", tmp_path / "s")
    assert (said.code, "300 bars (300 now)" in said.out, "control room" in said.err) == (0, True, False)
    more = call("demo", "--headless", "--until-bars", 600, "--speed", "max", "--state", tmp_path / "s", "--json").data
    assert (more["bars"], more["bars_this_process"]) == (600, 300)
    # A state keeps the market it was made from, also when it is shown with a view.
    shown = call("demo", "--until-bars", 700, "--speed", "max", "--state", tmp_path / "s", "--json").data
    assert (shown["bars"], shown["bars_this_process"]) == (700, 100)


def test_the_control_room_is_shown_and_ends_with_the_demo(call: Caller, tmp_path: Path) -> None:
    said = call("demo", "--headless", "--until-bars", 60, "--port", 0, "--speed", "max", "--state", tmp_path / "s")
    assert said.code == 0
    found = re.search(r"The control room: http://127\.0\.0\.1:(\d+)/#open=\S+", said.err)
    assert found is not None
    with socket.socket() as line:
        assert line.connect_ex(("127.0.0.1", int(found[1]))) != 0


def test_more_bars_than_the_market_has_are_refused(call: Caller) -> None:
    said = call("demo", "--until-bars", 99999)
    assert (said.code, "12,960 bars" in said.err) == (2, True)


def test_an_unlike_state_is_refused(call: Caller, finished: Path) -> None:
    assert market(finished, is_long=False)[1].bars == 12960
    said = call("demo", "--state", finished, "--until-bars", 10)
    assert (said.code, "not the ones this state was made from" in said.err) == (2, True)


def test_the_example_is_the_packaged_file() -> None:
    assert (ROOT / "examples" / "demo" / "config.yaml").read_bytes() == CONFIG.read_bytes()
