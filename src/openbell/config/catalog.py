"""What configuration must know of parts and edges without importing them."""

from collections.abc import Callable, Mapping

import msgspec

from openbell.schema import PartConfig

Kinds = Mapping[str, type[PartConfig]]
"""Option model of each kind. Only iterated, asked with `in` and indexed, so it may load a part when it is asked."""


def no_vault(name: str) -> str:
    """Say that nobody has handed a vault over.

    Raises:
        ValueError: Always.
    """
    raise ValueError(f"${{vault:{name}}} needs the vault, and none is open here; use ${{NAME}} or ${{file:/path}}")


class Catalog(msgspec.Struct, frozen=True, kw_only=True):
    """Option models of everything that a file can name, made by `run.assemble`.

    Attributes:
        strategies, rules, brokers, feeds: Option model by `kind` (`broker` for accounts).
        calendars: Options of one calendar override. instruments: Options of one instrument.
        standard_rules: Rules in force where the file says nothing of them, in the order in which they are asked.
        presets: Options of the rules that a preset changes or adds to those, by its name.
        channels: Option model of each kind of alert channel.
        live_rules: Rules without which no account may trade real money.
        secret_of: Returns what the vault holds under a name, or raises ValueError: what is wrong; what to do.
    """

    strategies: Kinds
    rules: Kinds
    brokers: Kinds
    feeds: Kinds
    calendars: type[PartConfig]
    instruments: type[PartConfig]
    standard_rules: Mapping[str, PartConfig] = {}
    presets: Mapping[str, Mapping[str, PartConfig]] = {}
    live_rules: tuple[str, ...] = ()
    channels: Kinds = {}
    secret_of: Callable[[str], str] = no_vault
