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
from openbell.wire.plain.request import OPS

ORDERS = ("submit", "amend", "cancel")
EVENTS = ("order", "execution", "bar", "quote")
"""Things the venue announces, beside the requests: faults can strike at either."""
PLACES = (*OPS, *(f"on_{event}" for event in EVENTS))
_ANYWHERE = ("on_execution", *(place for place in PLACES if place != "on_execution"))
_PUSHED = ("on_order", "on_execution")


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
    "timeout_before_accept": Kind(OPS, (), "the request is lost"),
    "duplicate_ack": Kind(ORDERS, (), "the reply and the announcement come twice"),
    "duplicate_fill": Kind(("on_execution",), ("after",), "the execution is announced again"),
    "reorder": Kind(_PUSHED, ("after",), "the announcement waits and comes behind later ones"),
    "fill_before_ack": Kind(("submit",), ("qty",), "the order fills, and only then is it confirmed"),
    "mute": Kind(_ANYWHERE, ("lasts",), "orders and executions are not announced while heartbeats flow"),
    "mute_data": Kind(_ANYWHERE, ("lasts",), "bars and quotes stop while heartbeats flow"),
    "rate_limited": Kind(OPS, ("after",), "429; `after` is when to come back"),
    "error_after_accept": Kind(ORDERS, ("status",), "the request is carried out, the reply is a server error"),
    "error_before_accept": Kind(OPS, ("status",), "the request is not carried out, the reply is a server error"),
    "garbage": Kind(OPS, ("accept",), "the reply is a web page; `accept` says whether the request was carried out"),
    "disconnect": Kind((*OPS, *_PUSHED), ("accept",), "the connection is cut, before or behind the request"),
    "partial_then_disconnect": Kind(("submit",), ("qty",), "some of the order fills, then every connection is cut"),
    "cancel_refused": Kind(("cancel",), (), "the cancel is refused as too late, and the order stays"),
    "late_fill": Kind(("cancel",), ("qty", "after"), "the cancel is confirmed, and then the order fills"),
    "correction": Kind(("on_execution",), ("ticks", "after"), "the execution is corrected by so many ticks"),
    "bust": Kind(("on_execution",), ("after",), "the execution is taken back"),
    "overfill": Kind(("on_execution",), ("qty",), "the order fills beyond its quantity"),
    "stale_snapshot": Kind(("state",), ("changes",), "the answer is so many changes old, and says as of when"),
    "failed_positions": Kind(("state",), ("how",), "positions are missing, null, or the answer is an error"),
    "nightly_reset": Kind(_ANYWHERE, ("lasts",), "day orders end, every connection is cut, none is taken for a while"),
    "unknown_code": Kind(ORDERS, ("code",), "refused with a code that stands in no table"),
    "async_reject": Kind(("submit",), ("after",), "taken, and turned down a moment later"),
    "skew": Kind(_ANYWHERE, ("by",), "from now on the venue's clock is ahead by this; negative is behind"),
    "stall": Kind(_ANYWHERE, ("lasts",), "nothing at all is sent for a while, then everything at once"),
    "lost_subscription": Kind(("subscribe",), ("confirm",), "the stream never begins; `confirm` claims it did"),
}
"""Every fault by its name in a script."""
_COMMON = ("do", "at", "nth", "every", "times", "symbol")
_SPANS = ("after", "lasts")
_COUNTS = ("nth", "every", "times", "status", "ticks", "changes")
_SWITCHES = ("accept", "confirm")


class Rule(msgspec.Struct, kw_only=True):
    """One fault of a script.

    Attributes:
        do, at: Kind and place. nth: Strikes at that occurrence from its making on. every: Also at each so-manieth.
        times: Strikes at most so often, 0 for no bound. symbol: Only there.
        after, lasts, by: ns. qty: Units. Others as `KINDS` says.
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
    how: str = "null"
    accept: bool = True
    confirm: bool = False
    seen: int = 0
    struck: int = 0


class ScriptError(Exception):
    """A fault script that cannot be used: every mistake on a line of its own, `file:line.

    What`.
    """


def read(path: Path) -> list[Rule]:
    """Return the faults of a script.

    Raises:
        ScriptError: With everything that is wrong in it.
        OSError: The file cannot be read.
    """
    return parse(path.read_text(encoding="utf-8"), str(path))


def parse(text: str, name: str) -> list[Rule]:
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
    rules = [_rule(node, faults) for node in _items(root, faults)]
    if faults:
        raise ScriptError("\n".join(f"{name}:{fault}" for fault in faults))
    return [rule for rule in rules if rule is not None]


def rule_of(fields: dict[str, Any]) -> Rule:
    """Return a fault given as plain data, as the control port takes it.

    Raises:
        ScriptError: With everything that is wrong in it.
    """
    faults: list[str] = []
    kind = KINDS.get(str(fields.get("do")))
    made = _made(kind, fields, lambda key, what: faults.append(f"{key}: {what}"))
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


def _rule(node: Node, faults: list[str]) -> Rule | None:
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
    kind = KINDS.get(str(fields.get("do")))
    return _made(kind, fields, lambda key, what: faults.append(f"{lines.get(key, line)}: {key}: {what}"))


def _made(kind: Kind | None, fields: dict[str, Any], blame: Any) -> Rule | None:
    """Return the fault, or blame each key that is wrong."""
    if kind is None:
        given = fields.get("do")
        known = ", ".join(KINDS)
        blame("do", f"no fault is called {given!r}{_meant(str(given), tuple(KINDS))}; known: {known}")
        return None
    known_keys = (*_COMMON, *kind.options)
    is_right = True
    values: dict[str, Any] = {"at": kind.at[0]}
    for key, raw in fields.items():
        try:
            values[key] = _value(key, raw, known_keys, kind)
        except ValueError as error:
            blame(key, str(error))
            is_right = False
    if "every" in values and "nth" not in values:
        values["nth"] = values["every"]
    if "every" in values and "times" not in values:
        values["times"] = 0
    return Rule(**values) if is_right else None


def _value(key: str, raw: Any, known: tuple[str, ...], kind: Kind) -> Any:
    if key not in known:
        raise ValueError(f"unknown key{_meant(key, known)}; known here: {', '.join(known)}")
    if key == "at" and raw not in kind.at:
        raise ValueError(f"{raw!r} is no place for it{_meant(str(raw), kind.at)}; known: {', '.join(kind.at)}")
    if key == "how" and raw not in ("null", "missing", "error"):
        raise ValueError(f"{raw!r} is none of null, missing, error")
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
