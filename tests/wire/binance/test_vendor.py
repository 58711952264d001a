"""Unmodified clients of others complete their whole day at the front."""

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.house.source import ROOT
from tests.wire.binance.test_api import PRIVATE, PUBLIC

DATA = Path(os.environ.get("OPENBELL_DATA") or ROOT.parent / "shared" / "data") / "crypto_1m"
PYTHON = os.environ.get("OPENBELL_BINANCE_PY", "")


def day(folder: Path, script: str, given: tuple[str, ...] = ("--speed", "4x"), told: str = "") -> dict[str, Any]:
    """Return what a client saw at a front of its own, opened as `given`; it is `told` its key or something else."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    ready, own, theirs = folder / "ready", folder / "own.pem", folder / "theirs.pem"
    own.write_bytes(PRIVATE.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    theirs.write_bytes(PUBLIC)
    words = ["venue", "binance", "--port", "0", *given, "--ready-file", str(ready), "--log", str(folder / "log"),
             "--public-key", str(theirs)]  # fmt: skip
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    front = subprocess.Popen([sys.executable, "-m", "openbell", *words], env=env, stderr=subprocess.PIPE, text=True)
    try:
        assert front.stderr is not None
        assert any("open at" in line for line in front.stderr)
        place = str(Path(__file__).with_name(script))
        words = [PYTHON, place, ready.read_text().strip(), told or str(own)]
        run = subprocess.run(words, capture_output=True, text=True, timeout=180, check=False)
    finally:
        front.send_signal(signal.SIGTERM)
        front.communicate(timeout=180)
    assert run.returncode == 0, run.stderr
    found = next(line for line in run.stdout.splitlines() if line.startswith("{"))
    return dict(json.loads(found))


pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PYTHON, reason="set OPENBELL_BINANCE_PY to an interpreter with the three clients"),
]


def test_the_vendors_own_sdk_trades_a_whole_day(tmp_path: Path) -> None:
    saw = day(tmp_path, "vendor_sdk.py")
    assert (saw["account"], saw["balances"], saw["ed25519"]) == ([True, "SPOT"], {"USDT": "100000.00000000"}, True)
    assert (saw["history"], saw["quote"], saw["streamed"]) == ([1000, 12], True, "BTCUSDT")
    assert (saw["market"][0], saw["told"], saw["partial"]) == (
        "FILLED",
        ["BUY", "MARKET", "0.02000000"],
        ["PARTIALLY_FILLED", True],
    )
    assert (saw["replaced"], saw["old"], saw["smaller"], saw["cancelled"]) == (
        ["SUCCESS", "SUCCESS"],
        "CANCELED",
        "0.01500000",
        "CANCELED",
    )
    assert (saw["bracket"], saw["legs"], saw["list gone"]) == (
        ["OTOCO", 3],
        ["sdk-6 NEW", "sdk-7 NEW"],
        ["ALL_DONE", ["CANCELED"] * 2],
    )
    assert saw["what it brought"] == ["FILLED 0.01000000", "NEW 0.01000000", "NEW 0.01000000"]
    assert (saw["pegged"], saw["allotted"], saw["digits"]) == ([True, "PRIMARY_PEG", 3], [True, True], 16)
    codes = {name: saw[name].partition(",")[0] for name in ("twice", "again", "too dear", "too small", "off lot", "off tick", "no price",
             "no symbol", "wrong key", "wrong secret")}  # fmt: skip
    assert codes == {
        "twice": "(-2010", "again": "(-2011", "too dear": "(-2010", "too small": "(-1013", "off lot": "(-1013",
        "off tick": "(-1013", "no price": "(-1102", "no symbol": "(-1121", "wrong key": "(-2015", "wrong secret": "(-1022",
    }  # fmt: skip
    assert (saw["socket order"], saw["socket cancel"], saw["session"]) == ("FILLED", "CANCELED", "PKTEST")
    assert (saw["missed"], saw["heard again"]) == ("FILLED", True)


def test_python_binance_trades_a_whole_day(tmp_path: Path) -> None:
    saw = day(tmp_path, "vendor_python_binance.py")
    assert (saw["status"], saw["instrument"], saw["history"], saw["wrong key"]) == (
        True,
        ["BTC", True],
        300,
        [401, -2015],
    )
    assert (saw["quote"], saw["trade"], saw["kline"]) == ("BTCUSDT", "BTCUSDT", "ETHUSDT")
    assert (saw["market"], saw["partial"], saw["filled"]) == (["FILLED", "BTC"], "PARTIALLY_FILLED", "1.50000000")
    assert (saw["replaced"], saw["cancel told"], saw["bracket"]) == (
        ["SUCCESS", "SUCCESS"],
        "CANCELED",
        ["NEW", "PENDING_NEW", "PENDING_NEW"],
    )
    assert (saw["poor"], saw["small"], saw["missed"], saw["heard again"]) == (
        [400, -2010],
        [400, -1013],
        "FILLED",
        "FILLED",
    )


def test_ccxt_trades_a_whole_day(tmp_path: Path) -> None:
    saw = day(tmp_path, "vendor_ccxt.py")
    assert (saw["balance"], saw["history"], saw["wrong key"], saw["streamed"]) == (
        100_000.0,
        100,
        "AuthenticationError",
        "BTC/USDT",
    )
    assert (saw["market"], saw["partial"], saw["told"]) == (["closed", 0.02], ["open", True], 1.5)
    assert (saw["replaced"], saw["cancelled"], saw["again"]) == (["open", 0.02, True], "canceled", "OrderNotFound")
    assert (saw["bracket"], saw["poor"], saw["small"]) == (
        ["NEW", "PENDING_NEW", "PENDING_NEW"],
        "InsufficientFunds",
        "BadRequest",
    )
    assert saw["heard again"] == 0.01


@pytest.mark.skipif(not DATA.is_dir(), reason="recorded data: set OPENBELL_DATA to their directory")
def test_the_vendors_own_sdk_reads_and_trades_recorded_minutes(tmp_path: Path) -> None:
    begin = datetime(2017, 9, 3, tzinfo=UTC)
    frame = pl.read_parquet(DATA / "BTCUSD_coinbase_selected_days.parquet")
    frame = frame.filter((pl.col("ts") >= begin) & (pl.col("ts") < begin + timedelta(days=1)))
    frame = frame.with_columns(pl.lit("BTCUSDT").alias("symbol"))
    frame.write_parquet(tmp_path / "BTCUSDT.parquet")
    first = int(begin.timestamp()) * 1000
    given = ("--data", str(tmp_path / "BTCUSDT.parquet"), "--speed", "60x")
    saw = day(tmp_path, "vendor_recorded.py", given, str(first))
    assert saw["minutes"] == [1000, 440, 1440]
    row, last = frame.row(0, named=True), frame.row(-1, named=True)
    told = [first, row["open"], row["high"], row["low"], row["close"], pytest.approx(row["volume"]), first + 59_999]
    assert saw["first"] == told
    assert saw["last"] == [first + 1_439 * 60_000, last["close"]]
    assert (saw["hours"], saw["same"], saw["trades"], saw["streamed"]) == (24, True, [5, True], "BTCUSDT")
    assert (saw["market"], saw["near"], saw["partial"], saw["rest of it"]) == (
        ["FILLED", "0.00200000"],
        True,
        [True, True],
        "CANCELED",
    )
    assert (saw["replaced"], saw["oco"], saw["swept"]) == (
        ["SUCCESS", "SUCCESS"],
        ["LIMIT_MAKER", "STOP_LOSS"],
        1,
    )
    assert saw["too dear"].partition(",")[0] == "(-2010"
    assert (saw["adds up"], saw["missed"], saw["heard again"]) == (True, "FILLED", "0.00200000")
