"""Listening to other machines: refused until everything is there that it needs, and then over TLS alone."""

import asyncio
import ssl
from pathlib import Path
from typing import Any

import aiohttp
import pyotp
import pytest

from openbell.core.types import MINUTE_NS, NS
from openbell.edges.web.identity import Identity
from openbell.run.clock import WallClock
from openbell.run.web.public import PublicBind, Tls, check, names, networks
from openbell.run.web.serve import Place, Told, serve
from tests.run.web.papers import issue

PASSWORD = "seven quiet herons wade"


@pytest.mark.parametrize(
    ("host", "is_ours"),
    [
        ("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("localhost", True),
        ("0.0.0.0", False), ("::", False), ("192.168.1.4", False), ("example.org", False), ("", False),
    ],
)  # fmt: skip
def test_E1_what_is_reached_from_this_machine_alone_is_known(host: str, is_ours: bool) -> None:
    if is_ours:
        check(host, None, (), has_factor=False, has_link=True)
        return
    with pytest.raises(PublicBind, match="ssh -L"):
        check(host, None, (), has_factor=False, has_link=False)


@pytest.mark.parametrize("lacks", ["TLS", "addresses", "second factor", "--open"])
def test_E1_each_thing_that_is_missing_is_named_and_is_enough_to_refuse(lacks: str, tmp_path: Path) -> None:
    tls = None if lacks == "TLS" else issue(tmp_path)
    allowed = () if lacks == "addresses" else ("192.0.2.0/24",)
    with pytest.raises(PublicBind, match=lacks) as refused:
        check("0.0.0.0", tls, allowed, has_factor=lacks != "second factor", has_link=lacks == "--open")
    others = {"TLS (", "the addresses", "a second factor", "a door"}
    assert sum(one in str(refused.value) for one in others) == 1


def test_with_everything_there_it_is_let_be(tmp_path: Path) -> None:
    check("0.0.0.0", issue(tmp_path), ("192.0.2.0/24",), has_factor=True, has_link=False)


def test_networks_are_read_and_what_is_none_is_said() -> None:
    assert [str(one) for one in networks(("192.0.2.7", "2001:db8::/32", "10.1.2.3/8"))] == [
        "192.0.2.7/32", "2001:db8::/32", "10.0.0.0/8",
    ]  # fmt: skip
    with pytest.raises(PublicBind, match="--allow everybody"):
        networks(("everybody",))


def test_a_certificate_says_which_names_are_answered_to(tmp_path: Path) -> None:
    assert names(issue(tmp_path), WallClock().now()) == ("localhost", "127.0.0.1")


def test_a_certificate_that_will_not_do_is_refused_with_the_reason(tmp_path: Path) -> None:
    now, tls = WallClock().now(), issue(tmp_path)
    folders = [tmp_path / name for name in ("other", "old", "nameless")]
    for folder in folders:
        folder.mkdir()
    cases = [
        (Tls(certificate=tmp_path / "none.pem", key=tls.key), "No such file"),
        (Tls(certificate=tls.key, key=tls.key), "no certificate in PEM"),
        (Tls(certificate=tls.certificate, key=tmp_path / "none.key"), "none.key"),
        (Tls(certificate=tls.certificate, key=issue(folders[0]).key), "not the key of"),
        (issue(folders[1], days=1), "renew it"),
        (issue(folders[2], has_names=False), "subjectAltName"),
    ]
    for files, why in cases:
        with pytest.raises(PublicBind, match=why):
            names(files, now + MINUTE_NS)
    tls.key.chmod(0o644)
    with pytest.raises(PublicBind, match="chmod 600"):
        names(tls, now)


def owner(home: Path) -> pyotp.TOTP:
    """Make an owner with a second factor, and return it."""
    # As of a minute ago: the codes of now are still to be used.
    began = WallClock().now() - MINUTE_NS
    identity = Identity(home / "web" / "owner.json", lambda: began)
    identity.set_up(PASSWORD)
    secret, _ = identity.begin_second_factor()
    factor = pyotp.TOTP(secret)
    assert identity.confirm_second_factor(secret, factor.at(began // NS)) is not None
    return factor


def test_a_public_server_speaks_TLS_to_whom_it_knows_and_asks_for_both_proofs(tmp_path: Path) -> None:
    factor, tls = owner(tmp_path), issue(tmp_path)
    trust = ssl.create_default_context(cafile=tls.certificate)
    trust.verify_flags &= ~ssl.VERIFY_X509_STRICT

    async def ask(method: str, address: str, source: str = "127.0.0.1", **more: Any) -> tuple[int, Any, Any]:
        line = aiohttp.TCPConnector(ssl=trust, local_addr=(source, 0))
        session = aiohttp.ClientSession(connector=line, cookie_jar=aiohttp.DummyCookieJar())
        async with session as http, http.request(method, address, **more) as reply:
            return reply.status, await reply.read(), reply.headers

    async def knock(address: str, source: str) -> int:
        line = aiohttp.TCPConnector(ssl=trust, local_addr=(source, 0))
        async with aiohttp.ClientSession(connector=line) as http:
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await http.ws_connect(f"{address}api/live", headers={"origin": address.rstrip("/")})
            return refused.value.status

    async def play() -> None:
        told: asyncio.Future[Told] = asyncio.get_running_loop().create_future()
        is_over = asyncio.Event()
        place = Place(home=tmp_path, port=0, host="0.0.0.0", tls=tls, allowed=("127.0.0.1",))
        serving = asyncio.create_task(serve(place, told.set_result, is_over.is_set))
        address = (await told).address
        assert address.startswith("https://localhost:")
        here = address.replace("localhost", "127.0.0.1")
        status, _, headers = await ask("GET", f"{here}api/session")
        assert status == 200
        assert headers["strict-transport-security"] == "max-age=31536000"
        assert (await ask("GET", f"{here}api/session", "127.0.0.2"))[0] == 403
        assert await knock(here, "127.0.0.2") == 403
        assert (await ask("GET", f"{here}api/session", headers={"host": "example.org"}))[0] == 421
        form: dict[str, Any] = {"password": PASSWORD, "totp": None}
        assert (await ask("POST", f"{here}api/login", json=form))[0] == 401
        form["totp"] = factor.now()
        status, _, headers = await ask("POST", f"{here}api/login", json=form)
        assert status == 200
        cookie = {part.strip().lower() for part in headers["set-cookie"].split(";")}
        assert next(iter(headers["set-cookie"].split("="))).startswith("__Host-")
        assert {"secure", "httponly", "samesite=strict", "path=/"} <= cookie
        with pytest.raises(aiohttp.ClientError):
            await ask("GET", f"{here.replace('https', 'http')}api/session")
        is_over.set()
        await serving

    asyncio.run(play())
