"""Passwords: argon2id, two at a time, and none that is on everybody's list."""

import re
import secrets
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from contracts.problems import Unavailable
from desk.logins import AccountRow
from desk.problems import WeakPassword

SHORTEST, LONGEST = 12, 128
# 64 MiB each: more at once would take the machine from everybody else
_HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)
_TURN = BoundedSemaphore(2)
_PATIENCE = 8.0  # seconds in the queue

# what passwords are made of where people make them: taken out before what is left is looked at
_WORDS = """
    password passw0rd p@ssw0rd p@ssword admin administrator root letmein welcome iloveyou monkey dragon master
    football baseball superman princess sunshine shadow michael charlie qazwsx test guest login user abc
    woaini woaiwojia zhongguo beijing mima jiancha jianchayuan xinfang fengqiao renmin 12309 5201314 520 1314
"""
_ROWS = """
    qwertyuiop asdfghjkl zxcvbnm 1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/ qazwsxedcrfvtgbyhnujm 1q2w3e4r5t6y7u8i9o0p
    q1w2e3r4t5y6u7i8o9p0 abcdefghijklmnopqrstuvwxyz 01234567890 !@#$%^&*()_+
"""
_YEAR = re.compile(r"(19|20)\d\d(0?[1-9]|1[0-2])?([0-2]?\d|3[01])?")
_LEFT = 5  # different characters that must remain


def hashed(password: str) -> str:
    """As it is kept. Raises Unavailable where too many wait."""
    with _Turn():
        return _HASHER.hash(password)


_NOBODYS = _HASHER.hash(secrets.token_urlsafe(16))


def is_right(password: str, kept: str | None) -> bool:
    """Whether it is the one that was kept; as long about it where there is none. Raises Unavailable."""
    with _Turn():
        try:
            return _HASHER.verify(kept or _NOBODYS, password) and kept is not None
        except (VerificationError, InvalidHashError):
            return False


class _Turn:
    def __enter__(self) -> None:
        if not _TURN.acquire(timeout=_PATIENCE):
            raise Unavailable("登录的人过多，请稍后重试", "too many log in at once")

    def __exit__(self, *_: object) -> None:
        _TURN.release()


def made() -> str:
    """One for a person to read off and use once: no characters that look alike."""
    return "-".join("".join(secrets.choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(5)) for _ in range(4))


def weakness(password: str, *own: str) -> str | None:
    """Why it is not taken, in a sentence, or None. `own`: the login, the officer's number."""
    if not SHORTEST <= len(password) <= LONGEST:
        return f"密码应为 {SHORTEST} 至 {LONGEST} 个字符"
    left = re.sub(r"(.)\1+", r"\1", password.lower())
    words = [re.sub(r"(.)\1+", r"\1", each.lower()) for each in (*own, *_WORDS.split()) if each]
    for word in sorted(words, key=len, reverse=True):
        left = left.replace(word, "\0")
    for row in _ROWS.split():
        for length in range(len(row), 2, -1):
            for begin in range(len(row) - length + 1):
                piece = row[begin : begin + length]
                left = left.replace(piece, "\0").replace(piece[::-1], "\0")
    left = _YEAR.sub("\0", left)
    left = re.sub(r"(.+?)\1+", r"\1", left)  # the same again and again
    if len(set(left) - {"\0"}) < _LEFT:
        return "密码容易被猜到：不要用常见词、键盘顺序、日期、工号或重复的字符"
    return None


def change(account: AccountRow, new: str, *own: str) -> None:
    """The account has one of its owner's own. `own`: what else it must not be made of. Raises WeakPassword."""
    if (why := weakness(new, account.login, *own)) is not None:
        raise WeakPassword(why)
    if is_right(new, account.password):
        raise WeakPassword("新密码不能与现在的相同")
    account.password, account.change = hashed(new), False
