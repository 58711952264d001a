"""The example notebooks run: their code cells, in order, in one namespace, as a kernel would run them."""

import json
from pathlib import Path
from typing import Any

import pytest

from tools.tree import ROOT

FOLDER = ROOT / "docs" / "notebooks"
NAMES = sorted(path.stem for path in FOLDER.glob("*.ipynb"))


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBELL_HOME", str(tmp_path / "home"))


def cells(name: str) -> list[dict[str, Any]]:
    found = json.loads((FOLDER / f"{name}.ipynb").read_text(encoding="utf-8"))
    assert (found["nbformat"], found["metadata"]["kernelspec"]["language"]) == (4, "python")
    return list(found["cells"])


def run(name: str) -> dict[str, Any]:
    """Return the names a notebook has defined after its last cell."""
    space: dict[str, Any] = {"__name__": "__main__"}
    for n, cell in enumerate(cells(name)):
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), f"{name}, cell {n + 1}", "exec"), space)
    return space


def test_there_are_two_and_none_holds_an_old_output() -> None:
    assert NAMES == ["compare-limits", "look-at-a-run"]
    for name in NAMES:
        assert all(not cell.get("outputs") for cell in cells(name))


def test_a_run_is_looked_at() -> None:
    found = run("look-at-a-run")
    held, trades = found["held"], found["trades"]
    assert (trades.height, held.height) == (6, 1)
    assert found["result"] == trades["profit"].sum() + held["unrealised"].sum()
    assert 0 < found["deepest"] < 0.02
    assert set(found["wanted"]["code"]) >= {"S012 signal_long", "S014 signal_flat"}


def test_two_limits_are_compared() -> None:
    found = run("compare-limits")
    assert found["sizes"].height == 6
    assert (found["sizes"]["tight"] < found["sizes"]["wide"]).all()
    assert abs(found["results"]["tight"]) < abs(found["results"]["wide"])
