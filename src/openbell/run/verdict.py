"""What the gate of a run would say of an order, and how large one may be; nothing is sent.

The book is the run's own as its journal tells it, and the rules are bound as its engine binds them, with the limits in
force. It works on a run that lives and on one that has ended.
"""

import os
from decimal import Decimal
from pathlib import Path

from openbell.core.book import Book
from openbell.core.codes import label
from openbell.core.exposure import Draft
from openbell.core.risk import Denied, review
from openbell.core.sizing import full_qty
from openbell.core.spec import SizeSpec
from openbell.core.types import ZERO, Instrument, Rounding, Side, div
from openbell.run import assemble
from openbell.run import state as states
from openbell.run.money import in_money
from openbell.run.orders import OrderRequest
from openbell.run.reading import Read, read_book
from openbell.run.replay import bind

_HUNDRED = Decimal(100)


class RiskManager:
    """Sizes positions and judges orders by the limits of a run.

    Attributes:
        state: Directory of the run. deployment: Whose money and limits are meant.
    """

    def __init__(self, state: str | Path, deployment: str = "") -> None:
        """Look at a run; `deployment` is needed where it has several.

        Raises:
            NoState: There is no state. ValueError: It has several deployments and none, or another one, is named.
        """
        self.state = states.existing(Path(state))
        read = read_book(states.journal(self.state))
        names = list(read.book.spec.deployments)
        if deployment not in (names if len(names) > 1 else ["", *names]):
            raise ValueError(f"{self.state} has the deployments {', '.join(names)}; name one of them")
        self.deployment = deployment or names[0]
        folder = Path(states.read_origin(self.state).folder or ".")
        self._bound = bind(read.genesis, folder, os.environ)

    def calculate_position_size(
        self, symbol: str, stop_loss: float, risk_percent: float | Decimal = 1, entry_price: float | None = None
    ) -> Decimal:
        """Return the units that lose `risk_percent` of the equity between entry and stop.

        Args:
            symbol: Instrument.
            stop_loss: Price of the stop, quote currency.
            risk_percent: Percent of the equity that may be lost, before fees.
            entry_price: Price of the entry, quote currency; None for the latest.

        Returns:
            Whole lots, rounded down; 0 where entry and stop are one price.

        Raises:
            ValueError: The symbol is not traded, or has no price yet.
        """
        with in_money():
            book = self._read().book
            instrument = self._instrument(book, symbol)
            mark = book.mark_px(symbol) if entry_price is None else Decimal(str(entry_price))
            if mark is None:
                raise ValueError(f"{symbol} has no price yet; give entry_price")
            account = book.truth.accounts[book.spec.deployments[self.deployment].account]
            equity, rate = book.deployment_equity(self.deployment), book.rate(account, symbol)
            if rate != 1:
                equity = div(equity, rate, instrument.quantum, Rounding.FLOOR) if rate else ZERO
            costs = book.spec.deployments[self.deployment].size.costs
            size = SizeSpec(kind="risk", value=Decimal(str(risk_percent)) / _HUNDRED, costs=costs)
            return full_qty(size, equity, instrument, mark, abs(mark - Decimal(str(stop_loss))))

    def check_order(self, order: OrderRequest) -> tuple[bool, str]:
        """Return whether the gate would let an order pass now, and every reason why it would not.

        Raises:
            ValueError: The symbol is not traded.
        """
        with in_money():
            read = self._read()
            instrument = self._instrument(read.book, order.symbol)
            strategies, rules = self._bound
            engine = assemble.engine_of(read.book.spec, strategies, rules, read.book)
            verdict = review(
                read.book, engine.desk.rules, self._draft(read.book, order, instrument), read.book.truth.ts
            )
        if isinstance(verdict, Denied):
            return False, ", ".join(label(code) for code in verdict.codes)
        return True, ""

    def _read(self) -> Read:
        return read_book(states.journal(self.state))

    def _instrument(self, book: Book, symbol: str) -> Instrument:
        known = book.spec.deployments[self.deployment].instruments
        if symbol not in known:
            raise ValueError(f"{symbol} is not traded; {self.deployment} trades {', '.join(known)}")
        return book.instrument(symbol)

    def _draft(self, book: Book, order: OrderRequest, instrument: Instrument) -> Draft:
        limit, stop, loss = (
            None if px is None else instrument.price(px, Rounding.HALF_EVEN)
            for px in (order.limit_price, order.stop_price, order.stop_loss)
        )
        held = book.position(self.deployment, order.symbol).qty
        qty = Decimal(order.quantity)
        entry = limit or stop or book.mark_px(order.symbol)
        return Draft(
            account=book.spec.deployments[self.deployment].account, deployment=self.deployment, instrument=order.symbol,
            side=order.side, qty=qty, type=order.order_type, tif=order.tif, limit=limit, stop=stop,
            reduce_only=(held > 0) is (order.side is Side.SELL) and ZERO < qty <= abs(held),
            risk=abs(entry - loss) if entry is not None and loss is not None else ZERO,
        )  # fmt: skip
