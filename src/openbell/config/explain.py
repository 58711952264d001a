"""Errors of a configuration: where, what is wrong, what was meant, what to do next.

A `Fault` is an error at a path inside the file's data; a `Problem` is the same with file, line and column. `faults_of`
turns pydantic's errors into faults with our words.
"""

import difflib
import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, Literal, get_args, get_origin

import msgspec
from pydantic import BaseModel, ValidationError, WithJsonSchema
from pydantic_core import ErrorDetails, PydanticCustomError

Loc = tuple[str | int, ...]
"""Path inside the file's data: keys and indexes from 0."""


class C(StrEnum):
    """Stable codes of configuration errors, each with a page in the reference."""

    FILE = "C100"
    SYNTAX = "C101"
    DUPLICATE = "C102"
    UNKNOWN_KEY = "C103"
    MISSING = "C104"
    TYPE = "C105"
    VALUE = "C106"
    UNKNOWN_NAME = "C107"
    VARIABLE = "C108"
    CONTRADICTION = "C109"
    SECRET = "C110"
    UNREACHABLE = "C111"
    OPEN_LINK = "C112"


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One error at a path. `what` has no stop at its end; `meant` and `advice` may be empty.

    Attributes:
        loc: Path of the value, or of the key where `is_key`. code: Its stable code, one of `C` or a linter's rule.
        what, meant, advice: What is wrong, the nearest valid name, what to do next.
        is_key: The key itself is wrong or missing. needs_quotes: A bare number stands where text is needed.
        is_warning: The run may start.
        at: (line, column) from 1 where the path cannot tell it, else (0, 0).
        origin: What put the value there in place of the file; empty for the file itself.
    """

    loc: Loc
    code: str
    what: str
    meant: str = ""
    advice: str = ""
    is_key: bool = False
    needs_quotes: bool = False
    is_warning: bool = False
    at: tuple[int, int] = (0, 0)
    origin: str = ""


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """A fault at its place. `line` and `column` count from 1; 0 where the whole file is meant."""

    file: str
    line: int
    column: int
    path: str
    code: str
    what: str
    meant: str = ""
    advice: str = ""
    is_warning: bool = False

    def text(self) -> str:
        """Return `file:line:column path: what, did you mean X? advice [code]` on one line."""
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        head = f"{place} {self.path}:" if self.path else f"{place}:"
        meant = f", did you mean {self.meant}?" if self.meant else ""
        advice = f"{'' if meant else ';'} {self.advice}" if self.advice else ""
        warning = " warning:" if self.is_warning else ""
        return " ".join(f"{head}{warning} {self.what}{meant}{advice} [{self.code}]".splitlines())


class ConfigError(Exception):
    """The file cannot be run; `problems` has all that was found, in the file's order.

    `file` is its name.
    """

    wanted, verb = "run", "check"
    """What is not possible with the file, and the verb that looks at it again."""

    def __init__(self, problems: Iterable[Problem], file: str) -> None:
        """Keep all problems; the message has one line for each."""
        self.problems = tuple(problems)
        self.file = file
        super().__init__(format_problems(self.problems))


def format_problems(problems: Iterable[Problem]) -> str:
    """Return problems as text, one line each, in the order given."""
    return "\n".join(problem.text() for problem in problems)


def as_data(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """Return problems as JSON-able objects, for `--json`."""
    return [msgspec.to_builtins(problem) for problem in problems]


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the known name that was probably meant, or an empty text."""
    plain = {_plain(k): k for k in known}
    found = difflib.get_close_matches(_plain(name), plain, n=1, cutoff=0.6)
    return plain[found[0]] if found else ""


def _plain(name: str) -> str:
    return name.strip().lower().replace("-", "_").replace(" ", "_")


def known_text(names: Iterable[str]) -> str:
    """Return `known: a, b, c`, sorted, or that there are none."""
    names = sorted(names)
    return f"known: {', '.join(names)}" if names else "none is known"


def unknown_name(loc: Loc, name: object, word: str, known: Iterable[str]) -> Fault:
    """Return the fault that `name` is no `word`, such as strategy, with the known ones."""
    known = list(known)
    if not isinstance(name, str):
        return Fault(loc=loc, code=C.TYPE, what=f"{shown(name)} is not the name of a {word}", advice=known_text(known))
    what = f"{name!r} is not a known {word}"
    return Fault(loc=loc, code=C.UNKNOWN_NAME, what=what, meant=nearest(name, known), advice=known_text(known))


def fail(faults: Iterable[Fault]) -> PydanticCustomError:
    """Return the error by which a validator reports faults; their paths start at it."""
    return PydanticCustomError("faults", "several faults", {"faults": list(faults)})


def shown(value: object) -> str:
    """Return a value as people wrote it: texts in quotes, mappings and lists by name."""
    if isinstance(value, bool):
        return str(value).lower()
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a mapping"
    return "a list" if isinstance(value, list | tuple) else repr(value)


def faults_of(model: type[BaseModel], error: ValidationError, also: Iterable[str] = ()) -> list[Fault]:
    """Return every error of a failed validation in our words.

    Args:
        model: What was validated against; it tells the known keys.
        error: What pydantic raised.
        also: Further keys that are valid at the top, for the suggestions.
    """
    items = [item for item in error.errors(include_url=False) if not _is_echo(item)]
    return [_at_key(fault) for item in items for fault in _translate(model, item, also)]


def _at_key(fault: Fault) -> Fault:
    """Return the fault at the key where pydantic means the key of a mapping."""
    if fault.loc[-1:] != ("[key]",):
        return fault
    return msgspec.structs.replace(fault, loc=fault.loc[:-1], is_key=True)


def _is_echo(item: ErrorDetails) -> bool:
    """Return True for a list called too short only because its wrong entries were not counted."""
    value = item["input"]
    return item["type"] == "too_short" and isinstance(value, list | dict) and len(value) >= item["ctx"]["min_length"]


def bool_faults(model: type[BaseModel], data: object, loc: Loc = ()) -> list[Fault]:
    """Return a fault for every true or false where a number is wanted; pydantic takes it."""
    if isinstance(data, bool):
        kinds = set(_leaves(_annotations(model, loc)))
        wrong = bool(kinds & {int, float}) and not kinds & {bool, Any}
        return [Fault(loc=loc, code=C.TYPE, what=f"{shown(data)} is not a number")] if wrong else []
    if isinstance(data, Mapping):
        return [f for key, value in data.items() for f in bool_faults(model, value, (*loc, key))]
    if isinstance(data, list):
        return [f for i, value in enumerate(data) for f in bool_faults(model, value, (*loc, i))]
    return []


_NEEDS = {
    "int": "a whole number",
    "float": "a number",
    "decimal": "a number",
    "bool": "true or false",
    "string": "text",
    "list": "a list",
    "tuple": "a list",
    "set": "a list",
    "dict": "a mapping of keys to values",
    "mapping": "a mapping of keys to values",
    "model": "a mapping of keys to values",
    "finite": "a finite number",
    "date": "a date such as 2024-07-03",
    "time": "a time such as 13:00",
}
_BOUNDS = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most"}


def _translate(model: type[BaseModel], item: ErrorDetails, also: Iterable[str]) -> list[Fault]:
    kind, loc, value, ctx = item["type"], item["loc"], item["input"], item.get("ctx", {})
    if kind == "faults":
        return [msgspec.structs.replace(fault, loc=(*loc, *fault.loc)) for fault in ctx["faults"]]
    if kind == "extra_forbidden":
        return [_unknown_key(loc, [*_fields(model, loc[:-1]), *(also if len(loc) == 1 else ())])]
    if kind == "missing":
        return [_missing(model, loc)]
    if kind == "needs_text" or (kind == "string_type" and isinstance(value, int | float)):
        what = f"{shown(value)} is not text"
        return [Fault(loc=loc, code=C.TYPE, what=what, advice="put it in quotes", needs_quotes=True)]
    if kind in ("union_tag_invalid", "literal_error", "enum"):
        return [_not_one_of(kind, loc, value, ctx)]
    if kind == "union_tag_not_found":
        key = str(ctx["discriminator"]).strip("'")
        return [Fault(loc=(*loc, key), code=C.MISSING, what="is missing", is_key=True)]
    bound = next((name for name in _BOUNDS if name in ctx), "")
    if bound:
        what = f"{shown(value)} is not {_BOUNDS[bound]} {ctx[bound]}"
        return [Fault(loc=loc, code=C.VALUE, what=what)]
    return [_plain_fault(item)]


def _plain_fault(item: ErrorDetails) -> Fault:
    """Return the fault of an error that needs no knowledge of the model."""
    kind, loc, value = item["type"], item["loc"], item["input"]
    if kind == "value_error":
        what, _, advice = str(item["ctx"]["error"]).partition("; ")
        return Fault(loc=loc, code=C.VALUE, what=what, advice=advice)
    if kind in ("too_short", "too_long", "string_too_short"):
        what = "is empty" if not value else item["msg"][:1].lower() + item["msg"][1:]
        return Fault(loc=loc, code=C.VALUE, what=what)
    is_form = kind.endswith(("_type", "_parsing", "_from_float", "_number"))
    need = _NEEDS.get(kind.split("_")[0], "") if is_form else ""
    if need:
        words = ", ".join(str(value).replace(",", " ").split())
        advice = f"write [{words}]" if need == "a list" and isinstance(value, str | int | float) else ""
        return Fault(loc=loc, code=C.TYPE, what=f"{shown(value)} is not {need}", advice=advice)
    return Fault(loc=loc, code=C.VALUE, what=item["msg"][:1].lower() + item["msg"][1:])


def _unknown_key(loc: Loc, known: list[str]) -> Fault:
    key = str(loc[-1])
    return Fault(
        loc=loc,
        code=C.UNKNOWN_KEY,
        what="has a space around the key" if key != key.strip() else "unknown key",
        meant=nearest(key, known),
        advice=known_text(known),
        is_key=True,
    )


def _missing(model: type[BaseModel], loc: Loc) -> Fault:
    fields = [m.model_fields[str(loc[-1])] for m in _models(model, loc[:-1]) if loc[-1] in m.model_fields]
    units = [unit.json_schema or {} for f in fields for unit in f.metadata if isinstance(unit, WithJsonSchema)]
    examples = [e for f in fields for e in f.examples or ()] + [e for unit in units for e in unit.get("examples", ())]
    advice = f"add for example {loc[-1]}: {examples[0]}" if examples else "add it"
    return Fault(loc=loc, code=C.MISSING, what="is missing", advice=advice, is_key=True)


def _not_one_of(kind: str, loc: Loc, value: object, ctx: Mapping[str, Any]) -> Fault:
    known = re.findall(r"'([^']*)'", str(ctx.get("expected_tags", ctx.get("expected", ""))))
    if kind == "union_tag_invalid":
        key = str(ctx["discriminator"]).strip("'")
        return unknown_name((*loc, key), ctx["tag"], key, known)
    meant = nearest(value, known) if isinstance(value, str) else ""
    what = f"{shown(value)} is not one of {', '.join(known)}"
    return Fault(loc=loc, code=C.VALUE, what=what, meant=meant)


def _annotations(model: type[BaseModel], loc: Loc) -> list[Any]:
    """Return what stands at `loc` by the models' declarations, all members of unions together."""
    here: list[Any] = [model]
    for step in loc:
        models = [kind for kind in _leaves(here) if _is_model(kind)]
        tagged = [m for m in models if step in _tags(m)]
        fields = [m.model_fields[str(step)].annotation for m in models if step in m.model_fields]
        # Neither a tag nor a field: an index or the key of a mapping, which `_leaves` has already looked through.
        here = fields or tagged or here
    return here


def _models(model: type[BaseModel], loc: Loc) -> list[type[BaseModel]]:
    return [kind for kind in _leaves(_annotations(model, loc)) if _is_model(kind)]


def _fields(model: type[BaseModel], loc: Loc) -> list[str]:
    return list(dict.fromkeys(name for m in _models(model, loc) for name in m.model_fields))


def _tags(model: type[BaseModel]) -> set[Any]:
    literals = [f.annotation for f in model.model_fields.values() if get_origin(f.annotation) is Literal]
    return {tag for literal in literals for tag in get_args(literal)}


def _leaves(annotations: list[Any]) -> list[Any]:
    """Return plain types, looking through unions, lists, mappings and annotated types."""
    found: list[Any] = []
    for annotation in annotations:
        inner = [] if get_origin(annotation) is Literal else list(get_args(annotation))
        found += _leaves(inner) if inner else [annotation]
    return found


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
