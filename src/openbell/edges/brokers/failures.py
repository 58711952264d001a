"""The five ways in which a request to a broker can fail; there is no sixth.

What is in no broker's table is `OutcomeUnknown`: the request may have been carried out, and only asking tells.
"""


class Failure(Exception):
    """A request failed; the text says how, in the broker's own words where there are any."""


class Transient(Failure):
    """The line or the broker is in trouble, and nothing was carried out; later it may work."""


class RateLimited(Failure):
    """Too many requests: not carried out.

    Attributes:
        retry_ns: When to come back, ns from now. is_shut: Until then not even a cancel may be sent.
    """

    def __init__(self, text: str, retry_ns: int, *, is_shut: bool = False) -> None:
        """Keep the broker's words and its advice."""
        super().__init__(text)
        self.retry_ns = retry_ns
        self.is_shut = is_shut


class AuthFailed(Failure):
    """The broker does not accept who we say we are: account, mode or lease.

    Attributes:
        is_final: No later try can be taken: another process has the account.
    """

    def __init__(self, text: str, *, is_final: bool = False) -> None:
        """Keep the broker's words."""
        super().__init__(text)
        self.is_final = is_final


class BadRequest(Failure):
    """Refused for a documented reason: final, nothing was carried out.

    Attributes:
        code: Our reason code.
    """

    def __init__(self, text: str, code: int) -> None:
        """Keep the broker's words and our code."""
        super().__init__(text)
        self.code = code


class OutcomeUnknown(Failure):
    """Nobody can tell from this answer, or from its absence.

    Whether the request was carried out.
    """
