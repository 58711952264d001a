"""Finds parts by their file names and binds them to their options."""

import functools
import hashlib
import importlib
import importlib.util
import pkgutil
import sys
from array import array
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

from openbell.core.risk import Rule
from openbell.core.strategy import FreeStrategy, Layout, StockStrategy, Strategy
from openbell.core.view import Indicator
from openbell.schema import PartConfig

CONTRACT = 1
"""Version of what a part has to define; one that an installed package brings says the version it was written for."""


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
        self._foreign: dict[str, list[EntryPoint]] = {}
        for point in _registered().select(group=f"openbell.{sort}"):
            self._foreign.setdefault(point.name, []).append(point)

    def module(self, kind: str) -> ModuleType:
        """Return the module of a part.

        Raises:
            KeyError: There is no such part.
            PartError: It is there but cannot be imported, or was written for another openbell.
        """
        if kind in self._foreign:
            return _loaded(kind, self._foreign[kind], is_ours=kind in self._own)
        if kind in self._own:
            return importlib.import_module(f"{self._package}.{kind}")
        path = self._private(kind)
        if path is None:
            raise KeyError(kind)
        return _load_file(path)

    def origin(self, kind: str) -> str:
        """Return name and version of the package that brings a part, empty for all others."""
        return _origin(self._foreign[kind][0]) if kind in self._foreign else ""

    def __getitem__(self, kind: str) -> type[PartConfig]:
        """Return the option model of a part."""
        module = self.module(kind)
        config = getattr(module, "Config", None)
        if not (isinstance(config, type) and issubclass(config, PartConfig)):
            raise PartError(f"{kind}: has no `class Config(PartConfig)`; every part needs one")
        return config

    def usable(self) -> dict[str, type[PartConfig]]:
        """Return the option model of every registered part that can be loaded.

        A broken package costs itself alone.
        """
        found = {}
        for kind in self:
            with suppress(PartError):
                found[kind] = self[kind]
        return found

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


def _origin(point: EntryPoint) -> str:
    package = point.dist
    return f"{package.name} {package.version}" if package is not None else point.value


def _loaded(kind: str, points: list[EntryPoint], *, is_ours: bool) -> ModuleType:
    """Return the module of a part that an installed package brings.

    Raises:
        PartError: Its name is taken, it cannot be imported, or it was written for another openbell.
    """
    origin = " and ".join(_origin(point) for point in points)
    if is_ours or len(points) > 1:
        others = "openbell itself" if is_ours else "each other"
        raise PartError(f"{kind}: {origin} bring it beside {others}, and nobody can tell which is meant; remove one")
    (point,) = points
    module = _imported(f"{kind} of {origin}", point.load)
    if not isinstance(module, ModuleType):
        raise PartError(f"{kind} of {origin}: its entry point must name a module")
    written = getattr(module, "CONTRACT", None)
    if written != CONTRACT:
        said = "does not say for which contract it was written" if written is None else f"was written for {written!r}"
        raise PartError(
            f"{kind} of {origin}: {said}, this openbell is for CONTRACT = {CONTRACT}; install another version of it"
        )
    return module


def _load_file(path: Path) -> ModuleType:
    name = f"openbell_private_{hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise PartError(f"{path}: is not a Python file")
    module, loader = importlib.util.module_from_spec(spec), spec.loader
    # Dataclasses and pydantic look their module up by name.
    sys.modules[name] = module
    _imported(str(path), lambda: loader.exec_module(module))
    return module


def _imported(what: str, load: Callable[[], Any]) -> Any:
    """Return what comes of importing a part that is not ours.

    Raises:
        PartError: It raised.
    """
    try:
        return load()
    except Exception as error:  # guard: a part of others can raise anything while it is imported
        raise PartError(f"{what}: cannot be imported: {type(error).__name__}: {error}") from error


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
