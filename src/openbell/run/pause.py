"""Whether a run pauses outside of trading hours, and until when: its journal, calendars."""

from collections.abc import Mapping
from typing import Any

import msgspec

from openbell.run import state
from openbell.run.reading import Read


def paused_until(read: Read, environment: Mapping[str, str]) -> int | None:
    """Return when entries are allowed again, ns; None inside of trading hours.

    Where no session comes within eight days it is 0.

    Args:
        read: The state.
        environment: Of the process, which says where calendars are remembered.

    Raises:
        ValueError: A calendar is not known here. OSError: What is remembered of it cannot be read.
    """
    config: dict[str, Any] = msgspec.json.decode(read.genesis.config)
    rule = config.get("rules", {}).get("trading_hours") or {}
    if not rule.get("hours") and any(session.is_open for session in read.book.truth.sessions.values()):
        return None
    # Only now: loading calendars and units takes longer than all the rest of a look at a run.
    from openbell.edges.calendars import Config
    from openbell.run.hours import resumes
    from openbell.run.sessions import sessions_of
    from openbell.schema import PartConfig, parse_hours

    overrides: dict[str, PartConfig] = {
        name: Config.model_validate(words) for name, words in config.get("calendars", {}).items()
    }
    hours = parse_hours(rule["hours"]) if rule.get("hours") else None
    return resumes(read.book, sessions_of(overrides, state.home(environment) / "calendars.json"), hours)
