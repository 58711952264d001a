"""Options that belong together: one Struct in a verb, one by one on the command line."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, get_type_hints

import msgspec


def spread(function: Callable[..., int]) -> Callable[..., int]:
    """Return a verb that takes the fields of its Struct parameters as options.

    Each field is an option with its own annotation and default; the verb gets the Struct made of them.
    """
    groups = {
        name: hint
        for name, hint in get_type_hints(function).items()
        if isinstance(hint, type) and issubclass(hint, msgspec.Struct)
    }
    shown: list[inspect.Parameter] = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name not in groups:
            shown.append(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY))
            continue
        group = groups[parameter.name]
        hints = get_type_hints(group, include_extras=True)
        shown += [
            inspect.Parameter(f.name, inspect.Parameter.KEYWORD_ONLY, default=_default(f), annotation=hints[f.name])
            for f in msgspec.structs.fields(group)
        ]

    @wraps(function)
    def verb(**given: Any) -> int:
        words = {name: given[name] for name in inspect.signature(function).parameters if name not in groups}
        for name, group in groups.items():
            words[name] = group(**{field: given[field] for field in group.__struct_fields__})
        return function(**words)

    verb.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]  # read by typer in place of the wrapper's
    verb.__annotations__ = {parameter.name: parameter.annotation for parameter in shown}
    del verb.__wrapped__
    return verb


def _default(field: msgspec.structs.FieldInfo) -> Any:
    return field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()


def gathered(words: list[str], option: str) -> list[str]:
    """Return the words of a command line with all values behind `option` joined by commas.

    `--tickers AAPL NVDA` is what people write; the command line takes one word behind an option.
    """
    if option not in words:
        return words
    at = words.index(option)
    end = next((n for n in range(at + 1, len(words)) if words[n].startswith("-")), len(words))
    values = [value for word in words[at + 1 : end] for value in word.split(",") if value]
    return [*words[: at + 1], ",".join(values), *words[end:]] if values else words


def repeated(words: list[str], option: str) -> list[str]:
    """Return the words of a command line with `option` before each of its values.

    `--grid A=1:3:1 B=2,4` is what people write; the command line takes one word behind an option. A value has an equals
    sign and begins with no dash.
    """
    found: list[str] = []
    is_behind = False
    for word in words:
        is_value = is_behind and "=" in word and not word.startswith("-")
        if is_value and found[-1] != option:
            found.append(option)
        found.append(word)
        is_behind = word == option or is_value
    return found
