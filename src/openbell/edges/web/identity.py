"""Who may come in: one owner, and programs with a token.

The owner has a password and perhaps a second factor. Everything lies in one file (0600): the password as its Argon2id
hash, recovery codes and tokens as SHA-256 of what has 128 random bits anyway. There is no password by default, and no
user but the owner.
"""

import base64
import hmac
import secrets
from collections.abc import Callable
from hashlib import sha256
from ipaddress import ip_address, ip_network
from pathlib import Path

import msgspec
import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from openbell.files import write_whole

SCOPES = ("read", "trade", "admin")
LEAST_CHARACTERS = 15
MOST_CHARACTERS = 1024
STEP_NS = 30_000_000_000
"""Length of a time step of the second factor, ns."""
RECOVERY_CODES = 10
PREFIX = "obt_"
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024 + 1024, parallelism=1)
# Of a password that nobody has: comparing takes as long for an owner who is not there as for one who is.
_NOBODY = _HASHER.hash(secrets.token_hex(16))
_WORDS = """
password passwort passw0rd p4ssword letmein openbell iloveyou admin administrator welcome trading changeme secret
default dragon monkey football baseball basketball superman batman sunshine princess shadow master michael jordan
charlie starwars whatever trustno1 computer internet killer pokemon liverpool chelsea arsenal freedom hello login
access test root user guest bitcoin crypto trader broker money
"""
_ROWS = """
abcdefghijklmnopqrstuvwxyz 01234567890 qwertyuiop qwertzuiop azertyuiop asdfghjkl zxcvbnm yxcvbnm
1q2w3e4r5t6y7u8i9o0p q1w2e3r4t5y6u7i8o9p0 1qaz2wsx3edc4rfv5tgb6yhn7ujm qazwsxedcrfvtgbyhnujm
"""
"""Letters that lie beside each other, on a keyboard or in the alphabet."""
LEAST_WALK = 4


class Weak(Exception):
    """A password will not do; the text says why and what would."""


class Token(msgspec.Struct, kw_only=True):
    """One key for a program.

    Attributes:
        id: How it is named. digest: SHA-256 of the whole, in hex. scopes: What it may do.
        expires: When it ends, UTC ns. used: When it was used last, UTC ns. name: What it is for.
        networks: Where it may be used from; empty for everywhere.
    """

    id: str
    digest: str
    scopes: tuple[str, ...]
    expires: int
    name: str = ""
    used: int = 0
    networks: tuple[str, ...] = ()


class Owner(msgspec.Struct, kw_only=True):
    """What the file holds.

    Attributes:
        password: Argon2id hash. secret: Of the second factor, base32, empty for none. step: Its last step used.
        recovery: SHA-256 of the codes that are left. tokens: By id.
    """

    password: str
    secret: str = ""
    step: int = 0
    recovery: list[str] = []
    tokens: dict[str, Token] = {}


class Identity:
    """The owner, kept in a file."""

    def __init__(self, file: Path, now: Callable[[], int]) -> None:
        """Read the file where there is one; `now` tells UTC ns.

        Raises OSError, msgspec.MsgspecError.
        """
        self._file, self._now = file, now
        self._owner = msgspec.json.decode(file.read_bytes(), type=Owner) if file.exists() else None

    @property
    def is_set_up(self) -> bool:
        """True once there is an owner."""
        return self._owner is not None

    @property
    def has_second_factor(self) -> bool:
        """True once the owner needs a code besides the password."""
        return self._owner is not None and bool(self._owner.secret)

    def set_up(self, password: str) -> None:
        """Make the owner. Raises Weak; RuntimeError where there is one."""
        if self._owner is not None:
            raise RuntimeError("there is an owner already")
        check_password(password)
        self._owner = Owner(password=_HASHER.hash(password))
        self._save()

    def check(self, password: str, code: str | None) -> bool:
        """Return True if this is the owner, by password and the second factor there may be."""
        owner = self._owner
        is_right = _is_of(owner.password if owner is not None else _NOBODY, password)
        if owner is None or not is_right:
            return False
        return not owner.secret or (code is not None and self.check_code(code))

    def check_code(self, code: str) -> bool:
        """Return True if a code of the second factor or for recovery is right; once each."""
        owner = self._owner
        if owner is None or not owner.secret:
            return False
        now = self._now()
        totp = pyotp.TOTP(owner.secret)
        for back in (0, 1, -1):
            step = now // STEP_NS - back
            wanted = totp.at(step * STEP_NS // 1_000_000_000)
            if step > owner.step and hmac.compare_digest(wanted.encode(), code.strip().encode()):
                owner.step = step
                self._save()
                return True
        digest = _digest(code.strip())
        if digest in owner.recovery:
            owner.recovery.remove(digest)
            self._save()
            return True
        return False

    def begin_second_factor(self) -> tuple[str, str]:
        """Return a new secret and its address for an authenticator; nothing is kept."""
        secret = pyotp.random_base32()
        return secret, pyotp.TOTP(secret).provisioning_uri(name="owner", issuer_name="openbell")

    def confirm_second_factor(self, secret: str, code: str) -> list[str] | None:
        """Keep a second factor and return its recovery codes; None where the code is wrong."""
        step = self._now() // STEP_NS
        wanted = pyotp.TOTP(secret).at(step * STEP_NS // 1_000_000_000)
        if self._owner is None or not hmac.compare_digest(wanted.encode(), code.strip().encode()):
            return None
        codes = [base64.b32encode(secrets.token_bytes(10)).decode() for _ in range(RECOVERY_CODES)]
        self._owner.secret, self._owner.step = secret, step
        self._owner.recovery = [_digest(one) for one in codes]
        self._save()
        return codes

    def add_token(self, name: str, scopes: tuple[str, ...], expires: int, networks: tuple[str, ...] = ()) -> str:
        """Make a token and return it, this once. Raises RuntimeError without an owner."""
        if self._owner is None:
            raise RuntimeError("there is no owner")
        key, secret = secrets.token_hex(4), secrets.token_urlsafe(24)
        whole = f"{PREFIX}{key}_{secret}"
        self._owner.tokens[key] = Token(
            id=key, digest=_digest(whole), scopes=scopes, expires=expires, name=name, networks=networks
        )
        self._save()
        return whole

    def drop_token(self, key: str) -> bool:
        """End a token; return False where there is none of that id."""
        found = self._owner.tokens.pop(key, None) if self._owner is not None else None
        if found is not None:
            self._save()
        return found is not None

    def tokens(self) -> list[Token]:
        """Return all tokens."""
        return list(self._owner.tokens.values()) if self._owner is not None else []

    def scopes_of(self, token: str, source: str = "") -> tuple[str, ...] | None:
        """Return what a token may do, None for one that is unknown, over, or not for an address."""
        found = self._owner.tokens.get(token[len(PREFIX) :].partition("_")[0]) if self._owner is not None else None
        if found is None or not hmac.compare_digest(found.digest, _digest(token)) or self._now() >= found.expires:
            return None
        if found.networks and not _is_in(found.networks, source):
            return None
        found.used = self._now()
        return found.scopes

    def _save(self) -> None:
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(self._file, msgspec.json.encode(self._owner), durable=True)


def check_password(password: str) -> None:
    """Do nothing if a password is good enough. Raises Weak."""
    if len(password) < LEAST_CHARACTERS:
        raise Weak(f"a password needs at least {LEAST_CHARACTERS} characters; three or four words do well")
    if len(password) > MOST_CHARACTERS:
        raise Weak(f"a password has at most {MOST_CHARACTERS} characters")
    plain = "".join(letter for letter in password.lower() if letter.isalnum())
    rest = plain
    for word in _WORDS.split():
        rest = rest.replace(word, "")
    rest = _without_walks(rest)
    if len(set(plain)) < 5 or len(rest) < LEAST_CHARACTERS // 3:
        raise Weak("this password is one that is tried first; take three or four words that do not belong together")


def _without_walks(text: str) -> str:
    """Return text without what runs along a row, forwards or back, but for first letters."""
    left = text[:1]
    for at in range(1, len(text)):
        around = text[max(0, at - LEAST_WALK + 1) : at + LEAST_WALK]
        pieces = [around[n : n + LEAST_WALK] for n in range(len(around) - LEAST_WALK + 1)]
        if not any(piece in row or piece[::-1] in row for piece in pieces for row in _ROWS.split()):
            left += text[at]
    return left


def _is_of(known: str, password: str) -> bool:
    try:
        return _HASHER.verify(known, password[:MOST_CHARACTERS])
    except (VerificationError, InvalidHashError):
        return False


def _is_in(networks: tuple[str, ...], source: str) -> bool:
    try:
        address = ip_address(source)
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address in ip_network(one, strict=False) for one in networks)


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
