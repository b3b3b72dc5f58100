"""What a browser has of us: random texts in its cookies, of which neither database has more than a digest."""

import hashlib
import hmac
import secrets
from datetime import timedelta

from flask import Response

SESSION = "__Host-fq"  # who is let in
WAY = "__Host-fq-way"  # for a login by another's word, until it is back
WANTED = "__Host-fq-to"  # the page that is wanted behind it
DEVICE = "__Host-fq-known"  # for half a year: a login was used from here


def drawn() -> str:
    """256 bits; nobody has them yet but who is answered."""
    return secrets.token_urlsafe(32)


def derived(secret: str, what: str) -> str:
    """What is made of a cookie for one purpose, and leads back to nothing."""
    return hmac.digest(secret.encode(), what.encode(), hashlib.sha256).hex()


def grant_of(secret: str) -> str:
    """What the signer knows a browser by."""
    return derived(secret, "signer")


def csrf(secret: str) -> str:
    """What a form of this browser carries."""
    return derived(secret, "form")


def same(given: str, ours: str) -> bool:
    """Whether a browser gave back what we made, in a time that tells nothing."""
    return hmac.compare_digest(given.encode(errors="surrogatepass"), ours.encode())


def keep(answer: Response, name: str, value: str, for_: timedelta | None = None) -> None:
    """Until the browser is closed, or for so long; no script reads it, no other site's form sends it."""
    answer.set_cookie(name, value, max_age=for_, secure=True, httponly=True, samesite="Lax", path="/")


def drop(answer: Response, name: str) -> None:
    """The browser forgets it."""
    answer.delete_cookie(name, secure=True, httponly=True, samesite="Lax", path="/")
