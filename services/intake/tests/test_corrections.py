"""A registration is put right: what stood before is kept and sealed, who has it is told or listed, periods move."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from intake_context import OFFICER, build_context, registered
from sqlalchemy import Engine, select, text

from authorization import ban
from clock.tables import Clock, State
from contracts.vocabulary import Corrected, DocumentKind, Kind, Line, Party, Reach, Shift, WallReason
from courier import tables as courier
from courier.envelope import Actor
from courier.unit_of_work import ServiceContext
from intake.domain import errors
from intake.tables import Agency, Correction, Person, SealedPerson, Step
from intake.use_cases import approvals, corrections, people, petitions, routing, secrecy, timeline
from intake.use_cases.people import PetitionerInput
from intake.use_cases.registration import RespondentInput
from statute import day_of
from web.tokens import Officer

WHY = "登记时听错"


def said(context: ServiceContext, number: str, type_: str) -> dict[str, Any]:
    """The newest event of a type, as it left."""
    its = select(courier.events.c.body).where(courier.events.c.subject == number, courier.events.c.type == type_)
    with context.sessions() as session:
        body = session.scalars(its.order_by(courier.events.c.version.desc())).first()
    assert body is not None, type_
    data: dict[str, Any] = json.loads(body)["data"]
    return data


def clocks_of(context: ServiceContext, number: str) -> list[Clock]:
    with context.sessions() as session:
        found = list(
            session.scalars(select(Clock).where(Clock.petition == number).order_by(Clock.started_at, Clock.id))
        )
        session.expunge_all()
        return found


def letters(context: ServiceContext, number: str, type_: str) -> int:
    query = text("SELECT count(*) FROM outbox WHERE subject = :number AND routing_key = :type")
    with context.sessions() as session:
        return session.scalar(query, {"number": number, "type": type_}) or 0


@pytest.fixture
def context(engine: Engine, tmp_path: Path) -> ServiceContext:
    return build_context(engine, tmp_path)


def test_a_phone_is_put_right_and_the_old_one_is_kept_sealed(context: ServiceContext) -> None:
    """The row, what it is found by and notify have the right one; the event says neither, the old is under the key."""
    number = registered(context)
    with context.sessions() as session:
        before = session.scalars(select(Person.phone_index).where(Person.petition == number)).one()
    with context.begin(OFFICER) as work:
        corrections.correct_person(work, number, 1, WHY, phone="199 0000 1209")
    with context.begin(OFFICER) as work:
        its = petitions.load(work, number, lock=False)
        assert people.disclose(work, its, "phone") == "+8619900001209"
        (shown,) = corrections.of_petition(work, its, reads=True)
        (hidden,) = corrections.of_petition(work, its, reads=False)
        kept = work.session.scalars(select(Correction)).one()
        assert b"19900001208" not in bytes(kept.was or b"")
        assert work.session.scalars(select(Person.phone_index).where(Person.petition == number)).one() != before
    assert (["phone"], {"phone": "199****1208"}, WHY) == (shown["what"], shown["was"], shown["reason"])
    assert (None, None) == (hidden["was"], hidden["reason"])
    assert {"petition": number, "what": None} == said(context, number, "petition.corrected.v1")
    assert letters(context, number, "contact.given.v1") == 2


def test_what_stands_there_already_is_no_correction(context: ServiceContext) -> None:
    """Nobody is told of nothing, and the trail has no line of it."""
    number = registered(context)
    with context.begin(OFFICER) as work:
        with pytest.raises(errors.NothingWrong):
            corrections.correct_person(work, number, 1, WHY, phone="+86 199-0000-1208")
        with pytest.raises(errors.NothingWrong):
            corrections.correct(work, number, WHY, title="标题")
        with pytest.raises(errors.NoSuchPerson):
            corrections.correct_person(work, number, 2, WHY, phone="19900001209")
        with pytest.raises(errors.WrongField, match="phone"):
            corrections.correct_person(work, number, 1, WHY, phone="1")


def test_how_somebody_is_told_follows_what_is_right(context: ServiceContext) -> None:
    """A number nobody has takes the SMS away, and the others hear so by a word alone."""
    number = registered(context)
    with context.begin(OFFICER) as work:
        corrections.correct_person(work, number, 1, WHY, drop=[Corrected.PHONE])
        assert petitions.load(work, number).reach == Reach.NONE
    assert said(context, number, "petition.corrected.v1")["reach"] == "none"
    with context.begin(OFFICER) as work:
        corrections.correct_person(work, number, 1, WHY, phone="0571-87654321")
        assert petitions.load(work, number).reach == Reach.CALL
        corrections.correct_person(work, number, 1, WHY, phone="19900001209", sms_consent=True)
        assert petitions.load(work, number).reach == Reach.SMS


def test_who_asked_for_secrecy_is_put_right_in_the_safe_alone(context: ServiceContext) -> None:
    """Neither what was nor what is stands anywhere else, whether secrecy was asked for before or after."""
    sealed, later = registered(context, secrecy=True), registered(context)
    with context.begin(OFFICER) as work:
        corrections.correct_person(work, sealed, 1, WHY, phone="19900001209")
        corrections.correct_person(work, later, 1, "不叫石大川", name="石大山")
        corrections.correct(work, later, WHY, title="另一个标题")
    with context.begin(OFFICER) as work:
        secrecy.ask(work, later)
    with context.begin(OFFICER) as work:
        for number in (sealed, later):
            its = petitions.load(work, number, lock=False)
            found = people.concealed(work, its)
            shown = corrections.of_petition(work, its, reads=True)
            assert [] == work.session.scalars(select(Person.ref).where(Person.petition == number)).all()
            assert (None, None) == (shown[0]["was"], shown[0]["reason"])
            notes = {each.get("note"): each for each in found}
            if number == sealed:
                assert notes["更正后"]["phone"] == "+8619900001209"
            else:
                assert notes["更正前"]["name"] == "石大川"
                assert shown[1]["was"] == {"title": "标题"}, "what names nobody stays where it is read"
        assert work.session.scalar(
            select(SealedPerson.seq).where(SealedPerson.petition == sealed, SealedPerson.seq == 2)
        )


def test_another_kind_is_another_petition_to_the_ban(context: ServiceContext) -> None:
    """Approved by another; from that moment what is about A09 does not go there, and A09 is not offered."""
    number = registered(context, respondents=(RespondentInput("A09", None),))
    with context.begin(OFFICER) as work:
        work.session.merge(
            Agency(code="A09", revision=2, name="人社", kind="labour", transport="queue", active=True, edges=[])
        )
        for code in ("A02", "A10"):
            work.session.merge(
                Agency(code=code, revision=2, name=code, kind="labour", transport="queue", active=True, edges=[])
            )
    window, head = Officer("A00", "900100", frozenset({"window"})), Officer("A00", "900108", frozenset({"chief"}))
    given = {"kind": Kind.ACCUSATION, "line": Line.OTHER, "sub_line": None, "reason": WHY, "by": window.id}
    with context.begin(Actor("A00", window.id, "window")) as work:
        asked = approvals.ask(work, window, number, "reclassify", given)
        assert asked is not None
        assert petitions.load(work, number).kind == Kind.CLAIM, "nothing is done before"
        id_ = asked.id
    with context.begin(Actor("A00", head.id, "chief")) as work:
        its = petitions.load(work, number)
        approvals.approve(work, head, its, approvals.find(work, id_))
        with pytest.raises(ban.BarredReceiver):
            routing.check(work, its, "A09")
        assert "A09" not in (routing.receivers(work, its) or {})
        (shown,) = corrections.of_petition(work, its, reads=True)
    assert ({"kind": "claim"}, "900100", "900108") == (shown["was"], shown["officer"], shown["approved_by"])
    assert (
        "accusation"
        == said(context, number, "petition.reclassified.v1")["kind"]
        == said(context, number, "petition.placed.v1")["kind"]
    )


def test_whom_it_is_about_is_put_right(context: ServiceContext) -> None:
    """One more bars their unit and keeps a colleague away; one less bars no more, and what was said stays known."""
    number = registered(context, Kind.ACCUSATION, respondents=(RespondentInput("A10", "吴某"),))
    with context.begin(OFFICER) as work:
        work.session.add(
            Agency(code="A00", revision=1, name="本院", kind="procuratorate", transport="none", active=True)
        )
    with context.begin(OFFICER) as work:
        colleague = RespondentInput("A00", "陆某", department="D05", position="检察官")
        petition_ = corrections.add_respondent(work, number, colleague, WHY)
        assert (True, False) == (petition_.concerns_us, petition_.unidentified)
        assert [(WallReason.CONCERNED, "D05")] == [(each.reason, each.department) for each in petition_.standing]
    assert said(context, number, "petition.respondents_corrected.v1")["respondent_units"] == ["A00", "A10"]
    with context.begin(OFFICER) as work:
        corrections.remove_respondent(work, number, 1, WHY, "900100")
        with pytest.raises(errors.NoSuchRespondent):
            corrections.remove_respondent(work, number, 1, WHY, "900100")
    assert said(context, number, "petition.respondents_corrected.v1")["respondent_units"] == ["A00"]
    with context.begin(OFFICER) as work:
        corrections.add_respondent(work, number, RespondentInput("A09", None), WHY)
        its = petitions.load(work, number)
        assert [2, 3] == [each.seq for each in its.respondents], "a place is nobody's a second time"
        shown = corrections.of_petition(work, its, reads=True)
    assert shown[1]["was"] == {"unit": "A10", "name": "吴某", "position": None}


def test_earlier_is_stricter_and_later_takes_the_chief(context: ServiceContext) -> None:
    """The old periods stop, others count from the right day; later nothing moves before the chief, who sees both."""
    today = day_of(datetime.now(UTC))
    number = registered(context, received_on=today - timedelta(days=3), received_reason="邮路")
    window, chief = Officer("A00", "900100", frozenset({"window"})), Officer("A00", "900000", frozenset({"chief"}))
    earlier, later = today - timedelta(days=5), today - timedelta(days=1)
    given = {"postmark": earlier, "reason": WHY}
    with context.begin(Actor("A00", window.id, "window")) as work:
        with pytest.raises(errors.WrongField, match="shift"):
            approvals.correct_receipt(work, window, number, Shift.LATER, earlier, **given)
        done, asked = approvals.correct_receipt(work, window, number, Shift.EARLIER, earlier, **given)
        assert (asked, done.received_on, done.counts_from) == (None, earlier, earlier)
    stopped, running = sorted(clocks_of(context, number), key=lambda each: each.state, reverse=True)
    assert (State.STOPPED, "petition.receipt_corrected.v1") == (stopped.now_in, stopped.stopped_by)
    assert (State.RUNNING, earlier, stopped.rule) == (running.now_in, running.start, running.rule)
    assert running.due < stopped.due or running.due == stopped.due
    with context.begin(Actor("A00", window.id, "window")) as work:
        _, asked = approvals.correct_receipt(work, window, number, Shift.LATER, later, postmark=later, reason=WHY)
        assert asked is not None
        assert petitions.load(work, number).received_on == earlier
        id_ = asked.id
    with context.begin(Actor("A00", chief.id, "chief")) as work:
        its, found = petitions.load(work, number), approvals.find(work, id_)
        assert str(running.due) in approvals.draft(work, found)["ends"]
        approvals.approve(work, chief, its, found)
        assert its.received_on == later
        with pytest.raises(errors.FromTheFuture):
            corrections.correct_receipt(work, number, Shift.LATER, today + timedelta(days=1), later, WHY, "900100")
    open_ = [each for each in clocks_of(context, number) if each.now_in is State.RUNNING]
    assert [later] == [each.start for each in open_]


def test_who_approves_reads_the_days_that_it_comes_to(context: ServiceContext) -> None:
    """Also of somebody who is held, for whom no rest day moves the end (刑事诉讼法 105(4)): of any day of a week."""
    for back in range(1, 8):
        number = registered(context)
        with context.begin(OFFICER) as work:
            timeline.hold_person(work, petitions.load(work, number), in_custody=True)
        with context.begin(OFFICER) as work:
            day = day_of(work.now) - timedelta(days=back)
            told = corrections.ends_if(work, petitions.load(work, number), day)
            corrections.correct_receipt(work, number, Shift.EARLIER, day, day, WHY, "900100")
        running = [each for each in clocks_of(context, number) if each.now_in is not State.STOPPED]
        assert running
        assert [] == [each.due for each in running if f"→ {each.due}" not in told]


def test_who_had_it_is_listed_and_who_holds_it_is_told_what_it_was_handed(context: ServiceContext) -> None:
    """The agency's payload had the phone: it is told; the receipt had the name; aid has all of the applicant."""
    number = registered(context)
    with context.begin(OFFICER) as work:
        petitions.refer(work, number, "A09", "regulation_31", petitioner_wish=True)
    handed = said(context, number, "petition.referred.v1")["carries"]
    with context.begin(OFFICER) as work:
        its = petitions.load(work, number)
        timeline.record(work, its, "petition.printed.v1", document=DocumentKind.RECEIPT)
        corrections.correct_person(work, number, 1, WHY, name="石大山")
    with context.begin(OFFICER) as work:
        (shown,) = corrections.of_petition(work, petitions.load(work, number), reads=True)
        assert [[]] == [
            each["had"] for each in corrections.of_petition(work, petitions.load(work, number), reads=False)
        ]
    assert {("A09", "移交"), ("paper", "收件回执")} == {(each["to"], each["what"]) for each in shown["had"]}, handed
    assert letters(context, number, "material.added.v1") == 1


def test_what_they_come_as_is_checked_as_at_registration(context: ServiceContext) -> None:
    """A unit needs its name, which is dropped with it; several are no individual."""
    number = registered(context)
    with context.begin(OFFICER) as work:
        with pytest.raises(errors.WrongField, match="organisation"):
            corrections.correct(work, number, WHY, party=Party.ORGANISATION)
        corrections.correct(work, number, WHY, party=Party.ORGANISATION, organisation="石桥建材厂")
    with context.begin(OFFICER) as work:
        its = corrections.correct(work, number, WHY, party=Party.INDIVIDUAL)
        assert (its.party, its.organisation) == (Party.INDIVIDUAL, None)
        assert corrections.of_petition(work, its, reads=True)[1]["was"]["organisation"] == "石桥建材厂"
    several = registered(
        context, party=Party.JOINT, others=(PetitionerInput("温某", None, None, None, sms_consent=False),)
    )
    with context.begin(OFFICER) as work, pytest.raises(errors.WrongField, match="others"):
        corrections.correct(work, several, WHY, party=Party.INDIVIDUAL)


def test_no_event_holds_what_was_put_right(context: ServiceContext) -> None:
    """Whatever is corrected: neither what was nor what is right is in anything that leaves."""
    number = registered(context, respondents=(RespondentInput("A10", "吴某"),))
    with context.begin(OFFICER) as work:
        corrections.correct_person(work, number, 1, WHY, name="石大山", phone="19900001209", address="柿子坪")
        corrections.correct(work, number, WHY, title="另一个标题", group_size=7)
        corrections.remove_respondent(work, number, 1, WHY, "900100")
    with context.sessions() as session:
        bodies = session.scalars(select(courier.events.c.body).where(courier.events.c.subject == number)).all()
        steps = session.scalars(select(Step.data).where(Step.petition == number)).all()
    told = json.dumps([json.loads(each) for each in bodies] + list(steps), ensure_ascii=False)
    for each in ("石大川", "石大山", "1990000120", "柿子坪", "标题", "吴某", WHY):
        assert each not in told
