"""Operators, calendars and the disk: what closes and reopens the gate for new risk."""

from collections.abc import Callable

from openbell.core import adopt, limits
from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.core.desk import Desk, covers
from openbell.core.enable import PAUSES, enable, guard_again
from openbell.core.kill import Pull, end, pull, summary, tier_of
from openbell.core.ladder import PASSING, Stage
from openbell.core.traders import Traders


def on_control(traders: Traders, event: ev.Event) -> None:
    """Decide on a command, a session's begin, the disk's state or a deployment's change."""
    desk = traders.desk
    if isinstance(event, ev.Command):
        _on_command(traders, event)
    elif isinstance(event, ev.Schedule):
        _on_schedule(desk, event)
    elif isinstance(event, ev.DiskState) and not event.is_healthy:
        desk.emit(fx.Alert(level="critical", key="disk", text=f"no new risk: {event.text}"))
        desk.cancel_scope("all", Code.DISK)
        _forget(desk, "all", Code.DISK)
    elif isinstance(event, ev.DeploymentChange):
        traders.discard(event.deployment)
        desk.emit(
            fx.Alert(
                level="warning",
                key=f"discard/{event.deployment}",
                text=f"{event.deployment} warms up anew: {event.reason}",
            )
        )
    elif isinstance(event, ev.ConfigChange):
        limits.on_change(desk, event)


def _on_command(traders: Traders, command: ev.Command) -> None:
    desk = traders.desk
    if desk.book.truth.seen.get(f"command/{command.id}", 0) > 1:
        return
    who = f"{command.kind} by {command.actor}: {command.reason}"
    if command.kind in ("kill", "pause", "stop"):
        _forget(desk, command.scope, Code.OPERATOR)
    if command.kind == "kill" or (command.kind in PASSING and command.close):
        asked = Pull(
            scope=command.scope, tier=tier_of(command), actor=command.actor, reason=command.reason, id=command.id,
            kind=command.kind,
        )  # fmt: skip
        pull(desk, asked)
    elif command.kind in ("pause", "stop"):
        if command.kind == "pause":
            desk.emit(fx.Latch(kind="pause", scope=command.scope, is_on=True, reason=who))
        desk.cancel_scope(command.scope, Code.OPERATOR)
    elif command.kind == "alert":
        desk.emit(fx.Alert(level="warning", key=f"alert/{command.actor}", text=f"{command.actor}: {command.reason}"))
    elif command.kind == "resume":
        _resume(traders, command, who)
    elif command.kind in _HANDED_ON:
        _HANDED_ON[command.kind](traders, command)


def _resume(traders: Traders, command: ev.Command, who: str) -> None:
    """Open pauses again; what a kill or a limit has closed needs `enable`, and that is said.

    What is being closed for a pause is closed first.
    """
    desk, kills = traders.desk, traders.desk.book.truth.kills
    closing = [one for one in kills.values() if one.kind in PASSING and command.scope in ("all", one.scope)]
    if busy := [summary(desk.book, one) for one in closing if one.stage is not Stage.DONE]:
        text = f"{who} is refused until that is done: {'; '.join(busy)}"
        desk.emit(fx.Alert(level="error", key=f"resume/{command.id}", text=text))
        return
    for one in closing:
        end(desk, one, who)
        guard_again(traders, one.scope)
    closed = []
    for latch in list(desk.book.truth.latches.values()):
        # What one instrument has closed for a deployment is opened with it.
        is_meant = command.scope in ("all", latch.scope, latch.scope.split("/")[0] if latch.kind == "frozen" else "")
        if not is_meant or latch.release == "evidence":
            # What opens by evidence is not opened by a word.
            continue
        if latch.kind in PAUSES:
            desk.emit(fx.Latch(kind=latch.kind, scope=latch.scope, is_on=False, reason=who))
        else:
            closed.append(f"{latch.kind} {latch.scope}")
    text = f"{who}; still closed until `openbell enable`: {', '.join(closed)}" if closed else who
    desk.emit(fx.Alert(level="warning", key=f"resume/{command.id}", text=text))


def _on_schedule(desk: Desk, schedule: ev.Schedule) -> None:
    for latch in list(desk.book.truth.latches.values()) if schedule.is_open else ():
        if latch.ts < schedule.open and _keeps(desk, latch.scope, latch.release, schedule):
            desk.emit(
                fx.Latch(
                    kind=latch.kind,
                    scope=latch.scope,
                    is_on=False,
                    reason=f"session {schedule.date} of {schedule.calendar} began",
                )
            )


def _keeps(desk: Desk, scope: str, release: str, schedule: ev.Schedule) -> bool:
    """Return True if what a latch waits for begins.

    With this session for the accounts in its scope.
    """
    strategy = desk.book.spec.deployments.get(scope.removeprefix("deployment:"))
    return any(
        (scope in ("all", f"account:{account.name}") or (strategy is not None and strategy.account == account.name))
        and schedule.date in {"session": (schedule.date,), "week": (account.week.since,),
                              "month": (account.month.since,)}.get(release, ())
        for account in desk.book.accounts_by_calendar.get(schedule.calendar, ())
    )  # fmt: skip


def _forget(desk: Desk, scope: str, reason: int) -> None:
    """Drop every wish in a scope that waits for an order in its way."""
    for position in list(desk.book.all_positions()):
        name, symbol, wish = position.deployment, position.instrument, position.wish
        if wish is not None and covers(scope, position.account, name, symbol):
            desk.emit(fx.Decision(deployment=name, instrument=symbol, signal=wish.reason, code=reason))


_HANDED_ON: dict[str, Callable[[Traders, ev.Command], None]] = {
    "enable": enable, "adopt": adopt.on_adopt, "release": adopt.on_release,
}  # fmt: skip
