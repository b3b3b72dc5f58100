"""Personal data at rest and in letters.

Each subject (a petition, a referral) has a data key of its own, closed by the service's wrap key: destroying that one
row makes everything written under it unreadable. Values are AES-256-GCM with associated data (table|column|row), so a
value moved to another row does not open. Letters are JWE for one reader (ECDH-ES+A256KW, A256GCM).
"""

import hashlib
import hmac
import json
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from joserfc import jwe
from joserfc.errors import JoseError
from sqlalchemy import Row, bindparam, delete, event, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from vault.keyring import Keyring, WrongKeys
from vault.tables import data_key

_NONCE = 12
_CACHE = "vault.data_keys"
_UNWRITTEN = "vault.unwritten"
LATE = "courier.late"  # where a session has what it does not know yet
_LETTER = {"alg": "ECDH-ES+A256KW", "enc": "A256GCM"}
_DATA_KEY = select(data_key).where(data_key.c.subject == bindparam("of"))
_ALGORITHMS = list(_LETTER.values())


class _Letters(jwe.JWERegistry):
    # the library opens no more than 64 KB of what it closed: a long statement would be sent and never be read
    max_ciphertext_length = 4 * 1024 * 1024


_REGISTRY = _Letters(algorithms=_ALGORITHMS)


class Sealed(ValueError):  # noqa: N818 - what the value is, and stays
    """It does not open: another key, another row, or changed on the way. Says nothing of the content."""


class Late(Protocol):
    """What a transaction does not know before its end, as the number of what it makes."""

    def waits(self, text: str | bytes) -> bool:
        """Whether something in it is not known yet."""

    def put(self, text: str) -> str:
        """The text with what is known by now."""

    def put_bytes(self, text: bytes) -> bytes:
        """As `put`."""

    def made(self, of: str | bytes, make: Callable[[], bytes]) -> bytes:
        """What is made of the text, or what stands for it while something in the text is not known."""


class Vault:
    """Encrypts and opens a subject's fields, makes fingerprints, closes letters for one reader."""

    def __init__(self, keyring: Keyring):
        self.keyring = keyring

    def seal(self, session: Session, subject: str, label: str, plain: bytes) -> bytes:
        """Encrypts under the subject's data key, made on first use. `label` must be given again to open."""
        key, late = self._data_key(session, subject), _late(session)
        if late is None:
            return _close(key, label, plain)
        # what is sealed of another may say it as well
        waits = late.waits(bound := f"{subject}|{label}|".encode() + plain)
        sealed = late.made(bound, lambda: _close(key, late.put(label), late.put_bytes(plain)))
        if waits:
            _unwritten(session)[sealed] = plain
        return sealed

    def open(self, session: Session, subject: str, label: str, sealed: bytes) -> bytes:
        """Raises Sealed."""
        if sealed in (unwritten := _unwritten(session)):
            return unwritten[sealed]
        key, late = self._data_key(session, subject, make=False), _late(session)
        label = label if late is None else late.put(label)
        try:
            return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], label.encode())
        except InvalidTag:
            raise Sealed("the value does not open") from None

    def make_keys(self, session: Session, subjects: Sequence[str]) -> None:
        """The data keys of several new subjects, by one statement."""
        keys = {subject: AESGCM.generate_key(256) for subject in subjects}
        if not keys:
            return
        rows = [
            {"subject": subject, "wrapped": self.wrap(subject, key), "wrapped_by": self.keyring.current}
            for subject, key in keys.items()
        ]
        made = session.scalars(upsert(data_key).on_conflict_do_nothing().returning(data_key.c.subject), rows)
        # one that was there already is read when it is asked for
        _keys(session).update({subject: keys[subject] for subject in made})

    def fetch_keys(self, session: Session, subjects: Collection[str]) -> None:
        """Reads the data keys of several subjects by one statement; none where all are known."""
        unknown = set(subjects) - set(_keys(session))
        for row in session.execute(select(data_key).where(data_key.c.subject.in_(unknown))) if unknown else ():
            # one that is missing or does not open says so when it is asked for, and stops nobody else
            with suppress(WrongKeys):
                self._unwrap(session, row)

    def destroy(self, session: Session, subject: str) -> None:
        """The subject's data key is gone, and with it whatever was written under it, in every copy of the database."""
        session.execute(delete(data_key).where(data_key.c.subject == subject))
        _keys(session).pop(subject, None)

    def fingerprint(self, purpose: str, value: str | bytes) -> bytes:
        """A keyed hash to find equal values by: without the key nobody can try all phone numbers."""
        plain = value if isinstance(value, bytes) else value.encode()
        return hmac.digest(self.keyring.index, f"{purpose}|".encode() + plain, hashlib.sha256)

    def imprint(self, session: Session, subject: str, purpose: str, value: str) -> bytes:
        """A keyed hash that proves `value` for as long as the subject's data key lives, and nothing after that.

        For what stays where nothing is ever deleted: the service's own key, which outlives the subject, would let
        whoever has it try all phone numbers for ever.
        """
        return _imprint(self._data_key(session, subject), purpose, value)

    def proves(self, session: Session, subject: str, purpose: str, value: str, imprint: bytes) -> bool:
        """Whether `imprint` was made of this value. Raises Sealed when the subject's data key is gone."""
        key = self._data_key(session, subject, make=False)
        return hmac.compare_digest(_imprint(key, purpose, value), imprint)

    def address(self, reader: str, personal: Mapping[str, Any]) -> str:
        """Closes the personal part of a letter to `reader` alone."""
        plain = json.dumps(personal, ensure_ascii=False).encode()
        return jwe.encrypt_compact(_LETTER, plain, self.keyring.readers[reader], registry=_REGISTRY)

    def read(self, token: str) -> dict[str, Any]:
        """Opens the personal part of a letter to us. Raises Sealed."""
        try:
            plain = jwe.decrypt_compact(token, self.keyring.letter, registry=_REGISTRY).plaintext
        except (JoseError, ValueError, TypeError):
            raise Sealed("the letter does not open") from None
        content: dict[str, Any] = json.loads(plain or b"{}")
        return content

    def _data_key(self, session: Session, subject: str, make: bool = True) -> bytes:
        cache, late = _keys(session), _late(session)
        # whoever still says what stood for it means what it became: a key that is closed for no name opens for none
        subject = subject if late is None else late.put(subject)
        if subject in cache:
            return cache[subject]
        if late is not None and late.waits(subject):
            return self._late_key(session, late, subject)
        row = session.execute(_DATA_KEY, {"of": subject}).first()
        if row is None:
            if not make:
                raise Sealed("the data key is gone")
            key = AESGCM.generate_key(256)
            wrapped = self.wrap(subject, key)
            made = session.execute(
                upsert(data_key)
                .values(subject=subject, wrapped=wrapped, wrapped_by=self.keyring.current)
                .on_conflict_do_nothing()
                .returning(data_key.c.subject)
            ).first()
            if made is not None:
                return cache.setdefault(subject, key)
            row = session.execute(_DATA_KEY, {"of": subject}).one()
        return self._unwrap(session, row)

    def _late_key(self, session: Session, late: Late, subject: str) -> bytes:
        """Of who has no name yet: nobody else can have made it."""
        cache, key = _keys(session), AESGCM.generate_key(256)

        def wrapped() -> bytes:
            cache[named := late.put(subject)] = key
            return self.wrap(named, key)

        row = {"subject": subject, "wrapped": late.made(subject, wrapped), "wrapped_by": self.keyring.current}
        session.execute(insert(data_key), row)
        return cache.setdefault(subject, key)

    def _unwrap(self, session: Session, row: Row[Any]) -> bytes:
        return _keys(session).setdefault(row.subject, self.unwrap(row))

    def unwrap(self, row: Row[Any]) -> bytes:
        """Raises WrongKeys; not Sealed, which says that the key was destroyed, and lets people give things up."""
        if row.wrapped_by not in self.keyring.wrap:
            raise WrongKeys(f"密钥文件里没有 {row.wrapped_by}，而数据库里有用它封装的数据密钥")
        wrapped, opener = bytes(row.wrapped), AESGCM(self.keyring.wrap[row.wrapped_by])
        try:
            return opener.decrypt(wrapped[:_NONCE], wrapped[_NONCE:], row.subject.encode())
        except InvalidTag:
            raise WrongKeys(f"密钥文件里的 {row.wrapped_by} 打不开用这个编号封装的数据密钥") from None

    def wrap(self, subject: str, key: bytes) -> bytes:
        """Closes a data key by the current one."""
        return _close(self.keyring.wrap[self.keyring.current], subject, key)


def _close(key: bytes, label: str, plain: bytes) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plain, label.encode())


def _imprint(key: bytes, purpose: str, value: str) -> bytes:
    # a salt of its own out of the data key: the key itself closes values, and does nothing beside
    salt = hmac.digest(key, b"imprint", hashlib.sha256)
    return hmac.digest(salt, f"{purpose}|{value}".encode(), hashlib.sha256)


def _keys(session: Session) -> dict[str, bytes]:
    """Subject → its data key, as far as this session knows them."""
    keys: dict[str, bytes] = session.info.setdefault(_CACHE, {})
    return keys


def _late(session: Session) -> Late | None:
    late: Late | None = session.info.get(LATE)
    return late


def _unwritten(session: Session) -> dict[bytes, bytes]:
    """What stands for what is not sealed yet → what it is."""
    found: dict[bytes, bytes] = session.info.setdefault(_UNWRITTEN, {})
    return found


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, _: object) -> None:
    # a savepoint that is rolled back takes a new data key's row away: what is written next would never open
    session.info.pop(_CACHE, None)
