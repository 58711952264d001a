"""The contracts of import-linter hold, and each of them catches what was planted."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.source import ROOT

FOLDERS = ["cli", "run", "edges", "edges/feeds", "edges/brokers", "config", "report", "research", "core"]
FOLDERS += [f"parts/{kind}" for kind in ("", "strategies", "indicators", "rules", "venue", "kernels")]
PLANTED = [
    ("core/x.py", "import openbell.schema", "arrows"),
    ("schema.py", "import openbell.config", "arrows"),
    ("parts/x.py", "import openbell.edges", "arrows"),
    ("edges/x.py", "import openbell.parts", "arrows"),
    ("config/x.py", "import openbell.report", "arrows"),
    ("report/x.py", "import openbell.run", "arrows"),
    ("run/x.py", "import openbell.cli", "arrows"),
    ("parts/rules/x.py", "import openbell.parts.strategies", "kinds of parts"),
    ("parts/indicators/x.py", "import openbell.parts.strategies", "kinds of parts"),
    ("edges/feeds/x.py", "import openbell.edges.brokers", "kinds of edges"),
    ("core/x.py", "import pydantic", "the core is"),
    ("research/x.py", "import openbell.report", "arrows"),
    ("parts/x.py", "import polars", "parts and research have no I/O"),
    ("research/x.py", "import polars", "parts and research have no I/O"),
]


def _lint(folder: Path, package: Path) -> subprocess.CompletedProcess[str]:
    program = "from importlinter.cli import lint_imports_command as lint; lint()"
    command = [sys.executable, "-c", program, "--no-cache"]
    environment = {"PYTHONPATH": str(package), "PATH": "", "COLUMNS": "200"}
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=environment)


def _little_tree(root: Path) -> Path:
    shutil.copy(ROOT / "pyproject.toml", root)
    package = root / "src" / "openbell"
    for folder in FOLDERS:
        (package / folder).mkdir(parents=True, exist_ok=True)
        (package / folder / "__init__.py").touch()
    (package / "__init__.py").touch()
    for leaf in ("schema", "files", "paces", "words", "links"):
        (package / f"{leaf}.py").touch()
    return package


def test_the_arrows_hold() -> None:
    done = _lint(ROOT, ROOT / "src")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_clean_little_tree_passes(tmp_path: Path) -> None:
    _little_tree(tmp_path)
    done = _lint(tmp_path, tmp_path / "src")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("path", "text", "contract"), PLANTED)
def test_a_planted_import_is_caught(path: str, text: str, contract: str, tmp_path: Path) -> None:
    (_little_tree(tmp_path) / path).write_text(text, encoding="utf-8")
    done = _lint(tmp_path, tmp_path / "src")
    broken = [line for line in done.stdout.splitlines() if line.endswith("BROKEN")]
    assert done.returncode == 1, done.stdout + done.stderr
    assert any(line.startswith(contract) for line in broken), done.stdout
