"""Papers and persons as they come: every paper's number, who speaks for whom, who goes on after a death."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from intake_context import OFFICER, build_context, registered
from sqlalchemy import Engine, select, update

from clock.sweep import Sweeper
from clock.tables import Clock, State
from contracts import masked
from contracts.vocabulary import (
    Corrected,
    IdPaper,
    Impossible,
    Incapacity,
    Line,
    Party,
    PartyRole,
    PetitionState,
    Reach,
    Relation,
    ReplyKind,
    Role,
    Termination,
)
from courier import tables as courier
from courier.unit_of_work import ServiceContext
from intake.domain import errors, finding
from intake.domain.identity import IdentityError, paper, split
from intake.tables import Person, Petition, Step
from intake.use_cases import cards, corrections, deadlines, people, persons, petitions, replies
from intake.use_cases.people import PetitionerInput
from statute import day_of
from web.tokens import Officer

TODAY = day_of(datetime.now(UTC))
GOOD = {
    IdPaper.RESIDENT_ID: ["619926198503120014", "６１９９２６ 19850312 0014", "619926850312001"],
    IdPaper.HK_MACAU_PERMIT: ["H12345678", "m12345678", "H1234567801"],
    IdPaper.TAIWAN_PERMIT: ["12345678", "1234567890", "1234567890B"],
    IdPaper.RESIDENCE_PERMIT: ["810000199408230021", "830000199201300022"],
    IdPaper.FOREIGNER_CARD: ["CHN320987654321", "911124198108030024"],
    IdPaper.PASSPORT: ["E12345678", "EA1234567", "123456789"],
    IdPaper.HOUSEHOLD_BOOK: ["001234567"],
}
BAD = {
    IdPaper.RESIDENT_ID: ["619926198503120015", "61992685031200", "H12345678"],
    IdPaper.HK_MACAU_PERMIT: ["A12345678", "H1234567", "H123456789"],
    IdPaper.TAIWAN_PERMIT: ["1234567", "H12345678"],
    IdPaper.RESIDENCE_PERMIT: ["619926198503120014", "H12345678"],
    IdPaper.FOREIGNER_CARD: ["619926198503120014", "CHN32098765432"],
    IdPaper.PASSPORT: ["ABCDEFGHI", "E123", "护照12345"],
    IdPaper.HOUSEHOLD_BOOK: ["12", "一二三四五"],
    IdPaper.NONE: ["1"],
}


@pytest.fixture
def context(engine: Engine, tmp_path: Path) -> ServiceContext:
    return build_context(engine, tmp_path)


def letters(context: ServiceContext, number: str) -> list[str]:
    query = select(courier.outbox.c.routing_key).where(courier.outbox.c.subject == number)
    with context.sessions() as session:
        return [each for each in session.scalars(query) if each == "contact.given.v1"]


def test_every_paper_has_its_numbers_and_no_others() -> None:
    """Read in one way, kept in one, read again as it is kept; of a mistyped one it is said which paper's it is not."""
    assert set(BAD) == set(IdPaper)
    for kind, numbers in GOOD.items():
        for number in numbers:
            kept = paper(kind, number, today=TODAY)
            assert kept == paper(IdPaper.RESIDENT_ID, kept, today=TODAY), "what is kept is read as it was"
            assert split(kept)[0] in (kind, IdPaper.RESIDENT_ID)
            assert split(kept)[1][-4:] not in masked.resident_id(kept) or len(kept) == 18
    for kind, numbers in BAD.items():
        for number in numbers:
            with pytest.raises(IdentityError) as refused:
                paper(kind, number, today=TODAY)
            assert "resident_id" == refused.value.field


def test_an_old_number_is_the_same_persons() -> None:
    """15 digits, given until 1999: found by the 18 that took their place, and the other way round."""
    assert paper(IdPaper.RESIDENT_ID, "619926850312001", today=TODAY) == "619926198503120014"
    with pytest.raises(IdentityError):
        paper(IdPaper.RESIDENT_ID, "619926851312001", today=TODAY)


def test_a_passport_is_registered_found_and_put_right(context: ServiceContext) -> None:
    """By what is typed from it, whatever else that could be; a resident ID that is none of it is another key."""
    somebody = PetitionerInput("安娜", None, None, None, sms_consent=False, paper=IdPaper.PASSPORT)
    number = registered(context, petitioner=replace(somebody, resident_id="e1234 5678"))
    with context.begin(OFFICER) as work:
        its = petitions.load(work, number, lock=False)
        assert "护照 E12345678" == people.disclose(work, its, "resident_id")
    assert "护照 E12345678" in [each.value for each in finding.ways("E12345678", TODAY, "0571")]
    with context.begin(OFFICER) as work:
        before = work.session.scalars(select(Person.id_index).where(Person.petition == number)).one()
        corrections.correct_person(work, number, 1, "听错", phone="19900001209")
        its = petitions.load(work, number, lock=False)
        assert "护照 E12345678" == people.disclose(work, its, "resident_id"), "what is not corrected stays"
        corrections.correct_person(work, number, 1, "看错", resident_id="H12345678", paper=IdPaper.HK_MACAU_PERMIT)
        assert before != work.session.scalars(select(Person.id_index).where(Person.petition == number)).one()


def test_who_left_a_number_is_told_whoever_it_is(context: ServiceContext) -> None:
    """The first of a group has no phone: the second, who has, is reached; put right, by the right one."""
    first = PetitionerInput("石大川", None, None, None, sms_consent=False)
    second = PetitionerInput("温某", None, "19900001299", None, sms_consent=True)
    number = registered(context, party=Party.GROUP, petitioner=first, others=(second,), group_size=9)
    with context.begin(OFFICER) as work:
        its = petitions.load(work, number)
        assert (Reach.SMS, 2) == (its.reach, its.told)
        (card,) = cards.page(work, Officer("A00", "900105", frozenset({Role.ALL})), [number])
        assert ("石大川", "199****1299") == (card["petitioner"], card["contact"])
    assert 1 == len(letters(context, number))
    with context.begin(OFFICER) as work:
        corrections.correct_person(work, number, 2, "听错", phone="19900001298")
        assert Reach.SMS == petitions.load(work, number).reach
    assert 2 == len(letters(context, number))
    with context.begin(OFFICER) as work:
        its = corrections.correct_person(work, number, 1, "后来留了", phone="19900001208", sms_consent=True)
        assert (Reach.SMS, None) == (its.reach, its.told)


def test_several_phones_are_kept_and_called(context: ServiceContext) -> None:
    """Each once and in one way, with extensions; put right or dropped, notify hears; none without a first."""
    somebody = PetitionerInput("石大川", None, "19900001208", None, sms_consent=True)
    several = replace(somebody, other_phones=["0571-87654321转801", "199 0000 1208", "19900001209"])
    number = registered(context, petitioner=several)
    with context.begin(OFFICER) as work:
        its = petitions.load(work, number)
        assert "+8657187654321转801、+8619900001209" == people.disclose(work, its, "other_phones")
        row = work.session.scalars(select(Person).where(Person.petition == number)).one()
        assert b"87654321" not in bytes(row.other_phones or b"")
        corrections.correct_person(work, number, 1, "听错", other_phones=["19900001210"])
    with context.begin(OFFICER) as work:
        its = corrections.correct_person(work, number, 1, "停机", drop=[Corrected.OTHER_PHONES])
        assert people.disclose(work, its, "other_phones") is None
        shown = corrections.of_petition(work, its, reads=True)
    assert [{"other_phones": "571****4321、199****1209"}, {"other_phones": "199****1210"}] == [
        each["was"] for each in shown
    ]
    assert 3 == len(letters(context, number))
    for wrong in (replace(several, phone=None), replace(several, other_phones=["12"])):
        with pytest.raises(errors.WrongField, match="other_phones"):
            registered(context, petitioner=wrong)


def test_where_another_reads_the_phone_only_the_agreed_way_is_used(context: ServiceContext) -> None:
    """约定方式: notify has no number; without it the number is used again; in secrecy it is in the safe."""
    somebody = PetitionerInput("石大川", None, "19900001208", None, sms_consent=True, safe_contact="单位传达室孙师傅")
    number, secret = registered(context, petitioner=somebody), registered(context, petitioner=somebody, secrecy=True)
    with context.begin(OFFICER) as work:
        its = petitions.load(work, number)
        assert (Reach.SAFE, "单位传达室孙师傅") == (its.reach, people.disclose(work, its, "safe_contact"))
        assert replies.has_contact(work, its)
        hidden = petitions.load(work, secret)
        assert (Reach.SEALED, None) == (hidden.reach, people.disclose(work, hidden, "safe_contact"))
        assert "单位传达室孙师傅" == people.concealed(work, hidden)[0]["safe_contact"]
    assert [] == letters(context, number)
    with context.begin(OFFICER) as work:
        corrections.correct_person(work, number, 1, "听错", phone="19900001209")
    assert [] == letters(context, number)
    with context.begin(OFFICER) as work:
        its = corrections.correct_person(work, number, 1, "不再需要", drop=[Corrected.SAFE_CONTACT], sms_consent=True)
        assert Reach.SMS == its.reach
    assert 1 == len(letters(context, number))
    with context.begin(OFFICER) as work:
        corrections.correct_person(work, number, 1, "家人会看", safe_contact="村妇联")
        assert Reach.SAFE == petitions.load(work, number).reach


def test_who_speaks_for_somebody_is_no_petitioner(context: ServiceContext) -> None:
    """An individual with a lawyer is an individual; five representatives with one, too; two petitioners are not."""
    lawyer = PetitionerInput("凌某", None, "19900001288", None, sms_consent=False, role=PartyRole.LAWYER)
    number = registered(context, others=(lawyer,))
    with context.begin(OFFICER) as work:
        its = petitions.load(work, number, lock=False)
        assert ["petitioner", "lawyer"] == [each["role"] for each in people.all_of(work, its)]
    with pytest.raises(errors.WrongField, match="others"):
        registered(context, others=(replace(lawyer, role=PartyRole.PETITIONER),))
    with pytest.raises(errors.WrongField, match="others"):
        registered(context, party=Party.JOINT, others=(lawyer,))
    five = tuple(replace(lawyer, name=f"温{seq}", role=PartyRole.REPRESENTATIVE) for seq in range(4))
    registered(context, party=Party.GROUP, others=(*five, lawyer), group_size=9)


@pytest.mark.parametrize("secrecy", [False, True])
def test_after_a_death_an_heir_goes_on_as_a_person_of_their_own(context: ServiceContext, secrecy: bool) -> None:
    """Nobody is told by what the dead had left; the heir is, by their own; in secrecy all of it stays in the safe."""
    number, heir = (
        registered(context, secrecy=secrecy),
        PetitionerInput("石小川", None, "19900001211", None, sms_consent=True),
    )
    with context.begin(OFFICER) as work:
        with pytest.raises(errors.NobodyToFollow):
            persons.take_over(work, number, Relation.CHILD, heir)
        with pytest.raises(errors.WrongField, match="died_on"):
            persons.record_death(work, number, TODAY + timedelta(days=1), "证明")
        its = persons.record_death(work, number, TODAY, "独一无二的证明")
        assert (Reach.SEALED if secrecy else Reach.NONE) == its.reach
        first = its.person
        with pytest.raises(errors.DiedAlready):
            persons.record_death(work, number, TODAY, "证明")
    with context.begin(OFFICER) as work:
        if not secrecy:
            corrections.correct_person(work, number, 1, "听错", phone="19900001209")
            assert Reach.NONE == petitions.load(work, number).reach, "the dead are not reached by what is put right"
        its = persons.take_over(work, number, Relation.CHILD, heir)
        assert (Reach.SEALED if secrecy else Reach.SMS) == its.reach
        assert secrecy or its.person not in (None, first)
        with pytest.raises(errors.NobodyToFollow):
            persons.take_over(work, number, Relation.CHILD, heir)
        everybody = people.concealed(work, its) if secrecy else people.all_of(work, its)
        assert ["石大川", "石小川"] == [each["name"] for each in everybody]
        assert secrecy or "石小川" == people.disclose(work, its, "name"), "it is theirs now"
    assert (0 if secrecy else 2) == len(letters(context, number))


@pytest.mark.parametrize("secrecy", [False, True])
def test_a_guardian_acts_for_who_cannot(context: ServiceContext, secrecy: bool) -> None:
    """民法典 23: they are told, and nobody by what the ward had left; it stays the ward's petition, to aid as well."""
    number = registered(context, secrecy=secrecy)
    guardian = PetitionerInput("石小川", None, "19900001211", None, sms_consent=False)
    with context.begin(OFFICER) as work:
        its = petitions.load(work, number)
        ward = its.person
        persons.appoint_guardian(work, number, Incapacity.NO_CAPACITY, "独一无二的判决书", guardian)
        assert (Reach.SEALED if secrecy else Reach.CALL, ward) == (its.reach, its.person)
        everybody = people.concealed(work, its) if secrecy else people.all_of(work, its)
        assert [("石大川", "petitioner"), ("石小川", "guardian")] == [
            (each["name"], each["role"]) for each in everybody
        ]
    assert (0 if secrecy else 2) == len(letters(context, number))
    with context.begin(OFFICER) as work:
        said = str([each.data for each in work.session.scalars(select(Step).where(Step.petition == number))])
        assert "判决书" not in said
        if not secrecy:
            assert "石大川" == people.disclose(work, petitions.load(work, number), "name")
            corrections.correct_person(work, number, 1, "听错", phone="19900001209")
            assert Reach.CALL == petitions.load(work, number).reach
    assert (0 if secrecy else 2) == len(letters(context, number)), "the ward's number is nobody's to call"
    with context.begin(OFFICER) as work:
        persons.record_death(work, number, TODAY, "证明")
        with pytest.raises(errors.DiedAlready):
            persons.appoint_guardian(work, number, Incapacity.MINOR, "户口簿", guardian)


def test_where_nobody_goes_on_nobody_can_be_told(context: ServiceContext) -> None:
    """Not before the set time is over, nor once somebody has; then what is owed is excused, in writing too."""
    number, heir = (
        registered(context, line=Line.CRIMINAL_APPEAL),
        PetitionerInput("石小川", None, None, None, sms_consent=False),
    )
    with context.begin(OFFICER) as work:
        petitions.accept(work, number, "D05")
        deadlines.terminate(work, number, Termination.SETTLED)
        persons.record_death(work, number, TODAY, "证明")
        with pytest.raises(errors.NotUntellable):
            replies.give_up(work, number, ReplyKind.OUTCOME_REPLY, Impossible.NOBODY_LEFT)
    with context.begin(OFFICER) as work:
        over = date.fromordinal(TODAY.toordinal() - 1)
        work.session.execute(update(Petition).where(Petition.number == number).values(heirs_until=over))
    other = registered(context)
    with context.begin(OFFICER) as work:
        assert () == replies.give_up(work, number, ReplyKind.OUTCOME_REPLY, Impossible.NOBODY_LEFT).owed
        assert PetitionState.TERMINATED == petitions.load(work, number).state
        persons.record_death(work, other, TODAY, "证明")
        persons.take_over(work, other, Relation.SPOUSE, heir)
        with pytest.raises(errors.NotUntellable):
            replies.give_up(work, other, ReplyKind.PROCEDURAL_REPLY, Impossible.NOBODY_LEFT)


def test_an_old_matter_enters_with_its_true_day(context: ServiceContext) -> None:
    """Years ago, by the rules as they are by now, and late from the start; what was sent to us came when it came."""
    day = date(2015, 3, 2)
    old: dict[str, Any] = {"received_on": day, "received_reason": "积案补录"}
    with pytest.raises(errors.TooLongAgo):
        registered(context, **old)
    with pytest.raises(errors.WrongField, match="old_matter"):
        registered(context, **old, old_matter=True, submitted_by="A10", submission="1")
    number = registered(context, **old, old_matter=True)
    with context.begin(OFFICER) as work:
        petitions.accept(work, number, "D05")
        assert day == petitions.load(work, number).received_on
        found = select(Clock.rule, Clock.due).where(Clock.petition == number, Clock.start == day)
        assert {"procedural_reply", "outcome_promise"} <= {rule for rule, _ in work.session.execute(found)}
    while Sweeper(context).sweep():
        pass
    with context.sessions() as session:
        late = session.scalars(select(Clock.state).where(Clock.petition == number)).all()
    assert {State.MISSED} == set(late)
