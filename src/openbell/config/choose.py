"""Parts chosen by their kind, their options checked with the part's own model.

Used inside validators of `model`; they report faults below their own place with `explain.fail`.
"""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import msgspec
from pydantic import BaseModel, ValidationError, ValidationInfo, WithJsonSchema, model_serializer

from openbell.config.catalog import Catalog, Kinds
from openbell.config.explain import C, Fault, Loc, bool_faults, fail, faults_of, known_text, shown, unknown_name
from openbell.schema import PartConfig

Model = TypeVar("Model", bound=BaseModel)
MARK = "x-openbell"
"""Key by which `emit` finds the places of parts in the JSON Schema."""


class Part(PartConfig):
    """A part that the file chose: its registered `kind` and its checked options."""

    kind: str
    options: PartConfig

    @model_serializer
    def _flat(self) -> dict[str, Any]:
        return {"kind": self.kind, **self.options.model_dump(mode="json")}


def mark(place: str) -> WithJsonSchema:
    """Return the schema that stands for a place which `emit` fills in from the catalog."""
    return WithJsonSchema({MARK: place})


def catalog_of(info: ValidationInfo) -> Catalog:
    """Return the catalog of the validation context.

    Raises:
        TypeError: The caller gave none; no file can cause this.
    """
    catalog = info.context.get("catalog") if isinstance(info.context, Mapping) else None
    if not isinstance(catalog, Catalog):
        raise TypeError("validate with context={'catalog': Catalog(...)}")
    return catalog


def check(
    model: type[Model],
    data: Mapping[str, Any],
    faults: list[Fault],
    *,
    loc: Loc = (),
    also: Iterable[str] = (),
    context: Mapping[str, Any] | None = None,
) -> Model | None:
    """Return `data` as `model`, or None where something is wrong.

    Args:
        model: Option model of a part or of the file.
        data: As it stands in the file.
        faults: Gets all that is wrong, with paths from `loc` on.
        loc: Path of `data`.
        also: Further keys that are valid at its top, for the suggestions.
        context: Validation context.
    """
    found = bool_faults(model, data)
    result = None
    try:
        result = model.model_validate(data, context=context)
    except ValidationError as error:
        found += faults_of(model, error, also)
    faults += [msgspec.structs.replace(fault, loc=(*loc, *fault.loc)) for fault in found]
    return None if found else result


def need_mapping(value: object, example: str) -> dict[str, Any]:
    """Return `value` if it is a mapping.

    Raises:
        PydanticCustomError: It is something else; the fault tells `example`.
    """
    if isinstance(value, dict):
        return value
    raise fail([Fault(loc=(), code=C.TYPE, what=f"{shown(value)} is not a mapping", advice=f"write {example}")])


def choose(value: object, known: Kinds, word: str) -> Part:
    """Return the part that `{kind: NAME, …options}` chooses among `known`.

    Args:
        value: As it stands in the file.
        known: Option model by kind.
        word: What the part is, for messages.

    Raises:
        PydanticCustomError: All that is wrong, with paths from the part on.
    """
    if isinstance(value, Part):
        return value
    example = f"{{kind: {value if isinstance(value, str) and value in known else 'NAME'}, …}}"
    data = need_mapping(value, example)
    if "kind" not in data:
        raise fail([no_kind(known, word)])
    kind = data["kind"]
    if not isinstance(kind, str) or kind not in known:
        raise fail([unknown_name(("kind",), kind, word, known)])
    faults: list[Fault] = []
    rest = {key: item for key, item in data.items() if key != "kind"}
    options = check(known[kind], rest, faults, also=("kind",))
    if options is None:
        raise fail(faults)
    return Part(kind=kind, options=options)


def no_kind(known: Kinds, word: str, key: str = "kind") -> Fault:
    """Return the fault that the key which chooses the part is missing."""
    advice = f"write {key}: NAME of a {word}, {known_text(known)}"
    return Fault(loc=(key,), code=C.MISSING, what="is missing", advice=advice, is_key=True)


def each(value: object, model: type[PartConfig]) -> dict[str, PartConfig]:
    """Return a mapping of names to options, every one checked with `model`.

    Raises:
        PydanticCustomError: All that is wrong, with paths from the mapping on.
    """
    data = need_mapping(value, "a name for each, and its options below it")
    faults: list[Fault] = []
    found = {}
    for name, options in data.items():
        if isinstance(options, PartConfig):
            found[name] = options
        elif not isinstance(options, dict):
            what = f"{shown(options)} is not a mapping"
            faults.append(Fault(loc=(name,), code=C.TYPE, what=what, advice="write its options as keys and values"))
        else:
            checked = check(model, options, faults, loc=(name,))
            found.update({name: checked} if checked is not None else {})
    if faults:
        raise fail(faults)
    return found
