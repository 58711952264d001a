"""Rules about exits that never fire, fire at once, or cost more than they bring."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from openbell.config.deployment import Deployment
from openbell.config.linter.rule import Finding, Rule, Scene
from openbell.core.types import ZERO
from openbell.schema import format_fraction


def _never(scene: Scene) -> Iterator[Finding]:
    for i, deployment in enumerate(scene.config.deployments):
        exits = deployment.exits
        if exits.stop_loss is not None and exits.stop_loss >= 1 and not deployment.short:
            what = f"a stop {format_fraction(exits.stop_loss)} below the entry is never reached"
            yield Finding(loc=("deployments", i, "exits", "stop_loss"), what=what)


def _trail(scene: Scene) -> Iterator[Finding]:
    for i, deployment in enumerate(scene.config.deployments):
        trailing, stop = deployment.exits.trailing, deployment.exits.stop_loss
        share = trailing.fraction if trailing is not None else None
        if share is not None and share >= 1 and not deployment.short:
            what = f"a stop that trails by {format_fraction(share)} is never reached"
        elif share is not None and stop is not None and stop >= share:
            what = f"stop_loss {format_fraction(stop)} is never nearer than trailing {format_fraction(share)}"
        else:
            continue
        yield Finding(loc=("deployments", i, "exits", "trailing"), what=what)


def _costs(scene: Scene, deployment: Deployment) -> tuple[Decimal, Decimal]:
    """Return what a simulated account pays, as shares of the price: for the spread, and both ways with fees."""
    options: Any = scene.config.accounts[deployment.account].options
    spread, slippage = getattr(options, "spread", ZERO), getattr(options, "slippage", ZERO)
    fees = getattr(options, "fees", None)
    rates = {"per_notional": getattr(fees, "rate", ZERO), "maker_taker": getattr(fees, "taker", ZERO)}
    rate = rates.get(getattr(fees, "kind", ""), ZERO)
    return spread, spread + 2 * slippage + 2 * rate


def _inside(scene: Scene) -> Iterator[Finding]:
    for i, deployment in enumerate(scene.config.deployments):
        spread, _ = _costs(scene, deployment)
        exits = deployment.exits
        trailing = exits.trailing.fraction if exits.trailing is not None else None
        for key, distance in (("stop_loss", exits.stop_loss), ("trailing", trailing)):
            if distance is not None and spread and distance <= spread:
                what = f"{key} {format_fraction(distance)} is inside the spread of {format_fraction(spread)}"
                yield Finding(loc=("deployments", i, "exits", key), what=what)


def _thin(scene: Scene) -> Iterator[Finding]:
    for i, deployment in enumerate(scene.config.deployments):
        _, cost = _costs(scene, deployment)
        target = deployment.exits.take_profit
        if target is not None and cost and target <= cost:
            what = f"take_profit {format_fraction(target)} is not above the costs of both ways, {format_fraction(cost)}"
            yield Finding(loc=("deployments", i, "exits", "take_profit"), what=what)


def _unused(scene: Scene) -> Iterator[Finding]:
    for i, deployment in enumerate(scene.config.deployments):
        exits = deployment.exits
        uses = exits.stop_atr is not None or (exits.trailing is not None and exits.trailing.atr is not None)
        if "atr_period" in exits.model_fields_set and not uses:
            yield Finding(loc=("deployments", i, "exits", "atr_period"), what="atr_period is used by no exit here")


def _bare(scene: Scene) -> Iterator[Finding]:
    for i, deployment in enumerate(scene.config.deployments):
        exits, mode = deployment.exits, scene.config.mode_of(deployment.account)
        has_stop = exits.stop_loss is not None or exits.stop_atr is not None or exits.trailing is not None
        if mode in ("paper", "live") and not has_stop:
            yield Finding(loc=("deployments", i, "name"), what=f"{deployment.name} enters without a stop, mode {mode}")


def _lapses(scene: Scene) -> Iterator[Finding]:
    for rule in scene.in_force("order_timeout"):
        after = getattr(rule.options, "after", 0)
        for i, deployment in enumerate(scene.config.deployments):
            if deployment.order.type == "limit" and 0 < after < deployment.bars:
                what = f"limit entries of {deployment.name} are cancelled before one of its bars has passed"
                yield Finding(loc=scene.place(rule, "after", ("deployments", i, "order", "type")), what=what)


def _kept(scene: Scene) -> Iterator[Finding]:
    for i, deployment in enumerate(scene.config.deployments):
        if not deployment.overnight and not scene.in_force("near_close"):
            what = f"{deployment.name} is to hold nothing overnight, and nothing sells it before the close"
            yield Finding(loc=("deployments", i, "overnight"), what=what)


def _too_long(scene: Scene) -> Iterator[Finding]:
    for i, deployment in enumerate(scene.config.deployments):
        listed = [scene.lore.instruments[one] for one in deployment.instruments if one in scene.lore.instruments]
        if deployment.overnight or not scene.in_force("near_close"):
            continue
        closing = [one for one in listed if 0 < scene.lore.sessions.get(one.calendar, 0) <= deployment.bars]
        if closing:
            what = f"{deployment.name} decides when the session of {closing[0].symbol} is over, and enters in none"
            yield Finding(loc=("deployments", i, "overnight"), what=what)


RULES = (
    Rule(
        id="L301",
        title="A stop is so far away that no price reaches it",
        why="A price does not fall below zero, so a long position with such a stop has none.",
        hint="write a stop below 100%",
        wrong="exits: {stop_loss: 100%}",
        right="exits: {stop_loss: 99%}",
        check=_never,
    ),
    Rule(
        id="L302",
        title="Of two stops one can never be the nearer",
        why="A trailing stop begins at its distance and only comes nearer: a fixed one no nearer never fires.",
        hint="let trailing be further away than stop_loss, or delete one of them",
        wrong="exits: {stop_loss: 2%, trailing: 2%}",
        right="exits: {stop_loss: 2%, trailing: 3%}",
        check=_trail,
    ),
    Rule(
        id="L303",
        title="A stop is inside the spread",
        why="An entry pays the ask and its stop watches the bid: the position is stopped by the spread alone.",
        hint="place it well beyond the spread",
        wrong="spread: 2%, with stop_loss: 2%",
        right="spread: 1.9%",
        check=_inside,
    ),
    Rule(
        id="L304",
        title="A target does not pay for the costs of getting there",
        why="Spread, slippage and fees of both ways are at least the target: the trades that win lose money.",
        hint="raise take_profit above the costs",
        wrong="spread: 5%, with take_profit: 5%",
        right="spread: 1.9%",
        check=_thin,
    ),
    Rule(
        id="L305",
        title="atr_period is set, and no exit is measured in true ranges",
        why="It changes nothing; perhaps stop_atr or trailing: {atr: …} was meant.",
        hint="add stop_atr, or delete atr_period",
        wrong="exits: {stop_loss: 2%, atr_period: 20}",
        right="exits: {stop_atr: 2, atr_period: 20}",
        check=_unused,
    ),
    Rule(
        id="L306",
        title="A deployment at a venue outside enters without a stop",
        why="While the engine is away nothing bounds the loss of what is held.",
        hint="add exits: {stop_loss: 2%}, or stop_atr, or trailing",
        wrong="mode: paper, with exits: {take_profit: 5%}",
        right="mode: paper, with exits: {stop_loss: 2%}",
        check=_bare,
    ),
    Rule(
        id="L307",
        title="Limit entries are cancelled before a bar has passed",
        why="Prices are only seen once a bar: the order is taken back before it could be seen to fill.",
        hint="raise after of order_timeout above the length of the bars, or use market entries",
        wrong="order_timeout {after: 30s}, with order: {type: limit} on bars of 1m",
        right="order_timeout {after: 60s}",
        check=_lapses,
    ),
    Rule(
        id="L308",
        title="Nothing is to be held overnight, and nothing sells it",
        why="The rule near_close sells what must not stay; it is off.",
        hint="switch near_close on, or delete overnight",
        wrong="overnight: false, with near_close: off",
        right="near_close: {flatten: 10m}",
        check=_kept,
    ),
    Rule(
        id="L309",
        title="Nothing is to be held overnight, on bars as long as a session",
        why="What such a bar decides waits for the next open and is taken back then: no bar is left to sell it by.",
        hint="delete overnight, or use shorter bars",
        wrong="overnight: false, with bars: 1d",
        right="overnight: false, with bars: 1h",
        check=_too_long,
    ),
)
