"""Security keys (FIDO2): the other second factor; what a browser signs is good for this address and this one time."""

import hashlib
import json
import secrets
import struct
from typing import Any
from urllib.parse import urlsplit

from fido2.server import Fido2Server
from fido2.utils import websafe_encode
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    UserVerificationRequirement,
)
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from desk.signer.accounts import now
from desk.signer.problems import WrongKey
from desk.signer.tables import Account, Granted, SecurityKey

MOST = 5  # of one account
_NO_PIN = UserVerificationRequirement.DISCOURAGED  # the password was given, or another's word
_NOT_ONE = (ValueError, KeyError, TypeError, AttributeError, IndexError, AssertionError, struct.error)


class SecurityKeys:
    """Those of the pages at one address. `url`: https://host, as browsers have it; another's signature is none."""

    def __init__(self, url: str):
        party = PublicKeyCredentialRpEntity(id=urlsplit(url).hostname or "", name="枫桥协同")
        self.server = Fido2Server(party, verify_origin=url.__eq__)

    def asked(self, session: Session, account: Account, granted: Granted, begins: bool) -> dict[str, Any]:
        """{get, create}: what a browser is to be asked, each where it may be; both sign the same new challenge."""
        known, said = _of(session, account.login), dict[str, Any]()
        granted.challenge = secrets.token_bytes(32)
        if known:
            options, _ = self.server.authenticate_begin(known, _NO_PIN, granted.challenge)
            said["get"] = dict(options.public_key)
        if begins and len(known) < MOST:
            # what an authenticator keeps is 64 bytes at most, and tells whoever finds it nothing but the login
            handle = hashlib.sha256(account.login.encode()).digest()
            user = PublicKeyCredentialUserEntity(id=handle, name=account.login, display_name="")
            made, _ = self.server.register_begin(user, known, user_verification=_NO_PIN, challenge=granted.challenge)
            said["create"] = dict(made.public_key)
        return said

    def check(self, session: Session, account: Account, granted: Granted, answer: str) -> None:
        """Raises WrongKey; what was signed is signed once."""
        challenge, granted.challenge = granted.challenge, None
        try:
            response = AuthenticationResponse.from_dict(json.loads(answer))
            known = self.server.authenticate_complete(_state(challenge), _of(session, account.login), response)
            counter = response.response.authenticator_data.counter
        except _NOT_ONE:
            raise WrongKey() from None
        row = session.get_one(SecurityKey, known.credential_id, with_for_update=True)
        if (counter or row.counter) and counter <= row.counter:
            raise WrongKey()  # of two with the same secret one is a copy
        row.counter = counter

    def add(self, session: Session, account: Account, granted: Granted, answer: str) -> None:
        """The account's own from now on. Raises WrongKey, also for one that another account has."""
        challenge, granted.challenge = granted.challenge, None
        try:
            made = self.server.register_complete(_state(challenge), json.loads(answer))
        except _NOT_ONE:
            raise WrongKey() from None
        credential = made.credential_data
        if credential is None or session.get(SecurityKey, credential.credential_id) is not None:
            raise WrongKey()
        key = SecurityKey(id=credential.credential_id, login=account.login, credential=bytes(credential), made_at=now())
        key.counter = made.counter
        session.add(key)


def count(session: Session, login: str) -> int:
    """How many were set for it."""
    return session.scalar(select(func.count()).where(SecurityKey.login == login)) or 0


def _of(session: Session, login: str) -> list[AttestedCredentialData]:
    rows = session.scalars(select(SecurityKey.credential).where(SecurityKey.login == login))
    return [AttestedCredentialData(each) for each in rows]


def _state(challenge: bytes | None) -> dict[str, Any]:
    # nothing was asked: nothing is right
    return {"challenge": websafe_encode(challenge or secrets.token_bytes(32)), "user_verification": _NO_PIN}
