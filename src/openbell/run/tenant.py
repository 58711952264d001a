"""Whose account a front keeps.

Its key and secret, its name, and the coins and currencies that it opens with.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from hashlib import sha256

from openbell.schema import format_amount, parse_amount

USUAL_KEY, USUAL_SECRET = "PKTEST", "secret"
"""What stands in every example; who wants others names them."""
_NAME = re.compile("[A-Za-z0-9_-]{1,128}")
_SECRET = re.compile("[!-~]{1,256}")
_GLUED = re.compile("^([-+]?[0-9][0-9_.]*)([A-Z])")
_MOST_NAME = 40
_MOST_UID = 2**53 - 1
"""Beyond this a client that reads JSON as floats reads another number."""
_UID_BYTES = 4


def check_names(key: str, secret: str, account: str) -> None:
    """Check what an account is called and opened with; an empty `account` is the usual one.

    Raises:
        ValueError: One of them cannot be sent in a header, or is too long. The secret is never repeated.
    """
    if not _NAME.fullmatch(key):
        raise ValueError(f"--key {key!r}: a key has 1 to 128 letters, digits, _ or -; write --key PKMINE")
    if not _SECRET.fullmatch(secret):
        raise ValueError("--secret: a secret has 1 to 256 printable signs without a space; put it in quotes")
    if account and (not _NAME.fullmatch(account) or len(account) > _MOST_NAME):
        raise ValueError(
            f"--account {account!r}: a name has 1 to {_MOST_NAME} letters, digits, _ or -; write --account PA2026"
        )


def parse_cash(text: str) -> dict[str, Decimal]:
    """Return what an account opens with, from text such as `9000USDT,1BTC`: units by coin.

    Raises:
        ValueError: A part of it is no amount, is below zero, or names a coin that was named before.
    """
    found: dict[str, Decimal] = {}
    for part in text.split(","):
        # Everywhere else money has a space before its currency; between commas people leave it out.
        one = parse_amount(_GLUED.sub(r"\1 \2", part.strip()))
        if one.value < 0:
            raise ValueError(f"--cash {format_amount(one)}: an account opens with nothing below zero; write 0 or more")
        if one.currency in found:
            raise ValueError(f"--cash names {one.currency} twice; write each coin once, as in 9000USDT,1BTC")
        found[one.currency] = one.value
    return found


def parse_dollars(text: str) -> Decimal:
    """Return what an account that is kept in USD opens with.

    Raises:
        ValueError: It is no amount, or one of something else.
    """
    found = parse_cash(text)
    if list(found) != ["USD"]:
        raise ValueError(f"{text}: this venue keeps accounts in USD; write --cash 100000USD")
    return found["USD"]


def shown_cash(coins: Mapping[str, Decimal]) -> str:
    """Return what an account opens with as people write it."""
    return ", ".join(f"{units:f} {coin}" for coin, units in coins.items())


def uid_of(account: str, usual: int) -> int:
    """Return the number of an account whose vendor knows no names.

    It is the name itself where that is a number. Any other name has a number of its own, the same each time; an
    empty one has `usual`.

    Raises:
        ValueError: The number is 0 or too large for the vendor's field.
    """
    if not account:
        return usual
    if not account.isdecimal():
        return int.from_bytes(sha256(account.encode()).digest()[:_UID_BYTES], "big") or usual
    if not 0 < int(account) <= _MOST_UID:
        raise ValueError(f"--account {account}: a number of an account lies between 1 and {_MOST_UID}")
    return int(account)
