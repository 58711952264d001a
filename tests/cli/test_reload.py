"""`openbell reload`."""

from collections.abc import Callable
from pathlib import Path

from tests.cli.process import CONFIG, Said


def test_F106_limits_of_a_changed_file_reach_the_run_and_plan_shows_the_difference(
    call: Callable[..., Said], config: Path, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    assert call("run", config, "--state", state, "--until", "2024-01-01", "--speed", "max").code in (0, 2)
    config.write_text(CONFIG.replace("limit: 60%", "limit: 40%"), encoding="utf-8")
    planned = call("plan", config, "--against", state, "--json")
    assert planned.code == 0
    assert [("40%" in line or "60%" in line) for line in planned.data["differs"]] == [True, True]
    said = call("reload", config, state, "--json")
    assert said.code == 0
    assert said.data["kind"] == "config"
    assert not said.data["is_taken"]


def test_the_same_file_differs_in_nothing(call: Callable[..., Said], finished: Path, config: Path) -> None:
    said = call("plan", config, "--against", finished)
    assert "nothing differs" in said.out


def test_more_than_limits_is_refused_for_a_run_that_lives(
    call: Callable[..., Said], finished: Path, config: Path
) -> None:
    config.write_text(CONFIG.replace("stop_loss: 1%", "stop_loss: 3%"), encoding="utf-8")
    said = call("reload", config, finished)
    assert said.code == 2
    assert "changed limits only" in said.err
    assert "needs a new state" in call("plan", config, "--against", finished).out


def test_a_state_where_the_file_belongs_is_said(call: Callable[..., Said], finished: Path) -> None:
    said = call("reload", finished)
    assert said.code == 2
    assert said.err == (
        f"error: {finished} is a directory; the FILE comes first, then the state\n"
        f"next: openbell reload FILE {finished}\n"
    )


def test_a_wider_list_of_symbols_is_refused_by_name_with_what_to_do(
    call: Callable[..., Said], finished: Path, config: Path
) -> None:
    config.write_text(CONFIG.replace("instruments: [AURA]", "instruments: [AURA, BREZ]"), encoding="utf-8")
    said = call("reload", config, finished)
    assert (said.code, "instruments, deployments" in said.err) == (2, True)
    assert "starts with a new --state" in said.err
    assert "instruments changed: that needs a new state" in call("plan", config, "--against", finished).out
    again = call("run", config, "--state", finished)
    assert (again.code, "a new --state" in again.err) == (2, True)
