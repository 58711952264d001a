"""What leaves this machine is encrypted: which addresses are, and which are not known to be."""

import pytest

from openbell.links import LOCAL, SERVICES, in_the_open, is_own_host, open_door, open_mail


@pytest.mark.parametrize(
    ("host", "is_own"),
    [
        ("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("localhost", True),
        ("0.0.0.0", False), ("::", False), ("192.168.1.4", False), ("localhost.example.org", False), ("", False),
    ],
)  # fmt: skip
def test_a_host_is_this_machines_own_only_where_nobody_else_reaches_it(host: str, is_own: bool) -> None:
    assert is_own_host(host) is is_own


@pytest.mark.parametrize(
    "text",
    [
        "https://a.example/1", "wss://a.example", "tls://10.0.0.1:8786", "HTTPS://A.example", "tgram://token/chat",
        "http://127.0.0.1:8765", "http://[::1]:1/x", "ws://localhost:7001/v1", "json://user:word@localhost/a",
        "mailtos://me:word@mail.example", "jsons://a.example?verify=yes", "file:///tmp/bars", "syslog://",
        "jsons://a.example, tgram://token/chat", "no address", "", "see http://a.example", "C:\\bars", "10:30",
        # Whether it is one of Apprise's is not asked of a picture that it names.
        "jsons://a.example/?image=http://b.example/1.png",
    ],
)  # fmt: skip
def test_what_is_encrypted_or_stays_here_or_is_no_address_may_stand(text: str) -> None:
    assert in_the_open(text) is None


@pytest.mark.parametrize(
    ("text", "what", "advice"),
    [
        ("http://a.example/secret", "http:// goes in the open", "write https://"),
        ("ws://192.168.1.4:7001", "ws:// goes in the open", "write wss://"),
        ("tcp://10.0.0.1:8786", "tcp:// goes in the open", "write tls://"),
        ("JSON://a.example", "json:// goes in the open", "write jsons://"),
        ("ntfy://secret", "ntfy:// goes in the open", "write ntfys://"),
        ("http://localhost.example.org", "http:// goes", "or an address of this machine such as 127.0.0.1"),
        ("http://0.0.0.0:1", "http:// goes", "write https://"),
        ("http://[secret", "http:// goes", "write https://"),
        ("tgram://token/chat,json://a.example/secret", "json:// goes", "write jsons://"),
        ("json://localhost xml://a.example/secret", "xml:// goes", "write xmls://"),
        ("aprs://secret", "this address is not known to be encrypted", "choose a service that is"),
        ("rsyslog://a.example", "this address is not known to be encrypted", "choose a service that is"),
        ("jsons://a.example?verify=no", "verify= in this address gives up", "leave verify= out"),
        ("mailtos://me:secret@a.example?mode=Insecure", "mode= in this address gives up", "leave mode= out"),
    ],
)
def test_what_would_go_in_the_open_is_said_by_its_scheme_alone(text: str, what: str, advice: str) -> None:
    fault = in_the_open(text)
    assert fault is not None
    assert what in fault.what and advice in fault.advice
    assert "secret" not in str(fault) and "a.example" not in str(fault)


def test_mail_is_encrypted_and_a_door_is_opened_to_this_machine_alone() -> None:
    assert (
        open_mail("127.0.0.1", "none")
        is open_mail("mail.example", "tls")
        is open_mail("mail.example", "starttls")
        is None
    )
    assert str(open_mail("mail.example", "none")).endswith("write security: starttls or tls")
    assert open_door("127.0.0.1") is open_door("::1") is None
    assert "unencrypted" in str(open_door("0.0.0.0"))  # no address is bound


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_services_that_count_as_encrypted_are_those_of_which_apprise_says_so() -> None:
    from apprise.manager_plugins import NotificationManager

    known = NotificationManager()
    known.load_modules()
    encrypted: set[str] = set()
    for plugin in set(known.plugins(include_disabled=True)):
        named = plugin.secure_protocol or ()
        encrypted |= {named} if isinstance(named, str) else set(named)
    # Of these three Apprise says so, and calls them in the open all the same.
    assert encrypted - SERVICES == {"aprs", "dapnet", "kavenegar"}
    assert encrypted >= SERVICES
    assert not LOCAL & encrypted
