"""What a state holds, as plain facts that stay the same over versions of the code.

The truth gains fields with time, so that its own hash differs between versions that agree on everything that matters;
backups and the journals of old versions are compared by these.
"""

import json
from hashlib import sha256
from typing import Any

from openbell.core.book import Book


def facts(book: Book) -> dict[str, Any]:
    """Return orders, positions, accounts, latches and counters of a book; money is text."""
    truth = book.truth
    return {
        "instance": truth.instance,
        "counter": truth.counter,
        "orders_hash": truth.orders_hash.hex(),
        "orders": {
            oid: [str(order.status), _text(order.qty), _text(order.filled), _text(order.limit), _text(order.stop)]
            for oid, order in sorted(truth.orders.items())
        },
        "positions": {
            f"{one.deployment}/{one.instrument}": [_text(n) for n in (one.qty, one.cost, one.realised, one.fees)]
            for one in book.all_positions()
            if one.qty or one.realised or one.fees
        },
        "accounts": {
            name: {
                "cash": {currency: _text(amount) for currency, amount in sorted(one.cash.items())},
                "equity": _text(one.equity),
                "peak": _text(one.peak),
            }
            for name, one in sorted(truth.accounts.items())
        },
        "latches": sorted(truth.latches),
        "bars": truth.counts.bars,
        "source": truth.counts.source,
        "fills": truth.counts.fills,
    }


def facts_hash(book: Book) -> str:
    """Return the SHA-256 of the facts of a book, in hex."""
    return sha256(json.dumps(facts(book), sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _text(number: Any) -> str:
    return "" if number is None else format(number.normalize(), "f")
