"""The look-up of sessions heeds the user's own calendars, and loads nothing that only bars need."""

import subprocess
import sys

from openbell.core.types import DAY_NS
from openbell.edges.calendars import Config
from openbell.run.sessions import sessions_of

MONDAY = 1_704_672_000 * 1_000_000_000
"""8 January 2024, 0:00 UTC, ns."""


def test_a_day_that_the_user_shuts_has_no_session() -> None:
    usual = sessions_of({}, None)("NYSE", MONDAY, MONDAY + DAY_NS)
    shut = sessions_of({"NYSE": Config.model_validate({"closed": ["2024-01-08"]})}, None)
    assert [one.is_open for one in usual] == [True, False]
    assert list(shut("NYSE", MONDAY, MONDAY + DAY_NS)) == []


def test_nothing_of_it_loads_arrays() -> None:
    code = "import sys, openbell.run.sessions, openbell.run.hours; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
