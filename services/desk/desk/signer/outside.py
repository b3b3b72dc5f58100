"""Login by another's word: the province's provider (OpenID Connect), or the gateway that looked at a certificate.

Either says who somebody is there; whose account that is, the account says, and what they may, the office's list.
"""

import hashlib
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any, Protocol
from urllib.parse import urlsplit

import requests
from authlib.common.urls import add_params_to_uri
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from sqlalchemy import delete
from sqlalchemy.orm import Session

from contracts.problems import Unavailable
from desk.signer.problems import NotConfirmed
from desk.signer.tables import Arrival

BACK = "/login/back"  # of the door, where a browser comes back to with what was said
LEFT = "/login"  # of the door, where it comes back to after the provider's logout
GATE = "/login/certificate"  # of the gateway, which asks us by a socket of its own
ARRIVED = timedelta(minutes=1)
LONGEST = 12 * 3600  # seconds: a second factor that was shown elsewhere before is none
_FRESH = 300.0  # a key that the provider takes out of use opens nothing for longer
_WAITS = (1.0, 5.0)
_SIGNED_BY = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]


@dataclass(frozen=True, slots=True)
class Said:
    """`subject`: as it is called there; `how`: by which word; `proved_at`: when it showed a second factor there."""

    subject: str
    how: str
    proved_at: datetime | None = None


class Outside(Protocol):
    """Who lets somebody in in our place. `way`: a text that one browser alone has, for one login."""

    proves: bool  # whether it may say that a second factor was shown

    def address(self, way: str, anew: bool) -> str:
        """Where a browser is sent. Raises Unavailable."""

    def said(self, session: Session, way: str, given: Mapping[str, Any]) -> Said:
        """What was said of the browser that comes back with what is given. Raises NotConfirmed, Unavailable."""

    def ending(self) -> str | None:
        """Where a browser is sent that has logged out here: it would be in again by a press. Raises Unavailable."""


class Gateway:
    """Certificates: the gateway has looked at one, and came to us by a socket that nobody else has."""

    proves = False  # it does not say when the key's owner last gave their PIN

    def address(self, way: str, anew: bool) -> str:
        """The gateway's."""
        return GATE

    def ending(self) -> None:
        """Nowhere: who takes their key along has logged out."""

    def arrive(self, session: Session, way: str, subject: str, serial: str) -> None:
        """Kept for a moment, for the browser that asked and for no other."""
        session.execute(delete(Arrival).where(Arrival.ends_at < datetime.now(UTC)))
        session.merge(Arrival(way=_digest(way), subject=subject, serial=serial, ends_at=datetime.now(UTC) + ARRIVED))

    def said(self, session: Session, way: str, given: Mapping[str, Any]) -> Said:
        """Once."""
        arrival = session.get(Arrival, _digest(way), with_for_update=True)
        if arrival is None:
            raise NotConfirmed()
        session.delete(arrival)
        if arrival.ends_at < datetime.now(UTC):
            raise NotConfirmed()
        return Said(arrival.subject, f"certificate {arrival.serial}")


class Provider:
    """OpenID Connect: code flow with PKCE; state, nonce and verifier are derived from what one browser alone has.

    Nothing is kept for who only begins. `acr`: what the provider calls logins with two factors; `authority`: a file of
    those who may have signed its certificate, the public ones where there is none.
    """

    def __init__(
        self, issuer: str, client: str, secret: str, desk: str, acr: frozenset[str], authority: Path | None = None
    ):
        if not _is_safe(issuer) or not desk:
            raise ValueError("OIDC_ISSUER must begin with https://, and DESK_URL must be set")
        self.issuer, self.client, self.secret, self.acr = issuer, client, secret, acr
        self.back, self.left = desk + BACK, desk + LEFT
        self.proves, self.verify = bool(acr), str(authority) if authority else True
        self.known: dict[str, tuple[float, Any]] = {}
        self.lock = Lock()

    def address(self, way: str, anew: bool) -> str:
        """The provider's. `anew`: it is to ask again, also whom it knows."""
        more = {"acr_values": " ".join(sorted(self.acr)), "max_age": 0 if anew else LONGEST} if self.acr else {}
        if anew:
            more["prompt"] = "login"
        with self._session() as session:
            address: str = session.create_authorization_url(
                self._metadata()["authorization_endpoint"],
                state=_derived(way, "state"),
                code_verifier=_derived(way, "verifier"),
                nonce=_derived(way, "nonce"),
                **more,
            )[0]
        return address

    def said(self, session: Session, way: str, given: Mapping[str, Any]) -> Said:
        """By the token that the code is exchanged for."""
        state, code = given.get("state") or "", given.get("code")
        # another browser's code would log this one in as somebody else
        if not code or not hmac.compare_digest(state.encode(), _derived(way, "state").encode()):
            raise NotConfirmed()
        # where several providers share a client, a code of the one must not be shown to the other (RFC 9207)
        if given.get("iss") not in (None, self.issuer):
            raise NotConfirmed()
        try:
            with self._session() as asking:
                token = asking.fetch_token(
                    self._metadata()["token_endpoint"], code=code, code_verifier=_derived(way, "verifier")
                )
            return self._read(token, _derived(way, "nonce"))
        except requests.RequestException:
            raise _unreachable() from None
        except (OAuthError, JoseError, ValueError, KeyError, TypeError):
            raise NotConfirmed() from None

    def ending(self) -> str | None:
        """The provider's own logout, where it has one: with no token of the officer's, so that none is kept for it."""
        end = str(self._metadata().get("end_session_endpoint") or "")
        if not _is_safe(end):
            return None
        asked = {"client_id": self.client, "post_logout_redirect_uri": self.left}
        address: str = add_params_to_uri(end, list(asked.items()))
        return address

    def _read(self, token: Mapping[str, Any], nonce: str) -> Said:
        found = jwt.decode(token["id_token"], self._keys(), algorithms=_SIGNED_BY)
        expected = {"iss": {"essential": True, "value": self.issuer}, "aud": {"essential": True, "value": self.client}}
        params = {"nonce": nonce, "client_id": self.client, "access_token": token.get("access_token")}
        claims = CodeIDToken(found.claims, found.header, expected, params)
        claims.validate(leeway=30)
        subject, proved_at = claims["sub"], None
        if not isinstance(subject, str) or not subject:
            raise ValueError("no subject")
        at, now = float(claims.get("auth_time") or 0), time.time()
        if claims.get("acr") in self.acr and now - at <= LONGEST:
            proved_at = datetime.fromtimestamp(min(at, now), UTC)
        return Said(subject, "oidc", proved_at)

    def _session(self) -> OAuth2Session:
        session = OAuth2Session(
            self.client,
            self.secret,
            scope="openid",
            redirect_uri=self.back,
            code_challenge_method="S256",
            default_timeout=_WAITS,
        )
        session.trust_env, session.verify = False, self.verify
        return session

    def _metadata(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._kept("metadata", f"{self.issuer}/.well-known/openid-configuration")
        if found.get("issuer") != self.issuer or not all(
            _is_safe(str(found.get(each))) for each in ("authorization_endpoint", "token_endpoint", "jwks_uri")
        ):
            raise _unreachable()
        return found

    def _keys(self) -> KeySet:
        return KeySet.import_key_set(self._kept("keys", self._metadata()["jwks_uri"]))

    def _kept(self, what: str, address: str) -> Any:
        with self.lock:
            at, content = self.known.get(what, (-_FRESH, None))
        if content is None or time.monotonic() - at > _FRESH:
            try:
                with requests.Session() as session:
                    session.trust_env, session.verify = False, self.verify
                    answer = session.get(address, timeout=_WAITS, allow_redirects=False)
                content = answer.json() if answer.ok else None
            except (requests.RequestException, ValueError):
                content = None
            if not isinstance(content, dict):
                raise _unreachable()
            with self.lock:
                self.known[what] = time.monotonic(), content
        return content


def _unreachable() -> Unavailable:
    return Unavailable("统一身份认证暂时没有回应，请稍后重试", "the provider cannot be asked")


def _is_safe(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost"))


def _derived(way: str, what: str) -> str:
    return hmac.digest(way.encode(), what.encode(), hashlib.sha256).hex()


def _digest(way: str) -> bytes:
    return hashlib.sha256(way.encode()).digest()
