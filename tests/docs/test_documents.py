"""Every command and program of the tutorial and of the how-to pages runs as it stands there, in the order of the page."""

import os
import re
import shlex
import subprocess
import sys
from fnmatch import fnmatch
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from openbell.cli import perform
from openbell.config.explain import ConfigError
from openbell.edges.logs.book import MAIN
from openbell.run import assemble
from openbell.run.logbook import FOLDER
from tools.tree import ROOT

PAGES = sorted([*(ROOT / "docs" / "tutorial").glob("*.md"), *(ROOT / "docs" / "how-to").glob("*.md")])
BLOCK = re.compile(r"^```(sh|yaml|csv|python)\n(.*?)^```", re.DOTALL | re.MULTILINE)
NEEDS_LOGS = "openbell logs"
VARIABLE = re.compile(r"^[A-Z_]+=")


def carry_out(line: str) -> None:
    """Carry out one line of a shell block; what it says is of no interest, only that it succeeds."""
    words = shlex.split(line, comments=True)
    with pytest.MonkeyPatch.context() as patch:
        while VARIABLE.match(words[0]):
            patch.setenv(*words.pop(0).split("=", 1))
        if words[0] == "openbell":
            if words[-2] == ">":
                patch.setattr(sys, "stdout", StringIO())
                words = words[:-2]
            # Whoever is asked presses Enter.
            patch.setattr(sys, "stdin", StringIO("\n" * 20))
            assert perform(words[1:]) == 0, line
            return
    assert words[:3] == ["python", "-m", "pytest"], f"only openbell and pytest are called in documents: {line}"
    # A new part's test needs no plugin, and those that are installed here take two seconds to load.
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, *words[1:], "-p", "no:cacheprovider"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_commands_of_a_page_run_as_they_stand(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = page.read_text(encoding="utf-8")
    if NEEDS_LOGS in text:
        pytest.importorskip("structlog")
    monkeypatch.setenv("OPENBELL_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for kind, block in BLOCK.findall(text):
        if kind == "python":
            # The blocks of a page are one program.
            exec(compile(block, page.name, "exec"), names)
            continue
        if kind == "sh":
            for line in block.splitlines():
                carry_out(line)
            continue
        # A file begins with its name behind a number sign.
        name, _, rest = block.partition("\n")
        (tmp_path / name.removeprefix("# ")).write_text(rest, encoding="utf-8")


def test_there_are_pages() -> None:
    assert {page.stem for page in PAGES} >= {"first-ten-minutes", "own-parts", "data", "logs", "python"}


def test_the_collectors_file_finds_the_log_of_a_run() -> None:
    sample = YAML(typ="safe").load((ROOT / "docs" / "how-to" / "filebeat.yml").read_text(encoding="utf-8"))
    (source,) = sample["filebeat.inputs"]
    (pattern,) = source["paths"]
    for name in (MAIN, f"{MAIN}.1"):
        assert fnmatch(f"${{OPENBELL_HOME}}/demo-1/{FOLDER}/{name}", pattern.replace("[", "[[]"))
    assert source["parsers"][0]["ndjson"]["expand_keys"] is True


@pytest.mark.parametrize("vendor", ["alpaca", "binance"])
def test_S5_155_the_keys_of_a_page_come_from_the_environment_alone(vendor: str, tmp_path: Path) -> None:
    text = (ROOT / "docs" / "how-to" / f"{vendor}.md").read_text(encoding="utf-8")
    (file,) = [block for kind, block in BLOCK.findall(text) if kind == "yaml"]
    path = tmp_path / f"{vendor}.yaml"
    path.write_text(file, encoding="utf-8")
    environment = {f"{vendor.upper()}_{name}": f"PKcanary{name}" for name in ("KEY", "SECRET")}
    assert all(re.search(rf"export .*\b{name}=", text) for name in environment)
    loaded, _ = assemble.read(path, environment)
    options: Any = loaded.config.accounts["main"].options
    assert (options.key, options.secret) == tuple(environment.values())
    assert "canary" not in str(loaded.masked)
    for name in environment:
        with pytest.raises(ConfigError, match=f"{name} is not set"):
            assemble.read(path, {other: value for other, value in environment.items() if other != name})
