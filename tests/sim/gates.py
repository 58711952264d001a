"""Which gates must be closed: kills, pauses and losses, by commands and own figures alone (B16, B17, B23)."""

from openbell.core import effects as fx
from openbell.core import events as ev
from tests.sim.books import Books, e8
from tests.sim.freshness import Freshness
from tests.sim.house import House, scopes_of
from tests.sim.verdict import demand

DIGITS = "1234"
PAUSES = ("pause", "frozen", "stop")
OWN = {"own_loss": "max_loss", "own_drawdown": "max_drawdown"}
"""Limits that a deployment has of its own, and where its file has them."""
LIMIT = "the limit "
"""How the actor of a kill begins that no operator commanded."""


class Gates:
    """Latches as they must be.

    Attributes:
        closed: Why, by kind and scope. tiers: Tier of the kills in force, by scope. tripped: Loss limits reached.
        passing: Scopes in which a stop or a pause closes, which is over by itself once nothing is left to be closed.
        upto: Number of the newest order when a kill came, by scope.
        raised: Tier to which a limit has brought a kill, by scope. left: What the kills say they have not closed.
        mismatched: Instruments in which book and venue disagree. frozen: Deployments that may not add risk.
        is_sick: The disk takes no more. is_apart: The venue's clock and ours disagree.
        line: When it last came up, 0 while down. newest: Latest state of the account.
        is_heard: The account has told its state since its line is up. unanswered: Since when it was asked for it in vain.
    """

    def __init__(self, house: House, books: Books) -> None:
        """Begin with everything open."""
        self.house, self.books = house, books
        self.closed: dict[tuple[str, str], str] = {}
        self.tiers: dict[str, int] = {}
        self.passing: set[str] = set()
        self.upto: dict[str, int] = {}
        self.raised: dict[str, int] = {}
        self.left: dict[str, set[tuple[str, str]]] = {}
        self.tripped: dict[str, bool] = {}
        self.ramp_until = 0
        self.ramps: dict[str, int] = {}
        self.seen: dict[str, int] = {}
        self.mismatched: set[str] = set()
        self.frozen: set[str] = set()
        self.is_sick = self.is_apart = False
        self.fresh = Freshness(house)
        self.confirmed: dict[str, set[str]] = {}
        self.asked: dict[str, int] = {}
        self.line = self.newest = 0
        self.is_heard = not house.is_outside
        self.unanswered = 0
        specs = house.prepared.spec.deployments
        self.own = tuple((name, kind) for name, spec in specs.items() for kind in OWN if getattr(spec, OWN[kind]))
        """The limits that deployments have of their own."""

    def is_first(self, command: ev.Command) -> bool:
        """Return True if a command counts: a second one with its id does not."""
        return self.seen.get(command.id, 0) == 1

    def take(self, event: ev.Event) -> None:
        """Take over an event."""
        self.fresh.take(event)
        if isinstance(event, ev.Command):
            self.seen[event.id] = self.seen.get(event.id, 0) + 1
            if self.is_first(event):
                self._command(event)
        elif isinstance(event, ev.DiskState):
            self.is_sick = not event.is_healthy
        elif isinstance(event, ev.Link) and event.channel == "clock":
            self.is_apart = not event.is_up
        elif isinstance(event, ev.Link):
            self.line, self.is_heard, self.unanswered = event.ts if event.is_up else 0, False, 0
        elif isinstance(event, ev.BrokerState) and not event.failed and event.as_of >= self.newest:
            self.newest, self.unanswered = event.as_of, 0
            self.is_heard = self.is_heard or 0 < self.line <= event.as_of
        elif isinstance(event, ev.Schedule) and event.is_open and self._is_new(event) and self._is_daily:
            self.tripped.pop("daily_loss", None)
            self.closed.pop(("daily_loss", f"account:{self.house.account}"), None)

    def hear(self, effect: fx.Effect, event: ev.Event | None = None) -> None:
        """Take over the end of a kill, and what disagrees; judge what an `event` confirms."""
        if type(effect) is fx.Query and not effect.oid:
            self.unanswered = self.unanswered or self.books.ts
        if type(effect) is fx.Mismatch:
            (self.mismatched.add if effect.is_on else self.mismatched.discard)(effect.instrument)
        if type(effect) is fx.Freeze:
            (self.frozen.add if effect.is_on else self.frozen.discard)(effect.deployment)
        if type(effect) is not fx.Kill:
            return
        state = effect.state
        if state is None:
            if event is not None:
                demand(self._may_end(effect.scope, event), "B17", f"kill of {effect.scope} ends by {event}")
                is_left = ("stop", effect.scope) in self.closed and effect.scope in self.passing
                text = f"the stop of {effect.scope} is over and keeps its gate closed"
                demand(not is_left or isinstance(event, ev.Command), "B17", text)
            self.passing.discard(effect.scope)
            self.ramp_until = max(self.ramp_until, effect.ramp_until)
            self.ramps[effect.scope] = effect.ramp_until
            for by_scope in (self.tiers, self.raised, self.left):
                by_scope.pop(effect.scope, None)  # type: ignore[attr-defined]
            return
        told = self.confirmed.setdefault(effect.scope, set())
        if event is not None:
            for name in (state.confirmed.keys() - told) & {self.house.account}:
                as_of, asked = getattr(event, "as_of", 0), self.asked.get(effect.scope, 0)
                demand(
                    0 < asked <= as_of, "L5", f"kill of {effect.scope}: {name} confirms as of {as_of}, asked {asked}"
                )
        self.confirmed[effect.scope], self.asked[effect.scope] = set(state.confirmed), state.asked_ts
        self.left[effect.scope] = {(one.deployment, one.instrument) for one in state.left}
        if state.actor.startswith(LIMIT):
            self.passing.discard(effect.scope)
            self.raised[effect.scope] = max(state.tier, self.raised.get(effect.scope, 0))

    @property
    def _is_daily(self) -> bool:
        return self.books.force.limits.daily_release == "session"

    def _is_new(self, event: ev.Schedule) -> bool:
        new = event.date != getattr(self, "date", "")
        self.date = event.date
        return new

    def concerns(self, scope: str) -> bool:
        """Return True for a scope in which something of this account can lie."""
        kind, _, name = scope.partition(":")
        if kind == "account":
            return name == self.house.account
        return kind != "deployment" or name.partition("/")[0] in self.house.prepared.spec.deployments

    def _command(self, command: ev.Command) -> None:
        if not self.concerns(command.scope):
            return
        if command.kind == "kill":
            tier = command.tier if command.tier is not None else 3 if command.close else 2
            kind = "pause" if tier == 0 else "kill"
            self.closed[kind, command.scope] = f"{command.kind} {command.id}"
            if tier:
                self._pull(command.scope, tier)
                self.passing.discard(command.scope)
        elif command.kind == "pause":
            self.closed["pause", command.scope] = f"{command.kind} {command.id}"
        if command.kind in ("stop", "pause") and command.close:
            if command.scope not in self.tiers and command.scope not in self.raised:
                self.passing.add(command.scope)
            self._pull(command.scope, 3)

    def _pull(self, scope: str, tier: int) -> None:
        self.tiers[scope] = max(tier, self.tiers.get(scope, 0))
        self.upto[scope] = len(self.books.orders)

    def _may_end(self, scope: str, event: ev.Event) -> bool:
        """Return True where a kill may end: by a person's word, or one that closes where all is closed or named."""
        if not self.concerns(scope):
            return True
        words = ("enable", "resume")
        if isinstance(event, ev.Command) and event.scope in ("all", scope) and event.kind in words:
            return event.kind == "enable" or scope in self.passing
        if scope not in self.passing:
            return False
        held = [one for one, holding in self.books.holdings.items() if holding.lots and self.is_over(scope, *one)]
        return all(one in self.left.get(scope, ()) for one in held)

    def is_over(self, scope: str, deployment: str, symbol: str) -> bool:
        """Return True for a scope that covers a deployment's instrument."""
        return scope in scopes_of(deployment, symbol, self.house.account)

    def latch(self, latch: fx.Latch, event: ev.Event, *, is_judging: bool = True) -> None:
        """Take over a gate's closing or opening, and judge whether it was due; a warning closes nothing."""
        if latch.level not in ("", "hold"):
            return
        key = (latch.kind, latch.scope)
        if latch.kind == "stale":
            if is_judging:
                self.fresh.judge_latch(latch, event)
            elif latch.is_on:
                self.fresh.back.pop(latch.scope.partition(":")[2], None)
            if not latch.is_on:
                self.closed.pop(key, None)
                return
        if latch.is_on:
            if is_judging and latch.kind in ("own_loss", "own_drawdown"):
                demand(
                    self._is_own_lost(latch.kind, latch.scope.partition(":")[2]),
                    "B23",
                    f"{latch.scope} is held without such a loss: {latch.reason}",
                )
            if is_judging and latch.kind in ("daily_loss", "drawdown"):
                demand(
                    self.is_reached(latch.kind),
                    "B23",
                    f"{latch.kind} closed the gate without such a loss: {latch.reason}",
                )
            self.closed.setdefault(key, latch.reason)
            return
        if is_judging:
            demand(
                self._may_open(latch, event),
                "B17",
                f"{latch.kind} of {latch.scope} opens by {type(event).__name__} {event}",
            )
        self.closed.pop(key, None)
        if latch.kind in ("daily_loss", "drawdown"):
            self.tripped.pop(latch.kind, None)
        if latch.kind in OWN:
            self.tripped.pop(f"{latch.kind}/{latch.scope.partition(':')[2]}", None)

    def _may_open(self, latch: fx.Latch, event: ev.Event) -> bool:
        if isinstance(event, ev.Schedule) and latch.kind == "own_loss":
            return event.is_open
        if isinstance(event, ev.Schedule):
            return latch.kind == "daily_loss" and self.books.force.limits.daily_release == "session" and event.is_open
        if latch.kind == "stop" and self._may_end(latch.scope, event):
            return True
        if not isinstance(event, ev.Command) or not self.is_first(event):
            return False
        is_inside = latch.kind == "frozen" and latch.scope.startswith(f"{event.scope}/")
        if not is_inside and event.scope not in ("all", latch.scope):
            return False
        if latch.kind in PAUSES:
            return event.kind == "resume"
        return event.kind == "enable" and event.digits == DIGITS and bool(event.reason)

    def is_reached(self, kind: str) -> bool:
        """Return True where the account's figures have reached a limit now."""
        books = self.books
        limits = books.force.limits
        if kind == "daily_loss" and limits.daily_loss:
            num, den = limits.daily_loss
            lost = books.day_equity + books.day_flows - books.equity
            return lost > 0 and lost * den >= num * books.day_equity
        if kind == "drawdown" and limits.drawdown:
            num, den = limits.drawdown
            fallen = books.peak - books.equity
            return fallen > 0 and fallen * den >= num * books.peak
        return False

    def _is_own_lost(self, kind: str, name: str) -> bool:
        """Return True where a deployment has reached a limit of its own."""
        spec, books = self.house.prepared.spec.deployments[name], self.books
        if kind == "own_loss":
            return bool(spec.max_loss) and books.opened.get(name, 0) - books.result(name) >= e8(spec.max_loss)
        if not spec.max_drawdown:
            return False
        best = books.best.get(name, 0)
        return best - books.result(name) >= int(spec.max_drawdown * (e8(spec.capital) + best)) > 0

    def watch(self) -> None:
        """Look at the losses at the end of a step."""
        for kind in ("daily_loss", "drawdown"):
            if self.is_reached(kind):
                self.tripped[kind] = True
        for name, kind in self.own:
            if self._is_own_lost(kind, name):
                self.tripped[f"{kind}/{name}"] = True

    def is_lost(self, kind: str) -> bool:
        """Return True while a loss limit forbids new risk."""
        return bool(self.tripped.get(kind)) or self.is_reached(kind)

    def closed_for(self, deployment: str, symbol: str) -> str:
        """Return why no new risk may be taken; empty when it may."""
        scopes = scopes_of(deployment, symbol, self.house.account)
        for (kind, scope), why in self.closed.items():
            if scope in scopes:
                return f"{kind} {scope}: {why}"
        for kind in ("daily_loss", "drawdown"):
            if self.is_lost(kind):
                return kind
        for kind in OWN:
            if self.tripped.get(f"{kind}/{deployment}"):
                return f"{kind} of {deployment}"
        return ""

    def is_ramped(self, deployment: str, symbol: str, ts: int) -> bool:
        """Return True where sizes are smaller for a while, a kill having been lifted."""
        scopes = scopes_of(deployment, symbol, self.house.account)
        return any(ts < self.ramps.get(scope, 0) for scope in scopes)

    def tier_over(self, deployment: str, symbol: str) -> int:
        """Return the highest tier of the kills over a pair."""
        scopes = scopes_of(deployment, symbol, self.house.account)
        return max((tier for scope, tier in self.tiers.items() if scope in scopes), default=0)
