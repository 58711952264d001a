"""How situations of the list that every broker passes are played, and told in short."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.edges.brokers.failures import Failure
from openbell.edges.brokers.mail import Asked


def in_short(event: ev.Event) -> str:
    """Return an order's happening, what became of a link or a state, or the event's name."""
    if isinstance(event, ev.OrderUpdate):
        return event.happening
    if isinstance(event, ev.Link):
        channel = "link" if event.channel == "orders" else event.channel
        return f"{channel} {'up' if event.is_up else 'down'}"
    if isinstance(event, ev.BrokerState):
        return "state failed" if event.failed else "state"
    return type(event).__name__.lower()


class Script(NamedTuple):
    """A vendor's own answers and frames.

    Attributes:
        effects: What is asked for, by its word. refusals: Status and body, by situation.
        taken: The answer of an order that is taken. alien: Fields of an account that is another one.
        learn: Makes the order known. idle: Tells a frame that means nothing. fill: Tells an execution.
        tell: Answers what is asked about an order or an account.
    """

    effects: Mapping[str, fx.Effect]
    refusals: Mapping[str, tuple[int, Any]]
    taken: Any
    alien: Mapping[str, Any]
    learn: Callable[[Any], None]
    idle: Callable[[Any], Any]
    fill: Callable[[Any], list[ev.Event]]
    tell: Callable[["RestBench", str, Asked], None]


class RestBench:
    """The bench of a vendor of REST and streams."""

    def __init__(self, talk: Any, script: Script) -> None:
        self.talk = talk
        self.told: list[str] = []
        self._script = script

    def hear(self, events: list[ev.Event]) -> None:
        """Note what was told, in short."""
        self.told += [in_short(event) for event in events]

    def play(self, situation: str, request: str) -> tuple[str, ...]:
        """Send a request into a situation and return what was told."""
        talk = self.talk
        if request in ("hello", "nothing") or situation == "before the hello":
            self._opening(situation)
        else:
            talk.open()
            if request in ("cancel", "amend", "state"):
                self._script.learn(talk)
            self.hear(talk.session.take(self._script.effects[request], talk.now))
            try:
                self._answer(situation, talk.asked()[0])
            except Failure as failure:
                self.hear(talk.session.end(str(failure), talk.now))
        if talk.session.failure is not None:
            self.told.append("given up")
        return tuple(self.told)

    def _opening(self, situation: str) -> None:
        talk, script = self.talk, self._script
        if situation == "before the hello":
            self.hear(talk.session.take(script.effects["submit"], talk.now))
        elif situation == "another mode":
            self.hear(talk.greet(**script.alien))
        elif situation == "clock off":
            talk.offset = 10**9
            self.hear(talk.open())
        elif situation == "mute data":
            talk.open()
            for _ in range(122):
                script.idle(talk)
                self.hear(talk.tick(1))
        else:
            talk.greet()
            try:
                for _ in range(11):
                    script.idle(talk)
                    talk.tick(1)
            except Failure:
                self.told.append("line dead")

    def _answer(self, situation: str, asked: Asked) -> None:
        talk, script = self.talk, self._script
        if situation in script.refusals:
            self.hear(talk.reply(asked, *script.refusals[situation]))
        elif situation in ("taken", "taken twice"):
            for _ in range(1 + (situation == "taken twice")):
                self.hear(talk.reply(asked, 200, script.taken))
        elif situation in ("silence", "late"):
            self.hear(talk.tick(5.5))
            if situation == "late":
                self.hear(talk.reply(asked, 200, script.taken))
        elif situation == "line gone":
            self.hear(talk.session.end("cut", talk.now))
        elif situation == "web page":
            self.hear(talk.session.answered(asked.id, 200, {}, b"<html></html>", talk.now))
        elif situation.startswith("filled"):
            self.hear(script.fill(talk))
            if situation == "filled before taken":
                self.hear(talk.reply(asked, 200, script.taken))
        else:
            script.tell(self, situation, asked)

    def told_in_parts(self, asked: Asked, answers: list[Any]) -> None:
        """Answer one part of a whole account after the other, as long as there is a question."""
        for number, body in enumerate(answers):
            one = asked if number == 0 else next(iter(self.talk.asked()), None)
            if one is not None:
                self.hear(self.talk.reply(one, 200, body))
