"""What the server says, as far as its code spells it out, and the same in Korean as the page says it."""

import ast
import importlib
import itertools
import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cache
from typing import Any

import msgspec

from openbell.core.book import Book
from openbell.core.contact import Contact
from openbell.core.kill import BROKER, summary
from openbell.core.ladder import KillState, Left, Stage
from openbell.schema import PartConfig
from tests.core import build as b
from tools.tree import ROOT

PACKAGE = ROOT / "src" / "openbell"

STATIC = PACKAGE / "edges" / "web" / "static"
PLAIN = re.compile(r"(?<![\w./])[a-z]{3,}(?![\w./])")
"""A word that stands alone; names of parts and options have their underscores, addresses their dots."""
NAMES = frozenset(
    [
        "market",
        "limit",
        "stop",
        "trailing",
        "gtc",
        "sim",
        "paper",
        "live",
        "preset",
        "main",
        "issuer",
        "adopt",
        "enable",
        "openbell",
        "release",
    ]
)
"""Of what a file calls so."""
WORDS = dict.fromkeys(("account", "deployment", "order", "side", "symbol"), r"\S")
"""Places of a single word."""
CHANGED: dict[str, list[dict[str, Any]]] = {
    "allow_list": [{"instruments": ["A", "B"]}, {"deny": ["C"], "short": False}, {"types": ["market", "limit"]}],
    "concentration": [dict.fromkeys(("instrument", "sector", "issuer", "source"), "off"), {"currency": "50%"}],
    "confirmation": [{"silence": "send"}],
    "cool_down": [{"after": "loss"}, {"after": "stop"}, {"after": "exit"}],
    "daily_loss": [{"release": "manual"}, {"flatten": "5%"}, {"release": "manual", "flatten": "5%"}, {"pause": "1h"}],
    "drawdown": [{"reduce": "off"}, {"flatten": "off"}, {"reduce": "off", "flatten": "off"}, {"pause": "1h"}],
    "loss_streak": [{"release": "session"}, {"release": "manual"}],
    "monthly_loss": [{"release": "manual"}],
    "recovery": [{"steps": ["verify_data_feeds"]}],
    "session_hours": [{"after_open": "5m"}, {"after_open": "5m", "before_close": "10m"}],
    "slippage": [{"warn": "off"}, {"warn_ticks": 3}, {"warn": "off", "warn_ticks": 3}],
    "trading_hours": [
        {"weekends": False},
        {"hours": "09:30-16:00 US/Eastern"},
        {"hours": "09:30-16:00 US/Eastern", "weekends": False},
    ],
    "watch": [{"exposure": "50%", "weekly_loss": "2%", "trades": 9}],
    "weekly_loss": [{"release": "manual"}],
}


def place(found: re.Match[str]) -> str:
    """Return what a place of a template matches."""
    return f"(?P<{found[1]}>{WORDS.get(found[1], '.')}+?)"


@cache
def korean() -> Callable[[str], str | None]:
    """Return what turns a sentence into Korean, None where the catalogues do not know it; as `web/src/i18n` does it."""
    english, other = (json.loads((STATIC / f"{name}.json").read_text(encoding="utf-8")) for name in ("en", "ko"))
    whole: dict[str, str] = {}
    made: dict[str, list[tuple[re.Pattern[str], str]]] = {"said": [], "part": []}
    for name, text in english.items():
        kind = name.partition(".")[0]
        if kind in made and "{" in text:
            pattern = re.sub(r"\\\{(\w+)\\\}", place, re.escape(text))
            made[kind].append((re.compile(pattern, re.DOTALL), other[name]))
        elif kind in made:
            whole[text] = other[name]

    def match(text: str, kinds: tuple[str, ...]) -> str | None:
        for pattern, wanted in itertools.chain.from_iterable(made[kind] for kind in kinds):
            found = pattern.fullmatch(text)
            if found:
                return re.sub(r"\{(\w+)\}", lambda at, found=found: told(at[1], found[at[1]]), wanted)
        return None

    def told(name: str, text: str) -> str:
        return text if name.startswith("_") else inner(text)

    def known(text: str) -> str | None:
        return whole.get(text) or match(text, ("said", "part"))

    def inner(text: str) -> str:
        pieces = re.split(r"(, |; | and | or | \+ )", text)
        items = [known(one) if re.search("[a-z]", one) else one for one in pieces]
        listed = "".join(one for one in items if one) if len(items) > 1 and None not in items else None
        return whole.get(text) or listed or known(text) or text

    return lambda text: whole.get(text) or match(text, ("said",))


def left(text: str, names: frozenset[str] = frozenset()) -> list[str]:
    """Return the English words of a sentence that its Korean still has; all of it where no catalogue knows it."""
    told = korean()(text)
    return [text] if told is None else [one for one in PLAIN.findall(told) if one not in NAMES | names]


def rules() -> Iterator[tuple[str, str]]:
    """Yield each rule's name with each of its texts."""
    for place in sorted((PACKAGE / "parts" / "rules").glob("[a-z]*.py")):
        module = importlib.import_module(f"openbell.parts.rules.{place.stem}")
        config: type[PartConfig] = module.Config
        for options in [{}, *CHANGED.get(place.stem, [])]:
            yield place.stem, module.text(config.model_validate(options))


def texts_of(node: ast.expr, names: dict[str, list[ast.expr]], depth: int = 0) -> list[str]:
    """Return what an expression may say, `X1` for what is only known when it runs."""
    if depth > 6:
        return ["X1"]
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.IfExp):
        return [*texts_of(node.body, names, depth + 1), *texts_of(node.orelse, names, depth + 1)]
    if isinstance(node, ast.Name) and node.id in names:
        rest = {name: found for name, found in names.items() if name != node.id}
        return [text for one in names[node.id] for text in texts_of(one, rest, depth + 1)]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "strip":
        return texts_of(node.func.value, names, depth + 1)
    if isinstance(node, ast.JoinedStr):
        parts = [one.value if isinstance(one, ast.FormattedValue) else one for one in node.values]
        found = [texts_of(one, names, depth + 1) for one in parts]
        return ["".join(one) for one in itertools.islice(itertools.product(*found), 24)]
    return ["X1"]


def alerts() -> Iterator[str]:
    """Yield what the core and its rules tell people, as far as the code itself says it."""
    for place in sorted([*(PACKAGE / "core").glob("*.py"), *(PACKAGE / "parts" / "rules").glob("*.py")]):
        for work in ast.walk(ast.parse(place.read_text(encoding="utf-8"))):
            if not isinstance(work, ast.FunctionDef):
                continue
            names: dict[str, list[ast.expr]] = {}
            for node in ast.walk(work):
                if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                    names.setdefault(node.targets[0].id, []).append(node.value)
            for node in ast.walk(work):
                if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Alert"):
                    given = [one.value for one in node.keywords if one.arg == "text"]
                    yield from (text for one in given for text in texts_of(one, names))


def reasons() -> list[str]:
    """Return why something is left by a kill, as far as the code itself says it; `X1` for figures and names."""
    found = []
    for work in ast.walk(ast.parse((PACKAGE / "core" / "kill.py").read_text(encoding="utf-8"))):
        if not isinstance(work, ast.FunctionDef):
            continue
        names: dict[str, list[ast.expr]] = {}
        for node in ast.walk(work):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                names.setdefault(node.targets[0].id, []).append(node.value)
        for node in ast.walk(work):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("Left", "_left_of"):
                found += [text for one in node.args for text in texts_of(one, names) if " " in text]
    return found


def stands() -> Iterator[str]:
    """Yield how a kill, a stop and a pause stand, at every stage and tier, with all that may be left.

    It is what the core itself says of such states.
    """
    book, one = Book(b.run_spec()), Decimal(1)
    for kind, stage, tier in itertools.product(("kill", "stop", "pause"), Stage, range(5)):
        bare = KillState(
            scope="all", tier=tier, kind=kind, stage=stage, reason="X1", actor="X1", ts=0, held={"d/A": one}
        )
        yield summary(book, bare)
    yield summary(book, msgspec.structs.replace(bare, scope="account:main", confirmed={"main": 1, "X1": 1}))
    left = tuple(Left("main", name, "AAA", one, why) for name in ("d", BROKER) for why in reasons())
    yield from (summary(book, msgspec.structs.replace(bare, scope="deployment:d", left=(alone,))) for alone in left)
    book.truth.contacts["main"] = Contact(why="X1")
    for n in range(0, len(left), 3):
        yield summary(book, msgspec.structs.replace(bare, tier=3, left=left[n : n + 3], confirmed={"main": 1}))


def words() -> Iterator[str]:
    """Yield what is told when a person or a limit says kill, stop, pause or resume, and when a resume has to wait."""
    for kind in ("kill", "stop", "pause", "resume"):
        yield f"{kind} by X1: X1"
    for text in itertools.islice(stands(), 0, None, 17):
        yield f"resume by X1: X1 is refused until that is done: {text}"
    yield "resume by X1: X1; still closed until `openbell enable`: daily_loss X1"
    yield "all that could be closed is closed"
