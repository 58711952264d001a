"""Rules about accounts, deployments that cannot trade, and rules that say nothing."""

from collections.abc import Iterator
from decimal import Decimal

from openbell.config.choose import Part
from openbell.config.linter import figures
from openbell.config.linter.rule import Finding, Rule, Scene
from openbell.config.rules import Off
from openbell.core.types import NS, ZERO, Rounding, div


def _opposite(scene: Scene) -> Iterator[Finding]:
    for i, one in enumerate(scene.config.deployments):
        for other in scene.config.deployments[:i]:
            common = [symbol for symbol in one.instruments if symbol in other.instruments]
            is_open = not scene.config.accounts[one.account].netting and (one.short or other.short)
            if common and one.account == other.account and is_open:
                what = f"{one.name} and {other.name} both trade {common[0]}, and opposite positions will be refused"
                yield Finding(loc=("deployments", i, "instruments"), what=what)


def _unused(scene: Scene) -> Iterator[Finding]:
    used = {deployment.account for deployment in scene.config.deployments}
    for name in scene.config.accounts:
        if name not in used:
            yield Finding(loc=("accounts", name), what="no deployment uses it", is_key=True)


def _twice(scene: Scene) -> Iterator[Finding]:
    seen: list[Part | Off] = []
    for entry in scene.config.rules.entries:
        if isinstance(entry, Part) and entry in seen:
            loc = scene.place(entry, "kind", ())
            yield Finding(loc=loc[:-1], what=f"{entry.kind} stands twice with the same options")
        seen.append(entry)


def _no_shorts(scene: Scene) -> Iterator[Finding]:
    for i, deployment in enumerate(scene.config.deployments):
        barred = [s for s in deployment.instruments if (one := scene.lore.instruments.get(s)) and not one.can_short]
        rules = [rule for rule in scene.in_force("allow_list") if not getattr(rule.options, "short", True)]
        if deployment.short and (barred == list(deployment.instruments) or rules):
            why = f"{barred[0]} cannot be sold short" if not rules else "allow_list allows no short sales"
            yield Finding(loc=("deployments", i, "short"), what=f"{deployment.name} may go short, and {why}")


def _barred(scene: Scene) -> Iterator[Finding]:
    for rule in scene.in_force("allow_list"):
        allowed = getattr(rule.options, "instruments", ())
        denied = getattr(rule.options, "deny", ())
        for i, deployment in enumerate(scene.config.deployments):
            left = [s for s in deployment.instruments if s not in denied and (not allowed or s in allowed)]
            if not left:
                what = f"allow_list allows nothing that {deployment.name} trades: every entry will be refused"
                yield Finding(loc=("deployments", i, "instruments"), what=what)


def _types(scene: Scene) -> Iterator[Finding]:
    for rule in scene.in_force("allow_list"):
        types = [str(one) for one in getattr(rule.options, "types", ())]
        for i, deployment in enumerate(scene.config.deployments):
            if types and deployment.order.type not in types:
                what = f"allow_list allows no {deployment.order.type} entries, and {deployment.name} makes no others"
                yield Finding(loc=scene.place(rule, "types", ("deployments", i, "order", "type")), what=what)


def _calls(scene: Scene) -> Iterator[Finding]:
    for rule in scene.in_force("order_rate"):
        asked = getattr(rule.options, "per_second", 0)
        for name, rate in scene.lore.rates.items():
            if rate and asked > rate:
                what = f"order_rate allows {asked} messages a second, and the broker of {name} {rate}"
                yield Finding(loc=scene.place(rule, "per_second", ("accounts", name, "broker")), what=what)


def needed(scene: Scene, account: str) -> Decimal:
    """Return how many requests a second an account can need, rounded up to a hundredth.

    At each bar every instrument may turn: an exit, an entry, and each protective order taken back and placed anew. The
    account itself is compared again and again, with three questions each time.
    """
    found = div(Decimal(3 * NS), Decimal(getattr(scene.config.accounts[account].options, "reconcile", 45 * NS)), _STEP)
    for one in scene.config.deployments:
        if one.account == account:
            exits = one.exits
            protective = bool(exits.stop_loss or exits.stop_atr) + bool(exits.take_profit) + bool(exits.trailing)
            found += div(Decimal((2 + 2 * protective) * len(one.instruments) * NS), Decimal(one.bars), _STEP)
    return div(found, Decimal(1), Decimal("0.01"), Rounding.CEIL)


_STEP = Decimal("0.000001")


def _needs(scene: Scene) -> Iterator[Finding]:
    for name, rate in scene.lore.rates.items():
        wanted = needed(scene, name) if rate else ZERO
        if wanted > rate:
            what = f"its deployments can need {wanted:f} requests a second, and its broker takes {rate}"
            yield Finding(loc=("accounts", name, "broker"), what=what)


def _burst(scene: Scene) -> Iterator[Finding]:
    for rule in scene.in_force("order_rate"):
        reserve: Decimal = getattr(rule.options, "reserve", ZERO)
        room = int(getattr(rule.options, "per_second", 0) * (1 - reserve))
        for name in scene.config.accounts:
            own = [(i, d) for i, d in enumerate(scene.config.deployments) if d.account == name]
            wanted = sum(figures.count(d) for _, d in own)
            if wanted > room:
                what = f"account {name} can want {wanted} entries at a bar, and order_rate has room for {room} a second"
                yield Finding(loc=scene.place(rule, "per_second", ("deployments", own[0][0], "instruments")), what=what)


def _speed(scene: Scene) -> Iterator[Finding]:
    outside = [name for name in scene.config.accounts if scene.config.mode_of(name) in ("paper", "live")]
    if outside and scene.config.speed != "max":
        what = f"account {outside[0]} trades at a venue outside, where time goes at its own speed"
        yield Finding(loc=("speed",), what=what)


def _recorded(scene: Scene) -> Iterator[Finding]:
    outside = [name for name in scene.config.accounts if scene.config.mode_of(name) in ("paper", "live")]
    if outside and scene.config.source is not None:
        what = f"account {outside[0]} trades at a venue outside, which brings its own prices"
        yield Finding(loc=("source", "kind"), what=what)


RULES = (
    Rule(
        id="L501",
        title="Two deployments may want opposite positions in one instrument",
        why="Without netting the first holder decides and the other's entries are refused.",
        hint="write netting: true in the account, or separate them",
        wrong="two deployments on QQQ in one account, one of them short: true",
        right="the account has netting: true",
        check=_opposite,
    ),
    Rule(
        id="L502",
        title="An account is used by no deployment",
        why="Its money is never touched; often a deployment names another account by mistake.",
        hint="name it in a deployment, or delete it",
        wrong="accounts: {main: …, spare: …}, with all deployments on main",
        right="account: spare, in one of them",
        check=_unused,
    ),
    Rule(
        id="L503",
        title="A rule stands twice with the same options",
        why="It is asked twice and answers the same; often another limit was meant.",
        hint="delete one of the two",
        wrong="daily_loss {limit: 3%} and daily_loss {limit: 3%}",
        right="daily_loss {limit: 3%} and daily_loss {limit: 4%}",
        check=_twice,
    ),
    Rule(
        id="L504",
        title="A deployment may go short, and nothing that it trades can be",
        why="Every short entry is refused.",
        hint="write short: false, or trade what can be sold short",
        wrong="short: true, with instruments of kind crypto",
        right="short: false",
        check=_no_shorts,
    ),
    Rule(
        id="L505",
        title="A deployment is dead: nothing that it trades is allowed",
        why="Every entry is refused.",
        hint="add its instruments to allow_list, or take the deployment out",
        wrong="allow_list {deny: [SPY, QQQ]}, with a deployment on SPY and QQQ",
        right="allow_list {deny: [SPY]}",
        check=_barred,
    ),
    Rule(
        id="L506",
        title="A deployment is dead: its kind of entry is not allowed",
        why="Every entry is refused.",
        hint="add the kind to types of allow_list, or change the deployment's order",
        wrong="allow_list {types: [limit]}, with market entries",
        right="allow_list {types: [market]}",
        check=_types,
    ),
    Rule(
        id="L507",
        title="More messages are allowed than the broker takes",
        why="The broker refuses or cuts the line before the rule says anything.",
        hint="lower per_second of order_rate to the broker's figure",
        wrong="order_rate {per_second: 201}, with a broker that takes 200",
        right="order_rate {per_second: 200}",
        check=_calls,
    ),
    Rule(
        id="L508",
        title="More entries can come at once than order_rate has room for",
        why="Strategies decide at the same bar; entries beyond the budget are refused, and refusals hold a strategy.",
        hint="raise per_second of order_rate, or hold fewer positions",
        wrong="order_rate {per_second: 2}, with two instruments",
        right="order_rate {per_second: 3}",
        check=_burst,
    ),
    Rule(
        id="L512",
        title="A speed is set where the clock is the market's",
        why="It changes nothing.",
        hint="delete speed",
        wrong="mode: paper, with speed: 60x",
        right="mode: paper, without speed",
        check=_speed,
    ),
    Rule(
        id="L513",
        title="A recorded or invented source at a venue outside",
        why="The run would not start: orders at a real market must not be decided on other prices.",
        hint="delete source, or write mode: sim",
        wrong="mode: paper, with source: {kind: synthetic}",
        right="mode: paper, without source",
        check=_recorded,
    ),
    Rule(
        id="L514",
        title="Deployments can need more requests a second than the broker takes",
        why="Orders wait for the budget, and behind a hundred that wait entries are refused.",
        hint="take longer bars, 300s for example, or fewer instruments",
        wrong="bars: 60ms on two instruments with stop and target, at a broker that takes 200 requests a second",
        right="bars: 61ms",
        check=_needs,
    ),
)
