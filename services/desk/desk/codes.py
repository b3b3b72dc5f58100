"""The second factor: a code of six digits that changes each half minute (RFC 6238), as every authenticator has it."""

import base64
import hmac
import secrets
import time
import unicodedata
from urllib.parse import quote

STEP = 30
_BYTES = 20


def made() -> bytes:
    """What the codes of one account are reckoned from."""
    return secrets.token_bytes(_BYTES)


def shown(secret: bytes) -> str:
    """As a person types it into an authenticator."""
    return base64.b32encode(secret).decode()


def address(secret: bytes, login: str) -> str:
    """As an authenticator reads it from a picture; the office's name is not in it."""
    return f"otpauth://totp/{quote('枫桥协同:' + login)}?secret={shown(secret)}&issuer={quote('枫桥协同')}"


def code(secret: bytes, step: int) -> str:
    """The code of one half minute since 1970."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    at = digest[-1] & 15
    return f"{(int.from_bytes(digest[at : at + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"


def taken(secret: bytes, given: str, at: float, after: int) -> int | None:
    """The half minute whose code it is: this one, or the one before or behind it; None: of none, or taken already."""
    now, typed = int(at) // STEP, unicodedata.normalize("NFKC", given).strip().encode()
    for step in (now, now - 1, now + 1):
        if step > after and hmac.compare_digest(code(secret, step).encode(), typed):
            return step
    return None


def now(typed: str) -> str:
    """The code of this half minute, of a secret as a person typed it."""
    return code(base64.b32decode(typed.strip()), int(time.time()) // STEP)
