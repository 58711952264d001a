"""The vendor's own unmodified client, alpaca-py, completes its whole day at the front."""

import importlib.util
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.source import ROOT

OWN = sys.executable if importlib.util.find_spec("alpaca") else ""
PYTHON = os.environ.get("OPENBELL_ALPACA_PY", OWN)


@pytest.mark.slow
@pytest.mark.skipif(not PYTHON, reason="alpaca-py: set OPENBELL_ALPACA_PY to an interpreter that has it")
def test_the_vendors_own_client_trades_a_whole_day(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    words = [
        "venue",
        "alpaca",
        "--port",
        "0",
        "--speed",
        "4x",
        "--ready-file",
        str(ready),
        "--log",
        str(tmp_path / "log"),
    ]
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    front = subprocess.Popen([sys.executable, "-m", "openbell", *words], env=env, stderr=subprocess.PIPE, text=True)
    try:
        assert front.stderr is not None
        assert any("open at" in line for line in front.stderr)
        url = ready.read_text().strip()
        script = Path(__file__).with_name("vendor.py")
        run = subprocess.run([PYTHON, str(script), url], capture_output=True, text=True, timeout=180, check=False)
    finally:
        front.send_signal(signal.SIGTERM)
        front.communicate(timeout=180)
    assert run.returncode == 0, run.stderr
    saw = json.loads(run.stdout.splitlines()[-1])
    assert saw["account"] == ["ACTIVE", "100000", "200000", "USD"]
    assert saw["fill"] == [10.0, 10.0, "filled", True]
    assert saw["twice"] == [422, 40010001, "client_order_id must be unique"]
    assert (saw["replaced"], saw["old"], saw["again"]) == (["4", True], "replaced", 422)
    assert (saw["legs"], saw["oco"], saw["oto"]) == (["limit held", "stop held"], ["limit", "stop"], "held")
    assert [saw[name] for name in ("too many", "too dear", "sub-penny")] == [
        [403, 40310000],
        [403, 40310000],
        [422, 42210000],
    ]
    assert (saw["notional"], saw["coin"], saw["left"], saw["heard again"]) == ([None, "100"], "0.01", 0, True)
    assert (saw["rehearsed"], saw["brief"]) == ("FAKEPACA", "canceled")
    assert min(saw["minutes"].values()) > 1_700
