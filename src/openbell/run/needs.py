"""What rules need to know, and which of them a run has nothing to tell."""

from collections.abc import Callable, Mapping
from types import ModuleType

from openbell.core.spec import RunSpec


def lacking(spec: RunSpec, rules: Mapping[str, ModuleType]) -> dict[str, str]:
    """Return why rules have nothing to go by in a run, by kind.

    A part names what it needs in `NEEDS`; what this version cannot tell at all counts as lacking.
    """
    found = {}
    for kind, module in rules.items():
        reasons = [_reason(spec, need) for need in getattr(module, "NEEDS", ())]
        why = "; ".join(reason for reason in reasons if reason)
        if why:
            found[kind] = why
    return found


def _reason(spec: RunSpec, need: str) -> str:
    return _MISSING[need](spec) if need in _MISSING else f"nothing tells this run of {need}"


def _stops(spec: RunSpec) -> str:
    has_stop = any(deployment.exits.has_stop for deployment in spec.deployments.values())
    return "" if has_stop else "no deployment declares a stop"


def _adv(spec: RunSpec) -> str:
    unknown = [symbol for symbol, instrument in spec.instruments.items() if not instrument.adv]
    return f"the daily volume (adv) of {', '.join(unknown)} is not stated" if unknown else ""


def _history(spec: RunSpec) -> str:
    return "no closes of sessions from before the start are at hand"


def _outside(spec: RunSpec) -> str:
    return "" if spec.outside_accounts else "no account is at a venue outside the process"


def _venue(spec: RunSpec) -> str:
    has_venue = any(account.venue != "none" for account in spec.accounts.values())
    return "" if has_venue else "no account has a venue that could reject: orders are sent nowhere"


def _person(spec: RunSpec) -> str:
    is_live = any(account.venue == "live" for account in spec.accounts.values())
    return "" if is_live else "no account trades real money"


def _signals(spec: RunSpec) -> str:
    has_source = any(deployment.signals for deployment in spec.deployments.values())
    return "" if has_source else "no deployment listens to a source outside"


_MISSING: dict[str, Callable[[RunSpec], str]] = {
    "stops": _stops,
    "adv": _adv,
    "history": _history,
    "outside": _outside,
    "person": _person,
    "venue": _venue,
    "signals": _signals,
}
"""Why a need is not met, empty where it is."""
