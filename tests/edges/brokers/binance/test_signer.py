import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from openbell.core.types import NS
from openbell.edges.brokers.binance.signer import Signer

SECRET = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
NOW = 1_499_827_319_559 * (NS // 1000)


def test_the_published_order_gets_the_published_signature() -> None:
    params = {"symbol": "LTCBTC", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1", "price": "0.1"}
    text, _, signature = Signer("k", SECRET).query(params, NOW).rpartition("&signature=")
    assert text.endswith("price=0.1&recvWindow=5000&timestamp=1499827319559")
    assert signature == "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"


def test_what_is_no_letter_is_encoded_before_it_is_signed() -> None:
    params = {
        "symbol": "１２３４５６",
        "side": "BUY",
        "type": "LIMIT",
        "timeInForce": "GTC",
        "quantity": "1",
        "price": "0.1",
    }
    assert (
        Signer("k", SECRET)
        .query(params, NOW)
        .endswith("e1353ec6b14d888f1164ae9af8228a3dbd508bc82eb867db8ab6046442f33ef3")
    )


def test_on_a_websocket_parameters_are_signed_by_name() -> None:
    made = Signer("key", SECRET).params({"b": 2, "a": "x y"}, NOW)
    payload = b"a=x y&apiKey=key&b=2&recvWindow=5000&timestamp=1499827319559"
    assert (made["signature"], made["timestamp"]) == (Signer("k", SECRET).sign(payload), 1_499_827_319_559)


def test_a_pem_signs_by_ed25519_and_its_signature_is_encoded() -> None:
    private = Ed25519PrivateKey.generate()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    signer = Signer("k", f"\n{pem}")
    private.public_key().verify(base64.b64decode(signer.sign(b"a=1")), b"a=1")
    signature = signer.query({"a": 1}, NOW).rpartition("&signature=")[2]
    assert not set("+/=") & set(signature)


def test_another_kind_of_key_is_refused() -> None:
    pem = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    with pytest.raises(ValueError, match="Ed25519"):
        Signer("k", pem)
