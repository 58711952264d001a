"""Text messages and calls that came, as Twilio posts them, signed by its account's token."""

import base64
import hmac
from collections.abc import Mapping
from html import escape

from pydantic import Field, field_validator

from openbell.links import open_door
from openbell.schema import PartConfig, Text

MOST_BODY = 16 << 10
"""Bytes of one request."""


class Listen(PartConfig):
    """Where text messages and calls to the account's number come in.

    Attributes:
        url: The address that Twilio asks, as it stands there: its signature is over it. Text messages come to it, calls
            to it with `/voice` behind. A tunnel or proxy of this machine passes both on.
        host, port: Where the notifier listens for that proxy.
    """

    url: Text = Field(examples=["https://stop.example.com/sms"], min_length=1)
    host: Text = "127.0.0.1"
    port: int = Field(default=8790, ge=0, le=65535)

    @field_validator("host")
    @classmethod
    def _is_own(cls, value: str) -> str:
        if (fault := open_door(value)) is not None:
            raise ValueError(str(fault))
        return value


def signature(token: str, url: str, form: Mapping[str, str]) -> str:
    """Return how Twilio signs a form that it posts to an address. Pure."""
    told = url + "".join(f"{name}{form[name]}" for name in sorted(form))
    return base64.b64encode(hmac.digest(token.encode(), told.encode(), "sha1")).decode()


def is_signed(token: str, url: str, form: Mapping[str, str], given: str) -> bool:
    """Say whether a form that came is one of Twilio's for this account. Pure."""
    return hmac.compare_digest(signature(token, url, form).encode(), given.encode())


def message(text: str) -> str:
    """Return the answer to a text message; empty text sends nothing back. Pure."""
    return _response(f"<Message>{escape(text)}</Message>" if text else "")


def spoken(text: str) -> str:
    """Return the answer to a call: words, and the end of it. Pure."""
    return _response(f"<Say>{escape(text)}</Say><Hangup/>")


def asking(url: str) -> str:
    """Return the answer to a call that asks for the fifteen digits of a code. Pure."""
    digits = f'<Gather numDigits="15" timeout="20" method="POST" action="{escape(url)}">'
    return _response(f"{digits}<Say>Enter the fifteen digits of a stop code.</Say></Gather><Hangup/>")


def _response(inside: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{inside}</Response>'
