"""Rules about capital and the size of positions."""

from collections.abc import Iterator
from decimal import Decimal

from openbell.config.choose import Part
from openbell.config.linter import figures
from openbell.config.linter.rule import Finding, Rule, Scene
from openbell.core.types import ZERO
from openbell.schema import Amount, format_amount, format_fraction

CAPS = (
    ("max_position", "limit"),
    ("max_position", "worth"),
    ("order_notional", "limit"),
    ("concentration", "instrument"),
)
"""Limits of one position, by rule and option."""


def _capital(scene: Scene) -> Iterator[Finding]:
    for name, account in scene.config.accounts.items():
        own = [d.budget.capital for d in scene.config.deployments if d.account == name]
        wanted = sum((amount.value for amount in own if amount.currency == account.base), ZERO)
        has = figures.equity(scene.config, name) * account.leverage
        if has and wanted > has:
            total, limit = figures.shown(wanted, scene.config, name), figures.shown(has, scene.config, name)
            what = f"the deployments' capital together is {total}, the account has {limit}"
            yield Finding(loc=("accounts", name, "cash"), what=what)


def _positions(scene: Scene) -> Iterator[Finding]:
    for i, deployment in enumerate(scene.config.deployments):
        share, count = deployment.budget.per_position, figures.count(deployment)
        together = share * sum(figures.weights(deployment), ZERO)
        if deployment.size is None and together > scene.config.accounts[deployment.account].leverage:
            what = f"{count} positions of {format_fraction(share)} are more than the capital"
            yield Finding(loc=figures.where_size(deployment, i), what=what)


def _notional(scene: Scene) -> Iterator[Finding]:
    for i, deployment in enumerate(scene.config.deployments):
        size, capital = deployment.size, deployment.budget.capital.value
        if size is not None and size.notional is not None and size.notional.value > capital:
            what = f"one position of {format_amount(size.notional)} is more than the capital"
            yield Finding(loc=("deployments", i, "size", "notional"), what=what)


def _by_risk(scene: Scene) -> Iterator[Finding]:
    for i, deployment in enumerate(scene.config.deployments):
        size, distance = deployment.size, figures.stop(deployment)
        leverage = scene.config.accounts[deployment.account].leverage
        if size is not None and size.risk is not None and distance and size.risk > distance * leverage:
            risk, away = format_fraction(size.risk), format_fraction(distance)
            what = f"a risk of {risk} at a stop of {away} asks for a position above the capital"
            yield Finding(loc=("deployments", i, "size", "risk"), what=what)


def _capped(scene: Scene) -> Iterator[Finding]:
    for kind, option in CAPS:
        for rule in scene.in_force(kind):
            yield from _above(scene, rule, option)


def _above(scene: Scene, rule: Part, option: str) -> Iterator[Finding]:
    """Find the deployments whose full position is above a limit."""
    for i, deployment in enumerate(scene.config.deployments):
        cap = figures.limit_of(rule, option, scene.config, deployment.account)
        full = figures.position(deployment)
        if cap is not None and full is not None and full > cap:
            has = figures.shown(full, scene.config, deployment.account)
            limit = figures.shown(cap, scene.config, deployment.account)
            what = f"a full position of {deployment.name} is {has}, and {rule.kind} allows {limit}"
            yield Finding(loc=scene.place(rule, option, figures.where_size(deployment, i)), what=what)


def _smallest(scene: Scene) -> Iterator[Finding]:
    for i, deployment in enumerate(scene.config.deployments):
        full, size = figures.position(deployment), deployment.size
        for symbol in deployment.instruments:
            one = scene.lore.instruments.get(symbol)
            if one is None:
                continue
            least = max(one.min_qty, one.lot)
            if size is not None and size.quantity is not None and size.quantity < least:
                what = f"{size.quantity:f} units are less than the smallest order of {symbol}, {least:f}"
            elif full is not None and one.min_notional and full < one.min_notional:
                least_value = format_amount(Amount(one.min_notional, one.currency))
                what = f"a full position is below the smallest order of {symbol}, {least_value}"
            else:
                continue
            yield Finding(loc=figures.where_size(deployment, i), what=what)


def _risked(scene: Scene) -> Iterator[Finding]:
    for rule in scene.in_force("trade_risk"):
        for i, deployment in enumerate(scene.config.deployments):
            limit = figures.limit_of(rule, "limit", scene.config, deployment.account)
            full, distance = figures.position(deployment), figures.stop(deployment)
            if limit is not None and full is not None and distance and figures.cents(full * distance) > limit:
                risk = figures.shown(figures.cents(full * distance), scene.config, deployment.account)
                allowed = figures.shown(limit, scene.config, deployment.account)
                what = f"a position of {deployment.name} risks {risk} at its stop, and trade_risk allows {allowed}"
                yield Finding(loc=scene.place(rule, "limit", figures.where_size(deployment, i)), what=what)


def _cash(scene: Scene) -> Iterator[Finding]:
    for rule in scene.in_force("min_cash"):
        kept: Decimal = getattr(rule.options, "limit", ZERO)
        for name, account in scene.config.accounts.items():
            own = [d for d in scene.config.deployments if d.account == name]
            full = [figures.total(d) for d in own]
            whole = figures.equity(scene.config, name)
            used = sum((value for value in full if value), ZERO)
            if whole and account.leverage == 1 and None not in full and used + whole * kept > whole:
                total = figures.shown(used, scene.config, name)
                what = f"all positions together are {total}, and min_cash keeps {format_fraction(kept)} of equity back"
                yield Finding(loc=scene.place(rule, "limit", ("accounts", name, "cash")), what=what)


RULES = (
    Rule(
        id="L101",
        title="The deployments of an account may use more capital than it has",
        why="Each deployment counts on its own capital; together they cannot have it, and the last to ask is refused.",
        hint="lower the capital of a deployment, or raise the cash",
        wrong="cash: 90000 USD, with deployments of 50000 USD and 60000 USD",
        right="cash: 110000 USD",
        check=_capital,
    ),
    Rule(
        id="L102",
        title="All positions of a deployment together are more than its capital",
        why="The last positions find no money left, so which instruments are held depends on the order of signals.",
        hint="lower per_position, or positions",
        wrong="per_position: 60%, with two instruments",
        right="per_position: 50%",
        check=_positions,
    ),
    Rule(
        id="L103",
        title="One position is larger than the capital of its deployment",
        why="Sizing caps it at the capital, so the position is another one than the file says.",
        hint="lower notional, or raise the capital",
        wrong="size: {notional: 60000 USD}, with a capital of 50000 USD",
        right="size: {notional: 50000 USD}",
        check=_notional,
    ),
    Rule(
        id="L104",
        title="A size by risk asks for more than the capital",
        why="Value is risk divided by the distance of the stop; a stop that near makes it larger than what is there.",
        hint="lower risk, or place the stop further away",
        wrong="size: {risk: 3%}, with a stop of 2%",
        right="size: {risk: 2%}",
        check=_by_risk,
    ),
    Rule(
        id="L105",
        title="A full position is larger than a limit allows",
        why="The gate refuses what is above its limit and makes nothing smaller: every entry of it is refused.",
        hint="lower the size of a position, or raise the limit",
        wrong="size: {notional: 12000 USD}, with max_position 10% of 100000 USD",
        right="size: {notional: 10000 USD}",
        check=_capped,
    ),
    Rule(
        id="L106",
        title="The size is below the smallest order of an instrument",
        why="Rounded down to whole lots nothing is left, so nothing is ever ordered.",
        hint="ask for at least the smallest order",
        wrong="size: {quantity: 0.5}, with a lot of 1",
        right="size: {quantity: 1}",
        check=_smallest,
    ),
    Rule(
        id="L107",
        title="A position risks more at its stop than trade_risk allows",
        why="Every entry of that deployment is refused.",
        hint="lower the size of a position, place the stop nearer, or raise the limit",
        wrong="trade_risk {limit: 19 USD}, with 1000 USD at a stop of 2%",
        right="trade_risk {limit: 20 USD}",
        check=_risked,
    ),
    Rule(
        id="L108",
        title="Full positions would use the cash that min_cash keeps back",
        why="The last entries are refused, so a position that the budget promises is never taken.",
        hint="lower the size of positions, or the cash kept back",
        wrong="min_cash {limit: 99%}, with 2000 USD of 100000 USD in positions",
        right="min_cash {limit: 98%}",
        check=_cash,
    ),
)
