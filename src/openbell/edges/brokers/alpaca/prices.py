"""The price stream of one connection: keys, subscriptions, bars, silence and quotes. Pure."""

from typing import Any

from openbell.core import events as ev
from openbell.edges.brokers.alpaca import codec
from openbell.edges.brokers.failures import AuthFailed, Transient
from openbell.edges.brokers.watch import Watch
from openbell.edges.brokers.words import data

REFUSED = (402, 408, 409)
"""Mistakes that no other try heals: keys, rights, what is paid for."""
_AGAIN = 403


class Prices:
    """What is said and heard on a price stream.

    Attributes:
        said: Frames to send. is_confirmed: Every subscription is. failure: Why nothing more can be heard, else None.
        watch: What is heard.
    """

    def __init__(
        self, name: str, keys: tuple[str, str], streams: tuple[tuple[str, int], ...], quotes: tuple[str, ...] = ()
    ) -> None:
        """Begin without a word: the venue speaks first.

        Args:
            name: Of our account.
            keys: Its key and secret.
            streams: (symbol, longest silence in ns) of each instrument whose bars are wanted.
            quotes: Instruments whose bid and offer are wanted.
        """
        self.said: list[Any] = []
        self.is_confirmed = not streams
        self.failure: AuthFailed | None = None
        self._name = name
        self._keys = keys
        self._streams = streams
        self._quotes = quotes
        self.watch = Watch()

    def begin(self, now: int) -> None:
        """Expect bars from now (ns) on."""
        for symbol, max_age in self._streams:
            self.watch.begin(symbol, max_age, now)

    def hear(self, item: dict[str, Any], now: int, *, is_simulated: bool) -> list[ev.Event]:
        """Take one message and return what it means; `is_simulated` as in `codec.prices`.

        Raises:
            Transient: The stream is of no use for now.
            OutcomeUnknown: A field is missing, or is not what it should be.
        """
        kind, symbols = item.get("T"), [symbol for symbol, _ in self._streams]
        if kind == "success" and item.get("msg") == "connected":
            self.said.append({"action": "auth", "key": self._keys[0], "secret": self._keys[1]})
        elif kind == "success":
            wanted = {"bars": symbols, "statuses": symbols} | ({"quotes": list(self._quotes)} if self._quotes else {})
            self.said.append({"action": "subscribe", **wanted})
        elif kind == "subscription":
            has_quotes = set(self._quotes) <= set(item.get("quotes") or [])
            self.is_confirmed = has_quotes and set(symbols) <= set(item.get("bars") or [])
        elif kind == "error":
            self._fail(item)
        found = codec.prices(item, now, is_simulated=is_simulated)
        for event in found:
            if isinstance(event, ev.Bar) and self.watch.hear(event.instrument, now):
                return [data(self._name, event.instrument, "its bars are heard again", is_up=True), *found]
        return found

    def _fail(self, item: dict[str, Any]) -> None:
        code, said = item.get("code"), f"the price stream: {item.get('code')} {item.get('msg')}"
        if code in REFUSED:
            self.failure = AuthFailed(said)
        elif code != _AGAIN:
            raise Transient(said)

    def tick(self, now: int) -> list[ev.Event]:
        """Ask once more for what is silent, and tell what stays so."""
        again, stale = self.watch.silent(now)
        if again:
            self.said.append({"action": "subscribe", "bars": again})
        return [data(self._name, symbol, "no bars although subscribed to twice", is_up=False) for symbol in stale]
