"""Rules about market data, sessions, and controls that have no data."""

from collections.abc import Iterator, Mapping

from openbell.config.explain import nearest
from openbell.config.linter.rule import Finding, Rule, Scene
from openbell.schema import format_span


def _lacking(scene: Scene) -> Iterator[Finding]:
    for kind, why in scene.lore.lacking.items():
        for rule in scene.in_force(kind):
            loc = scene.place(rule, "kind", ())
            if loc:
                yield Finding(loc=loc[:-1], what=f"{kind} has no data to go by: {why}")


def _worthless(scene: Scene) -> Iterator[Finding]:
    for i, deployment in enumerate(scene.config.deployments):
        lost = scene.lore.worthless.get(deployment.name)
        if lost:
            what = f"nothing tells what {lost}, so no entry has a size"
            yield Finding(loc=("deployments", i, "instruments"), what=what)


def _interval(scene: Scene) -> Iterator[Finding]:
    there = scene.lore.intervals
    for i, deployment in enumerate(scene.config.deployments):
        if there and deployment.bars not in there:
            has = ", ".join(format_span(one) for one in there)
            what = f"the source has bars of {has}, not of {format_span(deployment.bars)}"
            yield Finding(loc=("deployments", i, "bars"), what=what)


def _warmup(scene: Scene) -> Iterator[Finding]:
    for i, deployment in enumerate(scene.config.deployments):
        needs, has = scene.lore.warmups.get(deployment.name, 0), scene.lore.bars.get(deployment.name, 0)
        if has and needs >= has:
            what = f"{deployment.strategy.kind} first decides after {needs:,} bars, and the source has at most {has:,}"
            yield Finding(loc=("deployments", i, "strategy", "kind"), what=what)


def _untraded(scene: Scene) -> Iterator[Finding]:
    traded = {symbol for d in scene.config.deployments for symbol in d.instruments}
    listed = scene.config.instruments.symbols
    for symbol in listed:
        if symbol not in traded:
            meant = nearest(symbol, traded - set(listed))
            yield Finding(loc=("instruments", symbol), what="no deployment trades it", meant=meant, is_key=True)


def _priced(scene: Scene) -> Iterator[Finding]:
    source = scene.config.source
    traded = {symbol for d in scene.config.deployments for symbol in d.instruments}
    for option in ("prices", "ticks"):
        found = getattr(source.options, option, None) if source is not None else None
        given: Mapping[str, object] = found if isinstance(found, Mapping) else {}
        for symbol in given:
            if symbol not in traded:
                meant = nearest(symbol, traded - set(given))
                yield Finding(loc=("source", option, symbol), what="no deployment trades it", meant=meant, is_key=True)


def _sessions(scene: Scene) -> dict[str, int]:
    """Return the usual length of a session (ns) by calendar of what is traded, where it is known."""
    used = {one.calendar for one in scene.lore.instruments.values()}
    return {calendar: scene.lore.sessions[calendar] for calendar in sorted(used) if calendar in scene.lore.sessions}


def _hours(scene: Scene) -> Iterator[Finding]:
    for calendar, length in _sessions(scene).items():
        for rule in scene.in_force("session_hours", "near_close"):
            names = ("after_open", "before_close") if rule.kind == "session_hours" else ("entries",)
            closed = sum(getattr(rule.options, name, 0) for name in names)
            loc = scene.place(rule, names[-1], ())
            if loc and closed >= length:
                what = f"{rule.kind} leaves no time for entries in a session of {calendar}, {format_span(length)} long"
                yield Finding(loc=loc, what=what)


def _flat(scene: Scene) -> Iterator[Finding]:
    for i, deployment in enumerate(scene.config.deployments):
        before = getattr(deployment.strategy.options, "flat_before", 0)
        least = getattr(deployment.strategy.options, "min_bars", 0) * deployment.bars
        for symbol in deployment.instruments:
            one = scene.lore.instruments.get(symbol)
            length = scene.lore.sessions.get(one.calendar, 0) if one is not None else 0
            if length and before and before + least >= length:
                what = f"{deployment.name} is flat during the whole session of {symbol}, {format_span(length)} long"
                yield Finding(loc=("deployments", i, "strategy", "flat_before"), what=what)
                break


def _never_closes(scene: Scene) -> Iterator[Finding]:
    used = {one.calendar for one in scene.lore.instruments.values()}
    for rule in scene.in_force("near_close"):
        loc = scene.place(rule, "kind", ())
        if loc and used == {"24x7"}:
            yield Finding(loc=loc[:-1], what="near_close waits for a close, and nothing that is traded has one")


def _doubled(scene: Scene) -> Iterator[Finding]:
    for rule in scene.in_force("duplicate"):
        within = getattr(rule.options, "within", 0)
        for i, deployment in enumerate(scene.config.deployments):
            if within >= deployment.bars:
                what = f"an entry of {deployment.name} that its next bar repeats counts as a duplicate"
                yield Finding(loc=scene.place(rule, "within", ("deployments", i, "bars")), what=what)


def _stranger(scene: Scene) -> Iterator[Finding]:
    for i, deployment in enumerate(scene.config.deployments):
        found = getattr(deployment.strategy.options, "weights", None)
        weights: Mapping[str, object] = found if isinstance(found, Mapping) else {}
        for symbol in weights:
            if symbol not in deployment.instruments:
                meant = nearest(symbol, [s for s in deployment.instruments if s not in weights])
                loc = ("deployments", i, "strategy", "weights", symbol)
                yield Finding(loc=loc, what=f"{deployment.name} does not trade it", meant=meant, is_key=True)


def _pair(scene: Scene) -> Iterator[Finding]:
    for i, deployment in enumerate(scene.config.deployments):
        if deployment.strategy.kind == "pairs" and len(deployment.instruments) != 2:
            what = f"pairs trades two instruments, not {len(deployment.instruments)}"
            yield Finding(loc=("deployments", i, "instruments"), what=what)


def _habits(scene: Scene) -> Iterator[Finding]:
    for i, deployment in enumerate(scene.config.deployments):
        for words in scene.lore.habits.get(deployment.strategy.kind, ()):
            yield Finding(loc=("deployments", i, "strategy", "kind"), what=f"{deployment.strategy.kind} {words}")
    for rule in scene.loaded.rules:
        for words in scene.lore.habits.get(rule.kind, ()):
            yield Finding(loc=scene.place(rule, "kind", ("rules",)), what=f"{rule.kind} {words}")


RULES = (
    Rule(
        id="L401",
        title="A control that the file asks for has no data",
        why="It is off, or refuses what it cannot judge; either is another run than the file describes.",
        hint="give it what it lacks, or switch it off",
        wrong="liquidity, with instruments whose adv is not known",
        right="liquidity, with instruments: {default: {adv: 1000000}}",
        check=_lacking,
    ),
    Rule(
        id="L402",
        title="The source has no bars of that length",
        why="The run would not start.",
        hint="set bars to what the source has, or give other data",
        wrong="bars: 5m, with a synthetic source of 1m",
        right="source: {kind: synthetic, interval: 5m}",
        check=_interval,
    ),
    Rule(
        id="L403",
        title="A strategy warms up for longer than there are data",
        why="The run ends before its first decision.",
        hint="shorten its periods, or give more data",
        wrong="slow: 3000, with 2 days of 1m bars",
        right="slow: 2000",
        check=_warmup,
    ),
    Rule(
        id="L404",
        title="An instrument is described, and nobody trades it",
        why="Its options change nothing; often its name has a slip.",
        hint="trade it, or delete it",
        wrong="instruments: {SPX: {}}, with a deployment on SPY",
        right="instruments: {SPY: {}}",
        check=_untraded,
    ),
    Rule(
        id="L405",
        title="An invented market has prices for a symbol that nobody trades",
        why="They change nothing; often the name has a slip.",
        hint="trade it, or delete it",
        wrong="source: {kind: synthetic, prices: {SPX: 400}}, with a deployment on SPY",
        right="source: {kind: synthetic, prices: {SPY: 400}}",
        check=_priced,
    ),
    Rule(
        id="L406",
        title="No time is left for entries in a session",
        why="What is cut off at both ends of the session is at least as long as the session of the calendar.",
        hint="shorten the times at both ends",
        wrong="session_hours {after_open: 4h, before_close: 3h}, at the NYSE",
        right="session_hours {after_open: 4h, before_close: 2h}",
        check=_hours,
    ),
    Rule(
        id="L407",
        title="A strategy is flat before a session has begun",
        why="It leaves so long before the close that it never enters.",
        hint="shorten flat_before or min_bars",
        wrong="vwap {flat_before: 6h30m…}, at the NYSE",
        right="vwap {flat_before: 10m}",
        check=_flat,
    ),
    Rule(
        id="L408",
        title="A rule waits for a close that never comes",
        why="Markets that are always open have no close, so the rule never acts.",
        hint="delete it, or correct the calendar of the instruments",
        wrong="near_close, with calendar 24x7",
        right="near_close, with calendar NYSE",
        check=_never_closes,
    ),
    Rule(
        id="L409",
        title="An entry that the next bar repeats counts as a duplicate",
        why="Equal entries within that time are refused, and the next bar comes sooner.",
        hint="shorten within of duplicate below the length of the bars",
        wrong="duplicate {within: 60s}, on bars of 1m",
        right="duplicate {within: 59s}",
        check=_doubled,
    ),
    Rule(
        id="L410",
        title="A strategy has a weight for an instrument that it does not trade",
        why="The weight is never bought, and the others are as large as if it were.",
        hint="add it to the instruments of the deployment, or delete it",
        wrong="weights: {SPX: 60%}, with instruments: [SPY, QQQ]",
        right="weights: {SPY: 60%}",
        check=_stranger,
    ),
    Rule(
        id="L411",
        title="A pair is not two instruments",
        why="The strategy falls at its first bar.",
        hint="name exactly two instruments",
        wrong="strategy: {kind: pairs}, with one instrument",
        right="instruments: [SPY, QQQ]",
        check=_pair,
    ),
    Rule(
        id="L412",
        title="A currency is traded whose worth nothing tells",
        why="Sizes and results are in the account's currency: without a rate an entry has no size and is refused.",
        hint="give the account cash in that currency, or trade a pair of the two currencies in the same file",
        wrong="cash: 20000 USD, with instruments: [EURJPY]",
        right="instruments: [EURJPY, USDJPY]",
        check=_worthless,
    ),
    Rule(
        id="L413",
        title="A private part does what a replay cannot do again",
        why="A clock, chance or a file says something else the next time: backtest, run and recovery differ.",
        hint="take it from the bar, the options or its own state",
        wrong="kind: ./mine.py, which calls datetime.now()",
        right="kind: ./mine.py, which uses the bar's ts",
        check=_habits,
    ),
)
