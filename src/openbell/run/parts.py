"""Finds parts by their file names and binds them to their options."""

import functools
import hashlib
import importlib
import importlib.util
import pkgutil
import sys
from array import array
from collections.abc import Iterator, Mapping
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

from openbell.core.risk import Rule
from openbell.core.strategy import FreeStrategy, Layout, StockStrategy, Strategy
from openbell.core.view import Indicator
from openbell.schema import PartConfig


class PartError(Exception):
    """A part that cannot be used; the text says which, why and what to do."""


class Shelf(Mapping[str, type[PartConfig]]):
    """All parts of one sort, by kind.

    Ours are found by file name, others by entry point, private ones by path.

    Iterating lists the registered kinds and loads none of them; a part is imported when it is asked for.
    """

    def __init__(self, sort: str, package: str, folder: Path | None = None) -> None:
        """List the parts of `package` and of the entry points `openbell.<sort>`.

        Args:
            sort: strategies, rules, feeds or brokers.
            package: Dotted name of the package that holds ours.
            folder: Where relative paths of private parts begin; None forbids private parts.
        """
        self._package = package
        self._folder = folder
        self._own = [found.name for found in pkgutil.iter_modules(_paths(package)) if not found.name.startswith("_")]
        self._foreign = {point.name: point for point in _registered().select(group=f"openbell.{sort}")}

    def module(self, kind: str) -> ModuleType:
        """Return the module of a part.

        Raises:
            KeyError: There is no such part.
            PartError: It is there but cannot be imported.
        """
        if kind in self._own:
            return importlib.import_module(f"{self._package}.{kind}")
        if kind in self._foreign:
            return _checked(kind, self._foreign[kind].load())
        path = self._private(kind)
        if path is None:
            raise KeyError(kind)
        return _load_file(path)

    def __getitem__(self, kind: str) -> type[PartConfig]:
        """Return the option model of a part."""
        module = self.module(kind)
        config = getattr(module, "Config", None)
        if not (isinstance(config, type) and issubclass(config, PartConfig)):
            raise PartError(f"{kind}: has no `class Config(PartConfig)`; every part needs one")
        return config

    def __iter__(self) -> Iterator[str]:
        """Iterate over the registered kinds."""
        return iter(sorted({*self._own, *self._foreign}))

    def __len__(self) -> int:
        """Return the number of registered kinds."""
        return len({*self._own, *self._foreign})

    def __contains__(self, kind: object) -> bool:
        """Return True if the kind is registered or names a private part's file."""
        return isinstance(kind, str) and (kind in self._own or kind in self._foreign or self._private(kind) is not None)

    def _private(self, kind: str) -> Path | None:
        if self._folder is None or not kind.endswith(".py"):
            return None
        path = self._folder / kind
        return path if path.is_file() else None


@functools.cache
def _registered() -> Any:
    """Return every entry point of the environment: to find them, each installed package is looked into."""
    return entry_points()


def _paths(package: str) -> list[str]:
    return list(importlib.import_module(package).__path__)


def _checked(kind: str, module: object) -> ModuleType:
    if not isinstance(module, ModuleType):
        raise PartError(f"{kind}: its entry point must name a module")
    return module


def _load_file(path: Path) -> ModuleType:
    name = f"openbell_private_{hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise PartError(f"{path}: is not a Python file")
    module = importlib.util.module_from_spec(spec)
    # Dataclasses and pydantic look their module up by name.
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # guard: a private part can raise anything while it is imported
        raise PartError(f"{path}: cannot be imported: {type(error).__name__}: {error}") from error
    return module


def is_stock(module: ModuleType) -> bool:
    """Return True for a stock strategy: it has a `step`, a free one has `decide`."""
    return hasattr(module, "step")


def bind_strategy(kind: str, module: ModuleType, options: PartConfig) -> Strategy:
    """Return a strategy bound to its options.

    Raises:
        PartError: It is neither a stock nor a free strategy, or what it says of its state or parameters is wrong.
    """
    if is_stock(module):
        if lacking := [name for name in ("STATE", "PARAMS") if not hasattr(module, name)]:
            raise PartError(f"{kind}: lacks {' and '.join(lacking)}; a stock strategy has STATE, PARAMS and step")
        layout = resolve_layout(kind, module.STATE, options)
        return StockStrategy(kind=kind, layout=layout, params=_params(module, options), step=module.step)
    missing = [name for name in ("State", "decide") if not hasattr(module, name)]
    if missing:
        raise PartError(
            f"{kind}: lacks {' and '.join(missing)}; a stock strategy has STATE and step, a free one State and decide"
        )
    hooks = {name: getattr(module, name, None) for name in ("on_bars", "on_quote", "on_fill", "on_timer", "on_answer")}
    return FreeStrategy(
        kind=kind, config=options, state=module.State, state_type=module.State, decide=module.decide, **hooks
    )


def bind_indicator(module: ModuleType, options: PartConfig) -> Indicator:
    """Return an indicator bound to its options."""
    name = module.__name__.rpartition(".")[2]
    layout = resolve_layout(name, module.STATE, options)
    return Indicator(layout=layout, params=_params(module, options), step=module.step)


def bind_rule(kind: str, module: ModuleType, options: PartConfig) -> Rule:
    """Return a rule bound to its options."""
    return Rule(
        kind=kind,
        applies=getattr(module, "APPLIES", "entry"),
        params=tuple(module.params(options)),
        check=module.check,
        watch=getattr(module, "WATCH", False),
        release=getattr(options, "release", "manual"),
        text=module.text(options),
        look=getattr(module, "look", None),
        stages=getattr(module, "stages", None),
        scale=getattr(module, "scale", None),
        reprice=getattr(module, "reprice", None),
        hears=getattr(module, "HEARS", ()),
        hear=getattr(module, "hear", None),
        tighter=getattr(module, "TIGHTER", ""),
        wait=getattr(options, "wait", 0),
    )


def resolve_layout(kind: str, state: Any, options: PartConfig) -> Layout:
    """Return a STATE with every length that names an option replaced by its value.

    Raises:
        PartError: It has another form, or a length is below one.
    """
    found = []
    rows = state if isinstance(state, tuple | list) else (state,)
    for row in rows:
        if not (isinstance(row, tuple | list) and len(row) == ROW and row[1] in ("f8", "i8")):
            raise PartError(
                f'{kind}: STATE is a tuple of rows such as ("mean", "f8", 1) or ("closes", "f8", "period"): a name, f8 '
                f"for floats or i8 for whole numbers, and how many, a number or the name of an option; not {row!r}"
            )
        name, sort, length = row
        size = getattr(options, length, length) if isinstance(length, str) else length
        if not isinstance(size, int) or size < 1:
            raise PartError(f"{kind}: {name} would hold {size} values; at least one is needed")
        found.append((name, sort, size))
    return tuple(found)


ROW = 3
"""What a row of a STATE consists of: name, type, length."""


def _params(module: ModuleType, options: PartConfig) -> "array[float]":
    found = array("d")
    for name in module.PARAMS:
        try:
            found.append(float(getattr(options, name)))
        except (AttributeError, TypeError, ValueError):
            kind = module.__name__.rpartition(".")[2]
            raise PartError(f"{kind}: PARAMS names {name!r}, which is no option of its Config with a number") from None
    return found


def source_hash(*places: ModuleType | Path) -> str:
    """Return the SHA-256, in hex, of the source of modules and of folders.

    Of folders, all Python files below them count.
    """
    digest = hashlib.sha256()
    for place in places:
        path = place if isinstance(place, Path) else Path(place.__file__ or "")
        files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
        for file in files:
            digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()
