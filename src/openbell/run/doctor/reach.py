"""Are people reached: does a siren sound, and does each channel take a trial alert?"""

from pathlib import Path

from openbell.edges.alerts.outbox import NAME as OUTBOX
from openbell.run import state as states
from openbell.run.alerts import siren
from openbell.run.alerts.trial import Tried
from openbell.run.doctor.line import Line, well


def sirens(home: Path, file: str, now: int) -> list[Line]:
    """Return a line for each run of a file whose critical messages have reached nobody.

    Args:
        home: Folder of the states.
        file: Path of the file, as runs remember it.
        now: Wall time, UTC ns.
    """
    lines = []
    for folder in sorted(home.iterdir()) if home.is_dir() else ():
        count = siren.count(folder, now) if states.read_origin(folder).file == file else 0
        if count != 0:
            acknowledged = f"openbell alerts ack --state {folder}, once you have read them"
            fix = acknowledged if count else f"move {folder / OUTBOX} away; the run makes a new one when it starts"
            lines.append(Line(part="siren", level="fail", told=siren.words(count, str(folder)), fix=fix))
    return lines


def tried(found: list[Tried], file: Path) -> list[Line]:
    """Return a line for each target of each channel that was sent a trial alert from a file."""
    return [_tried(one, file) for one in found]


def _tried(one: Tried, file: Path) -> Line:
    part = f"trial alert to {one.channel} ({one.kind}), target {one.number}"
    if not one.why:
        return well(part, "taken")
    return Line(part=part, level="fail", told=one.why, fix=f"correct {one.channel} under alerts: in {file}")
