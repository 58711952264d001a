"""E-mail: over STARTTLS with a log-in, one for each recipient, and what a server's words mean."""

import asyncio
import email as reading
import threading

import pytest

from openbell.edges.alerts import email
from openbell.edges.alerts.letter import Fault, Never, NotNow, Unclear
from tests.edges.alerts.fakes import Post, certificate, letter, out_of_time, post_office


def config_for(office: Post, **fields: object) -> email.Config:
    given = {
        "server": "localhost", "port": office.port, "user": "me@example.com", "password": "app password",
        "to": ("a@example.com", "b@example.com"), "ca": str(certificate()[0]), "timeout": "5s",
    }  # fmt: skip
    return email.Config.model_validate({**given, **fields})


def test_a_mail_goes_over_tls_with_a_log_in_to_each_recipient_once() -> None:
    async def play() -> None:
        async with post_office() as office:
            config = config_for(office)
            for target in email.targets(config):
                await email.send(config, letter(), target)
            assert [(mail.recipient, mail.is_safe, mail.user) for mail in office.mails] == [
                ("a@example.com", True, "me@example.com"), ("b@example.com", True, "me@example.com"),
            ]  # fmt: skip
            read = reading.message_from_string(office.mails[0].text)
            assert (read["Subject"], read["Message-ID"]) == ("[SIM] Small: order filled", "<TEST01-7-1-abc@openbell>")
            assert "\n" not in office.mails[0].text.replace("\r\n", ""), "servers refuse a bare line feed"
            assert "BUY 10 AAPL at $273.20, total $2,732.00" in office.mails[0].text

    asyncio.run(play())


def test_a_line_break_in_a_title_makes_no_header() -> None:
    made = email.mail(email.Config(to=("a@example.com",)), letter(title="one\r\nBcc: all@example.com"), "a@example.com")
    assert made["Bcc"] is None


@pytest.mark.parametrize(
    ("verb", "code", "kind"),
    [("AUTH", 535, NotNow), ("MAIL", 451, NotNow), ("MAIL", 550, Never), ("RCPT", 550, Never), ("RCPT", 450, NotNow),
     ("DATA", 554, Never), ("DATA", 421, NotNow)],
)  # fmt: skip
def test_what_a_server_says_is_final_or_not_and_its_words_are_not_told(verb: str, code: int, kind: type[Fault]) -> None:
    async def play() -> None:
        async with post_office() as office:
            office.refuse[verb] = code
            with pytest.raises(kind, match=str(code)) as fault:
                await email.send(config_for(office), letter(), "a@example.com")
            assert (type(fault.value), "@" in str(fault.value)) == (kind, False)

    asyncio.run(play())


def test_a_certificate_that_is_not_trusted_ends_it_before_the_log_in() -> None:
    async def play() -> None:
        async with post_office() as office:
            with pytest.raises(NotNow, match="certificate is not trusted"):
                await email.send(config_for(office, ca=None), letter(), "a@example.com")
            assert office.mails == []

    asyncio.run(play())


def test_a_server_that_falls_silent_behind_the_mail_leaves_it_unclear_and_holds_no_thread() -> None:
    async def play() -> None:
        async with post_office() as office:
            office.is_mute = True
            with pytest.raises(Unclear):
                await out_of_time(
                    email.send(config_for(office, timeout="300s"), letter(), "a@example.com"), lambda: office.has_heard
                )

    before = threading.active_count()
    asyncio.run(play())
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and thread.daemon:
            thread.join(60)
    assert threading.active_count() <= before


def test_nobody_there_means_that_nothing_was_sent() -> None:
    config = email.Config(server="127.0.0.1", port=1, to=("a@example.com",), security="none")
    with pytest.raises(NotNow):
        asyncio.run(email.send(config, letter(), "a@example.com"))
