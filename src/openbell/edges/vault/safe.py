"""The vault: AES-256-GCM under a key that Argon2id makes of a passphrase.

The file holds names, a random salt and sealed texts. Each is sealed with its name, so that none can stand in another's
place.
"""

import os
import stat
from base64 import b64decode, b64encode
from collections.abc import Mapping
from pathlib import Path

import msgspec
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from openbell.files import write_whole

PASSPHRASE_FILE = "OPENBELL_PASSPHRASE_FILE"
"""Variable that names the file with the passphrase, for processes that nobody sits at."""
MEMORY_KIB, PASSES, LANES = 65_536, 3, 1
"""Argon2id: well above the least that is advised (19 MiB, 2 passes)."""
LEAST_PASSPHRASE = 15
"""Characters."""
_SALT, _NONCE, _KEY = 16, 12, 32
_CHECK = "\0check"
"""Sealed beside the secrets under a name that nobody can give: it tells a wrong passphrase."""


class VaultError(ValueError):
    """The vault cannot be used; the text says why, and behind a semicolon what to do."""


class Book(msgspec.Struct, kw_only=True):
    """The file: base64 of the salt, and of nonce and box by name; cost of the key."""

    version: int = 1
    salt: str
    memory_kib: int = MEMORY_KIB
    passes: int = PASSES
    lanes: int = LANES
    sealed: dict[str, str]


class Safe:
    """An open vault.

    Attributes:
        path: Its file.
    """

    def __init__(self, path: Path, passphrase: str) -> None:
        """Open the vault at `path`; one that is not there begins empty and is written with its first secret.

        Raises:
            VaultError: The passphrase does not open it, or the file is none, or others may read it.
        """
        self.path = path
        if path.exists():
            self._book = _read(path)
            self._key = _key(passphrase, self._book)
            self._open(_CHECK)
            return
        if len(passphrase) < LEAST_PASSPHRASE:
            raise VaultError(f"the passphrase is shorter than {LEAST_PASSPHRASE} characters; take a longer one")
        self._book = Book(salt=_text(os.urandom(_SALT)), sealed={})
        self._key = _key(passphrase, self._book)
        self._seal(_CHECK, "")

    def names(self) -> list[str]:
        """Return the names of what it holds."""
        return sorted(name for name in self._book.sealed if name != _CHECK)

    def get(self, name: str) -> str:
        """Return a secret.

        Raises:
            VaultError: It holds none of that name, or the file was changed by another hand.
        """
        if name not in self.names():
            raise VaultError(f"the vault holds no {name}; openbell secrets set {name}")
        return self._open(name)

    def put(self, name: str, value: str) -> None:
        """Keep a secret, in the place of an older one of its name.

        Raises:
            OSError: It could not be written.
        """
        self._seal(name, value)
        self._write()

    def rotate(self, passphrase: str) -> None:
        """Seal everything anew under another passphrase and another salt.

        Raises:
            VaultError: The passphrase is too short.
            OSError: It could not be written; the old one opens the vault as before.
        """
        if len(passphrase) < LEAST_PASSPHRASE:
            raise VaultError(f"the passphrase is shorter than {LEAST_PASSPHRASE} characters; take a longer one")
        known = {name: self._open(name) for name in (*self.names(), _CHECK)}
        self._book = Book(salt=_text(os.urandom(_SALT)), sealed={})
        self._key = _key(passphrase, self._book)
        for name, value in known.items():
            self._seal(name, value)
        self._write()

    def _seal(self, name: str, value: str) -> None:
        nonce = os.urandom(_NONCE)
        self._book.sealed[name] = _text(nonce + AESGCM(self._key).encrypt(nonce, value.encode(), name.encode()))

    def _open(self, name: str) -> str:
        try:
            raw = b64decode(self._book.sealed[name], validate=True)
            return AESGCM(self._key).decrypt(raw[:_NONCE], raw[_NONCE:], name.encode()).decode()
        except (InvalidTag, KeyError, ValueError):
            what = "the passphrase does not open it" if name == _CHECK else f"{name} was changed by another hand"
            raise VaultError(f"{self.path}: {what}; try again, or begin anew with another file") from None

    def _write(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(self.path, msgspec.json.encode(self._book), durable=True)


def passphrase_of(environment: Mapping[str, str]) -> str:
    """Return the passphrase that stands in the file named by the environment.

    Raises:
        VaultError: No file is named, or it cannot be read, or others may read it.
    """
    named = environment.get(PASSPHRASE_FILE, "")
    if not named:
        raise VaultError(f"the vault is locked; name a file with its passphrase in {PASSPHRASE_FILE}")
    path = Path(named)
    try:
        _private(path)
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as error:
        raise VaultError(f"{path}: {error.strerror}; name a readable file in {PASSPHRASE_FILE}") from None


def _read(path: Path) -> Book:
    try:
        _private(path)
        return msgspec.json.decode(path.read_bytes(), type=Book)
    except OSError as error:
        raise VaultError(f"{path}: {error.strerror}; make it readable for you alone") from None
    except msgspec.MsgspecError:
        raise VaultError(f"{path} is no vault; name another file, or restore it") from None


def _private(path: Path) -> None:
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise VaultError(f"{path} can be read by others; chmod 600 {path}")


def _key(passphrase: str, book: Book) -> bytes:
    return hash_secret_raw(
        passphrase.encode(), b64decode(book.salt), book.passes, book.memory_kib, book.lanes, _KEY, Type.ID
    )


def _text(raw: bytes) -> str:
    return b64encode(raw).decode()
