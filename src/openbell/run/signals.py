"""The receiver of signals: a process that hears HTTP and speaks to the engine.

It does that over the local socket. It holds no broker's key and decides nothing: what it hands on meets the same
limits as every other wish.
"""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from openbell.config.document import Tree
from openbell.config.environment import PREFIX
from openbell.config.signals import Signals
from openbell.config.variables import named
from openbell.core.events import Command
from openbell.core.spec import RunSpec
from openbell.edges.signals.door import HOST, Door
from openbell.edges.signals.gate import Deliver, Gate, Terms
from openbell.edges.signals.names import Came, Names
from openbell.edges.vault.safe import PASSPHRASE_FILE
from openbell.files import write_whole
from openbell.parts.strategies import webhook
from openbell.run import giving
from openbell.run import state as states
from openbell.run.clock import Clock
from openbell.run.records import first_event, parse_spec
from openbell.words import counted

ACTOR = "receiver of signals"
ADDRESS = "signals.address"
"""File of a state that says where its receiver listens, while it does."""
LOOK_S = 0.1
_ALWAYS = frozenset(["HOME", "OPENBELL_HOME", "PATH"])
"""Variables that every process gets: where programs and states are."""


async def receive(
    folder: Path, terms: Signals, clock: Clock, tell: Callable[[str], None], is_over: Callable[[], bool]
) -> None:
    """Take signals for a state that has a journal, until it is over.

    Args:
        folder: The state directory.
        terms: Of its file.
        clock: Wall clock.
        tell: Takes lines for people.
        is_over: Asked ten times a second.

    Raises:
        OSError: The port is taken. Unlike: The journal has no readable first record.
        sqlite3.Error: The file of what came cannot be used.
    """
    spec = parse_spec(first_event(states.journal(folder)))
    names = Names(folder)
    try:
        door = Door(Gate(sources_of(terms, spec), names, deliver_to(folder), clock.now))
        await door.open(terms.port)
        if names.begin():
            states.leave_command(folder, fallen(names.unanswered(), clock))
        address = f"http://{HOST}:{door.port}"
        write_whole(folder / ADDRESS, address.encode())
        for name in terms.sources:
            tell(f"signals of {name}: POST {address}/signals/{name}")
        try:
            while not is_over():  # noqa: ASYNC110  # a signal's flag, set outside the loop
                await asyncio.sleep(LOOK_S)
        finally:
            await door.close()
            (folder / ADDRESS).unlink(missing_ok=True)
            names.end()
    finally:
        names.close()


def sources_of(terms: Signals, spec: RunSpec) -> Mapping[str, Terms]:
    """Return what holds for each source whose deployment a run has."""
    return {
        name: Terms(
            secret=one.secret, max_age=one.max_age, pace=one.pace, instruments=spec.deployments[name].instruments
        )
        for name, one in terms.sources.items()
        if name in spec.deployments
    }


def deliver_to(folder: Path) -> Deliver:
    """Return what hands a signal to the engine of a state."""

    async def deliver(came: Came, until: int) -> dict[str, Any] | None:
        reply = await asyncio.to_thread(giving.over_socket, folder, command_of(came, until))
        if reply is None or not reply.get("ok"):
            return None
        return {name: reply[name] for name in ("seq", "code", "orders", "told")}

    return deliver


def command_of(came: Came, until: int) -> Command:
    """Return a signal as the engine takes it; its name makes it count once.

    It holds until an instant, UTC ns.
    """
    said = webhook.Signal(instrument=came.instrument, target=came.target, at=came.at, reason=came.reason)
    return Command(
        ts=0, id=f"{came.source}/{came.id}", kind="signal", actor=f"signal {came.source} {came.peer}",
        scope=f"deployment:{came.source}", change=msgspec.json.encode(said).decode(), until=until,
    )  # fmt: skip


def fallen(unanswered: list[Came], clock: Clock) -> Command:
    """Return the word that a receiver had ended without saying so.

    It tells of which signals nobody knows the outcome.
    """
    text = "it had ended unexpectedly and takes signals again"
    if unanswered:
        last = unanswered[-1]
        text += f"; {counted(len(unanswered), 'signal')} had no answer, the last {last.source}/{last.id}: send it again"
    return Command(ts=0, id=giving.new_id(clock), kind="alert", actor=ACTOR, reason=text)


def withheld(tree: Tree, environment: Mapping[str, str]) -> frozenset[str]:
    """Return the variables that a receiver needs nothing of.

    They are what the rest of the file names, and the key of the vault.

    Args:
        tree: What stands in the file.
        environment: Variables by name.
    """
    section = tree.child("signals")
    needed = named(section) if section is not None else frozenset[str]()
    others = named(tree) - needed
    overrides = {name for name in environment if name.startswith(PREFIX) and not name.startswith(f"{PREFIX}SIGNALS__")}
    vault = frozenset() if any(name.startswith("vault:") for name in needed) else frozenset([PASSPHRASE_FILE])
    return (others | overrides | vault) - _ALWAYS
