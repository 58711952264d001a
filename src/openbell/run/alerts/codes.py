"""One-time codes that stop: signed, numbered, printed once, good for one state.

A code is fifteen digits, so that it can be written into a mail, a text message or a telephone. The first three are its
number, the others a signature over number and state by a key that is made with the codes: one guess in 10^12 is right.
Whoever has the codes can stop this run, and nothing else.
"""

import hmac
import secrets
from collections.abc import Sequence

import msgspec

from openbell.core.types import DAY_NS
from openbell.edges.alerts.outbox import Outbox

LASTS_NS = 180 * DAY_NS
"""How long codes are good."""
MOST_CODES = 50
"""Codes of one state."""
_KEPT = "codes"
_SIGNED = 10**12
DIGITS = 15


class Sheet(msgspec.Struct, kw_only=True):
    """The codes of a state.

    Attributes:
        key: What signs them, as hexadecimal text. count: How many there are. until: How long they are good, UTC ns.
        used: Numbers of those that have stopped something.
    """

    key: str
    count: int
    until: int
    used: list[int] = []


def issue(outbox: Outbox, count: int, now: int) -> list[str]:
    """Make codes, `MOST_CODES` at most, and return them; those made before are good no longer."""
    sheet = Sheet(key=secrets.token_hex(32), count=min(count, MOST_CODES), until=now + LASTS_NS)
    _keep(outbox, sheet)
    return [_code(sheet, outbox.state, number) for number in range(sheet.count)]


def left(outbox: Outbox, now: int) -> int:
    """Return how many codes are still good at an instant (UTC ns)."""
    sheet = _sheet(outbox)
    return 0 if sheet is None or now >= sheet.until else sheet.count - len(sheet.used)


def fault(outbox: Outbox, code: str, now: int) -> str:
    """Return why a code is not good at an instant (UTC ns), empty where it is."""
    sheet = _sheet(outbox)
    if sheet is None:
        return "this run has no codes"
    number = int(code[:3]) if len(code) == DIGITS and code.isascii() and code.isdigit() else sheet.count
    known = _code(sheet, outbox.state, number) if number < sheet.count else "-" * DIGITS
    if not hmac.compare_digest(known, code if code.isascii() else ""):
        return "the code is wrong"
    if number in sheet.used:
        return "the code was used before"
    return "the code is too old" if now >= sheet.until else ""


def use(outbox: Outbox, code: str) -> None:
    """Write down that a good code has been used."""
    sheet = _sheet(outbox)
    if sheet is not None:
        sheet.used.append(int(code[:3]))
        _keep(outbox, sheet)


def shown(codes: Sequence[str]) -> list[str]:
    """Return codes as they are read aloud: in groups of three. Pure."""
    return [" ".join(code[at : at + 3] for at in range(0, DIGITS, 3)) for code in codes]


def _code(sheet: Sheet, state: str, number: int) -> str:
    signed = hmac.digest(bytes.fromhex(sheet.key), f"stop/{state}/{number}".encode(), "sha256")
    return f"{number:03}{int.from_bytes(signed[:8], 'big') % _SIGNED:012}"


def _sheet(outbox: Outbox) -> Sheet | None:
    found = outbox.kept(_KEPT)
    return None if found is None else msgspec.json.decode(found, type=Sheet)


def _keep(outbox: Outbox, sheet: Sheet) -> None:
    with outbox.change():
        outbox.keep(_KEPT, msgspec.json.encode(sheet))
