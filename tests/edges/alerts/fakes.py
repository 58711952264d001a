"""What alerts reach, on this machine: a web server that answers as it is told, and a mail server."""

import asyncio
import base64
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, NamedTuple

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from openbell.edges.alerts.letter import Letter

Handler = Callable[["Asked"], Awaitable[web.Response] | web.Response]


class Asked(NamedTuple):
    """One request: its method, path, headers, and body as JSON or as a form."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


class Front:
    """A web server; what comes is kept, and answered with what was put into `answers`, else with 200.

    Attributes:
        url: Where it is. asked: All requests. taken: Those that were answered with a success.
    """

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[Asked] = []
        self.taken: list[Asked] = []
        self.answers: list[web.Response | None] = []
        self.by_path: dict[str, Handler] = {}
        self.is_open = asyncio.Event()
        self.is_open.set()

    async def _take(self, request: web.Request) -> web.StreamResponse:
        body: Any = None
        if request.content_type == "application/x-www-form-urlencoded":
            body = dict(await request.post())
        elif request.content_type == "application/x-sentry-envelope":
            body = [json.loads(line) for line in (await request.text()).splitlines()]
        elif request.can_read_body:
            body = await request.json()
        asked = Asked(request.method, request.path_qs, dict(request.headers), body)
        self.asked.append(asked)
        await self.is_open.wait()
        handler = self.by_path.get(request.path)
        if handler is not None:
            found = handler(asked)
            return found if isinstance(found, web.Response) else await found
        answer = self.answers.pop(0) if self.answers else web.json_response({"ok": True})
        if answer is None:
            # It has the message and says nothing: the line is cut.
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        if answer.status < 300:
            self.taken.append(asked)
        return answer


@asynccontextmanager
async def front(port: int = 0, tls: ssl.SSLContext | None = None) -> AsyncIterator[Front]:
    """Open a web server on a port, 0 for a free one."""
    made = Front()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made._take)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port, reuse_address=True, ssl_context=tls)
    await site.start()
    made.url = site.name.replace("[::]", "127.0.0.1")
    try:
        yield made
    finally:
        made.is_open.set()
        await runner.cleanup()


async def out_of_time(sending: Coroutine[Any, Any, None], is_there: Callable[[], bool]) -> None:
    """Send, and let an hour pass at once as soon as something is so: not before, however slow this machine is."""
    loop = asyncio.get_running_loop()
    sent, now = asyncio.ensure_future(sending), loop.time
    while not is_there():
        await asyncio.wait([sent], timeout=0.01)
        assert not sent.done(), sent
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "time", lambda: now() + 3600)
        await sent


@cache
def certificate(host: str = "localhost") -> tuple[Path, Path]:
    """Return certificate and key of a host, by default this machine's mail server; nobody else trusts them."""
    folder = Path(mkdtemp(prefix="openbell-mail-"))
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    cert, secret = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    return cert, secret


class Mail(NamedTuple):
    """One mail as the server took it."""

    sender: str
    recipient: str
    text: str
    is_safe: bool
    user: str


class Post:
    """A mail server with STARTTLS and a log-in.

    Attributes:
        port: Where it listens. mails: What it took. refuse: Codes by verb, in place of success.
        is_mute: Whether it falls silent where the mail is to come. has_heard: Whether it has.
    """

    def __init__(self) -> None:
        self.port = 0
        self.mails: list[Mail] = []
        self.refuse: dict[str, int] = {}
        self.is_mute = False
        self.has_heard = False
        self.lines: list[asyncio.BaseTransport] = []
        self.login = ("me@example.com", "app password")

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        said: dict[str, str] = {"user": ""}
        is_safe = False
        self.lines.append(writer.transport)

        def say(line: str) -> None:
            writer.write(f"{line}\r\n".encode())

        try:
            say("220 localhost")
            while line := (await reader.readline()).decode().strip():
                verb = line.split()[0].upper()
                if self.is_mute and verb == "DATA":
                    self.has_heard = True
                    await reader.read()
                    return
                if verb in self.refuse:
                    say(f"{self.refuse[verb]} no, me@example.com")
                elif verb == "EHLO":
                    say("250-localhost\r\n250-STARTTLS\r\n250 AUTH PLAIN" if not is_safe else "250-x\r\n250 AUTH PLAIN")
                elif verb == "STARTTLS":
                    say("220 go ahead")
                    await writer.drain()
                    safe = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                    safe.load_cert_chain(*certificate())
                    await writer.start_tls(safe)
                    is_safe = True
                elif verb == "AUTH":
                    _, user, password = base64.b64decode(line.split()[2]).decode().split("\0")
                    said["user"] = user
                    say("235 welcome" if (user, password) == self.login else "535 no")
                elif verb in ("MAIL", "RCPT"):
                    said[verb] = line.partition("<")[2].partition(">")[0]
                    say("250 fine")
                elif verb == "DATA":
                    say("354 go on")
                    text = (await reader.readuntil(b"\r\n.\r\n")).decode()
                    self.mails.append(Mail(said["MAIL"], said["RCPT"], text, is_safe, said["user"]))
                    say("250 taken")
                elif verb == "QUIT":
                    say("221 bye")
                    return
                else:
                    say("250 fine")
                await writer.drain()
        except (ConnectionError, ssl.SSLError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()
            self.lines.append(writer.transport)


@asynccontextmanager
async def post_office() -> AsyncIterator[Post]:
    """Open a mail server on a free port."""
    made = Post()
    server = await asyncio.start_server(made.talk, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    async with server:
        yield made
        for line in made.lines:
            getattr(line, "abort", line.close)()
        # Each goes once around the loop: what was ended is put away before the test ends.
        for _ in range(3):
            await server.start_serving()


class Boxed(NamedTuple):
    """A mail as it lies in a mailbox."""

    head: str
    arrived: str


class PostBox:
    """A mailbox that IMAP reads.

    Attributes:
        port: Where it listens. mails: What lies in it, numbered from 1. validity: Another number is another mailbox.
        asked: Commands that came, without their tags.
    """

    def __init__(self) -> None:
        self.port, self.validity = 0, 7
        self.mails: list[Boxed] = []
        self.asked: list[str] = []
        self.login = ("me@example.com", "app password")
        self.lines: list[asyncio.StreamWriter] = []

    def put(self, sender: str, subject: str, at: datetime | None = None, *more: str) -> None:
        """Lay a mail into it that has just come, or came at an instant."""
        head = "\r\n".join((*more, f"From: {sender}", f"Subject: {subject}", "", ""))
        self.mails.append(Boxed(head, (at or datetime.now(UTC)).strftime("%d-%b-%Y %H:%M:%S +0000")))

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Talk to one caller until it goes."""
        self.lines.append(writer)
        writer.write(b"* OK here\r\n")
        with suppress(ConnectionError):
            while line := (await reader.readline()).decode().strip():
                tag, _, said = line.partition(" ")
                self.asked.append(said)
                lines, verdict = self._answer(said)
                writer.write("".join(f"{one}\r\n" for one in [*lines, f"{tag} {verdict}"]).encode())
                await writer.drain()
                if said == "LOGOUT":
                    break
        writer.close()

    def _answer(self, said: str) -> tuple[list[str], str]:
        verb, *rest = said.split(" ", 2)
        if verb == "CAPABILITY":
            return ["* CAPABILITY IMAP4rev1"], "OK done"
        if verb == "LOGIN":
            user, password = (one.strip('"') for one in said.removeprefix("LOGIN ").split(" ", 1))
            return [], "OK done" if (user, password) == self.login else "NO not you"
        if verb == "EXAMINE":
            return [f"* {len(self.mails)} EXISTS", f"* OK [UIDVALIDITY {self.validity}]",
                    f"* OK [UIDNEXT {len(self.mails) + 1}]"], "OK [READ-ONLY]"  # fmt: skip
        if rest and rest[0] == "SEARCH":
            first = int(rest[1].split()[1].partition(":")[0])
            found = [n for n in range(1, len(self.mails) + 1) if n >= min(first, len(self.mails))]
            return [f"* SEARCH {' '.join(map(str, found))}"], "OK done"
        if rest and rest[0] == "FETCH":
            number = int(rest[1].split()[0])
            mail = self.mails[number - 1]
            what = f'UID {number} INTERNALDATE "{mail.arrived}" BODY[HEADER.FIELDS (FROM)]'
            return [f"* {number} FETCH ({what} {{{len(mail.head.encode())}}}\r\n{mail.head})"], "OK done"
        return (["* BYE now"], "OK done") if verb == "LOGOUT" else ([], "BAD what")


@asynccontextmanager
async def post_box() -> AsyncIterator[PostBox]:
    """Open a mailbox on a free port, without TLS."""
    made = PostBox()
    server = await asyncio.start_server(made.talk, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    async with server:
        yield made
        for line in made.lines:
            line.transport.abort()
        for _ in range(3):
            await server.start_serving()


def letter(mark: str = "TEST01-7-1-abc", **fields: Any) -> Letter:
    """Return a letter about a fill."""
    given: dict[str, Any] = {
        "mark": mark, "number": 3, "ts": 1_700_000_000_000_000_000, "level": "warning", "kind": "order",
        "event": "order_filled", "title": "[SIM] Small: order filled", "text": "BUY 10 AAPL at $273.20, total $2,732.00",
        "state": "small-1", "fields": {"symbol": "AAPL"},
    }  # fmt: skip
    return Letter(**{**given, **fields})
