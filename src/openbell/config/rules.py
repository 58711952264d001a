"""The list of rules in a file, and which rules are in force because of it."""

from typing import Any, Literal

from msgspec.structs import replace
from pydantic import ValidationInfo, model_serializer
from pydantic_core import PydanticCustomError

from openbell.config.catalog import Catalog, Kinds
from openbell.config.choose import Part, catalog_of, choose
from openbell.config.explain import C, Fault, Loc, fail, shown, unknown_name
from openbell.schema import PartConfig


class Off(PartConfig):
    """A rule that the file switches off: `KIND: off`."""

    kind: str

    @model_serializer
    def _flat(self) -> dict[str, str]:
        return {self.kind: "off"}


class Rules(PartConfig):
    """Rules of the file, in its order; `preset` none means that no rule is in force but these."""

    preset: Literal["standard", "none"] = "standard"
    entries: tuple[Part | Off, ...] = ()

    @model_serializer
    def _flat(self) -> Any:
        return {"preset": "none"} if self.preset == "none" else [entry.model_dump() for entry in self.entries]


def _rule(value: Any, known: Kinds, loc: Loc, faults: list[Fault]) -> Part | Off | None:
    """Return one entry of the list of rules, or None after adding what is wrong."""
    if isinstance(value, dict) and "kind" not in value and len(value) == 1:
        ((kind, state),) = value.items()
        if kind not in known:
            faults.append(replace(unknown_name((*loc, kind), kind, "rule", known), is_key=True))
        elif state != "off":
            advice = f"write {{kind: {kind}, …}} for its options, or {{{kind}: off}}"
            faults.append(Fault(loc=(*loc, kind), code=C.VALUE, what=f"{shown(state)} is not off", advice=advice))
        return Off(kind=kind)
    try:
        return choose(value, known, "rule")
    except PydanticCustomError as error:
        faults += [replace(fault, loc=(*loc, *fault.loc)) for fault in (error.context or {})["faults"]]
        return None


def validate_rules(value: Any, info: ValidationInfo) -> Rules:
    """Return the rules: a list of `{kind, …}` and `{KIND: off}`, or `{preset: none}`.

    Raises:
        PydanticCustomError: All that is wrong, with paths from the list on.
    """
    if isinstance(value, Rules):
        return value
    if isinstance(value, dict) and value == {"preset": "none"}:
        return Rules(preset="none")
    if not isinstance(value, list):
        advice = "write a list such as [{kind: daily_loss, limit: 3%}], or {preset: none}"
        raise fail([Fault(loc=(), code=C.TYPE, what="is neither a list of rules nor {preset: none}", advice=advice)])
    faults: list[Fault] = []
    entries = [_rule(item, catalog_of(info).rules, (i,), faults) for i, item in enumerate(value)]
    if faults:
        raise fail(faults)
    return Rules(entries=tuple(entry for entry in entries if entry is not None))


def effective_rules(rules: Rules, catalog: Catalog) -> tuple[tuple[Part, ...], tuple[str, ...]]:
    """Return the rules in force, in the order of asking, and the kinds switched off.

    A standard rule keeps its place when the file gives its options; the file's other rules follow in its order.
    """
    listed = [entry for entry in rules.entries if isinstance(entry, Part)]
    off = tuple(entry.kind for entry in rules.entries if isinstance(entry, Off))
    if rules.preset == "none":
        return (), tuple(catalog.standard_rules)
    own = {part.kind for part in listed}
    chosen: list[Part] = []
    for kind, options in catalog.standard_rules.items():
        if kind in own:
            chosen += [part for part in listed if part.kind == kind]
        elif kind not in off:
            chosen.append(Part(kind=kind, options=options))
    chosen += [part for part in listed if part.kind not in catalog.standard_rules]
    return tuple(chosen), off
