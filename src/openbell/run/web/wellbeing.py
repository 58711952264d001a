"""What is unwell with a run, said while its holdings are still protected."""

import sqlite3
from collections.abc import Iterator

from openbell.core.types import DAY_NS, NS, Status
from openbell.edges.alerts.outbox import NAME, Outbox
from openbell.run import guardian
from openbell.run import state as states
from openbell.run.alerts import siren
from openbell.run.alerts.notifier import BEAT
from openbell.run.web.scene import Scene

SILENT_NS = 10 * NS
"""Without a sign for so long, a process is silent."""
LATELY_NS = DAY_NS
"""An engine that died longer ago counts only where something is left at a venue outside."""
_MOST_NAMED = 3

Fault = dict[str, str]


def faults(scene: Scene, now: int) -> Iterator[Fault]:
    """Yield what is unwell with a run at `now` (UTC ns), but for its messages."""
    found = _of_book(scene) if scene.beat.process else iter(())
    for what, text in (*_of_processes(scene, now), *found):
        yield {"state": scene.name, "what": what, "text": text}


def _of_processes(scene: Scene, now: int) -> Iterator[tuple[str, str]]:
    beat, book = scene.beat, scene.follower.book
    if not beat.process:
        if not beat.is_closed and (now - beat.ts < LATELY_NS or _is_left_alone(scene)):
            yield "engine_gone", "its engine ended without a farewell, and none runs"
        return
    if now - beat.ts >= SILENT_NS:
        yield "engine_silent", f"no sign of life of its engine, process {beat.process}, for {(now - beat.ts) // NS} s"
    journal = scene.folder / guardian.JOURNAL
    is_outside = any(one.outside is not None for one in book.spec.accounts.values())
    if is_outside and journal.is_dir() and not states.writer(journal):
        yield "guardian_gone", "nobody would take its orders back: the guardian does not run"


def _is_left_alone(scene: Scene) -> bool:
    """Say whether something of a run that nobody runs is at a venue outside."""
    book = scene.follower.book
    outside = {name for name, one in book.spec.accounts.items() if one.outside is not None}
    is_held = any(one.qty and one.account in outside for one in book.all_positions())
    return is_held or any(one.account in outside for orders in book.open_orders.values() for one in orders.values())


def _of_book(scene: Scene) -> Iterator[tuple[str, str]]:
    book = scene.follower.book
    truth = book.truth
    if not truth.is_disk_healthy:
        yield "disk", "its journal cannot be written"
    for name, contact in truth.contacts.items():
        if not contact.is_up:
            yield "line_down", f"{name}: the order line is down" + (f": {contact.why}" if contact.why else "")
        elif not contact.is_ready:
            yield "line_down", f"{name}: what the venue holds is not known yet"
        elif contact.apart:
            yield "clock", f"{name}: entries are refused, {contact.apart}"
    stale = [one.scope.partition(":")[2] for one in truth.latches.values() if one.kind == "stale"]
    if stale:
        yield "data_stale", f"no prices come for {_named(stale)}"
    if truth.mismatched:
        yield "mismatch", f"the venue disagrees about {_named(list(truth.mismatched))}"
    unknown = [o.oid for found in book.open_orders.values() for o in found.values() if o.status is Status.UNKNOWN]
    if unknown:
        yield "unknown_orders", f"the fate is not known of {_named(unknown)}"
    if truth.exposed:
        yield "unprotected", f"without confirmed protection: {_named(list(truth.exposed))}"


def _named(names: list[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more


def unheard(scene: Scene, now: int) -> Iterator[Fault]:
    """Yield what is unwell with a run's messages at `now` (UTC ns); it reads the outbox."""
    is_running, folder = bool(scene.beat.process), scene.folder
    if is_running and scene.sight.has_channels and (folder / NAME).exists():
        text = f"nobody carries its messages: openbell notify {scene.name}"
        try:
            with Outbox(folder) as outbox:
                silent = now - int(outbox.kept(BEAT) or b"0")
        except (sqlite3.Error, OSError) as error:
            silent, text = SILENT_NS, f"nobody carries its messages: {NAME} cannot be used: {error}"
        if silent >= SILENT_NS:
            yield {"state": scene.name, "what": "notifier_gone", "text": text}
    count = siren.count(folder, now) if is_running or (folder / siren.NAME).exists() else 0
    if count:
        yield {"state": scene.name, "what": "siren", "text": siren.words(count, scene.name)}
