"""Mails that came: sender and subject of what is new in a mailbox, by IMAP.

Nothing is changed or deleted there.
"""

import imaplib
import re
import ssl
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import getaddresses, mktime_tz, parsedate_tz
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from pydantic import Field, ValidationInfo, field_validator

from openbell.core.types import NS
from openbell.edges.alerts.letter import LEAST_WAIT_S, NotNow
from openbell.links import open_mail
from openbell.schema import PartConfig, Span, Text

MOST = 50
"""Mails looked at in one visit, the newest; who floods a mailbox hides nothing that comes later."""
_FIELDS = "(INTERNALDATE BODY.PEEK[HEADER.FIELDS (FROM SUBJECT AUTHENTICATION-RESULTS)])"


def encrypted(security: str, info: ValidationInfo) -> str:
    """Return how a mail server is talked to, as its options say behind `server`.

    Raises:
        ValueError: Not at all, and it is another machine's.
    """
    if (fault := open_mail(str(info.data.get("server", "")), security)) is not None:
        raise ValueError(str(fault))
    return security


class Inbox(PartConfig):
    """A mailbox that is read for words that stop.

    Attributes:
        server, port: Of the mailbox. security: `tls` from the first byte on, `starttls`, or `none`.
        user, password: Of the mailbox; empty for those of the channel. folder: Which one is read.
        checked_by: Name of the server that checks senders, as its `Authentication-Results` begin (`mx.google.com`).
            Then a mail that has passed neither DMARC nor DKIM there is refused. Empty where no server does.
        every: Between two visits. timeout: For one. ca: File of the certificates to trust, None for the system's.
    """

    server: Text = Field(default="imap.gmail.com", min_length=1)
    port: int = Field(default=993, ge=1, le=65535)
    security: Literal["tls", "starttls", "none"] = "tls"
    user: Text = ""
    password: Text = ""
    folder: Text = "INBOX"
    checked_by: Text = ""
    every: Annotated[Span, Field(ge=NS)] = 20 * NS
    timeout: Annotated[Span, Field(gt=0)] = 30 * NS
    ca: Text | None = None

    @field_validator("security")
    @classmethod
    def _is_encrypted(cls, value: str, info: ValidationInfo) -> str:
        return encrypted(value, info)


class Came(msgspec.Struct, frozen=True, kw_only=True):
    """One mail.

    Attributes:
        sender: Address, empty where the mail names none or several. subject: As a person reads it.
        arrived: When the mailbox got it, UTC ns. is_checked: False where its sender was to be checked and was not.
    """

    sender: str
    subject: str
    arrived: int
    is_checked: bool


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """How far a mailbox has been read: its validity, and its last mail; 0 for not at all."""

    validity: int = 0
    last: int = 0


def visit(box: Inbox, place: Place) -> tuple[Place, list[Came]]:
    """Return the new place and what came behind a place, the newest first.

    It blocks, up to the box's time-out. A mailbox that is read for the first time, or that was made anew, begins with
    what comes from then on.

    Raises:
        NotNow: The mailbox cannot be read; the text has neither address nor password.
    """
    try:
        with _line(box) as line:
            line.login(box.user, box.password)
            line.select(f'"{box.folder}"', readonly=True)
            validity, coming = _number(line, "UIDVALIDITY"), _number(line, "UIDNEXT")
            if validity != place.validity or not coming:
                return Place(validity=validity, last=max(coming - 1, 0)), []
            _, found = line.uid("SEARCH", f"UID {place.last + 1}:*")
            numbers = sorted((int(one) for one in (found[0] or b"").split()), reverse=True)
            # A range that ends in * holds the last mail even where that is older.
            numbers = [one for one in numbers if one > place.last]
            last = numbers[0] if numbers else place.last
            return Place(validity=validity, last=last), [_came(line, box, one) for one in numbers[:MOST]]
    except ssl.SSLError:
        raise NotNow("the mailbox's certificate is not trusted", LEAST_WAIT_S) from None
    except (imaplib.IMAP4.abort, OSError, ValueError) as error:
        raise NotNow(f"the line to the mailbox failed ({type(error).__name__})") from None
    except imaplib.IMAP4.error:
        raise NotNow("the mailbox refuses user, password or folder", LEAST_WAIT_S) from None


def _line(box: Inbox) -> imaplib.IMAP4:
    limit, safe = box.timeout / NS, ssl.create_default_context(cafile=box.ca and str(Path(box.ca)))
    if box.security == "tls":
        return imaplib.IMAP4_SSL(box.server, box.port, ssl_context=safe, timeout=limit)
    line = imaplib.IMAP4(box.server, box.port, timeout=limit)
    if box.security == "starttls":
        line.starttls(safe)
    return line


def _number(line: imaplib.IMAP4, name: str) -> int:
    _, found = line.response(name)
    return int(found[0]) if found and found[0] else 0


def _came(line: imaplib.IMAP4, box: Inbox, number: int) -> Came:
    _, answer = line.uid("FETCH", str(number), _FIELDS)
    parts = [one for one in answer if isinstance(one, tuple)]
    around = b" ".join(one if isinstance(one, bytes) else b" ".join(one) for one in answer if one)
    head = BytesHeaderParser().parsebytes(parts[0][1] if parts else b"")
    senders = [address for _, address in getaddresses(head.get_all("From", []))]
    return Came(
        sender=senders[0] if len(senders) == 1 else "", subject=_words(head), arrived=_arrived(around),
        is_checked=_is_checked(head, box.checked_by),
    )  # fmt: skip


def _words(head: Message) -> str:
    return str(make_header(decode_header(head.get("Subject", ""))))[:500]


def _arrived(around: bytes) -> int:
    """Return when a mailbox got a mail, UTC ns, 0 where it does not say."""
    found = re.search(rb'INTERNALDATE "([^"]+)"', around)
    when = parsedate_tz(found[1].decode("ascii", "replace")) if found else None
    return mktime_tz(when) * NS if when is not None else 0


def _is_checked(head: Message, by: str) -> bool:
    """Say whether the server that checks senders lets this one pass; only its own first line counts."""
    if not by:
        return True
    lines = head.get_all("Authentication-Results", [])
    first = lines[0] if lines else ""
    name, _, results = first.partition(";")
    return name.strip().casefold() == by.casefold() and bool(re.search(r"\b(dmarc|dkim)=pass\b", results))
