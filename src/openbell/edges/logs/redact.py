"""Secrets out of what is written: known ones, and others by their shape or name."""

import re
from collections.abc import Iterable, MutableMapping
from typing import Any

MASK = "***"
_NAMES = re.compile(
    r"secret|token|passw|passphrase|(api|app|private|access)_?key|credential|authori[sz]ation", re.IGNORECASE
)
_SHAPES = (
    # user:password@ in an address
    (re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"), MASK),
    # what stands behind a word for a secret: token=..., "password": "..."
    (
        re.compile(
            r"((?:secret|token|passw(?:or)?d|passphrase|(?:api|app|private|access)[_-]?key)[\"']?\s*[=:]\s*[\"']?)[^\s\"',&;]+",
            re.IGNORECASE,
        ),
        rf"\1{MASK}",
    ),
    (re.compile(r"\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE), rf"\1 {MASK}"),
    # the token of a Telegram bot, and what three parts with dots between them carry
    (re.compile(r"(?<!\d)\d{6,12}:[A-Za-z0-9_-]{30,}"), MASK),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+"), MASK),
)
SHORTEST = 4
"""A shorter secret is not searched for inside other texts."""


class Redactor:
    """Takes secrets out of the fields of a log line. It changes nothing else."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        """Know the secrets themselves, where they are known."""
        # The longest first: one may be part of another.
        self._secrets = sorted({s for s in secrets if len(s) >= SHORTEST}, key=len, reverse=True)

    def __call__(self, logger: object, method: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
        """Return the fields without secrets, in the form of a structlog processor."""
        return {key: self.value(key, value) for key, value in event.items()}

    def value(self, key: str, value: Any) -> Any:
        """Return a field's value without secrets; `key` is its name."""
        if isinstance(value, str):
            return MASK if _NAMES.search(key) and value else self.text(value)
        if isinstance(value, dict):
            # What lies below a secret's name is secret, whatever its own name is.
            below = key if _NAMES.search(key) else ""
            return {str(name): self.value(below or str(name), inner) for name, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(key, inner) for inner in value]
        if value is None or isinstance(value, bool | int | float):
            return MASK if _NAMES.search(key) and value not in {None, True, False} else value
        return self.value(key, str(value))

    def text(self, text: str) -> str:
        """Return a text without secrets."""
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        for shape, instead in _SHAPES:
            text = shape.sub(instead, text)
        return text
