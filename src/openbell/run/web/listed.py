"""Whether a broker lists what somebody wants to deploy, before anything is started."""

from collections.abc import Callable
from pathlib import Path

import msgspec

from openbell.edges.brokers.enquiry import Access
from openbell.run.assemble import Prepared
from openbell.run.listings import Known, NotListed, ask, kept, traded

SYMBOLS, ACCOUNT, KIND = "deployments[0].instruments", "accounts.main", "instruments"
"""Where what is wrong stands in the configuration of a wish."""
Unlike = tuple[str, str, bool]
"""Place in the configuration, what is wrong there in words, and whether that is only worth a second look."""


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """Compares a run with what its broker lists.

    Attributes:
        home: Folder of all state. access: What a question needs besides.
        asks: False to go by what was said last: a question is put with the account's own key.
    """

    home: Path
    access: Access
    asks: bool

    def __call__(self, prepared: Prepared, again: Callable[[Known], Prepared]) -> list[Unlike]:
        """Return what is wrong with the symbols of a run, none where its broker lists none at all.

        Args:
            prepared: The run by its configuration alone.
            again: Makes it anew by what brokers list.
        """
        symbols = traded(prepared.spec, prepared.wires)
        try:
            known = (ask(prepared.wires, symbols, self.home, self.access) if self.asks
                     else kept(prepared.wires, symbols, self.home))  # fmt: skip
        except NotListed as failure:
            # The same stops a start; here it stands beside the field that it is about.
            return [(SYMBOLS if failure.symbols else ACCOUNT, failure.why, False)]
        found: list[Unlike] = []
        for name, wire in prepared.wires.items():
            there = known[name].symbols if name in known else {}
            lacking = [symbol for symbol in symbols[name] if symbol not in there]
            if lacking and hasattr(wire.broker, "listed"):
                found.append((SYMBOLS, f"nobody has asked yet whether the broker lists {', '.join(lacking)}", True))
            halted = [f"{symbol} does not trade now: {one.halted}" for symbol, one in there.items() if one.halted]
            found += [(SYMBOLS, text, True) for text in halted]
        try:
            again(known)
        except ValueError as error:
            found += [(KIND, line, False) for line in str(error).splitlines()]
        return found
