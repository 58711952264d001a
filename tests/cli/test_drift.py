"""`openbell drift`: what a person reads, and what they decide."""

from collections.abc import Callable
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import pytest

from openbell.run import state as states
from openbell.run.reading import read_book
from openbell.run.study.transition import Transition, keep, named
from tests.cli.process import LASTS, Said, begin, records, until
from tests.run.study.drifted import GRID, run_apart

Caller = Callable[..., Said]
VALUES = (("deployments.cross.strategy.fast", "3"),)


@pytest.fixture(scope="session")
def waves(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the state of a run whose market changed."""
    return run_apart(tmp_path_factory)


@pytest.fixture
def proposed(tmp_path: Path, finished: Path, config: Path) -> Path:
    """Return a state with a proposal for the small file."""
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "journal").symlink_to(states.journal(finished))
    digest = sha256(config.read_bytes()).hexdigest()
    keep(mine, Transition(id="2024-01-03", file=str(config), digest=digest, values=VALUES, present=(),
                          stages=("0.25", "0.5")))  # fmt: skip
    return mine


def test_a_drift_is_told_with_its_figures_and_ends_with_four(call: Caller, waves: Path, tmp_path: Path) -> None:
    words = ("drift", waves, "--grid", *GRID, "--train", "20", "--jobs", "1", "--store", tmp_path / "store")
    said = call(*words, "--html", tmp_path / "d.html")
    assert said.code == 4
    for text in ("backtest, before", "traded, recent", "performance_degradation > 0.3: YES.",
                 "new_regime_detected: YES.", "parameter_drift > 0.5: YES.", "1. collect_recent_data:",
                 "4. gradual_parameter_transition: proposed, nothing is changed", "--approve 2024-02-29"):  # fmt: skip
        assert text in said.out, text
    page = (tmp_path / "d.html").read_text(encoding="utf-8")
    assert '<svg class="curves"' in page and "performance_degradation &gt; 0.3" in page
    data = call(*words, "--json").data
    assert (data["has_drifted"], data["proposal"], len(data["steps"])) == (True, "2024-02-29", 4)
    assert data["live"]["total"] < 0 < data["before"]["total"]
    assert not (waves.parent / "c-next.yaml").exists()


def test_without_drift_nothing_is_to_be_done(call: Caller, waves: Path, tmp_path: Path) -> None:
    said = call("drift", waves, "--when", "performance_degradation > 99", "--store", tmp_path / "store")
    assert said.code == 0 and "No drift: nothing is to be done." in said.out
    bare = call("drift", waves, "--store", tmp_path / "store", "--recent", "15")
    assert bare.code == 4 and "Name values to choose from with --grid" in bare.out


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("--when", "__import__('os')"), "is not a condition"),
        (("--when", "parameter_drift > 0.5"), "needs a grid"),
        (("--recent", "4"), "--recent: "),
        (("--recent", "60"), "60 recent ones need others before them"),
        (("--grid", "rules.kill.x=1,2"), "cannot have two values side by side"),
        (("--approve", "a", "--rollback", "b"), "--approve and --rollback are given"),
        (("--approve", "nothing"), "'nothing' is not proposed"),
    ],
)
def test_what_cannot_be_done_says_why(call: Caller, waves: Path, words: tuple[str, ...], what: str) -> None:
    said = call("drift", waves, *words)
    assert (said.code, what in said.err) == (2, True), said.err


def test_a_stage_is_a_file_and_commands_and_a_changed_file_is_left_alone(
    call: Caller, proposed: Path, config: Path
) -> None:
    text = config.read_text(encoding="utf-8")
    said = call("drift", proposed, "--approve", "2024-01-03")
    target = config.with_name("small-next.yaml")
    assert said.code == 0 and f"openbell run {target}" in said.out
    assert "capital: 2500 USD" in target.read_text(encoding="utf-8") and config.read_text(encoding="utf-8") == text
    assert named(proposed, "2024-01-03").taken[0].share == "0.25"
    config.write_text(text + "# another thought\n", encoding="utf-8")
    wrong = call("drift", proposed, "--approve", "2024-01-03")
    assert wrong.code == 2 and "was changed since" in wrong.err
    config.write_text(text, encoding="utf-8")
    assert [call("drift", proposed, "--approve", "2024-01-03", "--json").data["share"] for _ in range(2)] == [
        "0.5",
        "1",
    ]
    end = call("drift", proposed, "--approve", "2024-01-03")
    assert end.code == 2 and "it has all" in end.err
    assert call("drift", proposed, "--rollback", "2024-01-03", "--json").data["share"] == "0"
    assert target.read_text(encoding="utf-8") == text
    again = call("drift", proposed, "--rollback", "2024-01-03")
    assert again.code == 2 and "it was taken back" in again.err


def test_nothing_taken_has_no_way_back(call: Caller, proposed: Path) -> None:
    said = call("drift", proposed, "--rollback", "2024-01-03")
    assert said.code == 2 and "nothing of it was taken" in said.err


def test_both_trade_side_by_side_in_a_run_that_lives_and_the_way_back_is_flat(
    call: Caller, proposed: Path, config: Path, tmp_path: Path
) -> None:
    name, state = "2024-01-03", tmp_path / "state"
    target = config.with_name("small-next.yaml")
    assert call("drift", proposed, "--approve", name).code == 0
    (tmp_path / "home").mkdir(exist_ok=True)
    engine = begin(tmp_path / "home", "run", target, "--state", state, "--speed", LASTS, "--json")
    try:
        until(lambda: records(state) > 3 and bool(states.runner(state)), "the run")
        # Both have a book of their own, and both trade.
        until(lambda: _trading(state) == {"cross", "cross_next"}, "orders of both")
        assert call("drift", proposed, "--approve", name).code == 0
        assert call("reload", target, state, "--confirm", "--json").data["is_taken"]
        assert _capital(state) == {"cross": 5000, "cross_next": 5000}
        back = call("drift", proposed, "--rollback", name, "--json").data["commands"]
        assert [words.split()[1] for words in back] == ["kill", "reload"]
        for words in back:
            told = [str(state) if word == "STATE" else word for word in words.split()[1:]]
            assert call(*told, "--json").data["is_taken"]
        assert _capital(state) == {"cross": 10000, "cross_next": 5000}
        until(lambda: not _held(state), "the copy to be flat")
        latches = read_book(states.journal(state)).book.truth.latches.values()
        assert any(one.scope == "deployment:cross_next" for one in latches)
    finally:
        engine.terminate()
        engine.communicate(timeout=180)


def _trading(state: Path) -> set[str]:
    return {order.deployment for order in read_book(states.journal(state)).book.truth.orders.values()}


def _capital(state: Path) -> dict[str, Decimal]:
    limits = read_book(states.journal(state)).book.truth.limits
    assert limits is not None
    return limits.capital


def _held(state: Path) -> Decimal:
    book = read_book(states.journal(state)).book
    return sum((abs(one.qty) for one in book.all_positions() if one.deployment == "cross_next"), Decimal(0))
