"""The market stream of one connection as a state machine.

What it wants to say, and what it hears. Pure.
"""

from openbell.core import events as ev
from openbell.edges.brokers.binance import codec
from openbell.edges.brokers.binance.tables import ENDED_STREAM
from openbell.edges.brokers.failures import Transient
from openbell.edges.brokers.fields import mapping
from openbell.edges.brokers.request import Body
from openbell.edges.brokers.watch import Watch
from openbell.edges.brokers.words import data

_ID = 1


class Prices:
    """The minutes and quotes of some symbols.

    Attributes:
        said: Frames to send. is_confirmed: The venue has taken the subscription. watch: What is heard.
    """

    def __init__(self, name: str, streams: tuple[tuple[str, int], ...], quotes: tuple[str, ...] = ()) -> None:
        """Want the minutes of (symbol, longest silence in ns), and some quotes, for the account that we call so."""
        self.said: list[Body] = []
        self.is_confirmed = False
        self._name = name
        self._streams = streams
        self.watch = Watch()
        self._say([symbol for symbol, _ in streams], quotes)

    def _say(self, symbols: list[str], quotes: tuple[str, ...] = ()) -> None:
        names = [f"{symbol.lower()}@kline_1m" for symbol in symbols]
        names += [f"{symbol.lower()}@bookTicker" for symbol in quotes]
        if names:
            self.said.append({"method": "SUBSCRIBE", "params": names, "id": _ID})

    def begin(self, now: int) -> None:
        """Watch for silence from now (ns) on."""
        for symbol, age in self._streams:
            self.watch.begin(symbol, age, now)

    def hear(self, frame: Body, now: int) -> list[ev.Event]:
        """Take a frame and return what it means.

        Raises:
            Transient: The stream is of no use for now.
            OutcomeUnknown: A field is missing, or is not what it should be.
        """
        event = mapping(frame["data"]) if "stream" in frame else frame
        if event.get("e") in ENDED_STREAM:
            raise Transient(f"the market stream: {event['e']}")
        if "code" in event or "error" in event:
            raise Transient(f"the market stream: {event}")
        if event.get("id") == _ID and "result" in event:
            self.is_confirmed = True
            return []
        if "u" in event and "e" not in event:
            return [codec.quote(event, now)]
        if event.get("e") != "kline":
            return []
        found = codec.bar(event)
        symbol = str(mapping(event["k"]).get("s"))
        # An open minute is news, too: whoever tells how it grows is alive.
        was_silent = self.watch.hear(symbol, now)
        told: list[ev.Event] = [] if found is None else [found]
        if was_silent:
            told.insert(0, data(self._name, symbol, "its minutes are heard again", is_up=True))
        return told

    def tick(self, now: int) -> list[ev.Event]:
        """Ask once more for what is silent, and tell what stays so."""
        again, stale = self.watch.silent(now)
        self._say(again)
        return [data(self._name, symbol, "no minutes although subscribed to twice", is_up=False) for symbol in stale]
