"""Rules about what other programs send and are sent."""

from collections.abc import Iterator

from openbell.config.happenings import ASKED_FOR
from openbell.config.linter.rule import Finding, Rule, Scene


def _unsigned(scene: Scene) -> Iterator[Finding]:
    alerts = scene.config.alerts
    for i, channel in enumerate(alerts.channels):
        if (
            channel.kind == "webhook"
            and channel.takes(ASKED_FOR, "info")
            and not getattr(channel.options, "secret", "")
        ):
            name = list(alerts.named)[i]
            yield Finding(loc=(*alerts.place, i, "kinds"), what=f"{name} gets every execution, and nothing signs them")


def _unbounded(scene: Scene) -> Iterator[Finding]:
    signals = scene.config.signals
    for name in signals.sources if signals is not None and not scene.in_force("source_budget") else ():
        loc = ("signals", "sources", name)
        yield Finding(loc=loc, what=f"source_budget is off, and {name} may enter as often as it likes", is_key=True)


RULES = (
    Rule(
        id="L606",
        title="A webhook gets executions unsigned",
        why="Whoever knows its address can tell the program behind it of executions that never were.",
        hint='add secret: "${BOOKS_SECRET}", and let the program check X-OpenBell-Signature',
        wrong='{url: "${BOOKS_URL}", kinds: {fill: info}}',
        right='{url: "${BOOKS_URL}", secret: "${BOOKS_SECRET}", kinds: {fill: info}}',
        check=_unsigned,
    ),
    Rule(
        id="L607",
        title="Nothing bounds what a source of signals may cause",
        why="A program that runs wild, or somebody who has its secret, trades as much as all limits together allow; "
        "and `openbell why` does not tell of a signal that came too late.",
        hint="switch source_budget on",
        wrong="signals, with {source_budget: off} or preset: none",
        right="source_budget: {entries: 10, worth: 10%}",
        check=_unbounded,
    ),
)
