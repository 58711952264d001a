"""`openbell secrets set|list|rotate`: the encrypted vault."""

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from openbell.cli.shell.options import Json
from openbell.cli.shell.output import say, say_json, tell

if TYPE_CHECKING:
    from openbell.edges.vault import Safe

EXAMPLES = """
openbell secrets set ALPACA_SECRET         asks for the secret; a file then says "${vault:ALPACA_SECRET}"
openbell secrets list                      names, never values
openbell secrets rotate                    everything sealed anew under another passphrase
"""
SET_EXAMPLES = """
openbell secrets set ALPACA_SECRET                     asks for it, and shows nothing of it
openbell secrets set ALPACA_SECRET < secret.txt        from a file, which should be deleted then
"""
LIST_EXAMPLES = """
openbell secrets list
openbell secrets list --json
"""
ROTATE_EXAMPLES = """
openbell secrets rotate                                asks for the new passphrase
"""
Name = Annotated[str, typer.Argument(metavar="NAME", help="As it stands in ${vault:NAME}.", show_default=False)]


def keep(name: Name) -> int:
    """Keep a secret in the vault; it is asked for, and never stands in the command line."""
    from openbell.cli.shell.failure import Wrong

    if not name.isidentifier():
        raise Wrong(f"{name!r} is not a name: letters, digits and _", "openbell secrets set --help")
    safe = _opened()
    value = _asked(f"{name}: ")
    if not value:
        raise Wrong("an empty secret is none", f"openbell secrets set {name}")
    safe.put(name, value)
    tell(f'{name} is kept in {safe.path}; write "${{vault:{name}}}" in its place')
    return 0


def listed(as_json: Json = False) -> int:
    """Tell the names of what the vault holds, never a value."""
    safe = _opened()
    if as_json:
        say_json({"vault": str(safe.path), "names": safe.names()})
        return 0
    for name in safe.names():
        say(name)
    return 0


def rotate() -> int:
    """Seal everything anew under another passphrase."""
    from openbell.cli.shell.failure import Wrong
    from openbell.edges.vault import PASSPHRASE_FILE, VaultError

    safe = _opened()
    try:
        safe.rotate(_asked("new passphrase: "))
    except VaultError as error:
        raise Wrong(str(error), "openbell secrets rotate") from None
    tell(
        f"{len(safe.names())} secrets are sealed anew; the file that {PASSPHRASE_FILE} names must hold the new one now"
    )
    return 0


def _opened() -> "Safe":
    """Return the vault, opened with the passphrase of the file or of whoever sits here.

    Raises:
        Wrong: It cannot be opened.
    """
    from openbell.cli.shell.failure import Wrong
    from openbell.edges.vault import PASSPHRASE_FILE, Safe, VaultError, passphrase_of
    from openbell.run import state

    try:
        is_named = PASSPHRASE_FILE in os.environ or not sys.stdin.isatty()
        passphrase = passphrase_of(os.environ) if is_named else _asked("passphrase of the vault: ")
        return Safe(state.vault(os.environ), passphrase)
    except VaultError as error:
        what, _, advice = str(error).partition("; ")
        raise Wrong(what, advice or "openbell secrets --help") from None


def _asked(words: str) -> str:
    """Return a line that is typed without being shown, or the one that was handed in."""
    from getpass import getpass

    return getpass(words) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
