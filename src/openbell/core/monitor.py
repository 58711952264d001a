"""Limits that act by themselves.

When equity passes one, or when something happens that a rule hears of.
"""

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core import kill, risk
from openbell.core.codes import Code
from openbell.core.desk import Desk
from openbell.core.exposure import Draft
from openbell.core.kill import Pull
from openbell.core.ladder import FLATTEN, NO_RISK
from openbell.core.risk import Facts, Rule, Scene, account_facts, as_money, ask, safely, seen


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """A rule wants a gate closed.

    Entries in its scope are refused and those at the venue cancelled. `release` says what opens it: the next session,
    week or month, or evidence; where it is `manual`, the kill ladder is pulled, and only `enable` opens it again.
    """

    scope: str
    reason: str
    release: str = "manual"


class Leave(msgspec.Struct, frozen=True, kw_only=True):
    """A rule wants a holding sold, or `qty` units of it."""

    deployment: str
    instrument: str
    reason: int
    qty: Decimal | None = None


class Send(msgspec.Struct, frozen=True, kw_only=True):
    """A rule wants an order sent that had to wait; it passes the gate like any other."""

    draft: Draft


Act = Hold | Leave | Send | fx.Alert | fx.SetTimer | fx.Cancel | fx.Latch | fx.Ask | fx.Note | fx.Decision
"""What a rule may want."""


class Monitor:
    """The rules that act by themselves.

    Attributes:
        ears: What hears of which events and effects. seen: Each account's equity at the last look at it.
        is_on: False where nothing hears and nothing watches.
    """

    def __init__(self, desk: Desk) -> None:
        """Find them among the desk's rules."""
        self.desk = desk
        self._accounts, self._kills = tuple(desk.book.truth.accounts.items()), desk.book.truth.kills
        self._watches = any(rule.watch for rule in desk.rules) or bool(desk.book.bounded)
        self.ears: dict[type, list[Rule]] = {}
        self._find()
        self.seen = {name: account.equity for name, account in self._accounts}
        self.is_on = self._watches or bool(self.ears)

    def follow(self, event: ev.Event) -> None:
        """Let act what does so by itself: rules that hear of things, kills, limits on equity."""
        desk, ears, seen = self.desk, self.ears, self.seen
        for cause in [event, *desk.out] if ears else ():
            if type(cause) in ears:
                self.listen(cause)
        if self._kills and isinstance(event, kill.MOVES):
            kill.advance(desk, event)
        if not self._watches:
            return
        told = len(desk.out)
        for name, account in self._accounts:
            # A person's word may have opened what is still reached at the same equity.
            if account.equity is not seen[name] or type(event) is ev.Command:
                seen[name] = account.equity
                self.watch(name)
        if desk.book.bounded:
            self.watch_deployments()
        for effect in desk.out[told:] if len(desk.out) > told else ():
            if type(effect) is fx.Latch:
                self.listen(effect)

    def _find(self) -> None:
        self._rules = self.desk.rules
        self.ears = {}
        for rule in self._rules:
            for kind in rule.hears:
                self.ears.setdefault(kind, []).append(rule)

    # --- what happens -------------------------------------------------------------------------------------------

    def listen(self, cause: msgspec.Struct) -> None:
        """Tell the rules that hear of it about an event, or about what was decided on one."""
        if self._rules is not self.desk.rules:
            # Limits were changed while running.
            self._find()
        for rule in self.ears.get(type(cause), ()):
            self._obey(rule, cause)

    def _obey(self, rule: Rule, cause: msgspec.Struct) -> None:
        hear = rule.hear
        if hear is None:
            return
        failed = Hold(scope="all", reason=f"the rule {rule.kind} failed to answer")
        found: Iterable[Act] = safely(lambda: tuple(hear(rule.params, self.desk.book, cause)), (failed,))
        for act in found:
            if isinstance(act, Hold):
                self._hold(rule.kind, act)
            elif isinstance(act, Leave):
                self.desk.leave(act.deployment, act.instrument, act.qty, act.reason)
            elif isinstance(act, Send):
                self._send(act.draft)
            else:
                self.desk.emit(act)

    def _send(self, draft: Draft) -> None:
        code = self.desk.send(draft)
        name, symbol = draft.deployment, draft.instrument
        self.desk.emit(fx.Decision(deployment=name, instrument=symbol, signal=draft.reason, code=code))

    def _hold(self, rule: str, hold: Hold) -> None:
        desk = self.desk
        if hold.release == "manual":
            self._pull(rule, hold, NO_RISK)
            return
        if f"{rule}/{hold.scope}" in desk.book.truth.latches:
            return
        desk.emit(fx.Latch(kind=rule, scope=hold.scope, is_on=True, release=hold.release, reason=hold.reason))
        name = hold.scope.partition(":")[2] or "everything"
        desk.emit(fx.Alert(level="critical", key=f"{rule}/{name}", text=f"{name} stopped: {hold.reason}"))
        desk.cancel_scope(hold.scope, Code.LATCHED)

    def _pull(self, rule: str, hold: Hold, tier: int) -> None:
        """Pull the kill ladder in a rule's name, unless it already has, as far as this."""
        truth, scope = self.desk.book.truth, hold.scope
        # A limit whose first stage opens with a session must not open what its last one has closed.
        kind = rule if tier == NO_RISK else "kill"
        now = truth.kills.get(scope)
        if now is None or now.tier < tier or f"{kind}/{scope}" not in truth.latches:
            who, key = f"the limit {rule}", f"{rule}/{scope}"
            kill.pull(self.desk, Pull(scope=scope, tier=tier, actor=who, reason=hold.reason, id=key, kind=kind))

    # --- equity -------------------------------------------------------------------------------------------------

    def watch(self, account: str) -> None:
        """Ask the rules that watch equity.

        One that objects closes the account's gate and pulls its entries; its last stage pulls the kill ladder.
        """
        book = self.desk.book
        state = book.truth.accounts[account]
        terms = (state.session_equity, state.session_flows, state.peak, state.week.equity, state.week.flows,
                 state.month.equity, state.month.flows)  # fmt: skip
        known = self.desk.safe.get(account)
        # A rule that watches passes at any higher equity when it passes at a lower one, all else being equal; so most
        # events need no question at all.
        if known is not None and known[1] == terms and state.equity >= known[0]:
            return
        facts, scene = account_facts(book, account), Scene(book, account, self.desk.ts)
        is_safe = True
        for rule in self.desk.watching:
            is_safe = self._is_passed(rule, facts, scene) and is_safe
        if is_safe:
            self.desk.safe[account] = (state.equity, terms)
        else:
            # A warning is taken back at an equity that was safe before it was given.
            self.desk.safe.pop(account, None)

    def watch_deployments(self) -> None:
        """Close the gate of each deployment that has reached a limit of its own; the others go on."""
        book = self.desk.book
        for name in book.bounded:
            spec, conduct, result = book.spec.deployments[name], book.truth.conduct[name], book.stakes.result(name)
            lost, fallen, scope = conduct.opened - result, conduct.best - result, f"deployment:{name}"
            if spec.max_loss and lost >= spec.max_loss:
                reason = f"it lost {lost:f} in this session, its limit is {spec.max_loss:f}"
                self._hold("own_loss", Hold(scope=scope, reason=reason, release="session"))
            if spec.max_drawdown and fallen >= spec.max_drawdown * (spec.capital + conduct.best) > 0:
                reason = f"it fell by {fallen:f} from its highest equity {spec.capital + conduct.best:f}"
                self._hold("own_drawdown", Hold(scope=scope, reason=reason))

    def _is_passed(self, rule: Rule, facts: Facts, scene: Scene) -> bool:
        """Ask one rule and do what its stage says; True when it has nothing to say at all."""
        scope, truth = f"account:{scene.account}", self.desk.book.truth
        is_warned = f"{rule.kind}:warn/{scope}" in truth.stages
        stage = self._stage(rule, facts, scene, risk.AS_IT_IS)
        if stage >= risk.WARN and not is_warned and rule.warns:
            self._warn(rule, scope, facts)
        elif stage == risk.NOTHING and is_warned and self._stage(rule, facts, scene, risk.EASED) == risk.NOTHING:
            self.desk.emit(fx.Latch(kind=rule.kind, scope=scope, is_on=False, level="warn"))
        if stage >= risk.HOLD:
            reason = f"{rule.text}: equity {as_money(facts.equity)}, at session open {as_money(facts.session_equity)}"
            hold = Hold(scope=scope, reason=reason, release=rule.release)
            if stage == risk.FLATTEN:
                self._pull(rule.kind, hold, FLATTEN)
            else:
                self._hold(rule.kind, hold)
        return stage == risk.NOTHING and not is_warned

    def _stage(self, rule: Rule, facts: Facts, scene: Scene, ease: tuple[int, int]) -> int:
        stages = rule.stages
        if stages is None:
            return risk.HOLD if ask(rule, facts, scene) else risk.NOTHING
        return safely(lambda: stages(rule.params, seen(rule, facts, scene), ease), risk.HOLD)

    def _warn(self, rule: Rule, scope: str, facts: Facts) -> None:
        self.desk.emit(fx.Latch(kind=rule.kind, scope=scope, is_on=True, level="warn", reason=rule.text))
        name = scope.partition(":")[2]
        text = (
            f"{name} comes near a limit ({rule.text}): "
            f"equity {as_money(facts.equity)}, at session open {as_money(facts.session_equity)}"
        )
        self.desk.emit(fx.Alert(level="warning", key=f"{rule.kind}:warn/{name}", text=text))
