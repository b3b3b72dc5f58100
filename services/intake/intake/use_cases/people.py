"""Who petitions: checked before anything is written, kept encrypted, disclosed field by field.

There is one way by which somebody's data comes into a petition, and it asks for secrecy: `keep` for who petitions,
`conceal` for whoever else is known of it.
"""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, Table, inspect, select

from contracts.vocabulary import Party
from courier.unit_of_work import UnitOfWork
from intake.domain import errors, identity
from intake.tables import Person, Petition, SealedPerson
from intake.use_cases.tools import tools_of
from service_kit.vaults import vault_of
from vault import Safe, Sealed, WrongKeys
from vault.used import Store


@dataclass(frozen=True, slots=True)
class PetitionerInput:
    """Who petitions, as typed: any way of writing a number is taken here and checked after."""

    name: str
    resident_id: str | None
    phone: str | None
    address: str | None
    sms_consent: bool


PERSONAL = ("name", "resident_id", "phone", "address")
MOST_REPRESENTATIVES = 5  # 信访工作条例 20


@dataclass(frozen=True, slots=True)
class CheckedPetitioner:
    """A petitioner whose numbers are real ones, in the one way in which they are kept."""

    name: str
    resident_id: str | None
    phone: str | None
    address: str | None
    is_mobile: bool
    sms_consent: bool

    @property
    def personal(self) -> dict[str, str | None]:
        """What is kept encrypted of them, by the column it goes to."""
        return {name: getattr(self, name) for name in PERSONAL}


def check_party(
    party: Party,
    first: PetitionerInput | None,
    others: Sequence[PetitionerInput],
    organisation: str | None,
) -> None:
    """Whether those who are named can come as what they say. Raises Invalid naming the field."""
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
    first: PetitionerInput | None, others: Sequence[PetitionerInput], secrecy: bool, today: date, area_code: str
) -> tuple[CheckedPetitioner, ...]:
    """Who petitions, the first first; nobody where it is anonymous. Raises Invalid naming the field."""
    if first is None:
        if secrecy:
            raise errors.SecretWithoutPerson()
        return ()
    fields = ["petitioner", *(f"others.{index}" for index in range(len(others)))]
    return tuple(_checked(each, today, area_code, field) for each, field in zip((first, *others), fields, strict=True))


def _checked(person: PetitionerInput, today: date, area_code: str, field: str) -> CheckedPetitioner:
    try:
        resident_id = identity.resident_id(person.resident_id, today=today).number if person.resident_id else None
        phone = identity.phone(person.phone, area_code=area_code) if person.phone else None
    except identity.IdentityError as fault:
        raise errors.WrongField(f"{field}.{fault.field}", fault.reason_zh, fault.reason_en) from None
    return CheckedPetitioner(
        person.name,
        resident_id,
        phone.told if phone else None,
        person.address,
        is_mobile=phone is not None and phone.is_mobile,
        sms_consent=person.sms_consent,
    )


def keep(
    work: UnitOfWork, petition: Petition, persons: Sequence[Mapping[str, str | None]], organisation: str | None
) -> None:
    """Writes who petitions, the first first; in the open with the opaque reference of the first, which may travel."""
    if petition.secrecy:
        # a unit is known by whoever speaks for it
        unit = {"organisation": organisation} if organisation else {}
        for seq, person in enumerate(persons):
            conceal(work, petition, {**person, **({} if seq else unit)})
        return
    vault, number = vault_of(work.context), petition.number
    petition.organisation = seal(work, number, "petition|organisation", organisation)
    for seq, person in enumerate(persons, 1):
        row = Person(
            ref=uuid.uuid4().hex,
            petition=number,
            seq=seq,
            **{name: seal(work, number, _label(name, seq), person[name]) for name in PERSONAL},
            id_index=vault.fingerprint("resident_id", person["resident_id"]) if person["resident_id"] else None,
            # of the number alone: found by whoever writes the extension otherwise, as before it was kept
            phone_index=vault.fingerprint("phone", identity.number_of(person["phone"])) if person["phone"] else None,
        )
        work.session.add(row)
        petition.person = petition.person or row.ref
    work.session.flush()


def conceal(work: UnitOfWork, petition: Petition, person: Mapping[str, str | None]) -> bool:
    """Whether the petition is secret: then the person is in the safe, and the caller keeps nothing of it elsewhere.

    One box each: not even which of the fields are known can be read.
    """
    if not petition.secrecy:
        return False
    seq = len(petition.sealed) + 1
    plain = json.dumps(dict.fromkeys(PERSONAL) | dict(person), ensure_ascii=False).encode()
    key_id, closed = tools_of(work).safe.close(_box(petition.number, seq), plain)
    petition.sealed.append(SealedPerson(seq=seq, key_id=key_id, person=closed, kept_at=work.now))
    return True


def concealed(work: UnitOfWork, petition: Petition) -> list[dict[str, str | None]]:
    """Everybody in the safe. Who calls this has asked whether it may be shown."""
    safe = tools_of(work).safe
    return [
        json.loads(safe.open(_box(petition.number, each.seq), each.key_id, bytes(each.person)))
        for each in petition.sealed
    ]


def boxes(safe: Safe) -> Store:
    """What the safe's keys closed, and how each box is closed anew."""

    def again(row: Row[Any]) -> bytes:
        label = _box(row.petition, row.seq)
        try:
            return safe.close(label, safe.open(label, row.key_id, bytes(row.person)))[1]
        except Sealed:
            raise WrongKeys(f"封存密钥文件里没有 {row.key_id}，或不是封存时的那一把") from None

    table = inspect(SealedPerson).local_table
    assert isinstance(table, Table)
    return Store("sealed", "封存（sealed_person）", table, "key_id", "person", safe.keys, safe.current, again)


def move(work: UnitOfWork, petition: Petition) -> list[str]:
    """Takes who petitions out of the open into the safe; the names of whom it was. The petition is secret already."""
    query = select(Person).where(Person.petition == petition.number).order_by(Person.seq)
    rows = work.session.scalars(query).all()
    persons = [_opened(work, each) for each in rows]
    organisation = disclose(work, petition, "organisation")
    petition.person = petition.organisation = None
    keep(work, petition, persons, organisation)
    work.session.flush()  # the petition lets go of the person before the row goes
    for row in rows:
        work.session.delete(row)
    return [each["name"] or "" for each in persons]


def all_of(work: UnitOfWork, petition: Petition) -> list[dict[str, str | None]]:
    """Who petitions in the open, in clear, the first first. Who calls this has asked how much of it may be shown."""
    query = select(Person).where(Person.petition == petition.number).order_by(Person.seq)
    return [_opened(work, each) for each in work.session.scalars(query)]


def one_of(work: UnitOfWork, petition: Petition, seq: int, name: str) -> str | None:
    """One field of one who petitions in the open, in clear."""
    query = select(Person).where(Person.petition == petition.number, Person.seq == seq)
    person = work.session.scalar(query)
    return None if person is None else _clear(work, petition.number, _label(name, seq), getattr(person, name))


def first(work: UnitOfWork, number: str, name: str, sealed: bytes | None) -> str | None:
    """One field of who petitions first, in clear, where its row was read with others."""
    return _clear(work, number, _label(name, 1), sealed)


def disclose(work: UnitOfWork, petition: Petition, name: str) -> str | None:
    """One encrypted field in clear: one of the first petitioner's, or title, statement, what is lacking, the unit."""
    if name not in PERSONAL:
        return _clear(work, petition.number, f"petition|{name}", getattr(petition, name))
    person = work.session.get(Person, petition.person) if petition.person else None
    return None if person is None else _clear(work, petition.number, _label(name, 1), getattr(person, name))


def seal(work: UnitOfWork, number: str, label: str, value: str | None) -> Any:
    """Encrypts under the petition's key; `label` is table|column, with the row's own id where there are several."""
    if value is None:
        return None
    return vault_of(work.context).seal(work.session, number, f"{label}|{number}", value.encode())


def unseal(work: UnitOfWork, number: str, label: str, sealed: bytes) -> str:
    """Raises vault.Sealed when it is not what was sealed under this label."""
    return vault_of(work.context).open(work.session, number, f"{label}|{number}", sealed).decode()


def _clear(work: UnitOfWork, number: str, label: str, sealed: bytes | None) -> str | None:
    return None if sealed is None else unseal(work, number, label, bytes(sealed))


def _opened(work: UnitOfWork, person: Person) -> dict[str, str | None]:
    return {name: _clear(work, person.petition, _label(name, person.seq), getattr(person, name)) for name in PERSONAL}


def _box(number: str, seq: int) -> str:
    return f"sealed_person|person|{number}" if seq == 1 else f"sealed_person|person|{number}|{seq}"


def _label(name: str, seq: int) -> str:
    return f"person|{name}" if seq == 1 else f"person|{name}|{seq}"
