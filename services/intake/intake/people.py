"""Who petitions: checked before anything is written, kept encrypted, disclosed field by field."""

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from courier.work import Work
from intake import errors, identity
from intake.tables import Person, Petition
from vault import Vault


@dataclass(frozen=True, slots=True)
class PetitionerInput:
    name: str
    resident_id: str | None
    phone: str | None
    address: str | None
    sms_consent: bool


@dataclass(frozen=True, slots=True)
class Known:
    """What was checked of a petitioner; nothing of an anonymous one."""

    resident_id: str | None
    phone: str | None
    is_mobile: bool


def check(person: PetitionerInput | None, secrecy: bool, today: date, area_code: str) -> Known:
    """Raises Invalid naming the field."""
    if person is None:
        if secrecy:
            raise errors.SecretWithoutPerson()
        return Known(None, None, False)
    try:
        resident_id = identity.resident_id(person.resident_id, today=today).number if person.resident_id else None
        phone = identity.phone(person.phone, area_code=area_code) if person.phone else None
    except identity.IdentityError as fault:
        raise errors.WrongField(f"petitioner.{fault.field}", fault.reason_zh, fault.reason_en) from None
    return Known(resident_id, phone.number if phone else None, phone is not None and phone.is_mobile)


def keep(work: Work, number: str, person: PetitionerInput | None, known: Known) -> str | None:
    """Writes the petitioner, encrypted; returns the opaque reference that may travel, None for nobody."""
    if person is None:
        return None
    ref, vault = uuid.uuid4().hex, vault_of(work)
    work.session.add(
        Person(
            ref=ref,
            petition=number,
            name=seal(work, number, "person|name", person.name),
            resident_id=seal(work, number, "person|resident_id", known.resident_id),
            phone=seal(work, number, "person|phone", known.phone),
            address=seal(work, number, "person|address", person.address),
            id_index=vault.fingerprint("resident_id", known.resident_id) if known.resident_id else None,
            phone_index=vault.fingerprint("phone", known.phone) if known.phone else None,
        )
    )
    work.session.flush()
    return ref


def disclose(work: Work, petition: Petition, name: str) -> str | None:
    """One encrypted field in clear: title, statement, what is lacking, or one of the petitioner's."""
    holder: Any = petition
    table = "petition"
    if name not in ("title", "statement", "lacking"):
        holder, table = (work.session.get(Person, petition.person) if petition.person else None), "person"
    sealed = getattr(holder, name) if holder is not None else None
    return None if sealed is None else unseal(work, petition.number, f"{table}|{name}", bytes(sealed))


def seal(work: Work, number: str, label: str, value: str | None) -> Any:
    """Encrypts under the petition's key; `label` is table|column, with the row's own id where there are several."""
    if value is None:
        return None
    return vault_of(work).seal(work.session, number, f"{label}|{number}", value.encode())


def unseal(work: Work, number: str, label: str, sealed: bytes) -> str:
    """Raises vault.Sealed when it is not what was sealed under this label."""
    return vault_of(work).open(work.session, number, f"{label}|{number}", sealed).decode()


def vault_of(work: Work) -> Vault:
    vault = work.office.cipher
    assert isinstance(vault, Vault)
    return vault
