"""Rules about alerts that reach nobody, and alerts that can never be sent."""

from collections.abc import Iterator
from decimal import Decimal

from openbell.config.happenings import HAPPENINGS, KINDS, LEVELS
from openbell.config.linter.rule import Finding, Rule, Scene
from openbell.schema import format_fraction

_SERIOUS = ("risk", "error")
"""Kinds of which somebody should hear when they are critical."""
_AHEAD = {
    "exposure": (("gross_exposure", "limit"),),
    "concentration": (("concentration", "instrument"), ("gross_exposure", "limit")),
    "position": (("max_position", "limit"), ("concentration", "instrument"), ("gross_exposure", "limit")),
    "weekly_loss": (("weekly_loss", "limit"),),
}
"""Options of `watch`, and the limits that keep their figure from ever getting there."""


def _same_address(scene: Scene) -> Iterator[Finding]:
    urls = [getattr(channel.options, "url", None) for channel in scene.config.alerts.channels]
    for i, url in enumerate(urls):
        if url is not None and url in urls[:i]:
            what = f"the address is that of channel {list(scene.config.alerts.named)[urls.index(url)]}"
            yield Finding(loc=(*scene.config.alerts.place, i, "url"), what=what)


def _silent(scene: Scene) -> Iterator[Finding]:
    for name in scene.config.accounts:
        if scene.config.mode_of(name) in ("paper", "live") and not scene.config.alerts.is_on:
            what = f"account {name} trades at a venue outside, and nobody is told when something happens"
            yield Finding(loc=("accounts", name), what=what, is_key=True)


def _deaf(scene: Scene) -> Iterator[Finding]:
    channels = scene.config.alerts.channels
    if channels and not any(channel.takes("risk", "warning") for channel in channels):
        for rule in scene.in_force("daily_loss"):
            if getattr(rule.options, "warn", None) is not None:
                what = f"daily_loss warns before its limit, and alerts begin with level {channels[0].least('risk')}"
                yield Finding(loc=(*scene.config.alerts.place, 0, "level"), what=what)


def _beyond(scene: Scene) -> Iterator[Finding]:
    for rule in scene.in_force("watch"):
        for option, limits in _AHEAD.items():
            share: object = getattr(rule.options, option, None)
            if not isinstance(share, Decimal):
                continue
            caps = [(kind, cap) for kind, key in limits for cap in _shares(scene, kind, key) if cap <= share]
            if caps:
                what = f"{option} {format_fraction(share)} is not below {caps[0][0]} {format_fraction(caps[0][1])}"
                place = option if option in rule.options.model_fields_set else "every"
                yield Finding(loc=scene.place(rule, place, ("rules",)), what=what)


def _shares(scene: Scene, kind: str, key: str) -> Iterator[Decimal]:
    for rule in scene.in_force(kind):
        share = getattr(rule.options, key, None)
        if isinstance(share, Decimal):
            yield share


def _nothing(scene: Scene) -> Iterator[Finding]:
    for i, channel in enumerate(scene.config.alerts.channels):
        if all(channel.least(kind) == "off" for kind in KINDS):
            name = list(scene.config.alerts.named)[i]
            yield Finding(loc=(*scene.config.alerts.place, i, "kinds"), what=f"every kind is off for channel {name}")


def _unheard(scene: Scene) -> Iterator[Finding]:
    alerts = scene.config.alerts
    for kind in _SERIOUS:
        if alerts.channels and not any(channel.takes(kind, "critical") for channel in alerts.channels):
            yield Finding(loc=(*alerts.place, 0, "kinds"), what=f"no channel takes what is critical of {kind}")


def _untold(scene: Scene) -> Iterator[Finding]:
    alerts = scene.config.alerts
    for name in alerts.templates:
        happening = HAPPENINGS[name]
        # What the engine says brings its own level; the others always have their usual one.
        rank = LEVELS.index(happening.level)
        levels = LEVELS[rank:] if "text" in happening.fields else (happening.level,)
        is_off = not alerts.events.get(name, True)
        if is_off or not any(c.takes(happening.kind, level) for c in alerts.channels for level in levels):
            why = "is switched off" if is_off else f"reaches no channel ({happening.kind}, {happening.level})"
            yield Finding(loc=("alerts", "templates", name), what=f"{name} has words of its own and {why}", is_key=True)


def _unescalated(scene: Scene) -> Iterator[Finding]:
    alerts = scene.config.alerts
    if alerts.escalate is not None and not alerts.enabled:
        yield Finding(loc=("alerts", "escalate"), what="alerts are switched off", is_key=True)


RULES = (
    Rule(
        id="L509",
        title="Two alerts go to the same address",
        why="Every message comes twice.",
        hint="delete one of the two",
        wrong="alerts: [{url: A}, {url: A}]",
        right="alerts: [{url: A}, {url: B}]",
        check=_same_address,
    ),
    Rule(
        id="L510",
        title="An account at a venue outside has no alerts",
        why="A limit that closes the gate, a lost line or a position that cannot be closed is told to nobody.",
        hint='add alerts: [{url: "${ALERT_URL}"}]',
        wrong="mode: paper, without alerts",
        right="mode: paper, with alerts",
        check=_silent,
    ),
    Rule(
        id="L511",
        title="A warning is asked for and below the level of every alert",
        why="The stage before the limit sends a warning, and no alert takes warnings.",
        hint="write level: warning in one of the alerts, or warn: off in the rule",
        wrong="alerts: [{url: A, level: error}], with daily_loss {warn: 1%}",
        right="alerts: [{url: A, level: warning}]",
        check=_deaf,
    ),
    Rule(
        id="L601",
        title="An alert of watch lies at or beyond a limit",
        why="The limit refuses the entry first, so the figure never gets there and the alert is never sent.",
        hint="lower it below the limit, or switch it off",
        wrong="watch {exposure: 8%}, with gross_exposure 6%",
        right="watch {exposure: 5%}",
        check=_beyond,
    ),
    Rule(
        id="L602",
        title="A channel takes no kind of message",
        why="Nothing is ever sent there.",
        hint="switch a kind on again, or delete the channel",
        wrong="kinds with off for each of the seven",
        right="kinds: {signal: off}",
        check=_nothing,
    ),
    Rule(
        id="L603",
        title="What is critical reaches no channel",
        why="A kill, a limit that closes the gate or a failure is written down and told to nobody.",
        hint="take risk and error in at least one channel",
        wrong="kinds: {risk: off} in the only channel",
        right="kinds: {order: off}",
        check=_unheard,
    ),
    Rule(
        id="L604",
        title="A template has words for what is never sent",
        why="It is switched off, or no channel takes its kind and level.",
        hint="take its kind in a channel, or delete the template",
        wrong="templates: {signal: …}, with level: warning",
        right="templates: {signal: …}, with kinds: {signal: info}",
        check=_untold,
    ),
    Rule(
        id="L605",
        title="Alerts that are switched off are to be escalated",
        why="Nothing is sent, so nothing waits to be acknowledged.",
        hint="write enabled: true, or delete escalate",
        wrong="enabled: false, with escalate",
        right="enabled: true, with escalate",
        check=_unescalated,
    ),
)
