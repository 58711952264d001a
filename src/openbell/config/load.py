"""The one way in: from a file to a checked configuration, or to all of its errors at once."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import msgspec

from openbell.config.catalog import Catalog
from openbell.config.choose import Part, check
from openbell.config.document import DocumentError, Tree, parse_document, read_text
from openbell.config.environment import Environment, assign, override, surroundings
from openbell.config.explain import C, ConfigError, Fault, Loc, Problem
from openbell.config.ini import SUFFIXES, parse_ini
from openbell.config.links import open_links
from openbell.config.lint import references, values
from openbell.config.model import Configuration
from openbell.config.rules import effective_rules, in_one_form, masked_options
from openbell.config.signals import Signals
from openbell.config.variables import MASK, expand, hide, is_live, literal_secrets, mask, secret_texts


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """A configuration that can be run.

    Attributes:
        path: As given. folder: Where its relative paths begin.
        config: Everything the file says and its defaults.
        rules: Rules in force, standard ones included, in the order in which they are asked.
        options: Of each of them as data, every secret as `***`.
        rules_off: Why each other standard rule is not in force, by kind.
        lacking: What a rule in force that the file asks for has no data of, by kind.
        masked: The effective configuration as JSON-able data in the file's shape, every secret as `***`. It names
            each rule in force, so that other defaults do not change what it means.
        tree: What stands in the file and in place of it, with places; holds secrets. environment: Variables; the same.
        warnings: What the run may start with but should not.
        disabled: Deployments that the file leaves out with `enabled: false`.
    """

    path: str
    folder: Path
    config: Configuration
    rules: tuple[Part, ...]
    options: tuple[Any, ...]
    rules_off: dict[str, str]
    masked: dict[str, Any]
    tree: Tree
    environment: Environment
    lacking: dict[str, str] = {}
    warnings: tuple[Problem, ...] = ()
    disabled: tuple[str, ...] = ()


def load(
    path: Path,
    catalog: Catalog,
    environment: Mapping[str, str],
    *,
    mode: str | None = None,
    values: Mapping[str, str] | None = None,
    document: tuple[Tree, list[Fault]] | None = None,
) -> Loaded:
    """Return the checked configuration of a file.

    Args:
        path: YAML file; `${file:…}` is relative to its folder.
        catalog: Option models of everything the file can name.
        environment: Variables by name, before those of a `.env` beside the file; the process's own are not read here.
        mode: Used in place of the file's and of variables, as a command line asks for it.
        values: Options by path, used in place of the file's and of variables, as a study asks for them.
        document: What `read_document` returned of this file, where it has been read before; it is not changed.

    Raises:
        ConfigError: With every error and warning found, each with its line and column.
    """
    tree, faults = deepcopy(document or read_document(path))
    around, problems = surroundings(path.parent, environment)
    faults += override(tree, around)
    if mode is not None:
        _set_mode(tree, Tree(line=0, column=0, value=mode, raw=mode, origin="command line --mode"))
    faults += assign(tree, values or {})
    faults += expand(tree, around.values, path.parent, catalog.secret_of)
    disabled = _leave_out(tree)
    config, found = _validate(tree.plain(), catalog)
    found += literal_secrets(tree, is_live=is_live(tree.plain()))
    secrets = secret_texts(tree)
    problems += [problem_of(str(path), tree, fault, secrets) for fault in [*faults, *_without_echoes(found, faults)]]
    problems = _merged(sorted(problems, key=lambda problem: (problem.line, problem.column)))
    if config is None or any(not problem.is_warning for problem in problems):
        raise ConfigError(problems, str(path))
    rules, off = effective_rules(config.rules, catalog)
    shape = config.model_dump(mode="json", exclude_none=True)
    loaded = Loaded(
        path=str(path),
        folder=path.parent,
        config=config,
        rules=rules,
        options=masked_options(rules, config.rules, tree.child("rules"), secrets),
        rules_off=off,
        masked=mask(shape, tree, secrets),
        tree=tree,
        environment=around,
        warnings=tuple(problems),
        disabled=disabled,
    )
    return settled(loaded, {})


def load_signals(path: Path, environment: Mapping[str, str], secret_of: Callable[[str], str]) -> Signals | None:
    """Return what a file says of signals, None for nothing.

    Nothing else of it is filled in or looked at: whoever takes signals holds no other secret.

    Args:
        path: YAML file.
        environment: Variables by name, before those of a `.env` beside the file.
        secret_of: Returns what the vault holds under a name, or raises ValueError.

    Raises:
        ConfigError: With all that is wrong in it.
    """
    tree, _ = read_document(path)
    around, _ = surroundings(path.parent, environment)
    override(tree, around)
    section = tree.child("signals")
    if section is None or section.value is None:
        return None
    faults = expand(section, around.values, path.parent, secret_of, ("signals",))
    terms = check(Signals, section.plain(), faults, loc=("signals",)) if isinstance(section.value, dict) else None
    for name, one in terms.sources.items() if terms is not None else ():
        if one.secret == MASK:
            loc = ("signals", "sources", name, "secret")
            faults.append(Fault(loc=loc, code=C.SECRET, what="is masked, and no secret", advice="write ${NAME}"))
    if terms is None or faults:
        secrets = secret_texts(section, ("signals",))
        raise ConfigError([problem_of(str(path), tree, fault, secrets) for fault in faults], str(path))
    return terms


def _set_mode(tree: Tree, mode: Tree) -> None:
    """Put a mode in place of the file's; an account that is live by itself is taken along, no other one becomes it."""
    tree.value["mode"] = mode
    accounts = tree.child("accounts")
    for account in accounts.value.values() if accounts is not None and isinstance(accounts.value, dict) else ():
        own = account.child("mode")
        if own is not None and own.value == "live":
            account.value["mode"] = mode


def _leave_out(tree: Tree) -> tuple[str, ...]:
    """Take disabled deployments out of what stands in a file, and return their names; the last one of all stays."""
    listed = tree.child("deployments")
    if listed is None or not isinstance(listed.value, list):
        return ()
    kept = [one for one in listed.value if (word := one.child("enabled")) is None or word.value is not False]
    if not kept:
        return ()
    names = [one.child("name") for one in listed.value if not any(one is other for other in kept)]
    listed.value = kept
    left_out = tuple(str(name.value) for name in names if name is not None)
    signals = tree.child("signals")
    sources = signals.child("sources") if signals is not None else None
    if sources is not None and isinstance(sources.value, dict):
        # Nobody is there who could hear them; the others stay.
        sources.value = {name: one for name, one in sources.value.items() if name not in left_out}
        if not sources.value:
            tree.value.pop("signals")
    return left_out


def read_document(path: Path) -> tuple[Tree, list[Fault]]:
    """Return what stands in a file, and the faults that do not end its reading.

    Raises:
        ConfigError: It cannot be read at all.
    """
    try:
        parse = parse_ini if path.name.endswith(SUFFIXES) else parse_document
        return parse(read_text(path))
    except DocumentError as error:
        raise ConfigError([problem_of(str(path), Tree(line=0, column=0), error.fault, set())], str(path)) from None


def settled(loaded: Loaded, lacking: Mapping[str, str]) -> Loaded:
    """Return a configuration without the standard rules that have no data.

    A rule that the file asks for stays, and refuses what it cannot judge.

    Args:
        loaded: The configuration.
        lacking: Why a rule has nothing to go by, by kind.
    """
    own = {entry.kind for entry in loaded.config.rules.entries}
    kept = [i for i, rule in enumerate(loaded.rules) if rule.kind not in lacking or rule.kind in own]
    rules, options = tuple(loaded.rules[i] for i in kept), tuple(loaded.options[i] for i in kept)
    in_force = {rule.kind for rule in rules}
    dropped = {rule.kind: lacking[rule.kind] for rule in loaded.rules if rule.kind not in in_force}
    named = in_one_form((rule.kind, shown) for rule, shown in zip(rules, options, strict=True))
    return msgspec.structs.replace(
        loaded,
        rules=rules,
        options=options,
        rules_off=loaded.rules_off | dropped,
        lacking={kind: why for kind, why in lacking.items() if kind in in_force},
        masked=loaded.masked | {"rules": {"preset": "none", **named}},
    )


def _validate(data: dict[str, Any], catalog: Catalog) -> tuple[Configuration | None, list[Fault]]:
    found: list[Fault] = []
    config = check(Configuration, data, found, context={"catalog": catalog})
    found += references(data)
    told = {fault.loc for fault in found}
    found += (fault for fault in open_links(data) if fault.loc not in told)
    if config is not None:
        found += values(config, catalog)
    return config, found


def _without_echoes(found: list[Fault], first: list[Fault]) -> list[Fault]:
    """Return `found` without what only follows from a value that already could not be read."""
    broken = {fault.loc for fault in first if fault.code is not C.DUPLICATE}
    kept: dict[tuple[Loc, str], Fault] = {}
    for fault in found:
        if not any(fault.loc[: len(loc)] == loc for loc in broken if loc):
            kept.setdefault((fault.loc, fault.what), fault)
    return list(kept.values())


def problem_of(file: str, root: Tree, fault: Fault, secrets: set[str]) -> Problem:
    """Return a fault with its place, without secrets; its path names only what is in the file.

    Args:
        file: Name of the file.
        root: All that stands in it.
        fault: At a path.
        secrets: Texts to hide.
    """
    tree, path = root, ""
    for i, step in enumerate(fault.loc):
        child = tree.child(step)
        is_absent_key = fault.is_key and i == len(fault.loc) - 1
        if child is None and not is_absent_key:
            # The tag of a union, or the name of a validator: pydantic's own, not the file's.
            continue
        path += f"[{step}]" if isinstance(step, int) else f"{'.' if path else ''}{_key(step)}"
        tree = child or tree
    line, column = fault.at if fault.at[0] else _place(tree, is_key=fault.is_key)
    origin = fault.origin or tree.origin
    if origin:
        file, line, column = origin, 0, 0
    what, advice = hide(fault, tree, secrets)
    if fault.needs_quotes and tree.raw:
        what, advice = f"{tree.raw} is not text", f'put it in quotes: "{tree.raw}"'
    return Problem(
        file=file, line=line, column=column, path=path, code=fault.code, what=what, meant=fault.meant, advice=advice,
        is_warning=fault.is_warning,
    )  # fmt: skip


def _merged(problems: list[Problem]) -> list[Problem]:
    """Return one problem where a value fits none of several forms: each form has its own sentence about it."""
    paths = [problem.path for problem in problems]
    kept: list[Problem] = []
    for problem in problems:
        inside = (f"{problem.path}.", f"{problem.path}[")
        if problem.what.startswith(("a list is not", "a mapping is not")) and any(p.startswith(inside) for p in paths):
            continue  # Another form was meant, and what is wrong inside it is told.
        last = kept[-1] if kept else None
        is_form = problem.code in {C.TYPE, C.VALUE} and not problem.is_warning
        if last is None or not is_form or _where(last) != _where(problem) or last.code not in {C.TYPE, C.VALUE}:
            kept.append(problem)
            continue
        what = f"{last.what}, and {problem.what}" if problem.what not in last.what else last.what
        advice = " or ".join(filter(None, (last.advice, problem.advice)))
        kept[-1] = msgspec.structs.replace(last, what=what, advice=advice)
    return kept


def _where(problem: Problem) -> tuple[int, int, str]:
    return problem.line, problem.column, problem.path


def _place(tree: Tree, *, is_key: bool) -> tuple[int, int]:
    """Return the place of a value, or of its key."""
    return (tree.key_line, tree.key_column) if is_key and tree.key_line else (tree.line, tree.column)


def _key(name: str) -> str:
    """Return a key for a path, in quotes where it is not plain."""
    return name if name and all(c.isalnum() or c in "_-" for c in name) else repr(name)
