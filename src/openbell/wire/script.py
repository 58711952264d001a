"""Fault scripts: what goes wrong at the venue, when, as YAML.

Every mistake in one is told with its line.
"""

from pathlib import Path
from typing import Any

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from openbell.schema import parse_decimal, parse_span

ORDERS = ("submit", "amend", "cancel")
ASKED = (
    "hello", "subscribe", *ORDERS, "order", "executions", "state", "orders", "positions", "account", "instruments",
    "clock", "history", "ping",
)  # fmt: skip
"""Every request that some front knows."""
EVENTS = ("order", "execution", "bar", "quote")
"""Things a venue announces, beside the requests: faults can strike at either."""
_PUSHED = ("on_order", "on_execution")
_PRICED = ("on_bar", "on_quote")
_ANYWHERE = ("on_execution", *ASKED, "on_order", *_PRICED)
_HELD = ("state", "positions")
_LISTS = ("state", "positions", "orders", "account")


class Kind(msgspec.Struct, frozen=True):
    """A kind of fault.

    Attributes:
        at: Where it can strike, its usual place first. options: Keys beside the common ones. text: What it does.
    """

    at: tuple[str, ...]
    options: tuple[str, ...]
    text: str


KINDS = {
    "timeout_after_accept": Kind(ORDERS, (), "the request is carried out, its reply and announcement are lost"),
    "timeout_before_accept": Kind(ASKED, (), "the request is lost"),
    "duplicate_ack": Kind(ORDERS, (), "the reply and the announcement come twice"),
    "duplicate_fill": Kind(("on_execution",), ("after",), "the execution is announced again"),
    "reorder": Kind(_PUSHED, ("after",), "the announcement waits and comes behind later ones"),
    "fill_before_ack": Kind(("submit",), ("qty",), "the order fills, and only then is it confirmed"),
    "mute": Kind(_ANYWHERE, ("lasts",), "orders and executions are not announced while heartbeats flow"),
    "mute_data": Kind(_ANYWHERE, ("lasts",), "bars and quotes stop while heartbeats flow"),
    "rate_limited": Kind(ASKED, ("after",), "429; `after` is when to come back"),
    "error_after_accept": Kind(ORDERS, ("status",), "the request is carried out, the reply is a server error"),
    "error_before_accept": Kind(ASKED, ("status",), "the request is not carried out, the reply is a server error"),
    "garbage": Kind(ASKED, ("accept",), "the reply is a web page; `accept` says whether the request was carried out"),
    "disconnect": Kind((*ASKED, *_PUSHED), ("accept",), "the connection is cut, before or behind the request"),
    "partial_then_disconnect": Kind(("submit",), ("qty",), "some of the order fills, then every connection is cut"),
    "cancel_refused": Kind(("cancel",), (), "the cancel is refused as too late, and the order stays"),
    "late_fill": Kind(("cancel",), ("qty", "after"), "the cancel is confirmed, and then half or `qty` of it fills"),
    "correction": Kind(("on_execution",), ("ticks", "after"), "the execution is corrected by so many ticks"),
    "bust": Kind(("on_execution",), ("after",), "the execution is taken back"),
    "overfill": Kind(("on_execution",), ("qty",), "the order fills beyond its quantity"),
    "stale_snapshot": Kind(_LISTS, ("changes",), "the answer is so many changes old"),
    "failed_positions": Kind(
        ("state", "positions", "account"), ("how",), "what is held is missing, null, or answered with an error"
    ),
    "nightly_reset": Kind(_ANYWHERE, ("lasts",), "day orders end, every connection is cut, none is taken for a while"),
    "unknown_code": Kind(ORDERS, ("code",), "refused with a code that stands in no table"),
    "async_reject": Kind(("submit",), ("after",), "taken, and turned down a moment later"),
    "skew": Kind(_ANYWHERE, ("by",), "from now on the venue's clock is ahead by so much more; negative sets it back"),
    "stall": Kind(_ANYWHERE, ("lasts",), "nothing at all is sent for a while, then everything at once"),
    "lost_subscription": Kind(("subscribe",), ("confirm",), "the stream never begins; `confirm` claims it did"),
    "auth_expired": Kind(ASKED, ("lasts",), "keys or token are refused, at this request and for so long"),
    "ban": Kind(ASKED, ("lasts",), "every request is refused as banned for a while"),
    "slow_loris": Kind(ASKED, ("lasts",), "the reply trickles in, some bytes at a time, over so long"),
    "late_reply": Kind(ASKED, ("after",), "the request is carried out, its reply comes so much later"),
    "half_reply": Kind(ASKED, ("accept",), "the connection breaks in the middle of the reply"),
    "malformed": Kind((*ASKED, *_PUSHED, *_PRICED), ("accept",), "the end of the reply or announcement is missing"),
    "grown": Kind((*ASKED, *_PUSHED, *_PRICED), ("size",), "unknown fields stand in it, of so many bytes"),
    "empty_reply": Kind(ASKED, ("accept",), "success without a body"),
    "redirect": Kind(ASKED, (), "the client is sent to another host"),
    "empty_list": Kind(("positions", "orders", "executions"), (), "an empty list with every sign of success"),
    "lost_frame": Kind(_PUSHED + _PRICED, (), "the announcement is lost while everything else comes"),
    "mute_socket": Kind(_ANYWHERE, (), "every socket there is hears nothing more; it stays open and answers pings"),
    "null_data": Kind(_PUSHED, (), "an announcement with nothing in it comes first"),
    "unknown_event": Kind(_PUSHED, (), "an announcement of a kind in no table comes first"),
    "bad_price": Kind(_PRICED, ("how",), "the price is zero, negative, null, text or absurd"),
    "repeated_bar": Kind(("on_bar",), ("after",), "the bar is announced again"),
    "late_bar": Kind(("on_bar",), ("after",), "the bar comes so much later"),
    "lag": Kind(_ANYWHERE, ("after", "lasts"), "for a while every announcement comes so much later"),
    "ghost_session": Kind(_ANYWHERE, ("lasts",), "every socket is cut, and the old sessions are held for a while"),
    "id_rollback": Kind(_ANYWHERE, (), "the venue's running numbers begin anew"),
    "forgotten_order": Kind(("submit",), (), "taken and confirmed, and then the venue has never heard of it"),
    "revoked_stream": Kind(_ANYWHERE, (), "the account's stream is ended, and that is said; its socket stays open"),
    "shutdown": Kind(_ANYWHERE, (), "every socket is told that it ends, and ends in good order, as after its day"),
}
"""Every fault by its name in a script."""
_COMMON = ("do", "at", "nth", "every", "times", "symbol")
_SPANS = ("after", "lasts")
_COUNTS = ("nth", "every", "times", "status", "ticks", "changes", "size")
_SWITCHES = ("accept", "confirm")
_HOWS = {
    "failed_positions": ("null", "missing", "error"),
    "bad_price": ("zero", "negative", "null", "text", "absurd"),
}


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """What a front can play.

    Attributes:
        places: Where faults can strike at it. faults: Names out of `KINDS`.
    """

    places: tuple[str, ...]
    faults: tuple[str, ...]

    def at(self, name: str) -> tuple[str, ...]:
        """Return where a fault can strike here, its usual place first."""
        return tuple(place for place in KINDS[name].at if place in self.places)


class Rule(msgspec.Struct, kw_only=True):
    """One fault of a script.

    Attributes:
        do, at: Kind and place. nth: Strikes at that occurrence from its making on. every: Also at each so-manieth.
        times: Strikes at most so often, 0 for no bound. symbol: Only there.
        after, lasts, by: ns. qty: Units. size: Bytes. Others as `KINDS` says.
        seen, struck: Occurrences and strikes so far.
    """

    do: str
    at: str
    nth: int = 1
    every: int = 0
    times: int = 1
    symbol: str = ""
    after: int = 0
    lasts: int = 0
    by: int = 0
    qty: Any = None
    status: int = 503
    ticks: int = 1
    changes: int = 1
    code: str = "E-9999"
    how: str = ""
    size: int = 2_000
    accept: bool = True
    confirm: bool = False
    seen: int = 0
    struck: int = 0


class ScriptError(Exception):
    """A fault script that cannot be used: every mistake on a line of its own, `file:line.

    What`.
    """


def read(path: Path, ground: Ground) -> list[Rule]:
    """Return the faults of a script that is meant for a front.

    Raises:
        ScriptError: With everything that is wrong in it.
        OSError: The file cannot be read.
    """
    return parse(path.read_text(encoding="utf-8"), str(path), ground)


def parse(text: str, name: str, ground: Ground) -> list[Rule]:
    """Return the faults of a script's text; `name` stands in its mistakes.

    Raises:
        ScriptError: With everything that is wrong in it.
    """
    faults: list[str] = []
    try:
        root = YAML(typ="rt", pure=True).compose(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else 1
        raise ScriptError(f"{name}:{line}: {error.problem}") from None
    except YAMLError as error:
        raise ScriptError(f"{name}:1: {error}") from None
    rules = [_rule(node, faults, ground) for node in _items(root, faults)]
    if faults:
        raise ScriptError("\n".join(f"{name}:{fault}" for fault in faults))
    return [rule for rule in rules if rule is not None]


def rule_of(fields: dict[str, Any], ground: Ground) -> Rule:
    """Return a fault given as plain data, as the control port takes it.

    Raises:
        ScriptError: With everything that is wrong in it.
    """
    faults: list[str] = []
    made = _made(fields, ground, lambda key, what: faults.append(f"{key}: {what}"))
    if made is None:
        raise ScriptError("\n".join(faults))
    return made


def _items(root: Node | None, faults: list[str]) -> list[Node]:
    if root is None:
        return []
    keys = {key.value: value for key, value in root.value} if isinstance(root, MappingNode) else {}
    listed = keys.get("faults")
    if not isinstance(listed, SequenceNode):
        faults.append(f"{root.start_mark.line + 1}: a script is `faults:` and a list, such as - {{do: duplicate_fill}}")
        return []
    others = [key for key in root.value if key[0].value != "faults"]
    faults += [f"{key.start_mark.line + 1}: unknown key {key.value!r}; only `faults` stands here" for key, _ in others]
    return list(listed.value)


def _rule(node: Node, faults: list[str], ground: Ground) -> Rule | None:
    line = node.start_mark.line + 1
    if not isinstance(node, MappingNode):
        faults.append(f"{line}: a fault is a mapping, such as {{do: duplicate_fill, nth: 2}}")
        return None
    lines = {str(key.value): key.start_mark.line + 1 for key, _ in node.value}
    fields: dict[str, Any] = {}
    for key, value in node.value:
        if not isinstance(value, ScalarNode):
            faults.append(f"{lines[str(key.value)]}: {key.value} is a single value")
            return None
        fields[str(key.value)] = value.value
    return _made(fields, ground, lambda key, what: faults.append(f"{lines.get(key, line)}: {key}: {what}"))


def _made(fields: dict[str, Any], ground: Ground, blame: Any) -> Rule | None:
    """Return the fault, or blame each key that is wrong."""
    name = str(fields.get("do"))
    if name not in ground.faults:
        known = ", ".join(ground.faults)
        what = f"{name!r} cannot be played here" if name in KINDS else f"no fault is called {fields.get('do')!r}"
        blame("do", f"{what}{_meant(name, ground.faults)}; known: {known}")
        return None
    is_right = True
    values: dict[str, Any] = {"at": ground.at(name)[0], "how": next(iter(_HOWS.get(name, ("",))))}
    for key, raw in fields.items():
        try:
            values[key] = _value(key, raw, name, ground.at(name))
        except ValueError as error:
            blame(key, str(error))
            is_right = False
    if "every" in values and "nth" not in values:
        values["nth"] = values["every"]
    if "every" in values and "times" not in values:
        values["times"] = 0
    return Rule(**values) if is_right else None


def _value(key: str, raw: Any, name: str, places: tuple[str, ...]) -> Any:
    known = (*_COMMON, *KINDS[name].options)
    if key not in known:
        raise ValueError(f"unknown key{_meant(key, known)}; known here: {', '.join(known)}")
    if key == "at" and raw not in places:
        raise ValueError(f"{raw!r} is no place for it{_meant(str(raw), places)}; known: {', '.join(places)}")
    if key == "how" and raw not in _HOWS[name]:
        raise ValueError(f"{raw!r} is none of {', '.join(_HOWS[name])}")
    if key in _SPANS:
        return parse_span(raw)
    if key == "by":
        text = str(raw).strip()
        return -parse_span(text[1:]) if text.startswith("-") else parse_span(text)
    if key in _COUNTS:
        return _count(key, raw)
    if key in _SWITCHES:
        if str(raw).lower() not in ("true", "false"):
            raise ValueError(f"{raw!r} is neither true nor false")
        return str(raw).lower() == "true"
    return parse_decimal(raw) if key == "qty" else str(raw)


def _count(key: str, raw: Any) -> int:
    least = 0 if key in ("times", "ticks") else 1
    text = str(raw).strip()
    if not text.removeprefix("-").isdecimal() or (int(text) < least and key != "ticks"):
        raise ValueError(f"{raw!r} is not a whole number from {least} on")
    return int(text)


def _meant(word: str, known: tuple[str, ...]) -> str:
    """Return a suggestion for a mistyped word, empty where none is near."""
    near = min(known, key=lambda candidate: _distance(word, candidate))
    return f", did you mean {near!r}?" if _distance(word, near) <= max(2, len(word) // 3) else ""


def _distance(a: str, b: str) -> int:
    row = list(range(len(b) + 1))
    for i, left in enumerate(a, 1):
        above, row[0] = row[0], i
        for j, right in enumerate(b, 1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (left != right))
    return row[-1]


def strike(rules: list[Rule], place: str, symbol: str) -> Rule | None:
    """Count an occurrence at `place` and return the fault that strikes there now.

    None for none.

    At one occurrence one fault strikes at most: the first of the script.
    """
    found: Rule | None = None
    for rule in rules:
        if rule.at != place or (rule.symbol and rule.symbol != symbol):
            continue
        rule.seen += 1
        is_turn = rule.seen == rule.nth or (
            bool(rule.every) and rule.seen > rule.nth and (rule.seen - rule.nth) % rule.every == 0
        )
        if found is None and is_turn and (not rule.times or rule.struck < rule.times):
            rule.struck += 1
            found = rule
    return found
