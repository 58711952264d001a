"""Files that break one rule of the linter each, and the same just beyond."""

import json
from pathlib import Path
from typing import NamedTuple

from openbell.config.linter.rule import Rule
from openbell.run import assemble

QUIET = """\
# A file in which nothing is found.
mode: sim
title: quiet
source: {kind: synthetic, seed: 7, days: 5, interval: 1m}
accounts:
  main: {broker: sim, cash: 100000 USD}
deployments:
  - name: cross
    strategy: {kind: ema_cross, fast: 12, slow: 26}
    instruments: [SPY, QQQ]
    bars: 1m
    account: main
    budget: {capital: 50000 USD, per_position: 2%, positions: 3}
    exits: {stop_loss: 2%, take_profit: 5%}
rules:
  - {kind: daily_loss, limit: 3%, warn: 1%}
"""
ENVIRONMENT = {"ALERT_URL": "https://hook.example/abcdef", "OTHER_URL": "https://hook.example/ghijkl"}


PRIVATE = """\
{more}
from openbell.core.codes import Code
from openbell.schema import PartConfig


class Config(PartConfig):
    pass


PARAMS = ()
STATE = (("bars", "i8", 1),)


def step(state, params, row):
    return 0.0, int(Code.NO_SIGNAL)
"""


class Case(NamedTuple):
    """One rule: changes that make it be found, its lines, and the change just beyond."""

    rule: str
    changes: list[tuple[str, str]]
    lines: list[str]
    beyond: tuple[str, str]


def cases() -> list[Case]:
    found = []
    text = Path(__file__).with_name("cases.txt").read_text(encoding="utf-8")
    for block in text.split("\n## ")[1:]:
        name, *lines = [line for line in block.splitlines() if line]
        old = [json.loads(line[2:]) for line in lines if line.startswith("- ")]
        new = [json.loads(line[2:]) for line in lines if line.startswith("+ ")]
        (last,) = [line[2:] for line in lines if line.startswith("~ ")]
        before, end = json.JSONDecoder().raw_decode(last)
        told = [line for line in lines if line[:2] not in ("- ", "+ ", "~ ")]
        found.append(Case(name, list(zip(old, new, strict=True)), told, (before, json.loads(last[end:]))))
    return found


CASES = cases()


def swap(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, old
    return text.replace(old, new)


def warnings(folder: Path, text: str) -> list[str]:
    """Return the warnings of a file, as told, without its name."""
    path = folder / "c.yaml"
    path.write_text(text, encoding="utf-8")
    for name, more in (("dice", "import random"), ("calm", "import math")):
        (folder / f"{name}.py").write_text(PRIVATE.format(more=more), encoding="utf-8")
    loaded, found = assemble.read(path, ENVIRONMENT)
    told = assemble.prepare(loaded, found).loaded.warnings
    return [problem.text().partition("c.yaml:")[2] for problem in told]


def of(rule: str, lines: list[str]) -> list[str]:
    return [line for line in lines if line.endswith(f"[{rule}]")]


def of_rules(rules: tuple[Rule, ...]) -> list[Case]:
    """Return the cases of some rules."""
    ids = {rule.id for rule in rules}
    return [case for case in CASES if case.rule in ids]


def try_out(case: Case, folder: Path) -> None:
    """Fail unless a rule finds what breaks it, and nothing just beyond."""
    text = QUIET
    for old, new in case.changes:
        text = swap(text, old, new)
    assert of(case.rule, warnings(folder, text)) == case.lines
    assert of(case.rule, warnings(folder, swap(text, *case.beyond))) == []
