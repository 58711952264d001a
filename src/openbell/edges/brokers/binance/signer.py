"""What says who we are.

A secret (HMAC), or the private half of an Ed25519 key (PEM). Pure.
"""

import base64
import hmac
from hashlib import sha256
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from openbell.core.types import NS
from openbell.edges.brokers.request import Body

PEM = "-----BEGIN"
WINDOW_MS = 5_000
"""How old a request may be when the venue reads it: it bounds how late a lost one can still come in."""
_MS = NS // 1000


class Signer:
    """Signs requests under one key."""

    def __init__(self, key: str, secret: str) -> None:
        """Keep the key's name and what it signs with.

        Raises:
            ValueError: A PEM that holds no Ed25519 key.
        """
        self.key = key
        self._secret = secret
        self._private = _loaded(secret) if secret.lstrip().startswith(PEM) else None

    def sign(self, payload: bytes) -> str:
        """Return the signature of what will be sent."""
        if self._private is not None:
            return base64.b64encode(self._private.sign(payload)).decode()
        return hmac.new(self._secret.encode(), payload, sha256).hexdigest()

    def query(self, params: Body, now: int) -> str:
        """Return parameters of REST as they are sent, with stamp and signature.

        `now` is the time at the venue, UTC ns.
        """
        text = urlencode({**params, "recvWindow": WINDOW_MS, "timestamp": now // _MS})
        return f"{text}&signature={quote(self.sign(text.encode()), safe='')}"

    def params(self, params: Body, now: int) -> Body:
        """Return parameters of the websocket API with key, stamp and signature.

        There they are signed by name.
        """
        given: Body = {**params, "apiKey": self.key, "recvWindow": WINDOW_MS, "timestamp": now // _MS}
        payload = "&".join(f"{name}={given[name]}" for name in sorted(given))
        return {**given, "signature": self.sign(payload.encode())}


def _loaded(pem: str) -> Ed25519PrivateKey:
    found = load_pem_private_key(pem.strip().encode(), None)
    if not isinstance(found, Ed25519PrivateKey):
        raise ValueError("the PEM is no Ed25519 key")
    return found
