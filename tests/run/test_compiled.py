"""Which runs have a compiled twin, where its code is kept, and when it is used."""

import os
import sys

import msgspec
import numpy as np
import pytest

from openbell.core.spec import SizeSpec
from openbell.core.types import Caps, OrderType, Tif
from openbell.parts.kernels import layout as k
from openbell.parts.rules import cut, daily_loss, drawdown, max_positions
from openbell.parts.venue.options import FeeModel, VenueOptions
from openbell.run import compiled
from openbell.run.compiled import backtest_auto, use_cache, why_plain
from openbell.run.twin_result import STATUS
from tests.core.build import account_spec, d, deployment_spec, exits, free, run_spec
from tests.parts.kernels import build as b

b.begin()
replace = msgspec.structs.replace


@pytest.fixture
def _kept_environment(monkeypatch):
    """Whatever a test does with the folder of compiled code, the next one finds its own."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", os.environ["NUMBA_CACHE_DIR"])
    yield
    monkeypatch.undo()
    sys.modules["numba"].config.reload_config()


def _run(**changes):
    return b.one([b.LONG, 0, b.FLAT, 0], b.flat(4), **changes)


CHANGES = [
    ({"account": {"venue": "none"}}, "simulated exchange"),
    ({"account": {"netting": True}}, "netting"),
    ({"account": {"caps": Caps(oco=False)}}, "cannot do all"),
    ({"account": {"cash": {"USD": d("1000.123456789")}}}, "finer than 1e-8"),
    ({"account": {"cash": {"USD": d(0)}}}, "without cash"),
    ({"account": {"currency": "EUR", "cash": {"EUR": d(1000)}}}, "more than one currency"),
    ({"capital": d("0.000000001")}, "finer than 1e-8"),
    ({"venue": VenueOptions(latency=1)}, "latency"),
    ({"venue": VenueOptions(participation=d("0.1"))}, "volume"),
    ({"venue": VenueOptions(spread=d(1))}, "whole price"),
    ({"venue": VenueOptions(fees=FeeModel(kind="per_share", minimum=d("0.000000001")))}, "finer than 1e-8"),
    ({"entry_type": OrderType.LIMIT}, "market orders"),
    ({"entry_tif": Tif.DAY}, "market orders"),
    ({"exits": exits(trail_frac="0.01", trail_amount="1")}, "one stop in two ways"),
    ({"exits": exits(stop_loss="0.01", stop_atr="2")}, "one stop in two ways"),
    ({"exits": exits(stop_loss="-0.1")}, "below zero"),
    ({"exits": exits(trail_atr="-0.1")}, "below zero"),
    ({"thing": {"positive": False}}, "below zero"),
    ({"thing": {"quantum": d("0.1")}}, "no whole price quanta"),
    ({"thing": {"lot": d(-1)}}, "no usual lots"),
    ({"rules": [replace(b.rule(max_positions), params=(1, 2, 3))]}, "rule max_positions has no compiled twin"),
    ({"rules": [replace(b.rule(max_positions), params=())]}, "rule max_positions has no compiled twin"),
    ({"rules": [replace(b.rule(max_positions), applies="both")]}, "rule max_positions has no compiled twin"),
    (
        {"rules": [replace(b.rule(max_positions), check=lambda params, facts: 0)]},
        "rule max_positions has no compiled twin",
    ),
    ({"rules": [replace(b.rule(max_positions), kind="private")]}, "rule private has no compiled twin"),
    ({"rules": [replace(b.rule(max_positions), params=(1 << 62,))]}, "passes 2^59"),
    ({"rules": [b.rule(max_positions)] * 2}, "stands twice"),
    ({"interval": 5 * b.MINUTE_NS}, "another length"),
]


@pytest.mark.parametrize(("changes", "why"), CHANGES)
def test_what_has_no_twin_says_why(changes, why):
    assert why in why_plain(*_run(**changes))


def test_an_ordinary_run_has_a_twin():
    assert why_plain(*_run()) == ""


FALLS = [(100.0, 100.0, 100.0, 100.0)] * 2 + [(90.0, 90.0, 90.0, 90.0)] * 3
ANSWERS = [
    [b.rule(daily_loss, limit="5%"), b.rule(cut)],
    [b.rule(drawdown, limit="5%", release="manual"), b.rule(cut)],
    [b.rule(daily_loss, limit="5%", pause="60s")],
    [b.rule(drawdown, limit="5%", pause="60s")],
]


@pytest.mark.parametrize("rules", ANSWERS)
def test_what_answers_to_a_closed_gate_is_compiled_until_one_closes(rules):
    b.compiled_once()
    wishes = [b.LONG, 0, 0, b.FLAT, 0]
    few, many = (b.one(wishes, FALLS, rules=rules, size=SizeSpec(kind="weight", value=d(x))) for x in ("0.4", "0.9"))
    assert b.same(few).state.g[k.FILLS, 0] == 2
    assert b.Twin(*many).run() == STATUS[k.ANSWERED]
    assert why_plain(*many) == ""


def test_runs_of_another_shape_say_why():
    run, told = _run()
    two = run_spec(deployment_spec("alpha"), accounts=[account_spec(), account_spec("other")])
    assert why_plain(b.prepared(two, {"alpha": b.stock()}), told) == "more than one account"
    run.strategies["alpha"] = free(lambda *_: [])
    assert why_plain(run, told) == ""
    run.strategies["alpha"] = free(lambda *_: [], on_fill=lambda *_: [])
    assert why_plain(run, told) == "alpha runs a free strategy with on_fill"


def test_data_of_another_shape_say_why():
    run, told = _run()
    (made,) = told.tables

    def why(*tables):
        return why_plain(run, replace(told, tables=list(tables)))

    def changed(**fields):
        return type(made)(**{name: fields.get(name, getattr(made, name)) for name in made.__slots__})

    sides = (made.open, made.high, made.low, made.close)
    assert why(changed(ask=sides)) == why(changed(bid=sides)) == "the data have two sides"
    assert why(made, changed()) == "an instrument has bars of two lengths"
    assert why(changed(spans=np.array([60, 60, 30, 60]))) == "bars are of uneven length"
    assert why(changed(ts=made.ts - made.ts[0])) == "there are bars from before 1970"
    assert "unknown instrument" in why(made, changed(symbol="ELSE"))
    assert "there are no bars" in why()


def test_a_compiler_that_fuses_switches_the_kernels_off(monkeypatch):
    monkeypatch.setattr("openbell.parts.kernels.arith.is_exact", lambda: False)
    assert "rounds a product and a sum only once" in why_plain(*_run())


# --- the folder of compiled code --------------------------------------------------------------------------------


@pytest.mark.usefixtures("_kept_environment")
def test_every_version_has_a_folder_of_its_own_and_two_are_kept(tmp_path):
    places = []
    for number, code in enumerate(("a", "b", "c")):
        places.append(use_cache(tmp_path, code))
        os.utime(places[-1], (number, number))
    assert len(set(places)) == 3
    assert os.environ["NUMBA_CACHE_DIR"] == str(places[2])
    use_cache(tmp_path, "c")
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(p.name for p in places[1:])


@pytest.mark.usefixtures("_kept_environment")
def test_a_folder_that_cannot_be_written_is_replaced_by_a_private_one(tmp_path):
    (tmp_path / "file").write_text("")
    place = use_cache(tmp_path / "file", "a")
    assert place.is_dir()
    assert tmp_path not in place.parents
    place.rmdir()


@pytest.mark.usefixtures("_kept_environment")
def test_versions_of_the_compiler_count(tmp_path, monkeypatch):
    first = use_cache(tmp_path, "a")
    monkeypatch.setattr(compiled, "version", lambda name: "0")
    assert use_cache(tmp_path, "a") != first


# --- which engine -----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("_kept_environment")
def test_a_small_run_does_not_begin_to_compile(tmp_path):
    figures = backtest_auto(*_run(), cache=tmp_path).figures
    assert figures["engine"] == "plain"
    assert "compiling would take longer" in figures["engine_reason"]


@pytest.fixture
def _any_size(monkeypatch):
    """Let the twin play runs of a few bars, too."""
    monkeypatch.setattr(compiled, "LEAST_BARS", 0)


def test_a_very_small_run_does_not_load_what_has_been_compiled(monkeypatch):
    b.compiled_once()
    use_cache(b.CACHE, b.CODE).joinpath("ready").touch()
    run, told = _run()
    assert told.bars < compiled.LEAST_BARS
    figures = backtest_auto(run, told, cache=b.CACHE).figures
    assert figures["engine"] == "plain"
    assert figures["engine_reason"] == f"loading compiled code would take longer than {told.bars} bars do"
    monkeypatch.setattr(compiled, "LEAST_BARS", told.bars)
    assert backtest_auto(run, told, cache=b.CACHE).figures["engine"] == "compiled"
    monkeypatch.setattr(compiled, "LEAST_BARS", told.bars + 1)
    assert backtest_auto(run, told, cache=b.CACHE).figures["engine"] == "plain"


@pytest.mark.usefixtures("_any_size")
def test_what_has_been_compiled_is_used():
    b.compiled_once()
    place = use_cache(b.CACHE, b.CODE)
    (place / "ready").touch()
    figures = backtest_auto(*_run(), cache=b.CACHE).figures
    assert (figures["engine"], figures["engine_reason"]) == ("compiled", "")


@pytest.mark.usefixtures("_any_size")
def test_what_has_no_twin_runs_plain():
    use_cache(b.CACHE, b.CODE).joinpath("ready").touch()
    figures = backtest_auto(*_run(venue=VenueOptions(latency=1)), cache=b.CACHE).figures
    assert (figures["engine"], figures["engine_reason"]) == ("plain", "the venue has latency")


@pytest.mark.usefixtures("_any_size")
def test_a_twin_that_gives_up_runs_plain_from_the_start():
    b.compiled_once()
    use_cache(b.CACHE, b.CODE).joinpath("ready").touch()
    run, told = _run()
    run.strategies["alpha"] = b.stock(_double)
    result = backtest_auto(run, told, cache=b.CACHE)
    assert result.figures["engine"] == "plain"
    assert "more than a full position" in result.figures["engine_reason"]
    assert result.figures["bars"] == 4


def _double(state, params, row):
    return 2.0, 12
