"""The task root: exit codes, failures in words, nothing heavy, no traceback."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from openbell.cli import main
from tests.cli.process import Said, begin
from tools.tree import ROOT

Caller = Callable[..., Said]
HEAVY = ("polars", "numba", "pandas", "exchange_calendars", "jinja2")


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["rnu"], 2, "Did you mean 'run'"),
        (["run"], 2, "neither a FILE nor an account is named"),
        (["run", "x.yaml", "--sped", "max"], 2, "--speed"),
        (["run", "nowhere.yaml"], 2, "there is no such file"),
        (["status", "--state", "nowhere"], 2, "holds no openbell state"),
        (["status"], 2, "openbell demo"),
        (["run", "CONFIG", "--mode", "live"], 3, "arm"),
        (["run", "CONFIG", "--mode", "fun"], 2, "known: sim, dry_run"),
        (["run", "CONFIG", "--speed", "60"], 2, "--speed 60x"),
        (["run", "CONFIG", "--until", "noon"], 2, "2024-07-03"),
        (["run", "CONFIG", "--data", "nowhere"], 2, "does not exist"),
        (["backtest", "CONFIG", "--engine", "warp"], 2, "known: plain, auto"),
    ],
)
def test_a_mistake_is_told_with_what_to_do(call: Caller, config: Path, words: list[str], code: int, told: str) -> None:
    asked = [str(config) if word == "CONFIG" else word for word in words]
    said = call(*asked)
    assert (said.code, said.out) == (code, "")
    assert told in said.err
    assert "\nnext: " in said.err or "`" in said.err or code == 3
    data = call(*asked, "--json").data
    assert (data["code"], bool(data["error"])) == (code, True)


def test_all_mistakes_of_a_file_are_told_at_once(call: Caller, config: Path) -> None:
    text = config.read_text(encoding="utf-8").replace("ema_cross", "ema_cros").replace("per_position", "per_positon")
    config.write_text(text, encoding="utf-8")
    said = call("run", config)
    assert (said.code, said.err.count(str(config) + ":")) == (2, 2)
    assert "did you mean ema_cross?" in said.err
    problems = call("run", config, "--json").data["problems"]
    assert [problem["meant"] for problem in problems] == ["ema_cross", "per_position"]
    assert all(problem["line"] for problem in problems)


def test_an_unexpected_failure_hides_its_traceback(
    call: Caller, config: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from openbell.cli import perform
    from openbell.run import assemble

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr(assemble, "prepare", fail)
    said = call("check", config)
    assert (said.code, "planted" in said.err, "--debug" in said.err) == (1, True, True)
    assert perform(["check", str(config), "--debug"]) == 1
    assert "Traceback" in capfd.readouterr().err


def test_main_ends_the_process_with_the_exit_code() -> None:
    with pytest.raises(SystemExit) as ended:
        main(["rnu"])
    assert ended.value.code == 2


def test_a_reader_that_goes_away_is_no_failure(finished: Path, tmp_path: Path) -> None:
    process = begin(tmp_path, "journal", "export", finished)
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr is not None
    error = process.stderr.read()
    process.stderr.close()
    assert (process.wait(), error) == (1, "")


@pytest.mark.parametrize("verb", [["--help"], ["status"], ["positions"], ["orders"], ["why", "AURA"], ["check"]])
def test_what_must_come_at_once_loads_nothing_heavy(finished: Path, verb: list[str]) -> None:
    if verb == ["check"]:
        verb = ["check", str(finished.parent / "small.yaml")]
    elif verb != ["--help"]:
        verb = [*verb, "--state", str(finished)]
    code = f"import sys; from openbell.cli import perform; perform({verb!r}); print(*sys.modules, sep='\\n')"
    environment = {"PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert set(done.stdout.splitlines()).isdisjoint(HEAVY)
