"""The dialect of files with `alerts: {email_enabled: …}`: who is told, and by what.

Nothing else stands in such a file but whether money is real. What it does not say, account, symbols and strategies,
is a run of an invented market with the limits of the preset `ib`, until its owner writes his own.
"""

from typing import Any

from openbell.config.dialects import keys as k
from openbell.config.dialects.keys import Keys, Unfit
from openbell.config.dialects.live_trading import Translation
from openbell.config.dialects.writing import write
from openbell.config.document import Tree
from openbell.config.happenings import LEVELS

ADVICE = "delete the key, or write what you want into the new file: openbell config schema shows what there is"
_OWN = ("email_enabled", "telegram_enabled", "min_level", "email", "telegram")
_TLS_PORT = 465
"""Where a mail server speaks TLS from the first byte on; it begins with STARTTLS elsewhere."""
INTERVAL = "30m"
"""How often strategies are asked: such a file has no key for it, and its system asks every 30 minutes."""
_SAMPLE: dict[str, Any] = {
    "source": {"kind": "synthetic", "seed": 1, "days": 20, "interval": INTERVAL},
    "instruments": {"default": {"kind": "stock"}},
    "accounts": {"main": {"broker": "sim", "cash": "100000 USD"}},
    "deployments": [
        {
            "name": kind, "strategy": {"kind": kind}, "instruments": [symbol], "bars": INTERVAL,
            "account": "main", "exits": {"stop_loss": "2%", "take_profit": "4%"},
            "budget": {"capital": "30000 USD", "per_position": "10%"},
        }
        for kind, symbol in (("ema_cross", "AAPL"), ("vwap", "GOOGL"), ("volume_breakout", "MSFT"))
    ],
    "rules": {"preset": "ib"},
}  # fmt: skip
"""What such a file leaves open."""
_NOTE = """\
# Such a file names no account, symbol or strategy: what stands here trades an invented market with the limits of the
# preset ib. Write your own in its place. Its strategies are asked every half hour, which is what such files mean where
# they say nothing: change `bars` of each deployment, and `interval` of the invented market with it.
"""


def is_meant(root: Tree) -> bool:
    """Return True if a document is of this dialect."""
    below = root.child("alerts")
    has_alerts = below is not None and isinstance(below.value, dict) and bool(set(_OWN) & set(below.value))
    return "deployments" not in root.value and (has_alerts or "development" in root.value)


def translate(root: Tree, name: str) -> Translation:
    """Return a document of this dialect, the file `name`, as one of ours. Pure."""
    keys = Keys(root)
    keys.take("development.paper_trading", _paper, "mode")
    level = keys.take("alerts.min_level", _level, "alerts[].level") or "info"
    config = {"mode": "sim", **_SAMPLE, "alerts": [*_mail(keys, level), *_chat(keys, level)]}
    keys.refuse_rest(ADVICE)
    text = _NOTE + write(config, keys.placed, name)
    return Translation(text=text, placed=tuple(keys.placed), faults=tuple(keys.faults))


def _paper(tree: Tree) -> bool:
    if not k.flag(tree):
        advice = "set it true; a file with broker: and mode: live of ours says where real money is"
        raise Unfit("such a file names no account for real money", advice)
    return True


def _level(tree: Tree) -> str:
    return str(k.one_of({one: one.lower() for level in LEVELS for one in (level.upper(), level)})(tree))


def _ids(tree: Tree) -> list[str]:
    """Return a list of texts or whole numbers, as a chat is called by."""
    if not isinstance(tree.value, list) or not tree.value:
        raise Unfit('a list is needed, such as ["123456789"]')
    return [str(one.value) if type(one.value) is int else k.text(one) for one in tree.value]


def _is_on(keys: Keys, channel: str) -> bool:
    """Say whether a channel is switched on; one that is not is left out, and no secret of it is asked for."""
    switch = f"alerts.{channel}_enabled"
    if keys.take(switch, k.flag, f"alerts[].kind: {channel}"):
        if not keys.has(f"alerts.{channel}"):
            keys.refuse(switch, f"alerts.{channel} is not there", f"write {channel}: below alerts:")
        return True
    keys.leave(f"alerts.{channel}", f"{channel}_enabled is not true: nothing is sent there",
               f"for messages write {channel}_enabled: true, and import it again")  # fmt: skip
    return False


def _needed(keys: Keys, path: str, form: k.Form, where: str) -> Any:
    if not keys.has(path) and keys.has(path.rpartition(".")[0]):
        keys.refuse(path.rpartition(".")[0], f"{path.rpartition('.')[2]} is missing", "write it")
    return keys.take(path, form, where)


def _mail(keys: Keys, level: str) -> list[dict[str, Any]]:
    if not _is_on(keys, "email"):
        return []
    at = "alerts.email"
    sender = _needed(keys, f"{at}.sender_email", k.text, "alerts[].user, and the sender")
    port = keys.take(f"{at}.smtp_port", k.count, "alerts[].port") or 587
    return [{
        "kind": "email", "server": keys.take(f"{at}.smtp_server", k.text, "alerts[].server") or "smtp.gmail.com",
        "port": port, **({"security": "tls"} if port == _TLS_PORT else {}), "user": sender, "sender": sender,
        "password": _needed(keys, f"{at}.sender_password", k.secret, "alerts[].password"),
        "to": _needed(keys, f"{at}.recipients", k.names, "alerts[].to"), "level": level,
    }]  # fmt: skip


def _chat(keys: Keys, level: str) -> list[dict[str, Any]]:
    if not _is_on(keys, "telegram"):
        return []
    at = "alerts.telegram"
    token = _needed(keys, f"{at}.bot_token", k.secret, "alerts[].token")
    chats = _needed(keys, f"{at}.chat_ids", _ids, "alerts[].chats")
    return [{"kind": "telegram", "token": token, "chats": chats, "level": level}]
