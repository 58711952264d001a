"""A changed configuration for a run that lives: what differs, and its event."""

from hashlib import sha256

import msgspec

from openbell.config.emit import canonical
from openbell.core import events as ev
from openbell.core.book import Book
from openbell.core.limits import differences, limits_of
from openbell.core.spec import Limits, limited
from openbell.parts.strategies import manual, webhook
from openbell.run.assemble import Prepared
from openbell.run.records import Unlike, parse_spec, parse_venues


def unlike(prepared: Prepared, genesis: ev.Genesis) -> list[str]:
    """Return what a configuration has otherwise and no running engine can take over.

    Limits can be taken over: leverage, capital, number of positions, and the numbers of rules.
    """
    then = parse_spec(genesis)
    now = prepared.spec
    if then.accounts.keys() == now.accounts.keys() and then.deployments.keys() == now.deployments.keys():
        now = limited(now, limits_of(then, ()))
    # Whether prices are invented is told by the source, which has its own digest.
    fields = [name for name in now.__struct_fields__ if name != "is_synthetic"]
    changed = [name for name in fields if getattr(then, name) != getattr(now, name)]
    if parse_venues(genesis) != prepared.venues:
        changed.append("venue options")
    return changed


def check_limits(prepared: Prepared, genesis: ev.Genesis, in_force: Limits | None) -> None:
    """Do nothing where a configuration has the limits that are in force in its state.

    Raises:
        Unlike: It has others.
    """
    wanted = limits_of(prepared.spec, prepared.rules)
    if in_force is not None:
        found = differences(in_force, wanted)
        if len(in_force.rules) != len(wanted.rules):
            found.append("number of rules")
    else:
        then = limits_of(parse_spec(genesis), ())
        found = differences(then, msgspec.structs.replace(wanted, rules=()))
        found += ["rules"] if genesis.rules != tuple(rule.text for rule in prepared.rules) else []
    if found:
        raise Unlike(
            f"the configuration does not have the limits in force: {'; '.join(found)} changed; use the file in force, "
            "or `openbell reload FILE` with the run that lives"
        )


def change_of(prepared: Prepared, genesis: ev.Genesis, actor: str, *, is_confirmed: bool) -> ev.ConfigChange:
    """Return the event that carries a configuration's limits to the run of a state.

    Raises:
        Unlike: The configuration differs in more than limits.
    """
    changed = unlike(prepared, genesis)
    if changed:
        raise Unlike(
            f"a run that lives takes over changed limits only, and {', '.join(changed)} changed too; it goes on as it "
            "is: `openbell stop` ends it, and the changed file starts with a new --state"
        )
    config = canonical(prepared.loaded)
    return ev.ConfigChange(
        ts=0,
        config=config,
        digest=sha256(config.encode()).hexdigest(),
        actor=actor,
        limits=limits_of(prepared.spec, prepared.rules),
        is_confirmed=is_confirmed,
    )


def as_event(command: ev.Command, now: int) -> ev.Event | None:
    """Return what a command is for the engine: itself, or what it carries.

    That is a change, an order, a signal or a person's yes. None is returned for one that cannot be read. A signal that
    is taken later than it holds (`now`, UTC ns of the wall clock) is an answer that came too late.
    """
    try:
        if command.kind == "config":
            return msgspec.json.decode(command.change, type=ev.ConfigChange)
        if command.kind == "order":
            msgspec.json.decode(command.change, type=manual.Wish)
            name = command.scope.removeprefix("deployment:")
            return ev.Answer(ts=0, ask=manual.PREFIX + command.id, deployment=name, is_ok=True, value=command.change)
        if command.kind == "signal":
            msgspec.json.decode(command.change, type=webhook.Signal)
            name, ask = command.scope.removeprefix("deployment:"), webhook.PREFIX + command.id
            is_ok, value, who = now <= command.until, command.change, command.actor
            return ev.Answer(ts=0, ask=ask, deployment=name, is_ok=is_ok, value=value, actor=who)
        if command.kind == "confirm":
            # Whom it concerns is told by the question itself.
            name = command.scope.split("/")[1] if command.scope.startswith("confirm/") else ""
            value, who = command.change, command.actor
            return ev.Answer(ts=0, ask=command.scope, deployment=name, is_ok=bool(value), value=value, actor=who)
    except msgspec.MsgspecError:
        return None
    return command


def in_words(book: Book, genesis: ev.Genesis, prepared: Prepared) -> list[str]:
    """Return in words what limits a configuration has otherwise than a run."""
    wanted = limits_of(prepared.spec, prepared.rules)
    if book.truth.limits is not None:
        return differences(book.truth.limits, wanted)
    # The first record tells the rules in words only.
    texts = [rule.text for rule in prepared.rules]
    found = [f"{text}: no longer" for text in genesis.rules if text not in texts]
    found += [f"{text}: new" for text in texts if text not in genesis.rules]
    return found + differences(limits_of(parse_spec(genesis), ()), msgspec.structs.replace(wanted, rules=()))
