"""Limits changed while a run lives: tighter ones at once, looser ones flat or confirmed."""

from decimal import Decimal

import msgspec

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.desk import Desk
from openbell.core.monitor import Monitor
from openbell.core.risk import Rule
from openbell.core.spec import Limits, RuleTerms, RunSpec


def limits_of(spec: RunSpec, rules: tuple[Rule, ...]) -> Limits:
    """Return the limits that a run has, all that can be changed while it lives."""
    return Limits(
        rules=tuple(RuleTerms(kind=rule.kind, params=rule.params, text=rule.text) for rule in rules),
        leverage={name: account.leverage for name, account in spec.accounts.items()},
        capital={name: deployment.capital for name, deployment in spec.deployments.items()},
        positions={name: deployment.max_positions for name, deployment in spec.deployments.items()},
    )


def bind(desk: Desk) -> None:
    """Let a desk ask its rules with the limits in force."""
    limits = desk.book.truth.limits
    if limits is None or [rule.kind for rule in desk.rules] != [one.kind for one in limits.rules]:
        return
    terms = zip(desk.rules, limits.rules, strict=True)
    desk.rules = tuple(msgspec.structs.replace(rule, params=one.params, text=one.text) for rule, one in terms)
    desk.watching = tuple(rule for rule in desk.rules if rule.watch)
    desk.safe.clear()


def on_change(desk: Desk, change: ev.ConfigChange) -> None:
    """Put what may be changed now in force, and say what may not, and why."""
    wanted = change.limits
    if wanted is None:
        return
    now = limits_of(desk.book.spec, desk.rules)
    if problem := _unlike(now, wanted):
        text = f"configuration {change.digest[:8]} by {change.actor} changes {problem}; nothing of it is in force"
        desk.emit(fx.Alert(level="error", key=f"config/{change.digest}", text=text))
        return
    may_loosen = change.is_confirmed or not any((*desk.book.holders.values(), *desk.book.open_orders.values()))
    found, done, waiting = _merged(now, wanted, desk.rules, may_loosen=may_loosen)
    if done:
        desk.emit(fx.SetLimits(limits=found))
        bind(desk)
        monitor = Monitor(desk)
        for name in desk.book.truth.accounts:
            monitor.watch(name)
        text = f"limits changed by {change.actor}: {'; '.join(done)}"
        desk.emit(fx.Alert(level="warning", key=f"config/{change.digest}", text=text))
    if waiting:
        text = f"not loosened while something is held or ordered, and not confirmed: {'; '.join(waiting)}"
        desk.emit(fx.Alert(level="error", key=f"config/{change.digest}/loose", text=text))


def differences(now: Limits, wanted: Limits) -> list[str]:
    """Return in words what one set of limits has otherwise than the other."""
    found = [f"{a.text} -> {b.text}" for a, b in zip(now.rules, wanted.rules, strict=False) if a != b]
    for word, before, after in _numbers(now, wanted):
        found += [f"{word} of {name} {before[name]} -> {after[name]}" for name in after if after[name] != before[name]]
    return found


def _unlike(now: Limits, wanted: Limits) -> str:
    """Return in words what a change names that is not there, or leaves out."""
    if [rule.kind for rule in now.rules] != [rule.kind for rule in wanted.rules]:
        return "which rules there are"
    pairs = ((now.leverage, wanted.leverage), (now.capital, wanted.capital), (now.positions, wanted.positions))
    return "" if all(a.keys() == b.keys() for a, b in pairs) else "which accounts or deployments there are"


def _merged(
    now: Limits, wanted: Limits, rules: tuple[Rule, ...], *, may_loosen: bool
) -> tuple[Limits, list[str], list[str]]:
    """Return the limits to be in force, and in words what changed and what has to wait."""
    done: list[str] = []
    waiting: list[str] = []

    def chosen(*, is_tighter: bool, text: str) -> bool:
        is_taken = is_tighter or may_loosen
        (done if is_taken else waiting).append(text)
        return is_taken

    terms = []
    for rule, old, new in zip(rules, now.rules, wanted.rules, strict=True):
        is_changed = new != old
        is_taken = is_changed and chosen(is_tighter=_is_tighter(rule, new), text=f"{old.text} -> {new.text}")
        terms.append(new if is_taken else old)
    numbers: list[dict[str, Decimal]] = []
    for word, before, after in _numbers(now, wanted):
        kept = dict(before)
        for name, value in after.items():
            text = f"{word} of {name} {before[name]} -> {value}"
            if value != before[name] and chosen(is_tighter=_rank(word, value) < _rank(word, before[name]), text=text):
                kept[name] = value
        numbers.append(kept)
    leverage, capital, positions = numbers
    counts = {name: int(count) for name, count in positions.items()}
    return Limits(rules=tuple(terms), leverage=leverage, capital=capital, positions=counts), done, waiting


def _numbers(now: Limits, wanted: Limits) -> list[tuple[str, dict[str, Decimal], dict[str, Decimal]]]:
    before = {name: Decimal(count) for name, count in now.positions.items()}
    after = {name: Decimal(count) for name, count in wanted.positions.items()}
    return [
        ("leverage", now.leverage, wanted.leverage),
        ("capital", now.capital, wanted.capital),
        ("positions", before, after),
    ]


def _rank(word: str, value: Decimal) -> Decimal:
    """Return how loose a number is: no positions stated means no limit."""
    return Decimal("Infinity") if word == "positions" and not value else value


def _is_below(new: tuple[int, ...], old: tuple[int, ...]) -> bool:
    """Return True where a share is no larger than before; 0 is a stage that is off, the loosest of all."""
    return not old[0] if not new[0] else not old[0] or new[0] * old[1] <= old[0] * new[1]


def _is_tighter(rule: Rule, new: RuleTerms) -> bool:
    """Return True where a rule's numbers went the way that its part calls tighter, or stayed."""
    if len(rule.params) != len(new.params):
        return False
    if rule.tighter == "ratio":
        return all(_is_below(new.params[i : i + 2], rule.params[i : i + 2]) for i in range(0, len(new.params), 2))
    if rule.tighter == "less":
        return all(b <= a for a, b in zip(rule.params, new.params, strict=True))
    return rule.tighter == "more" and all(b >= a for a, b in zip(rule.params, new.params, strict=True))
