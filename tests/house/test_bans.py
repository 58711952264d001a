"""What nobody writes anywhere; every rule catches what was planted."""

import pytest

from tests.house import rules_bans as rules
from tests.house.source import Rule, expect_none, plant, sources

PLANTED = [
    (rules.find_star_imports, "run/x.py", "from math import *"),
    (rules.find_asserts, "run/x.py", "assert a"),
    (rules.find_sleeps, "run/x.py", "import time\ntime.sleep(1)"),
    (rules.find_sleeps, "edges/x.py", "from time import sleep as wait\nwait(1)"),
    (rules.find_waits_that_swallow, "run/x.py", "import asyncio\nasyncio.wait_for(f(), 1)"),
    (rules.find_waits_that_swallow, "edges/x.py", "from asyncio import wait_for\nwait_for(f(), 1)"),
    (rules.find_clock_reads, "run/x.py", "from datetime import datetime\ndatetime.now()"),
    (rules.find_clock_reads, "run/x.py", "from datetime import datetime, UTC\ndatetime.now(UTC)"),
    (rules.find_clock_reads, "run/clock.py", "import datetime as dt\ndt.datetime.now()"),
    (rules.find_clock_reads, "run/clock.py", "from datetime import datetime\ndatetime.utcnow()"),
    (rules.find_clock_reads, "run/x.py", "import time\ntime.time()"),
    (rules.find_clock_reads, "run/x.py", "from datetime import datetime\ndatetime.fromtimestamp(1)"),
    (rules.find_clock_reads, "run/x.py", "from datetime import datetime\ndatetime(2024, 1, 2)"),
    (rules.find_broad_excepts, "run/x.py", "try:\n    f()\nexcept Exception:\n    pass"),
    (rules.find_broad_excepts, "run/x.py", "try:\n    f()\nexcept (OSError, BaseException):\n    pass"),
    (rules.find_broad_excepts, "run/x.py", "try:\n    f()\nexcept:\n    pass"),
    (rules.find_broad_excepts, "run/x.py", "with contextlib.suppress(Exception):\n    f()"),
    (rules.find_pydantic, "run/x.py", "from pydantic import BaseModel"),
    (rules.find_pydantic, "edges/x.py", "import pydantic"),
    (rules.find_pydantic, "core/x.py", "class Config(PartConfig): ...\nfrom pydantic import Field"),
    (rules.find_frames, "run/x.py", "import polars as pl"),
    (rules.find_frames, "edges/journal/x.py", "def f():\n    import pandas"),
    (rules.find_orm, "edges/projections/x.py", "from sqlalchemy.orm import Session"),
    (rules.find_kwargs_chains, "run/x.py", "def f(**options):\n    g(**options)"),
]
HARMLESS = [
    (rules.find_sleeps, "run/clock.py", "import time\ntime.sleep(1)"),
    (rules.find_waits_that_swallow, "run/x.py", "condition.wait_for(f)"),
    (rules.find_clock_reads, "run/clock.py", "from datetime import datetime, UTC\ndatetime.now(UTC)"),
    (rules.find_clock_reads, "run/x.py", "from datetime import datetime, UTC\ndatetime(2024, 1, 2, tzinfo=UTC)"),
    (rules.find_broad_excepts, "run/x.py", "try:\n    f()\nexcept OSError:\n    pass"),
    (rules.find_pydantic, "parts/rules/x.py", "from pydantic import Field\nclass Config(PartConfig): ..."),
    (rules.find_frames, "edges/feeds/x.py", "import polars"),
    (rules.find_kwargs_chains, "run/x.py", "def f(options):\n    g(**options)"),
]


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_the_package_writes_none_of_it(rule: Rule) -> None:
    expect_none([found for source in sources() for found in rule(source)])


@pytest.mark.parametrize(("rule", "path", "text"), PLANTED)
def test_a_planted_violation_is_caught(rule: Rule, path: str, text: str) -> None:
    assert rule(plant(path, text))


@pytest.mark.parametrize(("rule", "path", "text"), HARMLESS)
def test_what_is_allowed_passes(rule: Rule, path: str, text: str) -> None:
    assert rule(plant(path, text)) == []


def test_at_most_eight_places_may_catch_everything() -> None:
    assert sum(rules.BROAD_PLACES.values()) <= rules.BROAD_LIMIT


def test_every_listed_place_exists_and_uses_its_places() -> None:
    held = {source.inner: len(rules.broad_excepts(source)) for source in sources()}
    idle = {place: n for place, n in rules.BROAD_PLACES.items() if held.get(place, 0) != n}
    assert idle == {}


def test_every_rule_has_a_planted_violation() -> None:
    assert {rule for rule, _, _ in PLANTED} == set(rules.RULES)
