"""What leaves this machine is encrypted: one rule for every address and host."""

import re
from ipaddress import ip_address
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
_TWINS = {"http": "https", "ws": "wss", "tcp": "tls"}


class Fault(NamedTuple):
    """Why an address is refused, and what to write in its place.

    Neither holds more of it than the scheme: there may be a secret in it.
    """

    what: str
    advice: str

    def __str__(self) -> str:
        return f"{self.what}; {self.advice}"


def is_own_host(host: str) -> bool:
    """Return True for a name or address that only this machine itself can reach."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


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
