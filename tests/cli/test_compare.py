"""`openbell compare`: in words, for machines, and on a page."""

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.process import Said, begin, config_of, records, until
from tests.run.study.test_montecarlo import BRISK

Caller = Callable[..., Said]


def test_two_files_are_told_apart(call: Caller, config: Path, tmp_path: Path) -> None:
    config.write_text(BRISK, encoding="utf-8")
    other = tmp_path / "other.yaml"
    other.write_text(BRISK.replace("cash: 10000 USD}", "cash: 10000 USD, slippage: 0.05%}"), encoding="utf-8")
    said = call("compare", config, other, "--json", "--html", tmp_path / "c.html")
    data = said.data
    assert (said.code, data["is_equal"], data["same_code"], data["same_configuration"]) == (4, False, True, False)
    assert data["counts"]["price"] > 0
    assert sum(data["counts"].values()) == len(data["differences"])
    first = next(one for one in data["differences"] if one["cause"] == "price")
    assert (first["what"], first["deployment"], first["instrument"]) == ("price of the fill", "cross", "AURA")
    assert '<svg class="columns"' in (tmp_path / "c.html").read_text(encoding="utf-8")
    told = call("compare", config, other)
    assert told.code == 4
    assert "The configurations differ." in told.out
    assert "price     cross AURA: price of the fill: " in told.out


def test_a_run_equals_itself(call: Caller, config: Path) -> None:
    config.write_text(BRISK, encoding="utf-8")
    said = call("compare", config, config)
    assert (said.code, "Equal: no difference" in said.out) == (0, True)


@pytest.mark.parametrize(
    ("words", "what"),
    [(("nowhere",), "nowhere does not exist"), (("{file}", "--tolerance", "soon"), "--tolerance: 'soon'")],
)
def test_what_cannot_be_compared_says_why(call: Caller, config: Path, words: tuple[str, ...], what: str) -> None:
    said = call("compare", config, *(word.replace("{file}", str(config)) for word in words))
    assert (said.code, what in said.err, "next: " in said.err) == (2, True, True)


def test_a_folder_without_a_state_is_said(call: Caller, config: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    said = call("compare", config, tmp_path / "empty")
    assert (said.code, "holds no openbell state" in said.err) == (2, True)


def test_a_dry_run_beside_a_simulated_one_is_compared_with_it(call: Caller, config: Path, tmp_path: Path) -> None:
    # A day lasts some seconds; whichever is there first waits for the other one.
    config.write_text(config_of(days=1, speed="20000x"), encoding="utf-8")
    states = [tmp_path / "sim", tmp_path / "dry"]
    both = [
        begin(tmp_path, "run", config, "--mode", mode, "--state", state, "--json")
        for mode, state in zip(("sim", "dry_run"), states, strict=True)
    ]
    waiting: set[Path] = set()

    def are_both_there() -> bool:
        for process, state in zip(both, states, strict=True):
            if state not in waiting and records(state) > 5:
                process.send_signal(signal.SIGSTOP)
                waiting.add(state)
        return len(waiting) == len(states)

    until(are_both_there, "records of both")
    assert [process.poll() for process in both] == [None, None]
    for process in both:
        process.send_signal(signal.SIGCONT)
    for process in both:
        _, err = process.communicate(timeout=180)
        assert process.returncode == 0, err
    data = call("compare", *states, "--json").data
    assert data["signals"][0] == data["signals"][1] == 1440
    assert data["counts"]["rejection"] > 0
    assert data["counts"]["data"] == 0
    first = next(one for one in data["differences"] if one["cause"] == "rejection")
    assert (first["left"], "dry_run" in first["right"]) == ("taken", True)
