"""The rules of a file, and which controls are in force because of it."""

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec.structs import replace
from pydantic import ValidationInfo, model_serializer
from pydantic_core import PydanticCustomError

from openbell.config.catalog import Catalog, Kinds
from openbell.config.choose import Part, catalog_of, choose
from openbell.config.document import Tree
from openbell.config.explain import C, Fault, Loc, fail, known_text, nearest, shown, unknown_name
from openbell.config.variables import mask
from openbell.schema import PartConfig

STANDARD, NONE = "standard", "none"
BY_PRESET = "switched off by preset: none"
BY_NAME = "switched off by the file"


class Off(PartConfig):
    """A rule that the file switches off: `KIND: off`."""

    kind: str


class Rules(PartConfig):
    """What a file says of rules.

    Attributes:
        preset: `standard` for every control of the table, `none` for those of the file alone, or the name of a preset
            with other options for some of the table.
        entries: Rules with options, and rules switched off.
        places: Where each entry stands, from `rules` on.
    """

    preset: str = STANDARD
    entries: tuple[Part | Off, ...] = ()
    places: tuple[tuple[str | int, ...], ...] = ()

    def place(self, entry: Part | Off) -> Loc | None:
        """Return where an entry stands, the very object; None for one that is not the file's."""
        return next((place for one, place in zip(self.entries, self.places, strict=True) if one is entry), None)

    @model_serializer
    def _flat(self) -> dict[str, Any]:
        return {"preset": self.preset, **in_one_form((e.kind, _options(e)) for e in self.entries)}


def _options(entry: Part | Off) -> Any:
    return "off" if isinstance(entry, Off) else entry.options.model_dump(mode="json")


def in_one_form(entries: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return entries as the mapping `{KIND: options}`.

    A kind that stands more than once has a list of options.
    """
    found: dict[str, list[Any]] = {}
    for kind, options in entries:
        found.setdefault(kind, []).append(options)
    return {kind: options if len(options) > 1 else options[0] for kind, options in found.items()}


class _Reader:
    """Takes the entries of a file one by one and keeps all that is wrong."""

    def __init__(self, known: Kinds) -> None:
        self.known = known
        self.faults: list[Fault] = []
        self.entries: list[Part | Off] = []
        self.places: list[Loc] = []

    def listed(self, items: list[Any]) -> None:
        """Take a list of `{kind: NAME, …}` and `{KIND: off}`."""
        for i, item in enumerate(items):
            if isinstance(item, dict) and "kind" not in item and len(item) == 1:
                ((kind, state),) = item.items()
                self._off(kind, state, (i, kind), f"write {{kind: {kind}, …}} for its options, or {{{kind}: off}}")
            else:
                self._part(item, (i,), ())

    def mapped(self, data: Mapping[str, Any]) -> None:
        """Take `{KIND: options}`; under a kind may stand `off` or a list of options."""
        for kind, value in data.items():
            for place, options in _each(kind, value):
                if isinstance(options, dict):
                    self._part({"kind": kind, **options}, place, (kind,))
                else:
                    self._off(kind, options, place, f"write {kind}: {{}} for its defaults, or {kind}: off")

    def _off(self, kind: str, state: object, place: Loc, advice: str) -> None:
        if kind not in self.known:
            self.faults.append(replace(unknown_name(place, kind, "rule", self.known), is_key=True))
        elif state != "off":
            self.faults.append(Fault(loc=place, code=C.VALUE, what=f"{shown(state)} is not off", advice=advice))
        self._keep(Off(kind=kind), place)

    def _part(self, item: object, place: Loc, key: Loc) -> None:
        try:
            self._keep(choose(item, self.known, "rule"), place)
        except PydanticCustomError as error:
            for fault in (error.context or {})["faults"]:
                is_name = bool(key) and fault.loc == ("kind",)
                loc = key if is_name else (*place, *fault.loc)
                self.faults.append(replace(fault, loc=loc, is_key=is_name or fault.is_key))

    def _keep(self, entry: Part | Off, place: Loc) -> None:
        self.entries.append(entry)
        self.places.append(place)


def _each(kind: str, value: Any) -> list[tuple[Loc, Any]]:
    if isinstance(value, list) and value:
        return [((kind, i), one) for i, one in enumerate(value)]
    return [((kind,), value)]


def validate_rules(value: Any, info: ValidationInfo) -> Rules:
    """Return the rules that a file has.

    They stand as a mapping `{preset: NAME, KIND: {options}|off}`, or as a list.

    Raises:
        PydanticCustomError: All that is wrong, with paths from the rules on.
    """
    if isinstance(value, Rules):
        return value
    reader = _Reader(catalog_of(info).rules)
    preset: Any = STANDARD
    if isinstance(value, list):
        reader.listed(value)
    elif isinstance(value, dict):
        preset, known = value.get("preset", STANDARD), presets_of(catalog_of(info))
        if preset not in known:
            what, meant = f"{shown(preset)} is not a preset", nearest(str(preset), known)
            advice = f"{known_text(known)}; none leaves only the rules that stand here"
            reader.faults.append(Fault(loc=("preset",), code=C.VALUE, what=what, meant=meant, advice=advice))
        reader.mapped({kind: options for kind, options in value.items() if kind != "preset"})
    else:
        advice = "write a mapping such as {preset: standard, daily_loss: {limit: 3%}}, or a list of {kind: NAME, …}"
        what = "is neither a mapping of rules nor a list of them"
        raise fail([Fault(loc=(), code=C.TYPE, what=what, advice=advice)])
    if reader.faults:
        raise fail(reader.faults)
    return Rules(preset=preset, entries=tuple(reader.entries), places=tuple(reader.places))


def presets_of(catalog: Catalog) -> tuple[str, ...]:
    """Return the names of all presets."""
    return (STANDARD, NONE, *catalog.presets)


def effective_rules(rules: Rules, catalog: Catalog) -> tuple[tuple[Part, ...], dict[str, str]]:
    """Return the rules in force, in the order of asking, and why others are not.

    The table's rules are asked in its order, whoever gave their options; other parts follow by name. What the file
    names has the file's options; those of its preset are for the others.
    """
    listed = [entry for entry in rules.entries if isinstance(entry, Part)]
    off = {entry.kind: BY_NAME for entry in rules.entries if isinstance(entry, Off)}
    own = {part.kind for part in listed}
    chosen: list[Part] = []
    usual = {**catalog.standard_rules, **catalog.presets.get(rules.preset, {})}
    for kind, options in usual.items():
        if kind in own:
            chosen += [part for part in listed if part.kind == kind]
        elif rules.preset == NONE:
            off.setdefault(kind, BY_PRESET)
        elif kind not in off:
            chosen.append(Part(kind=kind, options=options))
    others = [part for part in listed if part.kind not in usual]
    return (*chosen, *sorted(others, key=lambda part: part.kind)), off


def masked_options(rules: tuple[Part, ...], own: Rules, tree: Tree | None, secrets: set[str]) -> tuple[Any, ...]:
    """Return the options of each rule as data, with every secret of the file as `***`."""
    found = ((part.options.model_dump(mode="json"), _at(tree, own.place(part))) for part in rules)
    return tuple(mask(options, place, secrets, ("rules",)) for options, place in found)


def _at(tree: Tree | None, place: Loc | None) -> Tree | None:
    here = tree if place is not None else None
    for step in place or ():
        here = here.child(step) if here is not None else None
    return here
