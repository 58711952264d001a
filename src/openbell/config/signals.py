"""Who may send signals from outside, as a file says it."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from openbell.config.deployment import LISTENER, Name
from openbell.config.explain import C, Fault, known_text, nearest
from openbell.config.variables import MASK
from openbell.core.types import MINUTE_NS, NS
from openbell.schema import PartConfig, Span, Text

LEAST_SECRET = 32
"""Characters of a secret that signs."""


def _long(value: str) -> str:
    # A recorded configuration is read again with its secrets masked; `load_signals` lets none of them in.
    if len(value) < LEAST_SECRET and value != MASK:
        raise ValueError("it is not a secret of thirty two characters or more; openssl rand -hex 32 makes one")
    return value


class Source(PartConfig):
    """One source: who sends, and how long what he sends holds.

    Attributes:
        secret: Signs each signal (HMAC-SHA256); 32 characters or more, its own for each source.
        max_age: How long a signal holds behind its timestamp; one that is taken later does nothing.
        pace: Signals a minute; more are turned away.
    """

    secret: Annotated[Text, AfterValidator(_long)] = Field(examples=['"${SIGNALS_SECRET}"'])
    max_age: Annotated[Span, Field(ge=NS, le=5 * MINUTE_NS)] = 30 * NS
    pace: int = Field(default=60, ge=1, le=600)


class Signals(PartConfig):
    """Where signals come in.

    Attributes:
        port: On this machine alone, 127.0.0.1; a proxy or tunnel with TLS brings what comes from elsewhere.
        sources: By the name of the deployment whose targets they set, which is `strategy: {kind: webhook}`.
    """

    port: int = Field(default=8788, ge=0, le=65535)
    sources: dict[Name, Source] = Field(min_length=1, examples=['{desk: {secret: "${SIGNALS_SECRET}"}}'])


def unheard(data: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield every source that no deployment listens to, and the other way round.

    It tolerates any data.
    """
    rows = data.get("deployments")
    listed = [(i, one) for i, one in enumerate(rows if isinstance(rows, list) else []) if isinstance(one, dict)]
    kinds = {one["name"]: _kind(one) for _, one in listed if isinstance(one.get("name"), str)}
    section = data.get("signals")
    sources = section.get("sources") if isinstance(section, dict) else None
    named = dict(sources) if isinstance(sources, dict) else {}
    hearing = [name for name, kind in kinds.items() if kind == LISTENER]
    for name in named:
        if name not in kinds:
            what, advice = f"there is no deployment {name!r}", known_text(hearing)
            loc, meant = ("signals", "sources", name), nearest(str(name), hearing)
            yield Fault(loc=loc, code=C.UNKNOWN_NAME, what=what, meant=meant, advice=advice, is_key=True)
        elif kinds[name] != LISTENER:
            what = f"deployment {name} decides by {kinds[name]} and takes no signals"
            advice = f"write strategy: {{kind: {LISTENER}}} there, or delete this source"
            yield Fault(loc=("signals", "sources", name), code=C.CONTRADICTION, what=what, advice=advice, is_key=True)
    for i, one in listed:
        name = one.get("name")
        if _kind(one) == LISTENER and isinstance(name, str) and name not in named:
            advice = f'add signals: {{sources: {{{name}: {{secret: "${{SIGNALS_SECRET}}"}}}}}}'
            what = f"{name} waits for signals, and nobody may send it any"
            yield Fault(loc=("deployments", i, "strategy", "kind"), code=C.MISSING, what=what, advice=advice)
    yield from _shared(named)


def _shared(named: Mapping[Any, Any]) -> Iterator[Fault]:
    """Yield every secret that stands twice: what one source has signed would count for the other."""
    owners: dict[str, str] = {}
    for name, source in named.items():
        secret = source.get("secret") if isinstance(source, dict) else None
        if not isinstance(secret, str) or secret in ("", MASK):
            continue
        if secret in owners:
            loc = ("signals", "sources", name)
            what = f"its secret is that of {owners[secret]}, so what one has signed would count for the other"
            yield Fault(loc=loc, code=C.CONTRADICTION, what=what, advice="give each its own", is_key=True)
        owners.setdefault(secret, str(name))


def _kind(deployment: Mapping[str, Any]) -> object:
    strategy = deployment.get("strategy")
    return strategy.get("kind") if isinstance(strategy, dict) else None
