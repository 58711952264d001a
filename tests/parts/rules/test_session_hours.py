"""session_hours: entries inside the session, away from its bounds."""

import pytest

from openbell.core.codes import Code
from openbell.core.types import MINUTE_NS
from openbell.parts.rules import session_hours
from tests.parts.rules.facts import verdict

MARGINS = session_hours.Config(after_open="5m", before_close="10m")
NO = Code.SESSION_HOURS


@pytest.mark.parametrize(
    ("config", "inside", "since_open", "to_close", "wanted"),
    [
        (session_hours.Config(), 1, 1, 0, 0),
        (session_hours.Config(), 0, 1, 1, NO),
        (MARGINS, 1, 60 * MINUTE_NS, 60 * MINUTE_NS, 0),
        (MARGINS, 1, 5 * MINUTE_NS - 1, 60 * MINUTE_NS, NO),
        (MARGINS, 1, 5 * MINUTE_NS, 60 * MINUTE_NS, 0),
        (MARGINS, 1, 5 * MINUTE_NS + 1, 60 * MINUTE_NS, 0),
        (MARGINS, 1, 60 * MINUTE_NS, 10 * MINUTE_NS + 1, 0),
        (MARGINS, 1, 60 * MINUTE_NS, 10 * MINUTE_NS, 0),
        (MARGINS, 1, 60 * MINUTE_NS, 10 * MINUTE_NS - 1, NO),
        (MARGINS, 0, 60 * MINUTE_NS, 60 * MINUTE_NS, NO),
    ],
)
def test_margins(config: session_hours.Config, inside: int, since_open: int, to_close: int, wanted: int) -> None:
    found = verdict(session_hours, config, is_in_session=inside, since_open=since_open, to_close=to_close)
    assert found == wanted


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, "entries only in session"),
        ({"after_open": "5m"}, "entries only in session, none 5m after the open"),
        (
            {"after_open": "5m", "before_close": "90s"},
            "entries only in session, none 5m after the open and 90s before the close",
        ),
    ],
)
def test_it_says_what_it_does(options: dict[str, str], text: str) -> None:
    assert session_hours.text(session_hours.Config(**options)) == text
