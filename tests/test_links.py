"""What leaves this machine is encrypted: which addresses are, and which are not known to be."""

import pytest

from openbell.links import (
    LOCAL,
    NOT_PUBLIC,
    SERVICES,
    hosts_of,
    in_the_open,
    is_own_host,
    is_public,
    may_reach,
    not_public,
    open_door,
    open_mail,
    reachable,
)


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


_INSIDE = """
0.0.0.0 0.255.255.255 10.0.0.0 10.255.255.255 100.64.0.0 100.127.255.255 127.0.0.1 127.255.255.254 169.254.0.1
169.254.169.254 172.16.0.0 172.31.255.255 192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.0 192.168.255.255 198.18.0.1
198.19.255.255 198.51.100.7 203.0.113.7 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 168.63.129.16
:: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:8.8.8.8 ::ffff:a9fe:a9fe 64:ff9b::127.0.0.1 64:ff9b::a9fe:a9fe
64:ff9b:1::1 100::1 2001::1 2001:10::1 2001:db8::1 2002:7f00:1::1 2002:a9fe:a9fe::1 3fff::1 5f00::1 fc00::1 fd00:ec2::254
fe80::1 fe80::1%eth0 fec0::1 ff02::1
"""
"""Addresses that lead into the network around a machine, to itself, to what a cloud keeps for it, or nowhere."""
_OUTSIDE = """
1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.1 169.253.255.255 169.255.0.0
172.15.255.255 172.32.0.0 192.0.1.1 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 223.255.255.255
2001:200::1 2001:4860:4860::8888 2606:4700::1111 2a00::1 64:ff9b::8.8.8.8
"""
INSIDE, OUTSIDE = _INSIDE.split(), _OUTSIDE.split()


def test_E16_only_what_is_on_the_public_internet_counts_as_there() -> None:
    assert [one for one in INSIDE if is_public(one)] == []
    assert [one for one in OUTSIDE if not is_public(one)] == []
    # Numbers that only some programs read as an address are none.
    assert not any(map(is_public, ("127.1", "2130706433", "0x7f.1", "017700000001", "8.8.8.8 ", "example.org", "")))


def test_E16_this_machine_is_reached_by_its_own_name_alone() -> None:
    for host in ("localhost", "127.0.0.1", "127.9.9.9", "::1"):
        assert may_reach(host, "127.0.0.1") and may_reach(host, "::1")
        assert not may_reach(host, "8.8.8.8") and not may_reach(host, "10.0.0.1") and not may_reach(host, "localhost")
    for host in ("hooks.example", "localhost.example.org", "127.0.0.1.nip.io", "10.0.0.1", ""):
        assert may_reach(host, "8.8.8.8")
        assert not any(may_reach(host, address) for address in INSIDE)


def test_E16_an_address_that_tells_by_itself_is_refused_where_it_is_written() -> None:
    assert hosts_of("jsons://me:word@a.example/x, https://[fd00::1]:8/") == ["a.example", "fd00::1"]
    assert hosts_of("https://[") == [""] and hosts_of("no address") == []
    for text in (
        "https://192.168.1.4/hook",
        "https://169.254.169.254/latest",
        "https://[fd00:ec2::254]/",
        "https://[::]:1",
    ):
        assert not_public(text) == NOT_PUBLIC
        with pytest.raises(ValueError, match="let a proxy of this machine"):
            reachable(text)
    for text in (
        "https://a.example/1",
        "http://127.0.0.1:1",
        "http://localhost:1",
        "https://8.8.8.8/",
        "https://[",
        "word",
    ):
        assert reachable(text) == text


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
