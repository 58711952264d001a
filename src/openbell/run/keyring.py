"""Opens the vault for a configuration, with the first secret that a file asks for."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING

from openbell.run import state

if TYPE_CHECKING:
    from openbell.edges.vault import Safe


def secrets_of(environment: Mapping[str, str]) -> Callable[[str], str]:
    """Return what tells a secret of the vault by its name.

    It raises ValueError where there is none, or where the vault cannot be opened.
    """

    @cache
    def opened() -> "Safe":
        # Few files ask for a secret, and the library behind the vault takes long to import.
        from openbell.edges.vault import Safe, passphrase_of

        return Safe(state.vault(environment), passphrase_of(environment))

    return lambda name: opened().get(name)
