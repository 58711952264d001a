"""Where what leaves this machine may go, and that it is encrypted: one rule for all."""

import re
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

ENCRYPTED = frozenset(["https", "wss", "tls", "imaps", "smtps"])
"""Schemes of our own links that are encrypted."""
_NAMES = """
46elks amqps apprises atalk azure barks betterstack bluesky brevo bsky bulksms bulkvs burstsms chanify clickatell
clicksend cliq cm d7sms deltachats dingtalk discord dot eight00com elks embys enigma2s evolutions exotel fcm
feishu firehydrant flock flowtriqs fluxers forms freemobile gchat github goalerts gorushs gotifys groundmail
groupme guilded gupshup hassios httpsms humhubs ifttt ilert incidentio infobip ircs jellyfins jira join jsons
kakao kakaotalk kaleyra klr kodis kook kudosity kumulos lametrics lark lauther lfg line mailersend mailgun mailtos
mastodons matrixs misskeys mmosts mobilemessage mobilemsg mqtts msg91 msgbird nclouds nctalks nexmo nostr noticas
notifiarr notificos notifyre ntfys o365 octopush onebots onesignal opsgenie pagerduty pagertree parseps pbul
pinglets pingram pjets plivo postmark pover prowl psafers push pushdeers pushed pushplus pushward pushy qq reddit
resend revolt ringc rockets ryver schan sendgrid sendpulse serwersms ses sessions seven signalgrid signals signl4
simplepush sinch slack smpps smsc smseagles smsmanager smsmgr smstunnel smtp2go sns sogs sparkpost spike splunk
spugpush spush squadcast stackfield strmlabs synologys telesign telnyx tgram threema toots trigvs tweet twilio
twist twitter vapid viber victorops voipms vonage webex wechat wecom wecombot whapi whatsapp workflow workflows
wpush wxpusher wxteams x xbmcs xmatters xmls xmpps youlmk zalo zcliq zohocliq zoom zulip
"""
SERVICES = frozenset(_NAMES.split())
"""Schemes of Apprise's services that are encrypted."""
LOCAL = frozenset(["file", "blink1", "dbus", "gio", "glib", "gnome", "kde", "macosx", "qt", "syslog", "windows"])
"""Schemes that do not leave this machine."""
_SCHEME = re.compile(r"(?:^|(?<=[\s,;]))([A-Za-z0-9][A-Za-z0-9+.-]*)://")
_SWITCHED_OFF = {
    "verify": re.compile("(?!yes|true|1|on).*", re.IGNORECASE),
    "mode": re.compile("insecure|none", re.IGNORECASE),
}
"""Parameters by which an address of Apprise gives up what its scheme promises."""
_SPECIAL = """
0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24
192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/3 168.63.129.16/32
2001::/23 2001:db8::/32 2002::/16 3fff::/20
"""
# Of this network, private, of a carrier, link-local (where clouds keep keys), of tests, of tunnels, of many hosts, from
# IANA's registries; written down, because what Python calls global differs between its versions.
_NOBODYS = tuple(ip_network(one) for one in _SPECIAL.split())
_GIVEN_OUT, _NAT64 = ip_network("2000::/3"), ip_network("64:ff9b::/96")
"""All of IPv6 that has been given out to anybody, and how machines with IPv6 alone reach IPv4."""
_TWINS = {"http": "https", "ws": "wss", "tcp": "tls"}


class Fault(NamedTuple):
    """Why an address is refused, and what to write in its place.

    Neither holds more of it than the scheme: there may be a secret in it.
    """

    what: str
    advice: str

    def __str__(self) -> str:
        return f"{self.what}; {self.advice}"


NOT_PUBLIC = Fault(
    "this leads to no machine on the public internet, but into a network around this one",
    "let a proxy of this machine pass it on, and write its address, such as http://127.0.0.1:8080",
)


def is_own_host(host: str) -> bool:
    """Return True for a name or address that only this machine itself can reach."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_public(address: str) -> bool:
    """Return True for an address, in numbers, on the public internet; False for what is none."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        if found in _NAT64:
            found = IPv4Address(int(found) & 0xFFFF_FFFF)
        elif found not in _GIVEN_OUT:
            return False
    return not any(found in one for one in _NOBODYS)


def may_reach(host: str, address: str) -> bool:
    """Return True where a link to a host, as it was written, may end at an address.

    To this machine only links go that name this machine: a name that leads here, or into the network around it, was
    given that meaning by whoever answers for the name.
    """
    if not is_own_host(host):
        return is_public(address)
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def hosts_of(text: str) -> list[str]:
    """Return the host of each address in a text, empty for one without."""
    starts = [found.start() for found in _SCHEME.finditer(text)]
    found = []
    for start, end in zip(starts, [*starts[1:], len(text)], strict=False):
        try:
            found.append(urlsplit(text[start:end].strip(" ,;")).hostname or "")
        except ValueError:
            found.append("")
    return found


def not_public(text: str) -> Fault | None:
    """Return why nothing may be sent to addresses, None where their text alone does not tell."""
    for host in hosts_of(text):
        with suppress(ValueError):
            if not may_reach(host, str(ip_address(host))):
                return NOT_PUBLIC
    return None


def reachable(text: str) -> str:
    """Return an address as it stands, as the check of an option.

    Raises:
        ValueError: It is known from it alone that nothing may be sent there.
    """
    if (fault := not_public(text)) is not None:
        raise ValueError(str(fault))
    return text


def in_the_open(text: str) -> Fault | None:
    """Return why an address would send in the open to another machine, None otherwise.

    Text that begins with no scheme is no address. What is not known to be encrypted is taken to be in the open. Several
    addresses in one text are all looked at, as Apprise would call them all.
    """
    starts = list(_SCHEME.finditer(text))
    if not starts or starts[0].start():
        return None
    ends = [found.start() for found in starts[1:]]
    for start, end in zip(starts, [*ends, len(text)], strict=True):
        fault = _fault(start[1].lower(), text[start.start() : end].strip(" ,;"))
        if fault is not None:
            return fault
    return None


def open_mail(server: str, security: str) -> Fault | None:
    """Return why a mail server must not be talked to like this, None where it may."""
    if security != "none" or is_own_host(server):
        return None
    return Fault("mail would go in the open to another machine", "write security: starttls or tls")


def open_door(host: str) -> Fault | None:
    """Return why no unencrypted door may be opened at an address, None where it may.

    It may where only this machine reaches it.
    """
    if is_own_host(host):
        return None
    what = "other machines would come in there unencrypted"
    return Fault(what, "write 127.0.0.1, and let a proxy or tunnel of this machine with TLS pass on what comes")


def _fault(scheme: str, address: str) -> Fault | None:
    try:
        parts = urlsplit(address)
        host, asked = parts.hostname or "", parse_qs(parts.query)
    except ValueError:
        host, asked = "", {}
    if scheme in LOCAL or is_own_host(host):
        return None
    own = ", or an address of this machine such as 127.0.0.1"
    if scheme not in ENCRYPTED | SERVICES:
        twin = _TWINS.get(scheme, f"{scheme}s")
        if twin in ENCRYPTED | SERVICES:
            return Fault(f"{scheme}:// goes in the open to another machine", f"write {twin}://{own}")
        what = "this address is not known to be encrypted, and may go in the open to another machine"
        return Fault(what, f"choose a service that is{own}")
    for name, is_off in _SWITCHED_OFF.items():
        if any(is_off.fullmatch(word) for word in asked.get(name, ())):
            return Fault(f"{name}= in this address gives up its encryption", f"leave {name}= out")
    return None
