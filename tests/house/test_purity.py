"""`core` and `parts` are pure; every rule catches what was planted."""

import pytest

from tests.house import rules_purity as rules
from tests.house.source import Rule, expect_none, plant, sources

STEP = "def step(state, params, row):\n    "
PLANTED = [
    (rules.find_banned_imports, "core/x.py", "import time"),
    (rules.find_banned_imports, "core/x.py", "from datetime import datetime"),
    (rules.find_banned_imports, "parts/rules/x.py", "import random"),
    (rules.find_banned_imports, "core/x.py", "def f():\n    import uuid"),
    (rules.find_banned_imports, "core/x.py", "from os import environ"),
    (rules.find_banned_imports, "parts/venue/x.py", "from pathlib import Path"),
    (rules.find_banned_imports, "core/x.py", "import socket"),
    (rules.find_banned_imports, "core/x.py", "from concurrent.futures import ThreadPoolExecutor"),
    (rules.find_banned_imports, "core/x.py", "import threading as t"),
    (rules.find_banned_imports, "parts/strategies/x.py", "import asyncio"),
    (rules.find_banned_imports, "parts/rules/x.py", "import logging"),
    (rules.find_foreign_libraries, "core/x.py", "import numpy as np"),
    (rules.find_foreign_libraries, "core/x.py", "from pydantic import BaseModel"),
    (rules.find_foreign_libraries, "parts/strategies/x.py", "import numba"),
    (rules.find_foreign_libraries, "parts/kernels/x.py", "import polars"),
    (rules.find_venue_imports, "parts/venue/x.py", "from openbell.core.engine import decide"),
    (rules.find_venue_imports, "parts/venue/x.py", "from openbell.parts.rules import kill"),
    (rules.find_banned_calls, "core/x.py", "def f():\n    return open('a')"),
    (rules.find_banned_calls, "parts/rules/x.py", "print(1)"),
    (rules.find_banned_calls, "core/x.py", "key = hash('a')"),
    (rules.find_banned_calls, "core/x.py", "async def f():\n    pass"),
    (rules.find_division, "core/order.py", "a = b / c"),
    (rules.find_division, "core/order.py", "a //= c"),
    (rules.find_division, "core/order.py", "a = b % c"),
    (rules.find_division, "core/order.py", "a = float(b)"),
    (rules.find_division, "parts/rules/x.py", "def f(a: Decimal):\n    return a / 2"),
    (rules.find_division, "parts/rules/x.py", "def f(a: 'x') -> decimal.Decimal:\n    return float(a)"),
    (rules.find_mode_branches, "core/x.py", "if mode == 'x':\n    pass"),
    (rules.find_mode_branches, "core/x.py", "a = 1 if self.is_live else 2"),
    (rules.find_mode_branches, "parts/rules/x.py", "if kind == 'paper':\n    pass"),
    (rules.find_mode_branches, "core/x.py", "match venue:\n    case 'backtest':\n        pass"),
    (rules.find_mode_branches, "core/x.py", "if mode in ('live', 'paper'):\n    pass"),
    (rules.find_mode_branches, "core/x.py", "if venue in {'live', 'paper'}:\n    pass"),
    (rules.find_set_iteration, "core/x.py", "for a in {1, 2}:\n    pass"),
    (rules.find_set_iteration, "core/x.py", "b = [a for a in set(c)]"),
    (rules.find_set_iteration, "parts/venue/x.py", "b = list(frozenset(c))"),
    (rules.find_set_iteration, "core/x.py", "for a in set(b) | set(c):\n    pass"),
    (rules.find_step_arithmetic, "parts/strategies/x.py", STEP + "return sum(row)"),
    (rules.find_step_arithmetic, "parts/strategies/x.py", "import math\n" + STEP + "return math.fsum(row)"),
    (rules.find_step_arithmetic, "parts/indicators/x.py", STEP + "return row ** 2"),
    (rules.find_step_arithmetic, "parts/indicators/x.py", STEP + "return row // 2"),
    (rules.find_step_arithmetic, "parts/indicators/x.py", STEP + "row %= 2"),
    (rules.find_step_arithmetic, "parts/indicators/x.py", STEP + "return round(row, 2)"),
    (rules.find_step_arithmetic, "parts/indicators/x.py", "import numpy as np\n" + STEP + "return np.mean(row)"),
    (rules.find_step_arithmetic, "parts/indicators/x.py", "from math import exp\n" + STEP + "return exp(row)"),
    (rules.find_step_arithmetic, "parts/indicators/x.py", "import math\n" + STEP + "return math.log(row)"),
    (rules.find_step_arithmetic, "parts/indicators/x.py", "import math\n" + STEP + "return math.sin(row)"),
]
HARMLESS = [
    (rules.find_banned_imports, "edges/x.py", "import time"),
    (rules.find_banned_imports, "core/x.py", "import math, decimal, hashlib"),
    (rules.find_foreign_libraries, "parts/kernels/x.py", "import numba, numpy"),
    (rules.find_venue_imports, "parts/venue/x.py", "from openbell.core.types import Side"),
    (rules.find_division, "core/types.py", "a = b // c"),
    (rules.find_division, "core/x.py", "a = b * c"),
    (rules.find_division, "parts/indicators/x.py", "def step(a: float):\n    return a / 2"),
    (rules.find_mode_branches, "run/modes.py", "if mode == 'live':\n    pass"),
    (rules.find_mode_branches, "core/x.py", "if order.is_open:\n    pass"),
    (rules.find_mode_branches, "core/x.py", "if order in live:\n    pass"),
    (rules.find_set_iteration, "core/x.py", "for a in sorted({1, 2}):\n    pass"),
    (rules.find_set_iteration, "core/x.py", "if a in {1, 2}:\n    pass"),
    (rules.find_step_arithmetic, "parts/indicators/x.py", "import math\n" + STEP + "return math.sqrt(row) / abs(2.0)"),
    (rules.find_step_arithmetic, "parts/strategies/x.py", "def decide(a):\n    return sum(a)"),
]


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_the_package_is_pure(rule: Rule) -> None:
    expect_none([found for source in sources() for found in rule(source)])


@pytest.mark.parametrize(("rule", "path", "text"), PLANTED)
def test_a_planted_violation_is_caught(rule: Rule, path: str, text: str) -> None:
    assert rule(plant(path, text))


@pytest.mark.parametrize(("rule", "path", "text"), HARMLESS)
def test_what_is_allowed_passes(rule: Rule, path: str, text: str) -> None:
    assert rule(plant(path, text)) == []


def test_every_rule_has_a_planted_violation() -> None:
    assert {rule for rule, _, _ in PLANTED} == set(rules.RULES)
