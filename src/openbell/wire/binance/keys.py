"""Who may ask: the account's key, and what it signs."""

import base64
import binascii
import hmac
import re
from collections.abc import Mapping
from decimal import Decimal
from hashlib import sha256
from urllib.parse import unquote

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from openbell.wire.binance.forms import millis
from openbell.wire.binance.refusal import Refused, illegal, missing

USUAL_WINDOW, MOST_WINDOW = 5_000, 60_000
"""How old a request may be, ms."""
AHEAD = 1_000
"""How far in the future a request may be stamped, ms."""
_WINDOW, _LARGE = "^\\d{1,5}(\\.\\d{1,3})?$", r"[0-9]{1,20}(\.[0-9]{1,20})?"
"""A window as it is published, and any number of ms: one that is too long is told so before its form is."""
_MICROS = 10**14
"""A stamp from here on is in microseconds."""
_HEX = 64
_FORM = re.compile("[A-Za-z0-9_-]{1,128}")
"""What a key can look like; one with other signs was never given out."""


class Keys:
    """The one key of the account, which signs with a secret.

    It may also sign with an Ed25519 key where its public half is known.
    """

    def __init__(self, key: str, secret: str, public: bytes | None = None) -> None:
        """Keep the key, its secret, and the public half (PEM) of an Ed25519 key.

        Raises:
            ValueError: That is no Ed25519 key.
        """
        self.key = key
        self._secret = secret
        self._public = None if public is None else _loaded(public)

    def check_key(self, key: str | None) -> None:
        """Check that somebody has the key.

        Raises:
            Refused: They have not.
        """
        if not key or not _FORM.fullmatch(key):
            raise Refused(-2014, "API-key format invalid.", 401)
        if not hmac.compare_digest(key.encode(), self.key.encode()):
            raise Refused(-2015, "Invalid API-key, IP, or permissions for action.", 401)

    def check_signature(self, payload: bytes, signature: str, *, is_strong: bool = False) -> None:
        """Check that the account's owner has signed; `is_strong` asks for an Ed25519 key.

        Raises:
            Refused: Somebody else has, or nobody.
        """
        if not signature:
            raise missing("signature")
        if len(signature) == _HEX and not is_strong:
            made = hmac.new(self._secret.encode(), payload, sha256).hexdigest()
            is_right = hmac.compare_digest(made.encode(), signature.lower().encode())
        else:
            is_right = self._public is not None and _fits(self._public, payload, signature)
        if not is_right:
            raise Refused(-1022, "Signature for this request is not valid.")


def _loaded(pem: bytes) -> Ed25519PublicKey:
    found = load_pem_public_key(pem)
    if not isinstance(found, Ed25519PublicKey):
        raise ValueError("not the public half of an Ed25519 key")
    return found


def _fits(public: Ed25519PublicKey, payload: bytes, signature: str) -> bool:
    try:
        public.verify(base64.b64decode(signature, validate=True), payload)
    except (InvalidSignature, binascii.Error):
        return False
    return True


def rest_payload(query: str, body: bytes) -> tuple[bytes, str]:
    """Return what was signed of a REST request, exactly as it was sent, and the signature."""
    signature, parts = "", []
    for text in (query, body.decode("utf-8", "replace")):
        kept = []
        for piece in text.split("&") if text else []:
            name, _, value = piece.partition("=")
            if name == "signature":
                signature = unquote(value)
            else:
                kept.append(piece)
        parts.append("&".join(kept))
    return "".join(parts).encode(), signature


def socket_payload(params: Mapping[str, str]) -> bytes:
    """Return what is signed of a request on a websocket.

    All parameters by name, nothing encoded.
    """
    return "&".join(f"{name}={params[name]}" for name in sorted(params) if name != "signature").encode()


def check_time(params: Mapping[str, str], now: int) -> None:
    """Check the stamp of a request at `now` (UTC ns).

    Raises:
        Refused: It has none, or it is too old, or in the future.
    """
    text, window = params.get("timestamp", ""), params.get("recvWindow", str(USUAL_WINDOW))
    if not text.isdecimal():
        raise missing("timestamp")
    if re.fullmatch(_LARGE, window) and Decimal(window) > MOST_WINDOW:
        raise Refused(-1131, "recvWindow must be less than 60000.")
    if not re.fullmatch(_WINDOW, window, re.ASCII):
        raise illegal("recvWindow", _WINDOW)
    stamp = int(text) // 1000 if int(text) >= _MICROS else int(text)
    if stamp >= millis(now) + AHEAD:
        raise Refused(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")
    if millis(now) - stamp > Decimal(window):
        raise Refused(-1021, "Timestamp for this request is outside of the recvWindow.")
