"""Write the page of events and effects and that of an order's life, from the code."""

import inspect
import re
from collections.abc import Collection
from pathlib import Path
from typing import get_type_hints

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.order import TABLE, Happening, Outcome
from openbell.core.types import TERMINAL, Status
from tools.table import row

EVENTS_HEAD = """# Events and effects

Everything that can come into the engine and everything that can go out of it, written by `make docs` from the code. A
record of the journal holds one event and all effects decided on it. Times are whole nanoseconds UTC: `ts` is the
instant the engine acts at. Fields are only ever added, at the end and with a default, so old journals stay readable.
"""
ORDERS_HEAD = """# The life of an order

Written by `make docs` from the table that the engine uses (`core/order.py`). A fill is an event of its own: it changes
what is filled whatever the status says, and the status follows. No order ends by silence: one that is not answered is
UNKNOWN, counts in full against every limit, and is asked after.

```mermaid
stateDiagram-v2
    [*] --> new
"""
TABLE_HEAD = """
## Every pair

`open` means working or, with something filled, partial. `same` is a duplicate or changes nothing. `late` books the
execution and keeps the status. `illegal` is refused and reported.

"""
OURS = {Happening.SEND, Happening.RESEND, Happening.LOSE, Happening.ASK_CANCEL, Happening.ASK_REPLACE}
"""Our own acts; everything else is a word of the venue, or of the edge before it."""


def events_page(root: Path) -> str:
    """Return the page of all events and effects with their fields."""
    lines = [EVENTS_HEAD]
    for title, module, base in (("Events: what comes in", ev, ev.Event), ("Effects: what goes out", fx, fx.Effect)):
        kinds = sorted(base.__subclasses__(), key=_tag)
        lines += [f"## {title}", "", "| tag | name | what it is |", "|---|---|---|"]
        named = [(kind, f"[{kind.__name__}](#{kind.__name__.lower()})") for kind in kinds]
        lines += [row((str(_tag(kind)), name, _about(kind))) for kind, name in named]
        for kind in kinds:
            lines += ["", f"### {kind.__name__}", "", *_text(kind), *_fields(kind, module.__dict__)]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _tag(kind: type) -> int:
    return int(kind.__struct_config__.tag)  # type: ignore[attr-defined]


def _about(kind: type) -> str:
    return (inspect.getdoc(kind) or "").partition("\n")[0]


def _text(kind: type) -> list[str]:
    """Return what a kind's docstring says apart from its fields."""
    before, _, _ = (inspect.getdoc(kind) or "").partition("\nAttributes:")
    return [before.strip(), ""]


HEADING = re.compile(r"(?:^|(?<=[.;] ))[ ]*([a-z_]+(?:(?:, | to | and )[a-z_]+)*): ", re.MULTILINE)
JOINTS = re.compile(r", | to | and ")


def meanings(text: str, names: Collection[str]) -> dict[str, str]:
    """Return what a docstring's list of attributes says of each of `names`; several may share one meaning."""
    _, _, listed = text.partition("Attributes:\n")
    heads = [head for head in HEADING.finditer(listed) if set(JOINTS.split(head[1])) <= _spanned(head[1], names)]
    ends = [head.start() for head in heads[1:]] + [len(listed)]
    found: dict[str, str] = {}
    for head, end in zip(heads, ends, strict=False):
        found |= dict.fromkeys(_spanned(head[1], names), " ".join(listed[head.end() : end].split()))
    return found


def _spanned(words: str, names: Collection[str]) -> set[str]:
    """Return which of `names` a heading means: `oid to reason` means all between them, too."""
    first, _, last = words.partition(" to ")
    order = list(names)
    if last and first in order and last in order:
        return set(order[order.index(first) : order.index(last) + 1])
    return set(JOINTS.split(words)) & set(order)


def _fields(kind: type, names: dict[str, object]) -> list[str]:
    fields = kind.__struct_fields__  # type: ignore[attr-defined]
    told = meanings(inspect.getdoc(kind) or "", fields)
    hints = get_type_hints(kind, globalns=dict(names))
    rows = ["| field | type | default | meaning |", "|---|---|---|---|"]
    defaults = dict(zip(reversed(fields), reversed(kind.__struct_defaults__), strict=False))  # type: ignore[attr-defined]
    for name in fields:
        sort = re.sub(r"openbell\.core\.\w+\.|datetime\.|decimal\.", "", inspect.formatannotation(hints[name]))
        default = defaults.get(name, "")
        shown = f"`{_short(default)}`" if name in defaults else ""
        meaning = told.get(name, "the instant it is acted on" if name == "ts" else "")
        rows.append(row((f"`{name}`", f"`{sort}`", shown, meaning)))
    return rows


def _short(value: object) -> str:
    factory = getattr(value, "factory", None)
    if factory is not None:
        return "{}" if factory is dict else "[]"
    return '""' if value == "" else str(value)


def orders_page(root: Path) -> str:
    """Return the page of an order's life: a diagram and the whole table."""
    lines = [ORDERS_HEAD.rstrip("\n")]
    for status, moves in TABLE.items():
        ways: dict[str, list[str]] = {}
        for happening, result in moves.items():
            for to in _ends(status, result):
                ways.setdefault(to, []).append(happening.value)
        lines += [f"    {status.value} --> {to}: {', '.join(words)}" for to, words in ways.items()]
    lines += [f"    {status.value} --> [*]" for status in TABLE if status in TERMINAL]
    lines += ["```", "", f"Our own acts are {_listed(OURS)}; all else is said by the venue, or by the edge before it."]
    lines += [TABLE_HEAD.rstrip("\n"), ""]
    lines += ["| | " + " | ".join(status.value for status in TABLE) + " |", "|---" * (len(TABLE) + 1) + "|"]
    for happening in Happening:
        lines.append(row((happening.value, *(TABLE[status][happening].value for status in TABLE))))
    return "\n".join(lines) + "\n"


def _ends(status: Status, result: Status | Outcome) -> list[str]:
    """Return to which other statuses a move may lead."""
    if result is Outcome.OPEN:
        found = [Status.WORKING, Status.PARTIAL]
    else:
        found = [result] if isinstance(result, Status) else []
    return [to.value for to in found if to is not status]


def _listed(happenings: set[Happening]) -> str:
    return ", ".join(f"`{one.value}`" for one in Happening if one in happenings)
