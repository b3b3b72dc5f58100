"""Passwords and codes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk import codes, passwords

# the commonest of at least twelve characters, as lists of leaked ones have them
COMMON = """
    123456789012 password1234 passwordpassword qwertyuiop12 1q2w3e4r5t6y 1qaz2wsx3edc qwerty123456 123456789abc
    administrator admin1234567 aaaaaaaaaaaa 111111111111 abcdefghijkl abcd1234abcd woaini1314520 5201314520131
    iloveyou1234 letmein12345 welcome12345 password123456 qazwsxedcrfv 1234qwerasdf asdfghjkl123 zxcvbnm12345
    123123123123 123321123321 112233445566 000000000000 q1w2e3r4t5y6 p@ssword1234 Passw0rd2024 Admin@123456
    20240101abcd jiancha12309 xinfang12309 user12345678 test12345678 root12345678 monkey123456 dragon123456
    superman1234 sunshine1234 princess1234 football1234 baseball1234 michael12345 charlie12345 shadow123456
    1234567890qw !@#$%^&*()_+ qwerty!@#$%^ 1qaz!QAZ2wsx@WSX 12345678910111213
"""


@pytest.mark.parametrize("password", COMMON.split())
def test_a_common_password_is_not_taken(password: str) -> None:
    """Nor one that is put together from what everybody takes."""
    assert passwords.weakness(password, "zhangsan", "900105")


@pytest.mark.parametrize("password", ["short", "900105900105", "zhangsan-900105", "x" * 200])
def test_nor_a_short_or_an_own_one(password: str) -> None:
    """The login and the number are the first that are tried."""
    assert passwords.weakness(password, "zhangsan", "900105")


@pytest.mark.parametrize("password", ["correct horse battery", "月落乌啼霜满天江枫渔火对愁眠", "tk7-vexing-umbra"])
def test_words_that_nobody_puts_together_are_taken(password: str) -> None:
    """No rule about digits and signs: length and nothing known."""
    assert passwords.weakness(password, "zhangsan", "900105") is None


def test_what_is_made_for_somebody_is_taken() -> None:
    """A first password that would be refused could not be kept until the next."""
    assert passwords.weakness(passwords.made(), "zhangsan", "900105") is None


@given(st.text(max_size=140))
def test_every_text_is_looked_at(password: str) -> None:
    """Whatever is typed is taken or refused with a sentence."""
    passwords.weakness(password, "zhangsan", "900105")


def test_a_password_is_known_again_and_nobody_without_one_is() -> None:
    """One that was never set is nobody's; what is kept says nothing of it."""
    kept = passwords.hashed("correct horse battery")
    assert passwords.is_right("correct horse battery", kept)
    assert not passwords.is_right("correct horse batterz", kept)
    assert not passwords.is_right("correct horse battery", None)
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=1$")


@pytest.mark.parametrize(
    ("at", "code"), [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]
)
def test_codes_are_those_of_the_standard(at: int, code: str) -> None:
    """RFC 6238, appendix B, its last six digits."""
    assert code == codes.code(b"12345678901234567890", at // codes.STEP)


def test_a_code_is_taken_once() -> None:
    """Also within its half minute: who looked over a shoulder has nothing."""
    secret = codes.made()
    step = codes.taken(secret, codes.code(secret, 100), 3000, 0)
    assert 100 == step
    assert codes.taken(secret, codes.code(secret, 100), 3000, 100) is None
    assert 101 == codes.taken(secret, codes.code(secret, 101), 3000, 100)
    assert codes.taken(secret, codes.code(secret, 98), 3000, 0) is None


def test_digits_of_a_chinese_keyboard_are_digits() -> None:
    """And what is none is wrong, not a fault."""
    secret = codes.made()
    wide = codes.code(secret, 100).translate({ord("0") + n: 0xFF10 + n for n in range(10)})
    assert 100 == codes.taken(secret, f" {wide}", 3000, 0)
    assert codes.taken(secret, "口令", 3000, 0) is None
