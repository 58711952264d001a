"""A file of the dialect `alerts: {email_enabled: …}`, taken over and let out at servers of this machine."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from openbell.config.dialects.live_trading import Translation
from openbell.config.dialects.trading_config import is_meant, translate
from openbell.config.document import parse_document
from openbell.config.explain import shown
from openbell.core.types import MINUTE_NS
from openbell.run import assemble
from openbell.run.alerts.trial import Tried, try_out
from tests.cli.process import Said
from tests.edges.alerts.fakes import Front, Mail, certificate, front, post_office

Caller = Callable[..., Said]
SAMPLE = """\
alerts:
  email_enabled: false
  telegram_enabled: false
  min_level: "INFO"

  email:
    smtp_server: "smtp.gmail.com"
    smtp_port: 587
    sender_email: "your-email@gmail.com"
    sender_password: "your-app-password"
    recipients:
      - "recipient@example.com"

  telegram:
    bot_token: "YOUR_BOT_TOKEN"
    chat_ids:
      - "YOUR_CHAT_ID"

development:
  paper_trading: true  # Always start with paper
"""
TOKEN, PASSWORD = "12:s3cret-token", "app password"
SECRETS = {"BOT": TOKEN, "MAIL_PASSWORD": PASSWORD}


def changed(*changes: tuple[str, str]) -> str:
    """Return the document's file with pieces replaced: what stands there by what shall."""
    text = SAMPLE
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def filled(*changes: tuple[str, str], mail: str = "true", chat: str = "true") -> str:
    """Return the file with its secrets in variables, and its channels switched on."""
    switched = (
        ("email_enabled: false", f"email_enabled: {mail}"), ("telegram_enabled: false", f"telegram_enabled: {chat}"),
        ('"your-app-password"', '"${MAIL_PASSWORD}"'), ('"YOUR_BOT_TOKEN"', '"${BOT}"'),
    )  # fmt: skip
    return changed(*(one for one in switched if one[0] not in [old for old, _ in changes]), *changes)


def translated(text: str) -> Translation:
    return translate(parse_document(text)[0], "trading_config.yaml")


def made(text: str) -> Any:
    """Return what the new file says, a file without any fault."""
    found = translated(text)
    assert found.faults == ()
    return parse_document(found.text)[0].plain()


def said(text: str) -> list[str]:
    return [f"{'.'.join(map(str, fault.loc))}: {fault.what}" for fault in translated(text).faults]


class Taken:
    """What the servers took of one test of every channel: requests, mails, and those of a second mail server."""

    def __init__(self, there: Front, mails: list[Mail], others: list[Mail], tried: list[Tried]) -> None:
        self.paths = [(one.path, one.body["chat_id"]) for one in there.taken]
        self.mails, self.others, self.tried = mails, others, tried


def sent(folder: Path, text: Callable[[int, int], str], user: str = "me@example.com") -> Taken:
    """Take a file over and send a test through all of its channels.

    Args:
        folder: Where the new file goes.
        text: Of the foreign file, from the ports of the two mail servers.
        user: Who may log in at the first of them.
    """

    async def play() -> Taken:
        async with front() as there, post_office() as office, post_office() as other:
            ours, office.login = folder / "ours.yaml", (user, PASSWORD)
            ours.write_text(translated(text(office.port, other.port)).text, encoding="utf-8")
            outside = {"EMAIL__CA": str(certificate()[0]), "TELEGRAM__API": there.url}
            asked = ours.read_text(encoding="utf-8")
            given = {f"OPENBELL__ALERTS__{key}": value for key, value in outside.items()
                     if f"kind: {key.partition('__')[0].lower()}" in asked.partition("\n\n")[0]}  # fmt: skip
            loaded, found = assemble.read(ours, {**SECRETS, **given})
            tried = await asyncio.to_thread(try_out, loaded.config.alerts.named, found.channels.module, "t", 1)
            return Taken(there, office.mails, other.mails, tried)

    return asyncio.run(play())


def local(port: int, *changes: tuple[str, str]) -> str:
    """Return the file with a mail server of this machine."""
    return filled(
        ("smtp.gmail.com", "localhost"), ("587", str(port)), ("your-email@gmail.com", "me@example.com"), *changes
    )


def test_the_file_at_its_path_is_taken_over_as_it_stands_and_validates(call: Caller, tmp_path: Path) -> None:
    sample, ours = tmp_path / "config" / "trading_config.yaml", tmp_path / "ours.yaml"
    sample.parent.mkdir()
    sample.write_text(SAMPLE, encoding="utf-8")
    # Whoever runs it as it stands is told what to do with it.
    told = call("check", sample)
    assert (told.code, f"openbell config import {sample} --out mine.yaml" in told.err) == (2, True)
    told = call("config", "import", sample, "--out", ours)
    assert (told.code, told.out) == (0, f"wrote {ours}; next: openbell check {ours}\n")
    assert "email_enabled is not true: nothing is sent there" in told.err
    checked = call("check", ours)
    assert (checked.code, checked.err) == (0, "")
    assert call("backtest", ours).code == 0


@pytest.mark.parametrize(
    "text",
    [
        SAMPLE,
        changed(("  email_enabled: false\n", ""), ("  telegram_enabled: false\n", "")),
        "alerts: {min_level: INFO}\n",
    ],
)
def test_a_channel_that_is_not_switched_on_gets_nothing(call: Caller, tmp_path: Path, text: str) -> None:
    taken = sent(tmp_path, lambda *_: text)
    assert (taken.paths, taken.mails, taken.tried) == ([], [], [])
    assert "has no alerts" in call("alerts", "test", tmp_path / "ours.yaml").err
    assert not assemble.read(tmp_path / "ours.yaml", {})[0].config.alerts.is_on


@pytest.mark.parametrize(("mail", "chat", "kinds"), [("true", "false", ["email"]), ("false", "true", ["telegram"])])
def test_each_channel_has_a_switch_of_its_own(mail: str, chat: str, kinds: list[str]) -> None:
    text = translated(filled(mail=mail, chat=chat)).text
    assert [one["kind"] for one in parse_document(text)[0].plain()["alerts"]] == kinds


def test_the_server_the_port_and_the_sender_are_those_of_the_file(tmp_path: Path) -> None:
    first = sent(tmp_path, lambda port, _: local(port))
    assert [(one.sender, one.recipient, one.user, one.is_safe) for one in first.mails] == [
        ("me@example.com", "recipient@example.com", "me@example.com", True)
    ]
    assert (first.others, [one.why for one in first.tried]) == ([], ["", ""])
    second = sent(tmp_path, lambda _, port: local(port))
    assert (second.mails, len(second.others)) == ([], 1)
    named = sent(tmp_path, lambda port, _: local(port).replace("localhost", "127.0.0.1"))
    # The certificate is of localhost: it was the other name that was asked for.
    assert [one.why for one in named.tried if one.kind == "email"] == ["the server's certificate is not trusted"]
    other = sent(tmp_path, lambda port, _: local(port).replace("me@example.com", "you@example.com"))
    assert [one.why for one in other.tried if one.kind == "email"] == ["answered 535: user or password is wrong"]
    # Where that one may log in, it is its name that the mail comes from.
    own = sent(tmp_path, lambda port, _: local(port).replace("me@example.com", "you@example.com"), "you@example.com")
    assert [(one.sender, one.user) for one in own.mails] == [("you@example.com", "you@example.com")]


def test_the_token_is_in_the_address_and_nowhere_else(call: Caller, tmp_path: Path, monkeypatch: Any) -> None:
    chats = ('      - "YOUR_CHAT_ID"', "      - -1001\n      - '@mine'")
    people = ('      - "recipient@example.com"', "      - a@example.com\n      - b@example.com")
    taken = sent(tmp_path, lambda port, _: local(port, chats, people))
    assert taken.paths == [(f"/bot{TOKEN}/sendMessage", "-1001"), (f"/bot{TOKEN}/sendMessage", "@mine")]
    assert sorted(mail.recipient for mail in taken.mails) == ["a@example.com", "b@example.com"]
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    dump = call("config", "show", tmp_path / "ours.yaml")
    for key in ("alerts[0].password", "alerts[1].token"):
        (line,) = [line for line in dump.out.splitlines() if line.startswith(key)]
        assert "***" in line
    assert not any(secret in dump.out + dump.err for secret in (TOKEN, PASSWORD))
    state = tmp_path / "state"
    assert call("backtest", tmp_path / "ours.yaml", "--state", state).code == 0
    written = b"".join(path.read_bytes() for path in state.rglob("*") if path.is_file())
    assert b"bars" in written
    assert not any(secret.encode() in written for secret in (TOKEN, PASSWORD))


@pytest.mark.parametrize("level", ["INFO", "WARNING", "ERROR", "CRITICAL", "error"])
def test_the_least_level_is_that_of_every_channel(level: str) -> None:
    assert [one["level"] for one in made(filled(('"INFO"', f'"{level}"')))["alerts"]] == [level.lower()] * 2


@pytest.mark.parametrize(
    "text", [SAMPLE, changed(("development:\n  paper_trading: true  # Always start with paper\n", "")),
             "development: {paper_trading: true}\n", "alerts: {min_level: INFO}\n"],
)  # fmt: skip
def test_money_is_not_real_also_where_the_file_does_not_say_so(text: str) -> None:
    found = parse_document(translated(text).text)[0].plain()
    assert (found["mode"], [one["broker"] for one in found["accounts"].values()]) == ("sim", ["sim"])


def test_S3_094_its_strategies_are_asked_every_half_hour_unless_the_new_file_says_otherwise(tmp_path: Path) -> None:
    text = translated(SAMPLE).text
    assert "asked every half hour" in text.partition("source:")[0]
    for bars, minutes in ((None, 30), ("15m", 15)):
        ours = tmp_path / "ours.yaml"
        ours.write_text(text if bars is None else text.replace("30m", bars), encoding="utf-8")
        loaded, found = assemble.read(ours, {})
        spec = assemble.prepare(loaded, found).spec
        assert {one.interval for one in spec.deployments.values()} == {minutes * MINUTE_NS}


def test_a_port_of_tls_is_spoken_to_in_tls_and_what_is_not_said_is_of_gmail() -> None:
    mail, _ = made(filled(("587", "465")))["alerts"]
    assert (mail["security"], mail["port"]) == ("tls", 465)
    mail, _ = made(filled(('    smtp_server: "smtp.gmail.com"\n    smtp_port: 587\n', "")))["alerts"]
    assert (mail["server"], mail["port"], "security" in mail) == ("smtp.gmail.com", 587, False)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (filled(('"YOUR_BOT_TOKEN"', '"12:abc"')),
         "alerts.telegram.bot_token: a secret stands in the file and is not copied"),
        (filled(('"INFO"', '"LOUD"')), "alerts.min_level: 'LOUD' is not known"),
        (filled(('    sender_email: "your-email@gmail.com"\n', "")), "alerts.email: sender_email is missing"),
        (filled(('    chat_ids:\n      - "YOUR_CHAT_ID"\n', "    chat_ids: 5\n")), "alerts.telegram.chat_ids: a list is needed"),
        (filled(("development:\n", "  retries: 3\ndevelopment:\n")), "alerts.retries: has no place in a file of ours"),
        (filled(("paper_trading: true", "paper_trading: false")),
         "development.paper_trading: such a file names no account for real money"),
        ("alerts: {email_enabled: true}\n", "alerts.email_enabled: alerts.email is not there"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_over_is_refused_at_its_place(text: str, words: str) -> None:
    (found,) = said(text)
    assert found.startswith(words), shown(found)


def test_no_other_file_is_of_this_dialect() -> None:
    for text in (
        "alerts: [{url: x}]\n",
        "mode: sim\n",
        "alerts: {channels: []}\n",
        "alerts: {email: x}\ndeployments: []\n",
    ):
        assert not is_meant(parse_document(text)[0])
    for text in (SAMPLE, "development: {paper_trading: true}\n", "alerts: {email_enabled: false}\n"):
        assert is_meant(parse_document(text)[0])
