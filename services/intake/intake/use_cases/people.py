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

from sqlalchemy import Row, delete

from contracts.masked import BETWEEN
from contracts.vocabulary import IdPaper, Party, PartyRole, Reach
from courier.unit_of_work import UnitOfWork
from intake.domain import errors, identity, states
from intake.tables import Person, Petition, SealedPerson, table_of
from intake.use_cases import index_keys
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
    paper: IdPaper = IdPaper.RESIDENT_ID
    role: PartyRole = PartyRole.PETITIONER
    other_phones: Sequence[str] = ()
    safe_contact: str | None = None


_PERSON = table_of(Person)
# what may travel, where a purpose needs it; the rest of what is kept stays here, but for numbers that are called
PERSONAL = ("name", "resident_id", "phone", "address")
KEPT = (*PERSONAL, "other_phones", "safe_contact")
MOST_REPRESENTATIVES = 5  # 信访工作条例 20
FOR_OTHERS = frozenset({PartyRole.AGENT, PartyRole.LAWYER, PartyRole.GUARDIAN})


@dataclass(frozen=True, slots=True)
class CheckedPetitioner:
    """A petitioner whose numbers are real ones, in the one way in which they are kept."""

    name: str
    resident_id: str | None
    phone: str | None
    address: str | None
    is_mobile: bool
    sms_consent: bool
    role: PartyRole = PartyRole.PETITIONER
    other_phones: str | None = None
    safe_contact: str | None = None

    @property
    def personal(self) -> dict[str, str | None]:
        """What is kept encrypted of them, by the column it goes to; and as what they stand here."""
        return {name: getattr(self, name) for name in KEPT} | {"role": self.role.value}

    @property
    def phones(self) -> list[str]:
        """The first first."""
        others = self.other_phones.split(BETWEEN) if self.other_phones else []
        return [self.phone, *others] if self.phone else []


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
    if party is Party.GROUP and 1 + sum(each.role not in FOR_OTHERS for each in others) > MOST_REPRESENTATIVES:
        raise errors.TooManyRepresentatives()
    # who speaks for somebody petitions for nothing of their own
    others = [each for each in others if each.role not in FOR_OTHERS]
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
    fields = ["petitioner.", *(f"others.{index}." for index in range(len(others)))]
    return tuple(checked(each, today, area_code, field) for each, field in zip((first, *others), fields, strict=True))


def checked(person: PetitionerInput, today: date, area_code: str, under: str = "") -> CheckedPetitioner:
    """One who petitions. `under`: what stands before the name of a field. Raises Invalid naming the field."""
    try:
        resident_id = identity.paper(person.paper, person.resident_id, today=today) if person.resident_id else None
        phone = identity.phone(person.phone, area_code=area_code) if person.phone else None
    except identity.IdentityError as fault:
        raise errors.WrongField(f"{under}{fault.field}", fault.reason_zh, fault.reason_en) from None
    others = _other_phones(person.other_phones, phone, area_code, f"{under}other_phones")
    return CheckedPetitioner(
        person.name,
        resident_id,
        phone.told if phone else None,
        person.address,
        is_mobile=phone is not None and phone.is_mobile,
        sms_consent=person.sms_consent,
        role=person.role,
        other_phones=BETWEEN.join(others) or None,
        safe_contact=person.safe_contact or None,
    )


def _other_phones(typed: Sequence[str], first: identity.Phone | None, area_code: str, field: str) -> list[str]:
    """Each once, in the one way in which numbers are kept. Raises Invalid."""
    if typed and first is None:
        raise errors.WrongField(field, "请先填写常用电话", "none without a first one")
    found = {first.told: None} if first else {}
    for each in typed:
        try:
            found[identity.phone(each, area_code=area_code).told] = None
        except identity.IdentityError as fault:
            raise errors.WrongField(field, fault.reason_zh, fault.reason_en) from None
    return list(found)[1:]


def told(petitioners: Sequence[CheckedPetitioner]) -> CheckedPetitioner | None:
    """Who is told: the first who left a number or another way, else the first; nobody of an anonymous one."""
    left = (each for each in petitioners if each.phone or each.safe_contact)
    return next(left, petitioners[0] if petitioners else None)


def place(petitioners: Sequence[CheckedPetitioner], told: CheckedPetitioner | None) -> int | None:
    """Whose place it is that is told, as a petition keeps it: none for the first."""
    found = next((seq for seq, each in enumerate(petitioners, 1) if each is told), 1)
    return found if found > 1 else None


def reach(told: CheckedPetitioner | None, *, secrecy: bool) -> Reach:
    """How they may be told; None: nobody has said who they are."""
    return states.reach(
        anonymous=told is None,
        secrecy=secrecy,
        mobile=told is not None and told.is_mobile,
        phone=told is not None and told.phone is not None,
        sms_consent=told is not None and told.sms_consent,
        safe=told is not None and told.safe_contact is not None,
    )


def give_contact(work: UnitOfWork, petition: Petition, told: CheckedPetitioner) -> None:
    """notify hears by which numbers who petitions is told, where they may be: what it does not hold it cannot leak."""
    if petition.reach not in (Reach.SMS, Reach.CALL):
        return
    data = {"petition": petition.number, "person": petition.person, "reach": Reach(petition.reach)}
    phone, *others = told.phones
    personal = {"phone": phone} | ({"others": others} if others else {})
    work.letter("notify", "contact.given.v1", petition.number, data=data, personal=personal)


def keep(
    work: UnitOfWork,
    petition: Petition,
    persons: Sequence[Mapping[str, str | None]],
    organisation: str | None,
    begin: int = 1,
) -> None:
    """Writes who petitions, the first first; in the open with the opaque reference of the first, which may travel.

    `begin`: the place of the first of these, where others are there already.
    """
    if petition.secrecy:
        # a unit is known by whoever speaks for it
        unit = {"organisation": organisation} if organisation else {}
        for seq, person in enumerate(persons):
            conceal(work, petition, {**person, **({} if seq else unit)})
        return
    number = petition.number
    if begin == 1:
        petition.organisation = seal(work, number, "petition|organisation", organisation)
    for seq, person in enumerate(persons, begin):
        row = {
            "ref": uuid.uuid4().hex,
            "petition": number,
            "seq": seq,
            "role": person.get("role") or PartyRole.PETITIONER,
            **{name: seal(work, number, _label(name, seq), person.get(name)) for name in KEPT},
            **index_keys.of_person(work, petition.year, person, organisation if seq == 1 else None),
        }
        petition.persons.append(Person(**row))
        work.append(_PERSON, **row)
        if seq == begin:
            petition.person = row["ref"]


def correct(
    work: UnitOfWork, petition: Petition, seq: int, person: Mapping[str, str | None], organisation: str | None
) -> None:
    """Writes one who petitions in the open, and what they are found by, in the place of what stood there."""
    row = next(each for each in petition.persons if each.seq == seq)
    values = {name: seal(work, petition.number, _label(name, seq), person[name]) for name in KEPT}
    values |= index_keys.of_person(work, petition.year, person, organisation if seq == 1 else None)
    for name, value in values.items():
        setattr(row, name, value)


def conceal(work: UnitOfWork, petition: Petition, person: Mapping[str, str | None]) -> bool:
    """Whether the petition is secret: then the person is in the safe, and the caller keeps nothing of it elsewhere.

    One box each: not even which of the fields are known can be read.
    """
    if not petition.secrecy:
        return False
    seq = len(petition.sealed) + 1
    plain = json.dumps(dict.fromkeys(KEPT) | dict(person), ensure_ascii=False).encode()
    box, safe, late = _box(petition.number, seq), tools_of(work).safe, work.late
    closed = late.made(box, lambda: safe.close(late.put(box), plain)[1])
    petition.sealed.append(SealedPerson(seq=seq, key_id=safe.current, person=closed, kept_at=work.now))
    return True


def conceal_sender(work: UnitOfWork, contact: str, person: CheckedPetitioner) -> None:
    """Who wrote at the petitioners' door and asks for secrecy: in the safe before there is a petition."""
    safe = tools_of(work).safe
    plain = json.dumps(person.personal, ensure_ascii=False).encode()
    key_id, closed = safe.close(_box(contact, 1), plain)
    work.session.add(SealedPerson(petition=contact, seq=1, key_id=key_id, person=closed, kept_at=work.now))


def concealed_sender(work: UnitOfWork, contact: str) -> PetitionerInput | None:
    """They, for the petition that it becomes; None once they are in that one's safe. Nobody is shown it."""
    row = work.session.get(SealedPerson, (contact, 1))
    if row is None:
        return None
    kept = json.loads(tools_of(work).safe.open(_box(contact, 1), row.key_id, bytes(row.person)))
    return PetitionerInput(kept["name"], None, kept["phone"], None, sms_consent=False)


def forget_sender(work: UnitOfWork, contact: str) -> None:
    """They are in the petition's safe."""
    its = (SealedPerson.petition == contact) & (SealedPerson.seq == 1)
    work.session.execute(delete(SealedPerson).where(its))


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

    return Store(
        "sealed", "封存（sealed_person）", table_of(SealedPerson), "key_id", "person", safe.keys, safe.current, again
    )


def move(work: UnitOfWork, petition: Petition) -> list[str]:
    """Takes who petitions out of the open into the safe; the names of whom it was. The petition is secret already."""
    rows = petition.persons
    persons = [_opened(work, each) for each in rows]
    organisation = disclose(work, petition, "organisation")
    petition.person = petition.organisation = petition.told = None
    keep(work, petition, persons, organisation)
    work.session.flush()  # the petition lets go of the person before the row goes
    for row in rows:
        work.session.delete(row)
    work.session.expire(petition, ["persons"])
    return [each["name"] or "" for each in persons]


def all_of(work: UnitOfWork, petition: Petition) -> list[dict[str, str | None]]:
    """Who petitions in the open, in clear, the first first. Who calls this has asked how much of it may be shown."""
    return [_opened(work, each) for each in petition.persons]


def one_of(work: UnitOfWork, petition: Petition, seq: int, name: str) -> str | None:
    """One field of one who petitions in the open, in clear."""
    person = next((each for each in petition.persons if each.seq == seq), None)
    return None if person is None else _clear(work, petition.number, _label(name, seq), getattr(person, name))


def first(work: UnitOfWork, number: str, seq: int, name: str, sealed: bytes | None) -> str | None:
    """One field of who is told, in clear, where its row was read with others; `seq`: their place."""
    return _clear(work, number, _label(name, seq), sealed)


def disclose(work: UnitOfWork, petition: Petition, name: str) -> str | None:
    """One encrypted field in clear: one of the first petitioner's, or title, statement, what is lacking, the unit."""
    if name not in KEPT:
        return _clear(work, petition.number, f"petition|{name}", getattr(petition, name))
    person = _first(petition)
    return None if person is None else _clear(work, petition.number, _label(name, person.seq), getattr(person, name))


def keys(work: UnitOfWork, petition: Petition, person: Person) -> dict[str, Any]:
    """What one who petitions in the open is found by, made of what is kept. Raises vault.Sealed."""
    unit = disclose(work, petition, "organisation") if person.seq == 1 else None
    return index_keys.of_person(work, petition.year, _opened(work, person), unit)


def seal(work: UnitOfWork, number: str, label: str, value: str | None) -> Any:
    """Encrypts under the petition's key; `label` is table|column, with the row's own id where there are several."""
    if value is None:
        return None
    return vault_of(work.context).seal(work.session, number, f"{label}|{number}", value.encode())


def unseal(work: UnitOfWork, number: str, label: str, sealed: bytes) -> str:
    """Raises vault.Sealed when it is not what was sealed under this label."""
    return vault_of(work.context).open(work.session, number, f"{label}|{number}", sealed).decode()


def _first(petition: Petition) -> Person | None:
    if petition.person is None:
        return None  # nobody is asked for
    return next(each for each in petition.persons if each.ref == petition.person)


def _clear(work: UnitOfWork, number: str, label: str, sealed: bytes | None) -> str | None:
    return None if sealed is None else unseal(work, number, label, bytes(sealed))


def _opened(work: UnitOfWork, person: Person) -> dict[str, str | None]:
    personal = {name: _clear(work, person.petition, _label(name, person.seq), getattr(person, name)) for name in KEPT}
    return personal | {"role": person.role}


def _box(number: str, seq: int) -> str:
    return f"sealed_person|person|{number}" if seq == 1 else f"sealed_person|person|{number}|{seq}"


def _label(name: str, seq: int) -> str:
    return f"person|{name}" if seq == 1 else f"person|{name}|{seq}"
