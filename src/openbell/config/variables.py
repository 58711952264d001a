"""Variables in values, and masking what came from them.

`${NAME}` is a variable of the environment, `${NAME:-text}` has a default where it is unset or empty,
`${file:PATH}` is the text of a file, `${vault:NAME}` a secret of the vault, `$${` is `${` itself. Everything that came
from one is a secret.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from openbell.config.document import DocumentError, Tree, read_text
from openbell.config.explain import C, Fault, Loc, nearest

MASK = "***"
"""What stands for a secret wherever a configuration is shown or written down."""
MAX_SECRET_BYTES = 64 * 1024
_VARIABLE = re.compile(r"\$(\$\{)|\$\{([^}]*)(\}?)")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SECRET_KEY = re.compile(r"secret|token|passw|passphrase|(api|app|private|access)_?key|credential", re.IGNORECASE)
_MIN_LEAK = 6
"""A shorter secret is masked where it stands, but not searched for inside other values."""


class _VariableError(Exception):
    """A variable cannot be filled in: what is wrong, and what to do."""


def expand(
    tree: Tree, environment: Mapping[str, str], folder: Path, secret_of: Callable[[str], str], loc: Loc = ()
) -> list[Fault]:
    """Fill in every variable of `tree`, in place; return all that could not be.

    Args:
        tree: Changed in place.
        environment: Values by name; the process environment is not read here.
        folder: Where a relative path of `${file:…}` begins.
        secret_of: Returns what the vault holds under a name, or raises ValueError: what is wrong; what to do.
        loc: Path of `tree`.
    """
    if isinstance(tree.value, dict):
        return [
            f for key, child in tree.value.items() for f in expand(child, environment, folder, secret_of, (*loc, key))
        ]
    if isinstance(tree.value, list):
        return [
            f for i, child in enumerate(tree.value) for f in expand(child, environment, folder, secret_of, (*loc, i))
        ]
    if not isinstance(tree.value, str) or "${" not in tree.value:
        return []
    faults: list[Fault] = []

    def fill(match: re.Match[str]) -> str:
        if match[1]:
            return match[1]
        tree.is_secret = True
        try:
            return _value(match, environment, folder, secret_of)
        except _VariableError as error:
            what, _, advice = str(error).partition("; ")
            meant = nearest(match[2], environment) if what.endswith("is not set") else ""
            faults.append(Fault(loc=loc, code=C.VARIABLE, what=what, meant=meant, advice=advice))
            return match[0]

    tree.value = _VARIABLE.sub(fill, tree.value)
    return faults


def named(tree: Tree) -> frozenset[str]:
    """Return what `${…}` names anywhere in `tree`.

    That is variables, and with their prefix files and secrets of the vault.
    """
    if isinstance(tree.value, dict | list):
        below = tree.value.values() if isinstance(tree.value, dict) else tree.value
        return frozenset().union(*(named(one) for one in below))
    found = (match[2].partition(":-")[0] for match in _VARIABLE.finditer(tree.raw) if not match[1])
    return frozenset(found)


def _value(match: re.Match[str], environment: Mapping[str, str], folder: Path, secret_of: Callable[[str], str]) -> str:
    """Return the value of one `${…}`.

    Raises:
        _VariableError: It has none.
    """
    inside = match[2]
    if not match[3]:
        raise _VariableError("${ has no closing }; write $${ where ${ itself is meant")
    if "${" in inside:
        raise _VariableError("a variable inside a variable; write one of them")
    if inside.startswith("file:"):
        return _file(inside.removeprefix("file:"), folder)
    if inside.startswith("vault:"):
        try:
            return secret_of(inside.removeprefix("vault:"))
        except ValueError as error:
            raise _VariableError(str(error)) from None
    name, has_default, default = inside.partition(":-")
    if not _NAME.fullmatch(name):
        raise _VariableError(f"${{{inside}}} is not a variable; write ${{NAME}}, ${{NAME:-text}} or ${{file:/path}}")
    value = environment.get(name, "")
    if value or has_default:
        return value or default
    state = "is set but empty" if name in environment else "is not set"
    raise _VariableError(f"the variable {name} {state}; set it, or write ${{{name}:-default}}")


def _file(name: str, folder: Path) -> str:
    try:
        text = read_text(folder / name, MAX_SECRET_BYTES).rstrip("\r\n")
    except DocumentError as error:
        raise _VariableError(f"the file {name}: {error.fault.what}; write the path of a readable text file") from None
    if not text:
        raise _VariableError(f"the file {name} is empty; write the value into it")
    return text


def is_secret_key(loc: Loc) -> bool:
    """Return True for keys that hold secrets by their name, and the addresses of alerts."""
    names = [step for step in loc if isinstance(step, str)]
    if not names:
        return False
    return bool(_SECRET_KEY.search(names[-1])) or (names[0] == "alerts" and names[-1] in ("url", "dsn"))


def literal_secrets(tree: Tree, *, is_live: bool, loc: Loc = ()) -> list[Fault]:
    """Return a fault for every secret in the file itself; an error where money is real."""
    if isinstance(tree.value, dict):
        return [
            f for key, child in tree.value.items() for f in literal_secrets(child, is_live=is_live, loc=(*loc, key))
        ]
    if isinstance(tree.value, list):
        return [f for i, child in enumerate(tree.value) for f in literal_secrets(child, is_live=is_live, loc=(*loc, i))]
    if tree.is_secret or tree.origin or not isinstance(tree.value, str) or not tree.value or not is_secret_key(loc):
        return []
    name = "_".join(str(step) for step in loc if isinstance(step, str)).upper()
    advice = f"write ${{{re.sub('[^A-Z0-9]+', '_', name)}}} or ${{file:/path}}"
    what = "a secret stands in the file itself"
    return [Fault(loc=loc, code=C.SECRET, what=what, advice=advice, is_warning=not is_live)]


def is_live(data: Mapping[str, Any]) -> bool:
    """Return True where the file, or one of its accounts, is for real money."""
    accounts = data.get("accounts")
    own = [a.get("mode") for a in accounts.values() if isinstance(a, dict)] if isinstance(accounts, dict) else []
    return "live" in (data.get("mode"), *own)


def secret_texts(tree: Tree, loc: Loc = ()) -> set[str]:
    """Return every secret of `tree` that is long enough to be searched for."""
    if isinstance(tree.value, dict):
        return {s for key, child in tree.value.items() for s in secret_texts(child, (*loc, key))}
    if isinstance(tree.value, list):
        return {s for i, child in enumerate(tree.value) for s in secret_texts(child, (*loc, i))}
    is_secret = tree.is_secret or is_secret_key(loc)
    return {tree.value} if is_secret and isinstance(tree.value, str) and len(tree.value) >= _MIN_LEAK else set()


def mask(data: Any, tree: Tree | None, secrets: set[str], loc: Loc = ()) -> Any:
    """Return `data` with every secret as `***`.

    Args:
        data: Effective configuration, shaped as the file.
        tree: The file's own values, which know what came from a variable; None for what is a default.
        secrets: Texts to hide wherever they stand, should a part have moved them.
        loc: Path of `data`.
    """
    if data is not None and tree is not None and tree.is_secret:
        return MASK
    if isinstance(data, dict):
        return {k: mask(v, tree.child(k) if tree else None, secrets, (*loc, k)) for k, v in data.items()}
    if isinstance(data, list | tuple):
        return [mask(v, tree.child(i) if tree else None, secrets, (*loc, i)) for i, v in enumerate(data)]
    if not isinstance(data, str) or not data:
        return data
    return MASK if is_secret_key(loc) or any(secret in data for secret in secrets) else data


_NEED = re.compile(r" is not ((?:a|an|the|one|true|above|below|at|off|text)\b[a-z ]*)")


def hide(fault: Fault, tree: Tree, secrets: set[str]) -> tuple[str, str]:
    """Return what is wrong and the advice of a fault, without the secret at `tree`.

    A value that came from a variable is called by the variable's name, and what is needed instead is kept.
    """
    what, advice = fault.what, fault.advice
    if fault.code is C.VARIABLE:
        return what, advice
    if fault.code is C.OPEN_LINK:  # It tells the scheme alone.
        return f"{tree.raw}: {what}" if tree.is_secret else what, advice
    if tree.is_secret and fault.code in tuple(C):
        needs = _NEED.findall(what)
        what = f"the value of {tree.raw} {f'is not {needs[-1].strip()}' if needs else 'does not fit'}"
        return what, advice if fault.code is C.UNKNOWN_NAME else ""
    for secret in secrets:
        what, advice = what.replace(secret, MASK), advice.replace(secret, MASK)
    return what, advice
