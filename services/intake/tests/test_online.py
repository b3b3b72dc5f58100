"""What petitioners write at their own door, on a real database: who reads it, what moves with it, what is bounded."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from intake_context import OFFICER, build_context, petition, registered, staff
from sqlalchemy import Engine, select

from contracts import enclosure
from contracts.vocabulary import Channel, Joining, Kind
from courier.envelope import Actor
from courier.unit_of_work import ServiceContext, UnitOfWork
from intake.domain import errors
from intake.tables import Contact, File, OfficerRow, Petition, SealedPerson
from intake.use_cases import contacts, files, lookup, office, online, people, petitions, registration
from intake.use_cases.contacts import ContactInput
from intake.use_cases.online import EntryInput
from service_kit.vaults import vault_of
from vault import Sealed

TRIAGE = "900101"
NOBODY = Actor("-", "-", "-")
CLAIM = EntryInput(Kind.CLAIM, "请帮我们讨工钱。", "石大川", "19900001208", secrecy=False, typed_anyway=False)
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
LONG = b"PK\x03\x04" + bytes(files.PIECE + 5)  # of two pieces


@pytest.fixture
def context(engine: Engine, tmp_path: Path) -> ServiceContext:
    """An office that named who reads what comes in."""
    made = build_context(engine, tmp_path)
    made = replace(made, tools=replace(made.tools, card=replace(made.tools.card, triage=TRIAGE)))
    staff(made, {"D05": ["900105"]})
    with made.begin(OFFICER) as work:
        office.enter(work, TRIAGE, "子窗口", department="D05", roles=["window"], since=work.now.date())
    return made


@contextmanager
def acting(context: ServiceContext, actor: Actor = OFFICER) -> Iterator[UnitOfWork]:
    with context.begin(actor) as work:
        yield work


def entered(context: ServiceContext, nonce: str = "nonce-1", entry: EntryInput = CLAIM) -> str:
    with acting(context, NOBODY) as work:
        return online.enter(work, entry, nonce).id


def handed_in(context: ServiceContext, contact: str, content: bytes = LONG) -> None:
    with acting(context, NOBODY) as work:
        found = contacts.load(work, contact, lock=True)
        files.add_to_entry(work, found, "证据.docx", WORD, io.BytesIO(content), len(content))


def read(context: ServiceContext, subject: str) -> list[bytes]:
    """The content of each file of a petition or contact, opened."""
    with acting(context) as work:
        its = work.session.get(Petition, subject)
        listed = files.of_contact(work, subject) if its is None else files.of_petition(work, its)
        found = [files.find(work, subject, each["sha256"]) for each in listed]
        granted = [files.Granted(each.id, each.subject, each.size) for each in found]
    return [b"".join(files.pieces(context, OFFICER, each, lambda: True)) for each in granted]


def test_nobody_can_write_while_nobody_reads_it(context: ServiceContext) -> None:
    """Nobody is named; they left; they may decide no contact."""
    day = date(2020, 1, 1)
    for given in ({"since": day, "until": day}, {"roles": ["handler"]}):
        with pytest.raises(errors.OnlineClosed), acting(context, NOBODY) as work:
            _enter_with(work, given)
    unnamed = replace(context, tools=replace(context.tools, card=replace(context.tools.card, triage=None)))
    with pytest.raises(errors.OnlineClosed), acting(unnamed, NOBODY) as work:
        online.enter(work, CLAIM, "nonce-1")
    with acting(context) as work:
        assert online.offered(work)["open"]


def _enter_with(work: UnitOfWork, given: dict[str, Any]) -> None:
    """As if the officer were otherwise."""
    for name, value in given.items():
        setattr(work.session.get_one(OfficerRow, TRIAGE), name, value)
    assert not online.offered(work)["open"]
    online.enter(work, CLAIM, "nonce-1")


def test_what_came_goes_under_the_petitions_key(context: ServiceContext) -> None:
    """Its file with it: whoever destroys the petition's key destroys both. Looked up by the code that was shown."""
    contact = entered(context)
    handed_in(context, contact)
    assert [LONG] == read(context, contact)
    with acting(context) as work:
        found = contacts.load(work, contact, lock=True)
        number = registration.register(work, petition(Kind.CLAIM), found).number
        lookup.keep(work, number, found.code or b"")
        files.take_in(work, contact, petitions.load(work, number))
    assert [LONG] == read(context, number)
    with acting(context) as work:
        assert [] == files.of_contact(work, contact)
        code = lookup.code_of(work, "nonce-1")
        assert number == lookup.find(work, number, code).number
        assert number == online.progress(work, online.find(work, code))["number"]
        vault_of(work.context).destroy(work.session, number)
    with pytest.raises(Sealed):
        read(context, number)


def test_a_code_that_was_lost_opens_nothing(context: ServiceContext) -> None:
    """Neither the petition, once there is a new one, nor what it was registered from; what joined it keeps its own."""
    contact, joins = entered(context), entered(context, "nonce-2")
    with acting(context) as work:
        found = contacts.load(work, contact, lock=True)
        number = registration.register(work, petition(Kind.CLAIM), found).number
        lookup.keep(work, number, found.code or b"")
    with acting(context) as work:
        contacts.join(work, joins, number, Joining.SUPPLEMENT)
        new = lookup.renew(work, number)
    with acting(context) as work:
        lost = lookup.code_of(work, "nonce-1")
        with pytest.raises(errors.NoSuchEntry):
            online.find(work, lost)
        with pytest.raises(errors.WrongLookup):
            lookup.find(work, number, lost)
        assert contact == online.find(work, new).id
        assert joins == online.find(work, lookup.code_of(work, "nonce-2")).id


def test_what_joined_the_wrong_one_comes_back_with_its_file(context: ServiceContext) -> None:
    """What the petition has already is not there twice; parted, all of it is the contact's again."""
    number, contact = registered(context), entered(context)
    handed_in(context, contact)
    same = b"PK\x03\x04 both"
    handed_in(context, contact, same)
    with acting(context) as work:
        files.add(work, number, "同一份.docx", WORD, io.BytesIO(same), len(same))
    with acting(context) as work:
        contacts.join(work, contact, number, Joining.SUPPLEMENT)
    assert [same, LONG] == sorted(read(context, number), key=len)
    with acting(context) as work:
        contacts.reconsider(work, contact, "并错了")
    assert [same, LONG] == sorted(read(context, contact), key=len)
    assert [same] == read(context, number)


def test_who_asks_for_secrecy_goes_from_safe_to_safe(context: ServiceContext) -> None:
    """Registered they are the petitioner, whatever was typed; joined to a secret one, one more known there."""
    secret = replace(CLAIM, name="隐姓", phone="19900005511", secrecy=True)
    first, second = entered(context, "nonce-1", secret), entered(context, "nonce-2", secret)
    with acting(context) as work:
        assert (None, None) == (contacts.load(work, first).name, contacts.load(work, first).phone)
        found = contacts.load(work, first, lock=True)
        made = registration.register(work, petition(Kind.CLAIM, anonymous=True), found)
        assert (True, False) == (made.secrecy, made.anonymous)
        number = made.number
    with acting(context) as work:
        contacts.join(work, second, number, Joining.REPEAT)
    with acting(context) as work:
        assert ["隐姓", "隐姓"] == [each["name"] for each in people.concealed(work, petitions.load(work, number))]
        assert {number} == set(work.session.scalars(select(SealedPerson.petition)))
    third = entered(context, "nonce-3", secret)
    in_the_open = registered(context)
    with pytest.raises(errors.SecretJoinsNoOpen), acting(context) as work:
        contacts.join(work, third, in_the_open, Joining.REPEAT)


def test_the_same_form_has_the_same_code(context: ServiceContext) -> None:
    """And no other form has it; one letter of a nonce changes all of it."""
    with acting(context) as work:
        codes = [lookup.code_of(work, nonce) for nonce in ("nonce-1", "nonce-1", "nonce-2")]
    assert codes[0] == codes[1]
    assert sum(one == other for one, other in zip(codes[0], codes[2], strict=True)) < 12


def test_a_flood_is_bounded(context: ServiceContext, monkeypatch: pytest.MonkeyPatch) -> None:
    """By one address, by all together, by what nobody has read yet, by files of an entry; each refused in words."""
    with acting(context) as work:
        waits = [online.count_entry(work, "10.0.0.1") for _ in range(online.PER_ADDRESS + 1)]
        assert [False] * online.PER_ADDRESS + [True] == [wait > 0 for wait in waits]
        free = online.OF_ALL - len(waits)
        waits = [online.count_entry(work, f"10.0.1.{n}") for n in range(free + 1)]
        assert [False] * free + [True] == [wait > 0 for wait in waits]
    monkeypatch.setattr(online, "UNDECIDED", 2)
    contact, _ = entered(context, "nonce-1"), entered(context, "nonce-2")
    with pytest.raises(errors.TooManyEntries):
        entered(context, "nonce-3")
    for n in range(enclosure.MOST_OF_ENTRY):
        handed_in(context, contact, b"PK\x03\x04" + bytes([n]))
    handed_in(context, contact, b"PK\x03\x04\x00")  # again
    with pytest.raises(errors.FilesFull):
        handed_in(context, contact, b"PK\x03\x04 more")
    with acting(context) as work:
        assert enclosure.MOST_OF_ENTRY == files.count_of_contact(work, contact)
        contacts.consult(work, contact, "已转办")
    entered(context, "nonce-3")
    with pytest.raises(errors.FilesFull):
        handed_in(context, contact, b"PK\x03\x04\x00")


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"name": None}, errors.WrongField),
        ({"phone": None}, errors.WrongField),
        ({"phone": "12"}, errors.WrongField),
        ({"name": None, "phone": None, "secrecy": True}, errors.SecretWithoutPerson),
        ({"text": "村支书贪污低保款，收受贿赂。"}, errors.NotTypedIn),
    ],
)
def test_what_is_wrong_enters_nothing(context: ServiceContext, given: dict[str, Any], refusal: type[Exception]) -> None:
    """Who signs gives both; who asks for secrecy signs; what belongs in an envelope is not typed in."""
    with pytest.raises(refusal):
        entered(context, entry=replace(CLAIM, **given))
    with acting(context) as work:
        assert [] == work.session.scalars(select(Contact)).all()
        assert [] == work.session.scalars(select(File)).all()


def test_what_nobody_decides_is_counted(context: ServiceContext) -> None:
    """From the hour on that the county set, whoever else's contacts wait; decided it is not."""
    contact = entered(context)
    with acting(context) as work:
        contacts.record(work, _by_telephone())
    waits = (timedelta(0), timedelta(hours=1))
    with context.sessions() as session:
        assert 1 == online.undecided(session)
        assert [1, 0] == [online.overdue(each, session) for each in waits]
    with acting(context) as work:
        contacts.consult(work, contact, "已转办")
    with context.sessions() as session:
        assert (0, 0) == (online.undecided(session), online.overdue(timedelta(0), session))


def _by_telephone() -> ContactInput:
    return ContactInput(Channel.CALL, "12309", None, None, "孙长根", None, "问什么时候答复。", 1)


def test_it_is_recorded_as_what_came_online(context: ServiceContext) -> None:
    """By nobody's hand, today, at the centre; undecided."""
    contact = entered(context)
    with acting(context) as work:
        found = contacts.load(work, contact)
        assert (Channel.ONLINE, "12309", "-", None) == (
            found.channel,
            found.service_point,
            found.officer,
            found.outcome,
        )
