"""Rules about limits that contradict each other, or that can never act."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from openbell.config.choose import Part
from openbell.config.linter import figures
from openbell.config.linter.rule import Finding, Rule, Scene
from openbell.core.types import ZERO
from openbell.schema import format_fraction

WHOLE = ("gross_exposure", "leverage")
"""Limits of all positions of an account together."""
_PERIODS = ("daily_loss", "weekly_loss", "monthly_loss")


def _sum(scene: Scene) -> Iterator[Finding]:
    for rule in scene.in_force(*WHOLE):
        for name in scene.config.accounts:
            own = [d for d in scene.config.deployments if d.account == name]
            full = [figures.total(d) for d in own]
            cap = figures.limit_of(rule, "limit", scene.config, name)
            total = sum((value for value in full if value), ZERO)
            if cap is not None and total > cap:
                has, limit = figures.shown(total, scene.config, name), figures.shown(cap, scene.config, name)
                what = f"all positions of account {name} together are {has}, and {rule.kind} allows {limit}"
                loc = scene.place(rule, "limit", figures.where_size(own[-1], scene.config.deployments.index(own[-1])))
                yield Finding(loc=loc, what=what)


def _above_whole(scene: Scene) -> Iterator[Finding]:
    """Find limits of one thing that are not below the limit of everything."""
    caps = list(_shares(scene, "gross_exposure", "limit"))
    for rule in scene.in_force("concentration", "max_position", "order_notional"):
        options = ("instrument", "sector", "issuer") if rule.kind == "concentration" else ("limit",)
        for option in options:
            share = getattr(rule.options, option, None)
            loc = scene.place(rule, option, ())
            if caps and loc and isinstance(share, Decimal) and share >= min(caps):
                what = f"{option} {format_fraction(share)} is not below gross_exposure {format_fraction(min(caps))}"
                yield Finding(loc=loc, what=what)


def _shares(scene: Scene, kind: str, option: str) -> Iterator[Decimal]:
    for rule in scene.in_force(kind):
        share = getattr(rule.options, option, None)
        if isinstance(share, Decimal):
            yield share


def _stages(scene: Scene) -> Iterator[Finding]:
    pairs = (("daily_loss", "warn"), ("drawdown", "reduce"), ("slippage", "warn"))
    for kind, before in pairs:
        for rule in scene.in_force(kind):
            first, limit = getattr(rule.options, before, None), getattr(rule.options, "limit", None)
            if isinstance(first, Decimal) and isinstance(limit, Decimal) and first >= limit:
                what = f"{before} {format_fraction(first)} is not below limit {format_fraction(limit)}"
                yield Finding(loc=_stage(scene, rule, before), what=what)


def _flatten(scene: Scene) -> Iterator[Finding]:
    for rule in scene.in_force("daily_loss", "drawdown"):
        last, limit = getattr(rule.options, "flatten", None), getattr(rule.options, "limit", None)
        if isinstance(last, Decimal) and isinstance(limit, Decimal) and last < limit:
            what = f"flatten {format_fraction(last)} is below limit {format_fraction(limit)}"
            yield Finding(loc=_stage(scene, rule, "flatten"), what=what)


def _stage(scene: Scene, rule: Part, option: str) -> tuple[str | int, ...]:
    """Return where a stage stands, or the limit beside it where the stage is a default."""
    key = option if option in rule.options.model_fields_set else "limit"
    return scene.place(rule, key, ("rules",))


def _ladder(scene: Scene) -> Iterator[Finding]:
    for shorter, longer in pairwise(_PERIODS):
        for rule in scene.in_force(longer):
            for other in scene.in_force(shorter):
                yield from _not_above(scene, rule, other)


def _not_above(scene: Scene, rule: Part, other: Part) -> Iterator[Finding]:
    limit, share = getattr(rule.options, "limit", None), getattr(other.options, "limit", None)
    if isinstance(share, Decimal) and isinstance(limit, Decimal) and share >= limit:
        what = f"{rule.kind} {format_fraction(limit)} is not above {other.kind} {format_fraction(share)}"
        yield Finding(loc=scene.place(rule, "limit", scene.place(other, "limit", ("rules",))), what=what)


def _too_few(scene: Scene) -> Iterator[Finding]:
    for rule in scene.in_force("max_positions"):
        limit = getattr(rule.options, "limit", 0)
        for i, deployment in enumerate(scene.config.deployments):
            count = figures.count(deployment)
            if limit and count > limit:
                key = "positions" if deployment.budget.positions is not None else "capital"
                what = f"{deployment.name} may have {count} positions, and max_positions allows {limit}"
                yield Finding(loc=scene.place(rule, "limit", ("deployments", i, "budget", key)), what=what)


def _trades(scene: Scene) -> Iterator[Finding]:
    for rule in scene.in_force("daily_trades"):
        limit = getattr(rule.options, "limit", 0)
        for name in scene.config.accounts:
            own = [(i, d) for i, d in enumerate(scene.config.deployments) if d.account == name]
            wanted = sum(figures.count(d) for _, d in own)
            if limit and wanted > limit:
                what = f"account {name} may have {wanted} positions, and daily_trades allows {limit} entries a session"
                yield Finding(loc=scene.place(rule, "limit", ("deployments", own[0][0], "instruments")), what=what)


def _leverage(scene: Scene) -> Iterator[Finding]:
    for name, account in scene.config.accounts.items():
        caps = [getattr(rule.options, "limit", None) for rule in scene.in_force(*WHOLE)]
        known = [cap for cap in caps if isinstance(cap, Decimal)]
        if known and account.leverage > max(min(known), Decimal(1)):
            what = f"leverage {account.leverage:f} is above what the limits allow, {min(known):f}"
            yield Finding(loc=("accounts", name, "leverage"), what=what)


def _unbounded(scene: Scene) -> Iterator[Finding]:
    for name, account in scene.config.accounts.items():
        if account.leverage > 1 and not scene.in_force(*WHOLE, "net_exposure", "portfolio_risk"):
            what = f"leverage {account.leverage:f} has no limit on all positions together"
            yield Finding(loc=("accounts", name, "leverage"), what=what)


def _one_stop(scene: Scene) -> Iterator[Finding]:
    for rule in scene.in_force("daily_loss"):
        for i, deployment in enumerate(scene.config.deployments):
            limit = figures.limit_of(rule, "limit", scene.config, deployment.account)
            full, distance = figures.position(deployment), figures.stop(deployment)
            if limit is not None and full is not None and distance and figures.cents(full * distance) >= limit:
                loss = figures.shown(figures.cents(full * distance), scene.config, deployment.account)
                allowed = figures.shown(limit, scene.config, deployment.account)
                what = f"one stop of {deployment.name} loses {loss}, and daily_loss ends the day at {allowed}"
                yield Finding(loc=scene.place(rule, "limit", figures.where_size(deployment, i)), what=what)


RULES = (
    Rule(
        id="L201",
        title="All positions together are more than a limit allows",
        why="The last entries are refused, so a position that the budgets promise is never taken.",
        hint="lower the size or number of positions, or raise the limit",
        wrong="gross_exposure {limit: 6%}, with 5 positions of 2%",
        right="gross_exposure {limit: 10%}",
        check=_sum,
    ),
    Rule(
        id="L202",
        title="A limit on one thing is not below the limit on everything",
        why="All positions together never get there, so the smaller limit can never refuse or warn.",
        hint="lower it below gross_exposure, or delete it",
        wrong="concentration {instrument: 10%}, with gross_exposure 6%",
        right="concentration {instrument: 5%}",
        check=_above_whole,
    ),
    Rule(
        id="L203",
        title="A warning comes no earlier than the limit it warns of",
        why="The limit acts first, so the stage before it is never reached and nobody is warned.",
        hint="lower the earlier stage, or switch it off",
        wrong="daily_loss {limit: 3%, warn: 3%}",
        right="daily_loss {limit: 3%, warn: 2%}",
        check=_stages,
    ),
    Rule(
        id="L204",
        title="Everything is sold before the limit that should come first",
        why="What is held is sold at the smaller loss, and the limit can never act by itself.",
        hint="raise flatten to the limit or above it, or switch it off",
        wrong="drawdown {limit: 10%, flatten: 8%}",
        right="drawdown {limit: 10%, flatten: 10%}",
        check=_flatten,
    ),
    Rule(
        id="L205",
        title="The limit of a longer time is not above that of a shorter one",
        why="The longer limit is always reached first or together with it, so the shorter one never acts.",
        hint="raise the longer limit, or lower the shorter one",
        wrong="daily_loss 3% and weekly_loss 3%",
        right="daily_loss 3% and weekly_loss 4%",
        check=_ladder,
    ),
    Rule(
        id="L206",
        title="A deployment may have more positions than max_positions allows",
        why="The rule refuses the entry, although the budget says there is room.",
        hint="lower positions in the budget, or raise the limit",
        wrong="max_positions {limit: 1}, with two instruments",
        right="max_positions {limit: 2}",
        check=_too_few,
    ),
    Rule(
        id="L207",
        title="Fewer entries a session are allowed than positions may be held",
        why="The positions that the budgets promise cannot all be entered in one session.",
        hint="raise daily_trades, or hold fewer positions",
        wrong="daily_trades {limit: 1}, with two instruments",
        right="daily_trades {limit: 2}",
        check=_trades,
    ),
    Rule(
        id="L208",
        title="An account's leverage is above what its limits allow",
        why="The limit refuses first, so the leverage that the file states is never there.",
        hint="lower leverage, or raise the limit",
        wrong="leverage: 2, with gross_exposure 100%",
        right="leverage: 1",
        check=_leverage,
    ),
    Rule(
        id="L209",
        title="An account has leverage and no limit on all positions together",
        why="Nothing but the broker's margin call bounds what can be lost.",
        hint="add gross_exposure or leverage to the rules",
        wrong="leverage: 2, without gross_exposure, leverage, net_exposure or portfolio_risk",
        right="leverage: 2, with leverage {limit: 2}",
        check=_unbounded,
    ),
    Rule(
        id="L210",
        title="One stop ends the day",
        why="A single position that is stopped loses as much as daily_loss allows for the whole session.",
        hint="lower the size of a position, or place its stop nearer",
        wrong="daily_loss {limit: 20 USD}, with 1000 USD at a stop of 2%",
        right="daily_loss {limit: 21 USD}",
        check=_one_stop,
    ),
)
