"""Who petitions: checked before anything is written, kept encrypted, disclosed field by field."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from contracts.vocabulary import Party
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


PERSONAL = ("name", "resident_id", "phone", "address")
MOST_REPRESENTATIVES = 5  # 信访工作条例 20


@dataclass(frozen=True, slots=True)
class Known:
    """What was checked of a petitioner; nothing of an anonymous one."""

    resident_id: str | None
    phone: str | None
    is_mobile: bool


def check_party(
    party: Party,
    first: PetitionerInput | None,
    others: Sequence[PetitionerInput],
    organisation: str | None,
    secrecy: bool,
) -> None:
    """Whether those who are named can come as what they say. Raises Invalid naming the field."""
    if secrecy and party is not Party.INDIVIDUAL:
        # the safe has one box for one person: with several, each would know of the other
        raise errors.WrongField("party", "要求保密的请逐人登记", "who asks for secrecy comes alone")
    if first is None and party is not Party.INDIVIDUAL:
        raise errors.WrongField("party", "匿名信访只能按个人登记", "an anonymous petitioner is an individual")
    if (party is Party.ORGANISATION) != (organisation is not None):
        raise errors.WrongField("organisation", "只有单位信访填写单位名称，且必填", "the name of an organisation alone")
    if party is Party.GROUP and 1 + len(others) > MOST_REPRESENTATIVES:
        raise errors.TooManyRepresentatives()
    if others and party not in (Party.JOINT, Party.GROUP):
        raise errors.WrongField("others", "只有共同信访人或者群体代表可填多人", "several only as joint or group")
    if party is Party.JOINT and not others:
        raise errors.WrongField("others", "共同信访须填写其他信访人", "who else petitions jointly")


def check(
    person: PetitionerInput | None, secrecy: bool, today: date, area_code: str, field: str = "petitioner"
) -> Known:
    """Raises Invalid naming the field."""
    if person is None:
        if secrecy:
            raise errors.SecretWithoutPerson()
        return Known(None, None, False)
    try:
        resident_id = identity.resident_id(person.resident_id, today=today).number if person.resident_id else None
        phone = identity.phone(person.phone, area_code=area_code) if person.phone else None
    except identity.IdentityError as fault:
        raise errors.WrongField(f"{field}.{fault.field}", fault.reason_zh, fault.reason_en) from None
    return Known(resident_id, phone.number if phone else None, phone is not None and phone.is_mobile)


def keep(work: Work, number: str, person: PetitionerInput | None, known: Known, seq: int = 1) -> str | None:
    """Writes a petitioner, encrypted; returns the opaque reference that may travel, None for nobody."""
    if person is None:
        return None
    ref, vault = uuid.uuid4().hex, vault_of(work)
    work.session.add(
        Person(
            ref=ref,
            petition=number,
            seq=seq,
            **{name: seal(work, number, _label(name, seq), value) for name, value in given(person, known).items()},
            id_index=vault.fingerprint("resident_id", known.resident_id) if known.resident_id else None,
            phone_index=vault.fingerprint("phone", known.phone) if known.phone else None,
        )
    )
    work.session.flush()
    return ref


def given(person: PetitionerInput, known: Known) -> dict[str, str | None]:
    """What is kept of a petitioner: as it was checked, where it was."""
    return dict(zip(PERSONAL, (person.name, known.resident_id, known.phone, person.address), strict=True))


def others(work: Work, petition: Petition) -> list[dict[str, str | None]]:
    """Who petitions beside the first, in clear."""
    query = select(Person).where(Person.petition == petition.number, Person.seq > 1).order_by(Person.seq)
    return [
        {name: _clear(work, petition.number, _label(name, each.seq), getattr(each, name)) for name in PERSONAL}
        for each in work.session.scalars(query)
    ]


def disclose(work: Work, petition: Petition, name: str) -> str | None:
    """One encrypted field in clear: one of the first petitioner's, or title, statement, what is lacking, the unit."""
    if name not in PERSONAL:
        return _clear(work, petition.number, f"petition|{name}", getattr(petition, name))
    person = work.session.get(Person, petition.person) if petition.person else None
    return None if person is None else _clear(work, petition.number, _label(name, 1), getattr(person, name))


def seal(work: Work, number: str, label: str, value: str | None) -> Any:
    """Encrypts under the petition's key; `label` is table|column, with the row's own id where there are several."""
    if value is None:
        return None
    return vault_of(work).seal(work.session, number, f"{label}|{number}", value.encode())


def unseal(work: Work, number: str, label: str, sealed: bytes) -> str:
    """Raises vault.Sealed when it is not what was sealed under this label."""
    return vault_of(work).open(work.session, number, f"{label}|{number}", sealed).decode()


def _clear(work: Work, number: str, label: str, sealed: bytes | None) -> str | None:
    return None if sealed is None else unseal(work, number, label, bytes(sealed))


def _label(name: str, seq: int) -> str:
    return f"person|{name}" if seq == 1 else f"person|{name}|{seq}"


def vault_of(work: Work) -> Vault:
    vault = work.office.cipher
    assert isinstance(vault, Vault)
    return vault
