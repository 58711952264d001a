"""Who may come in."""

import os
import stat
from pathlib import Path

import pyotp
import pytest
from argon2 import PasswordHasher

from openbell.core.types import DAY_NS, NS
from openbell.edges.web.identity import (
    LEAST_CHARACTERS,
    MOST_CHARACTERS,
    PREFIX,
    RECOVERY_CODES,
    STEP_NS,
    Identity,
    Weak,
    check_password,
)
from openbell.run.clock import FakeClock

PASSWORD = "seven quiet herons wade"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(1_700_000_000 * NS)


@pytest.fixture
def identity(tmp_path: Path, clock: FakeClock) -> Identity:
    found = Identity(tmp_path / "web" / "owner.json", clock.now)
    found.set_up(PASSWORD)
    return found


def test_E2_nobody_is_there_by_default(tmp_path: Path, clock: FakeClock) -> None:
    fresh = Identity(tmp_path / "owner.json", clock.now)
    assert not fresh.is_set_up
    for password in ("", "admin", "password", "openbell"):
        assert not fresh.check(password, None)
    assert fresh.scopes_of(f"{PREFIX}abc_def") is None
    assert not fresh.check_code("000000")
    with pytest.raises(RuntimeError):
        fresh.add_token("x", ("read",), clock.now() + NS)


def test_E4_the_password_is_kept_as_a_slow_hash_that_only_the_owner_can_read(
    tmp_path: Path, identity: Identity
) -> None:
    file = tmp_path / "web" / "owner.json"
    text = file.read_text(encoding="utf-8")
    assert PASSWORD not in text
    assert "$argon2id$v=19$m=20480,t=2,p=1$" in text
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(os.stat(file.parent).st_mode) == 0o700  # noqa: PTH116
    assert identity.check(PASSWORD, None)
    assert not identity.check(PASSWORD + " ", None)
    with pytest.raises(RuntimeError):
        identity.set_up(PASSWORD)


def test_an_owner_is_found_again(tmp_path: Path, identity: Identity, clock: FakeClock) -> None:
    assert Identity(tmp_path / "web" / "owner.json", clock.now).check(PASSWORD, None)


@pytest.mark.parametrize(
    ("password", "is_good"),
    [
        (PASSWORD[:LEAST_CHARACTERS], True),
        (PASSWORD[: LEAST_CHARACTERS - 1], False),
        ("correct horse " * 80, False),
        (("seven quiet herons wade " * 60)[:MOST_CHARACTERS], True),
        (("seven quiet herons wade " * 60)[: MOST_CHARACTERS + 1], False),
        ("passwordpassword", False),
        ("openbell123456!", False),
        ("aaaaaaaaaaaaaaaaaaa", False),
        ("Admin-Password-1", False),
        ("qwertyuiopasdfgh", False),
        ("abcdefghijklmnop", False),
        ("zyxwvutsrqponmlkj", False),
        ("1q2w3e4r5t6y7u8i", False),
        ("1qaz2wsx3edc4rfv", False),
        ("superman12345678", False),
        ("dragonmonkeyshadow", False),
        ("lovely purple tractor", True),
    ],
)
def test_E4_a_password_is_long_and_not_one_that_is_tried_first(password: str, is_good: bool) -> None:
    if is_good:
        check_password(password)
    else:
        with pytest.raises(Weak):
            check_password(password)


def test_E4_an_owner_who_is_not_there_takes_as_long_as_one_who_is(
    tmp_path: Path, identity: Identity, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The hash is what takes the time; seconds would tell more of the machine.
    hashed: list[str] = []
    verify = PasswordHasher.verify

    def counted(self: PasswordHasher, known: str, password: str) -> bool:
        hashed.append(known.rsplit("$", 2)[0])
        return bool(verify(self, known, password))

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    nobody = Identity(tmp_path / "nobody.json", clock.now)
    assert not nobody.check(PASSWORD, None) and not identity.check("not the one it is", None)
    assert len(hashed) == 2 and hashed[0] == hashed[1] == "$argon2id$v=19$m=20480,t=2,p=1"


def test_E5_a_code_of_the_second_factor_works_once_in_its_step_and_beside_it(
    identity: Identity, clock: FakeClock
) -> None:
    secret, address = identity.begin_second_factor()
    assert address.startswith("otpauth://totp/")
    assert not identity.has_second_factor
    totp = pyotp.TOTP(secret)
    assert identity.confirm_second_factor(secret, "000000" if totp.at(clock.now() // NS) != "000000" else "1") is None
    codes = identity.confirm_second_factor(secret, totp.at(clock.now() // NS))
    assert codes is not None and len(set(codes)) == RECOVERY_CODES
    assert identity.has_second_factor
    assert not identity.check(PASSWORD, None)
    assert not identity.check(PASSWORD, totp.at(clock.now() // NS)), "the code of the confirmation is used up"
    clock.sleep(STEP_NS)
    code = totp.at(clock.now() // NS)
    assert not identity.check("wrong password here", code)
    assert identity.check(PASSWORD, code)
    assert not identity.check(PASSWORD, code), "a replay in the same step"
    clock.sleep(3 * STEP_NS)
    assert identity.check(PASSWORD, totp.at((clock.now() - STEP_NS) // NS)), "one step late"
    assert not identity.check(PASSWORD, totp.at((clock.now() - 2 * STEP_NS) // NS)), "two steps late"
    assert identity.check(PASSWORD, totp.at((clock.now() + STEP_NS) // NS)), "one step early"
    assert not identity.check(PASSWORD, totp.at(clock.now() // NS)), "earlier than one that was used"


def test_E5_a_recovery_code_works_once_and_is_kept_hashed(tmp_path: Path, identity: Identity, clock: FakeClock) -> None:
    secret, _ = identity.begin_second_factor()
    codes = identity.confirm_second_factor(secret, pyotp.TOTP(secret).at(clock.now() // NS))
    assert codes is not None
    text = (tmp_path / "web" / "owner.json").read_text(encoding="utf-8")
    assert not any(code in text for code in codes)
    assert identity.check(PASSWORD, codes[3])
    assert not identity.check(PASSWORD, codes[3])
    assert Identity(tmp_path / "web" / "owner.json", clock.now).check(PASSWORD, codes[4])


def test_E12_a_token_is_kept_hashed_has_its_rights_and_ends(
    tmp_path: Path, identity: Identity, clock: FakeClock
) -> None:
    token = identity.add_token("board", ("read",), clock.now() + DAY_NS)
    assert token.startswith(PREFIX)
    assert token not in (tmp_path / "web" / "owner.json").read_text(encoding="utf-8")
    assert identity.scopes_of(token) == ("read",)
    assert identity.scopes_of(token[:-1]) is None
    (kept,) = identity.tokens()
    assert (kept.name, kept.used) == ("board", clock.now())
    clock.sleep(DAY_NS - 1)
    assert identity.scopes_of(token) == ("read",)
    clock.sleep(1)
    assert identity.scopes_of(token) is None
    assert identity.drop_token(kept.id)
    assert not identity.drop_token(kept.id)
    assert identity.tokens() == []


def test_E12_a_token_for_some_addresses_is_none_from_elsewhere(identity: Identity, clock: FakeClock) -> None:
    token = identity.add_token("board", ("read",), clock.now() + DAY_NS, ("192.0.2.0/24", "2001:db8::/32"))
    for source in ("192.0.2.0", "192.0.2.255", "::ffff:192.0.2.9", "2001:db8::1"):
        assert identity.scopes_of(token, source) == ("read",), source
    (kept,) = identity.tokens()
    before = kept.used
    clock.sleep(NS)
    for source in ("192.0.3.0", "192.0.1.255", "2001:db9::1", "::ffff:192.0.3.1", "testclient", ""):
        assert identity.scopes_of(token, source) is None, source
    assert kept.used == before, "who may not use it has not used it"
