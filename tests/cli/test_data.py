"""`openbell data`: from a vendor's file to a backtest."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from openbell.core.types import DAY_NS
from openbell.edges.brokers import binance
from openbell.edges.brokers.failures import Transient
from tests.cli.process import Said
from tests.run.test_data import minutes
from tests.run.test_history import DAY, Vendor, bar
from tests.run.vendors import coins_file

Caller = Callable[..., Said]
PLAN = """\
title: Hours
instruments: {default: {kind: stock, calendar: NYSE}}
accounts:
  main: {broker: sim, cash: 10000 USD}
deployments:
  - name: cross
    strategy: {kind: ema_cross, fast: 1, slow: 2}
    instruments: [SPY]
    bars: 1h
    account: main
    budget: {capital: 10000 USD, per_position: 50%}
"""


def test_from_a_vendors_file_to_a_backtest(call: Caller, tmp_path: Path) -> None:
    store = tmp_path / "store"
    taken = call("data", "import", minutes(tmp_path), "--store", store, "--json").data["taken"]
    assert [(one["symbol"], one["interval"], one["added"]) for one in taken] == [("SPY", "1m", 600)]
    again = call("data", "import", tmp_path / "SPY_1m.parquet", "--store", store)
    assert "0 new, 600 known, 0 replaced" in again.out
    said = call("data", "verify", "--store", store, "--calendar", "NYSE")
    assert said.code == 0 and "sound" in said.out and "0 of 600 bars missing" in said.out
    said = call("data", "resample", "SPY", "--from", "1m", "--to", "1h", "--calendar", "NYSE", "--store", store)
    assert "11 bars of SPY, 1h" in said.out
    held = call("data", "list", "--store", store, "--json").data["bars"]
    assert [(one["symbol"], one["interval"], one["rows"]) for one in held] == [("SPY", "1m", 600), ("SPY", "1h", 11)]
    assert "SPY           1h" in call("data", "list", "--store", store).out
    file = tmp_path / "a.yaml"
    file.write_text(PLAN, encoding="utf-8")
    done = call("backtest", file, "--data", store, "--json").data
    assert (done["bars"], done["quarantined_by_reason"]) == (11, {})
    # The last bar of the half day ends with it, at 13:00 in New York.
    assert done["last_ts"].startswith("2024-07-03T17:00:00")


def test_an_export_is_what_was_taken_in(call: Caller, tmp_path: Path) -> None:
    store, out = tmp_path / "store", tmp_path / "out"
    out.mkdir()
    call("data", "import", minutes(tmp_path), "--store", store)
    for name in ("a.csv", "a.parquet"):
        said = call("data", "export", "SPY", "--interval", "1m", "--out", out / name, "--store", store, "--json").data
        assert said["rows"] == 600
    other = tmp_path / "other"
    for name in ("a.csv", "a.parquet"):
        taken = call("data", "import", out / name, "--store", other, "--json").data["taken"][0]
        assert taken["added"] + taken["known"] == 600 and taken["changed"] == 0
    assert pl.read_parquet(store / "SPY_1m.parquet").equals(pl.read_parquet(other / "SPY_1m.parquet"))


def test_a_defect_is_told_with_its_row_and_an_exit_code(call: Caller, tmp_path: Path) -> None:
    file = minutes(tmp_path)
    frame = pl.read_parquet(file)
    broken = frame.with_columns(pl.when(pl.int_range(pl.len()) == 7).then(0.0).otherwise(pl.col("low")).alias("low"))
    broken.write_parquet(file)
    said = call("data", "verify", file)
    assert said.code == 4
    assert "1 not_above_zero" in said.out and "2024-07-02T13:37:00Z: a price is not above zero" in said.out
    assert call("data", "verify", file, "--json").data["is_sound"] is False


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("import", "nowhere"), "no .parquet or .csv file is there"),
        (("import", "FILE", "--interval", "often"), "--interval"),
        (("export", "SPY", "--interval", "1m", "--out", "a.xls"), "neither .parquet nor .csv"),
        (("export", "SPY", "--interval", "1m", "--out", "a.csv", "--adjust", "half"), "known: none, splits, all"),
        (("export", "QQQ", "--interval", "1m", "--out", "a.csv"), "no 1m bars of QQQ"),
        (("resample", "QQQ", "--from", "1m", "--to", "1h", "--calendar", "NYSE"), "no 1m bars of QQQ"),
        (("verify",), "no .parquet or .csv file is there"),
    ],
)
def test_a_mistake_is_told_with_what_to_do(call: Caller, tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    file = minutes(tmp_path)
    said = call("data", *[str(file) if word == "FILE" else word for word in words])
    assert (said.code, said.out) == (2, "") and told in said.err and "\nnext: " in said.err


def test_a_contradiction_names_the_way_out(call: Caller, tmp_path: Path) -> None:
    file, store = minutes(tmp_path), tmp_path / "store"
    call("data", "import", file, "--store", store)
    pl.read_parquet(file).with_columns(pl.col("close") + 0.0, pl.col("high") + 1.0).write_parquet(file)
    said = call("data", "import", file, "--store", store)
    assert said.code == 2 and "600 rows stand there with other prices" in said.err and "--replace" in said.err
    assert "600 replaced" in call("data", "import", file, "--store", store, "--replace").out


BROKER = coins_file(more="  toy: {broker: sim, cash: 100000 USDT, mode: sim}\n")


def test_minutes_of_an_accounts_vendor_come_into_the_store(
    call: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor, file = Vendor([bar(n) for n in range(5)]), tmp_path / "b.yaml"
    file.write_text(BROKER, encoding="utf-8")
    monkeypatch.setattr(binance, "history", vendor.history)
    words = ("data", "fetch", file, "main", "--since", "2024-10-04", "--until", "2024-10-04", "--store", tmp_path / "s")
    said = call(*words, "--json").data
    assert said["taken"] == [{"symbol": "BTCUSDT", "added": 5, "known": 0, "changed": 0}]
    assert said["missing"] == ["ETHUSDT"]
    assert [(one.symbol, one.start, one.end - one.start) for one in vendor.asked[0]] == [
        ("BTCUSDT", DAY, DAY_NS), ("ETHUSDT", DAY, DAY_NS),
    ]  # fmt: skip
    assert "BTCUSDT 1m: 0 new, 5 known, 0 replaced" in call(*words).out
    vendor.bars = [bar(n, px=7.0) for n in range(5)]
    assert "--replace" in call(*words).err
    assert "5 replaced" in call(*words, "--replace").out
    vendor.failure = Transient("nobody there")
    said = call(*words)
    assert (said.code, "no bars of the past: nobody there" in said.err) == (1, True)


def test_only_an_account_whose_vendor_has_a_past_is_asked(call: Caller, tmp_path: Path) -> None:
    file = tmp_path / "b.yaml"
    file.write_text(BROKER, encoding="utf-8")
    said = call("data", "fetch", file, "toy", "--since", "2024-10-04")
    assert (said.code, "those: main" in said.err) == (2, True)


def test_what_a_repair_would_put_right_is_not_called_sound(call: Caller, tmp_path: Path) -> None:
    file = tmp_path / "ACME.csv"
    head = "date,symbol,open,high,low,close,volume,dividend"
    days = [f"2024-07-{n:02},ACME,100,100,100,100,10,{2 if n in (5, 8) else 0}" for n in range(1, 12)]
    file.write_text("\n".join([head, *days]) + "\n", encoding="utf-8")
    said = call("data", "verify", file)
    assert (said.code, "11 rows, 1 dividend_twice" in said.out) == (4, True)
    assert "a dividend of 2 told twice within eight days" in said.out
    taken = call("data", "import", file, "--store", tmp_path / "s", "--repair", "--json").data["taken"]
    assert taken[0]["repaired"] == {"dividend_twice": 1}
