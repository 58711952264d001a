"""What a run can end in."""

from typing import NoReturn


class Violation(Exception):
    """Something that must hold does not; `code` names the invariant."""

    def __init__(self, code: str, text: str) -> None:
        """Name the invariant and say what was seen."""
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text


def fail(code: str, text: str) -> NoReturn:
    """Raise `Violation`: for what is looked at in every step, so that the words are put together only where it does."""
    raise Violation(code, text)


def demand(condition: object, code: str, text: str) -> None:
    """Raise `Violation` unless the condition holds."""
    if not condition:
        raise Violation(code, text)
