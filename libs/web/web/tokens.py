"""Officers' tokens: JWT signed with Ed25519, verified offline with the public keys of the two that sign.

The command line signs for at most twelve hours; the signer, beside the pages, for who logged in, and for minutes.
"""

import hashlib
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import OKPKey

from contracts.fields import Code
from contracts.problems import NoToken
from vault import WrongKeys, keyring

LONGEST = 12 * 3600
SIGNED_FOR = 300  # seconds: what the signer gives, and what is taken of it
MOST_KNOWN = 1000
_ALGORITHM = ["Ed25519"]
OFFICER_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")


@dataclass(frozen=True, slots=True)
class Officer:
    """Who asks: the agency's code, the officer's number, the roles they carry, and where in the office they sit.

    `proved_at`: of who logged in, when they last gave their second factor, in seconds, 0 for never; None: no login.
    """

    agency: str
    id: str
    roles: frozenset[str]
    department: str | None = None
    service_point: str | None = None
    proved_at: int | None = None


def issue(private: Path, jurisdiction: str, officer: Officer, hours: float) -> str:
    """A signed token. Raises ValueError for more than twelve hours, or an id or a place that is no code."""
    if not OFFICER_ID.fullmatch(officer.id):
        # the id rides on every event: a name there would be a person in an event
        raise ValueError("an officer's id is letters, digits and _ . -")
    if not all(map(_is_place, (officer.department, officer.service_point))):
        raise ValueError("a department or service point is a code")
    if not 0 < hours * 3600 <= LONGEST:
        raise ValueError("a token lives at most 12 hours")
    now = int(time.time())
    claims = {
        "iss": jurisdiction,
        "sub": officer.id,
        "agency": officer.agency,
        "roles": sorted(officer.roles),
        "department": officer.department,
        "service_point": officer.service_point,
        "iat": now,
        "exp": now + int(hours * 3600),
    } | ({} if officer.proved_at is None else {"proved_at": officer.proved_at})
    return jwt.encode({"alg": _ALGORITHM[0]}, claims, _read(private), algorithms=_ALGORITHM)


class Verifier:
    """Reads tokens that this jurisdiction signed and no other; whose signature, is found once for each.

    `public`: the command line's key; `signer`: that of who signs for the pages, where there are any.
    """

    def __init__(self, public: Path, jurisdiction: str, signer: Path | None = None):
        # whose key → how long it may sign for
        self.keys = [(_read(public), LONGEST)] + ([(_read(signer), SIGNED_FOR)] if signer else [])
        # by a digest: who reads the memory of a process finds no token in it
        self._known: dict[bytes, tuple[dict[str, Any], int]] = {}
        self.registry = jwt.JWTClaimsRegistry(
            leeway=30,
            iss={"essential": True, "value": jurisdiction},
            sub={"essential": True},
            iat={"essential": True},
            exp={"essential": True},
        )

    def officer(self, token: str) -> Officer:
        """Raises NoToken: never says which of signature, issuer or time was wrong to who cannot prove any."""
        try:
            claims, longest = self._proved(token)
            self.registry.validate(claims)
            if claims["exp"] - claims["iat"] > longest or not OFFICER_ID.fullmatch(claims["sub"]):
                raise ValueError("lives too long, or names nobody")
            places = claims.get("department"), claims.get("service_point")
            if not all(map(_is_place, places)):
                raise ValueError("sits nowhere we know")
            proved_at = None if longest == LONGEST else int(claims["proved_at"])
            roles = frozenset(map(str, claims["roles"]))
            return Officer(str(claims["agency"]), str(claims["sub"]), roles, *places, proved_at)
        except (JoseError, StopIteration, ValueError, KeyError, TypeError):
            raise NoToken("登录凭证无效或已过期，请重新登录", "the token is not valid or has expired") from None

    def _proved(self, token: str) -> tuple[dict[str, Any], int]:
        digest = hashlib.sha256(token.encode()).digest()
        if (known := self._known.get(digest)) is None:
            known = next(self._signed(token))
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[digest] = known
        return known

    def _signed(self, token: str) -> Iterator[tuple[dict[str, Any], int]]:
        """What it claims, and how long whose key signed it may sign for; nothing where neither did."""
        for key, longest in self.keys:
            with suppress(BadSignatureError):
                yield jwt.decode(token, key, algorithms=_ALGORITHM).claims, longest


def _is_place(code: object) -> bool:
    # a place of another shape would match no wall, and walk through it
    return code is None or (isinstance(code, str) and Code.pattern.fullmatch(code) is not None)


def _read(path: Path) -> OKPKey:
    """Raises WrongKeys."""
    try:
        return OKPKey.import_key(keyring.read(path, "kty", "x"))
    except (JoseError, KeyError, TypeError, ValueError) as fault:
        raise fault if isinstance(fault, WrongKeys) else WrongKeys(f"密钥文件 {path} 不是 Ed25519 密钥") from None
