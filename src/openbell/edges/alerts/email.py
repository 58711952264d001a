"""E-mail by SMTP: one mail for each recipient."""

import asyncio
import smtplib
import socket
import ssl
import threading
from contextlib import suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from openbell.core.types import NS
from openbell.edges.alerts.inbox import Inbox, encrypted
from openbell.edges.alerts.letter import LEAST_WAIT_S, Letter, Never, NotNow, Unclear
from openbell.schema import PartConfig, Span, Text


class Config(PartConfig):
    """Which server sends to whom.

    Attributes:
        server, port: Of the mail server. security: `starttls`, `tls` from the first byte on, or `none`.
        user, password: To log in with; empty for no log-in. An account with a second factor needs an app password.
        sender: Address it comes from; by default the user. to: Addresses it goes to.
        control: Addresses from which STOP and a one-time code may come. inbox: Where such mails arrive.
        ca: File of the certificates to trust, None for those of the system. timeout: For one try.
    """

    server: Text = Field(default="smtp.gmail.com", min_length=1)
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: Text = ""
    password: Text = ""
    sender: Text = ""
    to: tuple[Text, ...] = Field(min_length=1, examples=["[me@example.com]"])
    control: tuple[Text, ...] = ()
    inbox: Inbox | None = None
    ca: Text | None = None
    timeout: Annotated[Span, Field(gt=0)] = 30 * NS

    @field_validator("security")
    @classmethod
    def _is_encrypted(cls, value: str, info: ValidationInfo) -> str:
        return encrypted(value, info)

    @model_validator(mode="after")
    def _is_heard(self) -> Self:
        if bool(self.control) != (self.inbox is not None):
            raise ValueError("control: names who may stop, inbox: where their mails arrive; one needs the other")
        return self


def targets(config: Config) -> tuple[str, ...]:
    """Return the recipients."""
    return config.to


def mail(config: Config, letter: Letter, target: str) -> EmailMessage:
    """Return a message as a mail; its Message-ID is the same for every try of it. Pure."""
    made = EmailMessage()
    made["From"] = config.sender or config.user or "openbell@localhost"
    made["To"] = target
    made["Subject"] = letter.title.replace("\n", " ").replace("\r", " ")
    made["Date"] = format_datetime(datetime.fromtimestamp(letter.ts // NS, tz=UTC))
    made["Message-ID"] = f"<{letter.mark.replace('@', '.')}@openbell>"
    made["X-OpenBell-Level"], made["X-OpenBell-Kind"] = letter.level, letter.kind
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(letter.text + ("\n\n(this may have arrived before)" if letter.is_again else "") + "\n")
    return made


async def send(config: Config, letter: Letter, target: str) -> None:
    """Send a mail, in a thread of its own that is cut off when the time is up.

    Raises:
        NotNow: The server did not take it. Never: It refuses this one. Unclear: Nobody knows.
    """
    talk = _Talk(config, mail(config, letter, target), target)
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    threading.Thread(target=talk.run, args=(asyncio.get_running_loop(), done), daemon=True).start()
    try:
        async with asyncio.timeout(config.timeout / NS):
            await done
    except TimeoutError:
        raise (Unclear if talk.is_handed_over else NotNow)("no answer in time") from None
    finally:
        talk.cut()


class _Talk:
    """One conversation with a mail server.

    Attributes:
        is_handed_over: True from the moment on in which the server may have the mail.
    """

    def __init__(self, config: Config, made: EmailMessage, target: str) -> None:
        self.is_handed_over = False
        self._config, self._mail, self._target = config, made, target
        self._line: smtplib.SMTP | None = None

    def run(self, loop: asyncio.AbstractEventLoop, done: "asyncio.Future[None]") -> None:
        """Talk, and tell the future how it went; what nobody waits for any more is dropped."""
        fault: Exception | None = None
        try:
            self._talk()
        except (smtplib.SMTPException, OSError, ValueError) as error:
            fault = self._fault(error)
        finally:
            if self._line is not None:
                self._line.close()
        with suppress(RuntimeError):  # The loop has ended: so has whoever waited.
            loop.call_soon_threadsafe(_settle, done, fault)

    def cut(self) -> None:
        """End it at once: a server that says a byte now and then holds no thread."""
        sock = getattr(self._line, "sock", None)
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _talk(self) -> None:
        config, limit = self._config, self._config.timeout / NS
        safe = ssl.create_default_context(cafile=config.ca and str(Path(config.ca)))
        if config.security == "tls":
            self._line = smtplib.SMTP_SSL(config.server, config.port, timeout=limit, context=safe)
        else:
            self._line = smtplib.SMTP(config.server, config.port, timeout=limit)
        if config.security == "starttls":
            self._line.starttls(context=safe)
        if config.user:
            self._line.login(config.user, config.password)
        self._line.ehlo_or_helo_if_needed()
        code, said = self._line.mail(self._mail["From"])
        if code != 250:
            raise smtplib.SMTPSenderRefused(code, said, "")
        code, said = self._line.rcpt(self._target)
        if code not in (250, 251):
            raise smtplib.SMTPResponseException(code, said)
        self.is_handed_over = True
        code, said = self._line.data(self._mail.as_bytes(policy=SMTP))
        self.is_handed_over = code == 250
        if code != 250:
            raise smtplib.SMTPDataError(code, said)
        with suppress(smtplib.SMTPException, OSError):
            self._line.quit()

    def _fault(self, error: Exception) -> Exception:
        """Return what an error means; a server's own words may hold an address and are not told."""
        if isinstance(error, smtplib.SMTPAuthenticationError):
            return NotNow(f"answered {error.smtp_code}: user or password is wrong", LEAST_WAIT_S)
        if isinstance(error, smtplib.SMTPResponseException):
            is_final = error.smtp_code >= 500
            return Never(f"answered {error.smtp_code}") if is_final else NotNow(f"answered {error.smtp_code}")
        if isinstance(error, smtplib.SMTPNotSupportedError):
            return NotNow("the server offers no STARTTLS or no log-in", LEAST_WAIT_S)
        if isinstance(error, ssl.SSLError):
            return NotNow("the server's certificate is not trusted", LEAST_WAIT_S)
        if isinstance(error, ValueError):
            return Never("the mail cannot be written: an address in it is none")
        return (Unclear if self.is_handed_over else NotNow)(f"the line failed ({type(error).__name__})")


def _settle(done: "asyncio.Future[None]", fault: Exception | None) -> None:
    if done.done():
        return
    if fault is None:
        done.set_result(None)
    else:
        done.set_exception(fault)
