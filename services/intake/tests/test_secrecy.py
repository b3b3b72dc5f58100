"""要求保密 in every state: who petitions is in the safe, and nothing of it is left in the open."""

import json
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest
from intake_context import OFFICER, build_context, petition
from sqlalchemy import Engine, select, text

from contracts.vocabulary import Channel, Joining, Kind, Party, PetitionState, Reach
from courier import tables as courier
from courier.unit_of_work import ServiceContext, UnitOfWork
from intake.domain import errors, states
from intake.tables import Contact, Petition
from intake.use_cases import contacts, people, petitions, registration, secrecy
from intake.use_cases.contacts import ContactInput
from intake.use_cases.people import PetitionerInput

SECOND = PetitionerInput("石小川", None, "19900001211", "石桥镇", sms_consent=False)
CALLER = ContactInput(Channel.CALL, "12309", None, None, "石二川", "19900001233", "补充", 1)


@pytest.fixture
def context(engine: Engine, tmp_path: Path) -> ServiceContext:
    return build_context(engine, tmp_path)


def acting(context: ServiceContext) -> AbstractContextManager[UnitOfWork]:
    return context.begin(OFFICER)


def in_the_open(work: UnitOfWork, number: str) -> int:
    """Rows that say who petitions, outside of the safe."""
    query = (
        "SELECT (SELECT count(*) FROM person WHERE petition = :n)"
        " + (SELECT count(*) FROM petition WHERE number = :n AND (person IS NOT NULL OR organisation IS NOT NULL))"
        " + (SELECT count(*) FROM contact WHERE coalesce(name, phone) IS NOT NULL AND (petition = :n"
        "    OR id = (SELECT contact FROM petition WHERE number = :n)))"
    )
    return int(work.session.execute(text(query), {"n": number}).scalar_one())


def names(work: UnitOfWork, number: str) -> list[str | None]:
    return [each["name"] for each in people.concealed(work, petitions.load(work, number, lock=False))]


@pytest.mark.parametrize("state", PetitionState)
def test_it_may_be_asked_for_in_every_state(context: ServiceContext, state: PetitionState) -> None:
    """Also when it has ended: it is still read and printed. Once, and the state stays what it was."""
    with acting(context) as work:
        number = registration.register(work, petition(Kind.CLAIM)).number
        id_ = contacts.record(work, CALLER).id
    with acting(context) as work:
        contacts.join(work, id_, number, Joining.SUPPLEMENT)
        assert in_the_open(work, number) > 0
    with acting(context) as work:
        found = petitions.load(work, number)
        found.state, found.before = state, PetitionState.REGISTERED if state in states.INTERIM else None
    with acting(context) as work:
        assert "ask-secrecy" in states.allowed(petitions.load(work, number).snapshot)
        secrecy.ask(work, number)
    with acting(context) as work:
        found = petitions.load(work, number)
        assert (state, True, Reach.SEALED, 0) == (found.state, found.secrecy, found.reach, in_the_open(work, number))
        assert ["石大川", "石二川"] == names(work, number)
        assert "ask-secrecy" not in states.allowed(found.snapshot)
    with pytest.raises(errors.SealedAlready), acting(context) as work:
        secrecy.ask(work, number)
    with acting(context) as work:
        said = select(courier.outbox.c.routing_key).where(courier.outbox.c.subject == number)
        assert 1 == work.session.scalars(said).all().count("contact.withdrawn.v1")
        told = (
            select(courier.events.c.body).where(courier.events.c.subject == number).order_by(courier.events.c.version)
        )
        sealed, placed = (json.loads(each) for each in work.session.scalars(told).all()[-2:])
        assert ("petition.sealed.v1", {"petition": number}) == (sealed["type"], sealed["data"])
        assert ("petition.placed.v1", True) == (placed["type"], placed["data"]["secrecy"])


@pytest.mark.parametrize("party", [Party.JOINT, Party.GROUP, Party.ORGANISATION])
@pytest.mark.parametrize("at_once", [True, False])
def test_each_of_several_has_a_box(context: ServiceContext, party: Party, at_once: bool) -> None:
    """Asked for at registration or later, of a group, a pair or a unit, whose name is in the safe too."""
    asked = replace(petition(Kind.CLAIM), party=party, secrecy=at_once)
    if party is Party.ORGANISATION:
        asked = replace(asked, organisation="石桥建材厂")
    else:
        asked = replace(asked, others=(SECOND,))
    with acting(context) as work:
        number = registration.register(work, asked).number
    if not at_once:
        with acting(context) as work:
            secrecy.ask(work, number)
    with acting(context) as work:
        assert 0 == in_the_open(work, number)
        found = people.concealed(work, petitions.load(work, number))
        unit = party is Party.ORGANISATION
        assert (["石大川"] if unit else ["石大川", "石小川"]) == [each["name"] for each in found]
        assert ("石桥建材厂" if unit else None) == found[0].get("organisation")


def test_a_recorded_contact_is_kept_once(context: ServiceContext) -> None:
    """From the petitioner's own nothing is kept a second time; who called for another has a box of their own."""
    for caller, expected in ((replace(CALLER, name="石大川"), ["石大川"]), (CALLER, ["石大川", "石二川"])):
        with acting(context) as work:
            id_ = contacts.record(work, caller).id
        with acting(context) as work:
            contact = contacts.load(work, id_, lock=True)
            number = registration.register(work, petition(Kind.CLAIM, secrecy=True), contact).number
        with acting(context) as work:
            assert (expected, 0) == (names(work, number), in_the_open(work, number))


def test_what_older_code_left_in_the_open_is_taken_in(context: ServiceContext) -> None:
    """A joined contact with its name, an open part beside a secret one; repeated, there is nothing left to do."""
    with acting(context) as work:
        secret = registration.register(work, petition(Kind.ACCUSATION, secrecy=True)).number
        beside = registration.register(work, petition(Kind.CLAIM)).number
        apart = registration.register(work, petition(Kind.CLAIM)).number
        id_ = contacts.record(work, CALLER).id
    with acting(context) as work:
        contacts.join(work, id_, beside, Joining.REPEAT)
    with acting(context) as work:
        work.session.get_one(Petition, beside).contact = work.session.get_one(Petition, secret).contact
    assert (1, 0) == (secrecy.move(context, OFFICER), secrecy.move(context, OFFICER))
    with acting(context) as work:
        assert (0, True) == (in_the_open(work, beside), petitions.load(work, beside).secrecy)
        assert ["石大川", "石二川"] == names(work, beside)
        assert not petitions.load(work, apart).secrecy
        contact = work.session.get_one(Contact, id_)
        assert (None, None) == (contact.name, contact.phone)


def test_petitions_without_a_contact_are_no_letter(context: ServiceContext) -> None:
    """Those from before contacts were kept: one that is sealed seals no other."""
    with acting(context) as work:
        one, other = (registration.register(work, petition(Kind.CLAIM)).number for _ in range(2))
    with acting(context) as work:
        for number in (one, other):
            work.session.get_one(Petition, number).contact = None
    with acting(context) as work:
        secrecy.ask(work, one)
    with acting(context) as work:
        assert [True, False] == [petitions.load(work, each, lock=False).secrecy for each in (one, other)]


def test_nobody_has_nothing_to_keep_secret(context: ServiceContext) -> None:
    """An anonymous petition is refused in a sentence, whatever its state."""
    with acting(context) as work:
        number = registration.register(work, petition(Kind.CLAIM, anonymous=True)).number
    with pytest.raises(errors.NobodyToSeal), acting(context) as work:
        secrecy.ask(work, number)
