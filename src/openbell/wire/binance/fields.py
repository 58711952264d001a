"""The parameters of a request: each is read once, and what nobody has read is refused."""

import re
from collections.abc import Mapping
from decimal import Decimal

from openbell.core.types import ZERO
from openbell.wire.binance.refusal import Refused, illegal, missing

CLIENT_ID = "^[a-zA-Z0-9-_]{1,36}$"
_NUMBER = "^([0-9]{1,20})(\\.[0-9]{1,20})?$"
_WHOLE = "^[0-9]{1,20}$"
_PLACES = 8
UNREAD = ("timestamp", "recvWindow", "signature", "apiKey")
"""Parameters of every signed request; one that needs no signature does not read them."""


class Fields:
    """Parameters by name, all as text."""

    def __init__(self, given: Mapping[str, str], *, is_signed: bool = True) -> None:
        """Read these; of a request that `is_signed` what belongs to that is read already."""
        self._given = {name: value for name, value in given.items() if value != ""}
        self._read = set(UNREAD) if is_signed else set()

    def renamed(self, names: Mapping[str, str], more: Mapping[str, str]) -> "Fields":
        """Return the same parameters under other names, and some more; none of them is read yet."""
        return Fields({names.get(name, name): value for name, value in self._given.items()} | dict(more))

    def has(self, name: str) -> bool:
        """Return True where a parameter was sent."""
        self._read.add(name)
        return name in self._given

    def maybe(self, name: str) -> str:
        """Return a parameter, empty where it was not sent."""
        self._read.add(name)
        return self._given.get(name, "")

    def text(self, name: str) -> str:
        """Return a parameter.

        Raises:
            Refused: It was not sent.
        """
        found = self.maybe(name)
        if not found:
            raise missing(name)
        return found

    def word(self, name: str, known: tuple[str, ...], code: int) -> str:
        """Return a parameter that is one of a few words.

        Raises:
            Refused: It was not sent, or is another one; `code` is the vendor's for that.
        """
        found = self.text(name)
        if found not in known:
            raise Refused(code, f"Invalid {_SHOWN.get(name, name)}.")
        return found

    def number(self, name: str) -> Decimal | None:
        """Return a decimal above zero, None where it was not sent.

        Raises:
            Refused: It is none, or too fine.
        """
        found = self.maybe(name)
        if not found:
            return None
        if not re.fullmatch(_NUMBER, found):
            raise illegal(name, _NUMBER)
        made = Decimal(found)
        if len(found.partition(".")[2].rstrip("0")) > _PLACES:
            raise Refused(-1111, f"Parameter '{name}' has too much precision.")
        if made <= ZERO:
            raise Refused(-1100 if name != "quantity" else -1013, f"Invalid {name}.")
        return made

    def need(self, name: str) -> Decimal:
        """Return a decimal above zero.

        Raises:
            Refused: It was not sent, is none, or too fine.
        """
        found = self.number(name)
        if found is None:
            raise missing(name)
        return found

    def whole(self, name: str) -> int | None:
        """Return a whole number, None where it was not sent.

        Raises:
            Refused: It is none.
        """
        found = self.maybe(name)
        if not found:
            return None
        if not re.fullmatch(_WHOLE, found):
            raise illegal(name, _WHOLE)
        return int(found)

    def client_id(self, name: str) -> str:
        """Return a client's id for something, empty where none was sent.

        Raises:
            Refused: It has other signs, or too many.
        """
        found = self.maybe(name)
        if found and not re.fullmatch(CLIENT_ID, found):
            raise illegal(name, CLIENT_ID)
        return found

    def end(self) -> None:
        """Check that nothing was sent that nobody has read.

        Raises:
            Refused: Something was.
        """
        others = set(self._given) - self._read
        if others:
            read = len(self._given) - len(others)
            text = f"Not all sent parameters were read; read '{read}' parameter(s) but was sent '{len(self._given)}'."
            raise Refused(-1104, text)


_SHOWN = {"type": "orderType", "workingType": "orderType", "pendingType": "orderType"}
