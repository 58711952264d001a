import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from openbell.wire.binance.keys import Keys, check_time, rest_payload, socket_payload
from openbell.wire.binance.refusal import Refused
from tests.wire.binance.stand import T0

SECRET = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
REST_OF_IT = "side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559"
FOREIGN = "%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94%EF%BC%95%EF%BC%96"
PUBLISHED = [
    (f"symbol=LTCBTC&{REST_OF_IT}", "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"),
    (f"symbol={FOREIGN}&{REST_OF_IT}", "e1353ec6b14d888f1164ae9af8228a3dbd508bc82eb867db8ab6046442f33ef3"),
]


@pytest.mark.parametrize(("payload", "signature"), PUBLISHED)
@pytest.mark.parametrize("in_body", [False, True])
def test_the_published_signatures_are_right(payload: str, signature: str, in_body: bool) -> None:
    sent = f"{payload}&signature={signature}"
    found = rest_payload("", sent.encode()) if in_body else rest_payload(sent, b"")
    assert found == (payload.encode(), signature)
    Keys("k", SECRET).check_signature(*found)


def test_query_and_body_are_signed_one_behind_the_other_and_a_comma_too_many_is_seen() -> None:
    assert rest_payload("a=1&signature=x%2B", b"b=2") == (b"a=1b=2", "x+")
    with pytest.raises(Refused) as refused:
        Keys("k", SECRET).check_signature(PUBLISHED[0][0].encode() + b"0", PUBLISHED[0][1])
    assert refused.value.code == -1022
    with pytest.raises(Refused, match="signature"):
        Keys("k", SECRET).check_signature(b"a", "")


def test_on_a_websocket_the_names_are_put_in_order() -> None:
    params = {
        "symbol": "BTCUSDT", "side": "SELL", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01000000",
        "price": "52000.00", "recvWindow": "100", "timestamp": "1645423376532",
        "apiKey": "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A", "signature": "not signed",
    }  # fmt: skip
    Keys("k", SECRET).check_signature(
        socket_payload(params), "aa1b5712c094bc4e57c05a1a5c1fd8d88dcd628338ea863fec7b88e59fe2db24"
    )


def test_an_ed25519_key_signs_too_and_where_it_must_a_secret_does_not_do() -> None:
    private = Ed25519PrivateKey.generate()
    pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    keys = Keys("k", "secret", pem)
    keys.check_signature(b"a=1", base64.b64encode(private.sign(b"a=1")).decode(), is_strong=True)
    for signature in (base64.b64encode(private.sign(b"a=2")).decode(), "no base64!", "ab" * 32):
        with pytest.raises(Refused, match="Signature"):
            keys.check_signature(b"a=1", signature, is_strong=True)
    other = generate_private_key(SECP256R1()).public_key()
    with pytest.raises(ValueError, match="Ed25519"):
        Keys("k", "secret", other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def test_a_stranger_is_told_apart_from_nobody() -> None:
    for key, code in ((None, -2014), ("", -2014), ("a key", -2014), ("k" * 129, -2014), ("other", -2015)):
        with pytest.raises(Refused) as refused:
            Keys("k", "s").check_key(key)
        assert (refused.value.status, refused.value.code) == (401, code)
    Keys("k", "s").check_key("k")


@pytest.mark.parametrize(
    ("ahead", "window", "code"),
    [(0, "5000", 0), (999, "5000", 0), (1000, "60000", -1021), (-5000, "5000", 0), (-5001, "5000", -1021),
     (-5001, "5001.5", 0), (-5001, "5000.999", -1021), (0, "60000.000", 0), (0, "60000.001", -1131),
     (0, "60001", -1131), (0, "100000.0001", -1131), (0, "5000.1234", -1100), (0, "5000.", -1100), (0, "-1", -1100),
     (0, "6e4", -1100), (0, "x", -1100), (0, "\u0665", -1100)],
)  # fmt: skip
def test_a_request_is_neither_old_nor_from_the_future(ahead: int, window: str, code: int) -> None:
    for stamp in (T0 // 10**6 + ahead, (T0 // 10**6 + ahead) * 1000):
        params = {"timestamp": str(stamp), "recvWindow": window}
        if code == 0:
            check_time(params, T0)
            continue
        with pytest.raises(Refused) as refused:
            check_time(params, T0)
        assert refused.value.code == code


def test_a_request_without_a_stamp_is_refused() -> None:
    with pytest.raises(Refused, match="timestamp"):
        check_time({}, T0)
