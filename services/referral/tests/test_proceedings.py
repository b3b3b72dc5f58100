"""Mediation, hearing, meeting and talk on the real tables: who is asked, who is told by when, what agencies say."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from referral_context import OFFICER, build_context
from sqlalchemy import Engine, select, text

from authorization.ban import BarredReceiver
from contracts.vocabulary import (
    AgreementForm,
    ClosedReason,
    Consent,
    InvitationAnswer,
    Kind,
    Line,
    MediationStep,
    PartRole,
    ProceedingForm,
    ProceedingKind,
    ProceedingSubject,
    Proof,
    Reach,
    SettlementGround,
    TaskResult,
)
from courier import tables
from courier.envelope import Envelope
from courier.faults import Reject, TooEarly
from courier.inbox import Message
from courier.unit_of_work import ServiceContext, inbox_of
from referral.domain import errors
from referral.tables import Agency, Part, Proceeding, Task
from referral.use_cases import guard, handlers, invitations, mediations, meeting_tasks, minutes, proceedings, replies
from referral.use_cases.meeting_tasks import TaskInput
from statute import SHANGHAI, day_of

PETITION, WORDS = "信2026-619926-000001", "紫貂欠薪八万元，双方愿意调解"
R, K, F = PartRole, ProceedingKind, ProceedingForm
TODAY = day_of(datetime.now(UTC))
Act = Callable[..., Any]


@pytest.fixture
def context(engine: Engine, tmp_path: Path) -> ServiceContext:
    context, _ = build_context(engine, tmp_path)
    return context


def registered(context: ServiceContext, **changes: Any) -> None:
    told = {"kind": Kind.CLAIM, "line": Line.SUPPORT_PROSECUTION, "reach": Reach.NONE, "sealed_post": False}
    told |= {"submitted_by": None, "respondent_units": [], "respondents_known": False, "anonymous": False} | changes
    with context.begin(OFFICER) as work:
        guard.remember(work, PETITION, told)


def do(context: ServiceContext, act: Act, *given: Any, **more: Any) -> Proceeding:
    """One act, in a transaction of its own; the proceeding as it stands then."""
    with context.begin(OFFICER) as work:
        number = act(work, *given, **more).number
    with context.sessions() as session:
        return session.get_one(Proceeding, number)


def join(context: ServiceContext, number: str, role: PartRole, **who: Any) -> str:
    with context.begin(OFFICER) as work:
        invitations.join(work, proceedings.load(work, number), role, **who)
        return invitations.parts(work, number)[-1].id


def parts(context: ServiceContext, number: str) -> list[Part]:
    with context.sessions() as session:
        return list(session.scalars(select(Part).where(Part.proceeding == number).order_by(Part.added_at)))


def part(context: ServiceContext, number: str, role: PartRole) -> Part:
    return next(each for each in parts(context, number) if each.role == role)


def say(context: ServiceContext, agency: str, type_: str, received: timedelta = timedelta(), **data: Any) -> None:
    """What an agency's system says, as its handler hears it."""
    data = {"officer": "王某"} | data
    envelope = Envelope(f"/agencies/{agency}", type_, data["proceeding"], datetime.now(UTC), data)
    with context.begin(OFFICER) as work:
        replies.agency_said(work, Message(envelope, data, {}, agency, work.now - received))


def hear(context: ServiceContext, type_: str, **data: Any) -> None:
    data = {"petition": PETITION} | data
    envelope = Envelope("/619926/intake", type_, PETITION, datetime.now(UTC), data, OFFICER)
    with context.begin(OFFICER) as work:
        handlers.EVENTS[type_](work, Message(envelope, data, {}, "intake", work.now))


def said_to(context: ServiceContext, agency: str) -> list[str]:
    """The types that wait for an agency's queue, in order."""
    box = tables.outbox.c
    with context.sessions() as session:
        query = select(box.routing_key).where(box.exchange == inbox_of(agency)).order_by(box.id)
        return list(session.scalars(query))


def told(context: ServiceContext) -> list[str]:
    """The events there are, in order."""
    with context.begin(OFFICER) as work:
        order = select(tables.events.c.type).order_by(tables.events.c.recorded_at, tables.events.c.version)
        return list(work.session.scalars(order))


def mediation(context: ServiceContext, *, consented: bool = True, organ: str = "A08") -> str:
    """Proposed, with its sides and its organ, and both sides asked."""
    number = do(
        context, proceedings.propose, PETITION, K.MEDIATION, ProceedingSubject.WAGES, WORDS, form=F.PEOPLE
    ).number
    join(context, number, R.OTHER_SIDE, name="赵某", phone="19900001209")
    join(context, number, R.MEDIATOR, agency=organ)
    do(context, mediations.ask, number)
    for role in (R.PETITIONER, R.OTHER_SIDE) if consented else ():
        do(context, mediations.consent, number, part(context, number, role).id, Consent.GIVEN)
    return number


def hearing(context: ServiceContext, days: int) -> str:
    """Approved, with its bench, its sides and an agency, planned so many days from now; nobody is told."""
    number = do(context, proceedings.propose, PETITION, K.HEARING, ProceedingSubject.WAGES, WORDS).number
    do(context, proceedings.approve, number)
    join(context, number, R.HOST, officer="900105")
    for name in ("钱某", "孙某", "李某"):
        join(context, number, R.HEARING_OFFICER, name=name)
    join(context, number, R.AGENCY, agency="A09")
    plan(context, number, days)
    return number


def plan(context: ServiceContext, number: str, days: int, closed: Any = ()) -> Proceeding:
    starts = datetime.combine(TODAY + timedelta(days), time(9), SHANGHAI)
    return do(context, proceedings.plan, number, starts, starts + timedelta(hours=2), "县检察院听证室", closed=closed)


def passes(context: ServiceContext, number: str, days: int) -> None:
    """So many days later: all that is written of a day lies so many days further back."""
    with context.begin(OFFICER) as work:
        for statement in (
            "UPDATE proceeding SET starts_at = starts_at - make_interval(days => :d), ends_at = ends_at - "
            "make_interval(days => :d), told_by = told_by - :d, effective_on = effective_on - :d WHERE number = :n",
            "UPDATE part SET told_on = told_on - :d WHERE proceeding = :n",
            "UPDATE task SET due = due - :d WHERE proceeding = :n",
        ):
            work.session.execute(text(statement), {"d": days, "n": number})


def test_a_mediation_from_its_proposal_to_its_performance(context: ServiceContext) -> None:
    """Both sides consent, the organ takes it on and reports; the court confirms; it is performed. Each step once."""
    registered(context)
    number = mediation(context)
    invited = do(context, mediations.invite, number, "双方就工资款愿意调解，请联系。")
    assert "invited" == invited.state
    assert ["proceeding.invited.v1"] == said_to(context, "A08")
    say(context, "A08", "proceeding.reply.v1", proceeding=number, answer="accepted")
    say(context, "A08", "mediation.reported.v1", proceeding=number, step="sat", on=TODAY.isoformat(), text="双方到场")
    agreed = {"step": "agreed", "on": TODAY.isoformat(), "text": WORDS}
    with pytest.raises(Reject, match="something that the move needs"):
        say(context, "A08", "mediation.reported.v1", proceeding=number, **agreed)
    say(context, "A08", "mediation.reported.v1", proceeding=number, agreement="written", **agreed)
    with pytest.raises(Reject) as refused:
        say(context, "A08", "mediation.reported.v1", proceeding=number, agreement="written", **agreed)
    assert ("agreed", ["mediation.reported.v1"]) == (refused.value.state, refused.value.allowed)
    do(context, mediations.ask_confirmation, number, TODAY)
    assert "confirmed" == do(context, mediations.decide_confirmation, number, True).state
    say(context, "A08", "mediation.reported.v1", proceeding=number, step="performed", on=TODAY.isoformat(), text="付清")
    with context.begin(OFFICER) as work:
        found = proceedings.find(work, number)
        assert ("performed", "written", TODAY) == (found.state, found.agreement, found.effective_on)
        kept = minutes.of_proceeding(work, found)
        assert {"A08"} == {each["agency"] for each in kept if each["by"] == "王某"}
        assert 0 == work.session.execute(text("SELECT count(*) FROM handed")).scalar_one()
        for table in ("minute", "part", "proceeding", "task", "events"):
            assert not work.session.execute(
                text(f"SELECT 1 FROM {table} t WHERE t::text LIKE '%紫貂%' OR t::text LIKE '%赵某%'")
            ).all()
    types = told(context)
    assert 1 == types.count("mediation.agreed.v1") == types.count("mediation.performed.v1")


def test_nobody_is_asked_to_mediate_without_both_sides_consent(context: ServiceContext) -> None:
    """人民调解法 17: it is not begun, and a side that clearly refuses ends it."""
    registered(context)
    number = mediation(context, consented=False)
    do(context, mediations.consent, number, part(context, number, R.PETITIONER).id, Consent.GIVEN)
    with pytest.raises(errors.Lacking) as lacking:
        do(context, mediations.invite, number, "请调解")
    assert ["对方当事人尚未同意"] == lacking.value.more["lacking"]
    do(context, mediations.consent, number, part(context, number, R.OTHER_SIDE).id, Consent.REFUSED)
    with pytest.raises(errors.IllegalStep):
        do(context, mediations.invite, number, "请调解")
    assert [] == said_to(context, "A08")


def test_who_turns_it_down_is_followed_by_another(context: ServiceContext) -> None:
    """The same organ is not asked again; by paper an officer writes down what one without a queue said."""
    registered(context)
    number = mediation(context)
    do(context, mediations.invite, number, "请调解")
    say(context, "A08", "proceeding.reply.v1", proceeding=number, answer="declined", text="案多")
    with pytest.raises(errors.Lacking):
        do(context, mediations.invite, number, "请调解")
    with context.begin(OFFICER) as work:
        work.session.get_one(Agency, "A14").transport = "file"
    other = join(context, number, R.MEDIATOR, agency="A14")
    do(context, mediations.invite, number, "请调解")
    assert "taken_on" == do(context, mediations.record_answer, number, other, InvitationAnswer.ACCEPTED).state
    do(context, mediations.record, number, MediationStep.SAT, TODAY, "谈过一次")
    failed = do(context, mediations.record, number, MediationStep.FAILED, TODAY, "谈不成")
    assert "failed" == failed.state


def test_what_an_organ_says_is_its_own_and_in_order(context: ServiceContext) -> None:
    """A stranger is told nothing; a report before the answer is held; nobody writes down for who has a queue."""
    registered(context)
    number = mediation(context)
    with pytest.raises(Reject) as refused:
        say(context, "A08", "proceeding.reply.v1", proceeding=number, answer="accepted")
    assert "没有邀请本单位参加的此编号" == refused.value.zh, "named, and not invited yet"
    do(context, mediations.invite, number, "请调解")
    for agency, about in (("A09", number), ("A08", "议2026-619926-000099")):
        with pytest.raises(Reject) as refused:
            say(context, agency, "proceeding.reply.v1", proceeding=about, answer="accepted")
        assert "没有邀请本单位参加的此编号" == refused.value.zh
    report = {"proceeding": number, "step": "sat", "on": TODAY.isoformat(), "text": "到场"}
    with pytest.raises(TooEarly):
        say(context, "A08", "mediation.reported.v1", **report)
    with pytest.raises(Reject):
        say(context, "A08", "mediation.reported.v1", received=timedelta(minutes=11), **report)
    with pytest.raises(errors.NotByHand):
        do(context, mediations.record, number, MediationStep.SAT, TODAY, "到场")


@pytest.mark.parametrize(
    ("type_", "data"),
    [
        ("petition.reclassified.v1", {"kind": Kind.ACCUSATION, "line": Line.OTHER, "sub_line": None}),
        ("petition.sealed.v1", {}),
        ("petition.held.v1", {}),
    ],
)
def test_what_it_becomes_meanwhile_holds_at_every_step(context: ServiceContext, type_: str, data: Any) -> None:
    """It accuses, is secret or held by now: nobody more is invited, nothing is offered again; it can be given up."""
    registered(context)
    number = mediation(context)
    do(context, mediations.invite, number, "请调解")
    say(context, "A08", "proceeding.reply.v1", proceeding=number, answer="declined")
    hear(context, type_, **data)
    with pytest.raises((errors.WrongPart, errors.HeldBack, BarredReceiver)):
        join(context, number, R.MEDIATOR, agency="A09")
    with pytest.raises(errors.NotFit):
        do(context, mediations.invite, number, "请调解")
    assert ["proceeding.invited.v1"] == said_to(context, "A08")
    assert "withdrawn" == do(context, mediations.withdraw, number, "不再调解").state


def test_a_secret_is_offered_to_nobody_again(context: ServiceContext) -> None:
    """What an agency has not answered is not sent once more, and not told to have changed."""
    registered(context)
    number = hearing(context, 12)
    do(context, proceedings.notify, number, "就工资款举行听证")
    hear(context, "petition.sealed.v1")
    do(context, proceedings.cancel, number, "不再举行")
    assert ["proceeding.invited.v1"] == said_to(context, "A09")
    with context.begin(OFFICER) as work:
        assert 0 == work.session.execute(text("SELECT count(*) FROM handed")).scalar_one()


def test_a_hearing_is_told_of_in_time_or_held_on_another_day(context: ServiceContext) -> None:
    """听证工作规定 10: three days before, counted back; whoever was not told in time has it adjourned for all."""
    registered(context)
    number = hearing(context, 1)
    with pytest.raises(errors.NoticeTooLate):
        do(context, proceedings.notify, number, "就工资款举行听证")
    plan(context, number, 12)
    noted = do(context, proceedings.notify, number, "就工资款举行听证")
    assert noted.told_by is not None
    assert TODAY < noted.told_by <= TODAY + timedelta(9)
    with context.begin(OFFICER) as work:
        assert {R.AGENCY} == {each.of_role for each in invitations.parts(work, number) if each.told_on}
    with context.begin(OFFICER) as work:
        found, first = proceedings.load(work, number), invitations.parts(work, number)[0]
        with pytest.raises(errors.WrongDate):
            invitations.told(work, found, first, TODAY - timedelta(1), Proof.SIGNED)
    everybody = [R.PETITIONER, R.HEARING_OFFICER]
    tell(context, number, everybody[:1])
    passes(context, number, 12)
    with pytest.raises(errors.Lacking):
        do(context, proceedings.hold, number, TODAY, "记录", steps=range(1, 8))
    assert do(context, proceedings.adjourn, number, "三名听证员未能及时告知").starts_at is None
    assert "proceeding.changed.v1" == said_to(context, "A09")[-1]
    plan(context, number, 12)
    do(context, proceedings.notify, number, "就工资款举行听证")
    tell(context, number, everybody)
    passes(context, number, 12)
    with pytest.raises(errors.Lacking) as refused:
        do(context, proceedings.hold, number, TODAY, "记录", steps=[1, 2, 3, 4, 5, 7])
    assert ["第6步：当事人最后陈述"] == refused.value.more["lacking"]
    came = [each.id for each in parts(context, number)]
    do(context, proceedings.hold, number, TODAY, "记录", came=came, steps=range(1, 8))
    do(context, proceedings.opine, number, "多数意见：应当支付")
    with pytest.raises(errors.Lacking):
        do(context, proceedings.conclude, number, "采纳")
    assert "concluded" == do(context, proceedings.conclude, number, "采纳", followed=True).state


def tell(context: ServiceContext, number: str, roles: list[PartRole]) -> None:
    for each in parts(context, number):
        if each.of_role in roles:
            with context.begin(OFFICER) as work:
                found = proceedings.load(work, number)
                invitations.told(work, found, proceedings.part_of(work, found, each.id), TODAY, Proof.SIGNED)


def test_a_minors_hearing_is_closed_and_nobody_closes_one_for_no_reason(context: ServiceContext) -> None:
    """听证工作规定 5: only for the reasons that its line has; an accusation's is never open."""
    registered(context)
    number = hearing(context, 12)
    assert plan(context, number, 12).open
    assert not plan(context, number, 12, closed=[ClosedReason.MINOR]).open
    with pytest.raises(errors.WrongDate, match="cannot be so"):
        plan(context, number, 12, closed=[ClosedReason.TRADE_SECRET])
    hear(context, "petition.reclassified.v1", kind=Kind.ACCUSATION, line=Line.CRIMINAL_APPEAL, sub_line=None)
    assert not plan(context, number, 12).open


def test_whom_the_ban_hits_is_invited_to_nothing(context: ServiceContext) -> None:
    """条例 30(3): neither whom it accuses nor who stands with them, neither at first nor once the directory changed."""
    registered(context, kind=Kind.ACCUSATION, line=Line.CRIMINAL_APPEAL, respondent_units=["A08"],
               respondents_known=True)  # fmt: skip
    number = do(context, proceedings.propose, PETITION, K.HEARING, ProceedingSubject.CONDUCT, WORDS).number
    do(context, proceedings.approve, number)
    for agency in ("A08", "A14", "A09"):  # A14 is guided by it, A09 has no power over accusations
        with pytest.raises(Exception, match="routing ban"):
            join(context, number, R.AGENCY, agency=agency)
    with pytest.raises(errors.WrongPart):
        join(context, number, R.OTHER_SIDE, agency="A06")
    join(context, number, R.AGENCY, agency="A06")
    for name in ("钱某", "孙某", "李某"):
        join(context, number, R.HEARING_OFFICER, name=name)
    join(context, number, R.HOST, officer="900105")
    plan(context, number, 12)
    hear(context, "petition.respondents_corrected.v1", respondent_units=["A06"], respondents_known=True)
    with pytest.raises(Exception, match="routing ban"):
        do(context, proceedings.notify, number, "听证")
    assert [] == said_to(context, "A06")


def meeting(context: ServiceContext) -> str:
    number = do(context, proceedings.propose, PETITION, K.MEETING, ProceedingSubject.AID, WORDS, form=F.AID).number
    do(context, proceedings.approve, number)
    join(context, number, R.AGENCY, agency="A08")
    plan(context, number, 0)
    do(context, proceedings.notify, number, "商议救助")
    say(context, "A08", "proceeding.reply.v1", proceeding=number, answer="accepted", text="派一人")
    do(context, proceedings.hold, number, TODAY, "议定两项")
    tasks = [TaskInput("A08", TODAY + timedelta(5), "核定救助"), TaskInput("A00", TODAY + timedelta(5), "回访")]
    do(context, meeting_tasks.resolve, number, tasks)
    return number


def test_a_task_that_runs_late_is_told_once_and_urged(context: ServiceContext) -> None:
    """Its day passes: missed once, urged at once and again by hand; done late it is done, and so is the resolution."""
    registered(context)
    number = meeting(context)
    assert ["proceeding.invited.v1", "task.offered.v1"] == said_to(context, "A08")
    assert 0 == meeting_tasks.pursue(context, OFFICER)
    passes(context, number, 6)
    assert 2 == meeting_tasks.pursue(context, OFFICER)
    assert 0 == meeting_tasks.pursue(context, OFFICER)
    assert "task.urged.v1" == said_to(context, "A08")[-1]
    do(context, meeting_tasks.urge, number, "1")
    with pytest.raises(errors.NotByHand):
        do(context, meeting_tasks.end, number, "1", TaskResult.DONE, "已办")
    with pytest.raises(Reject):
        say(context, "A09", "task.answered.v1", proceeding=number, item=1, result="done", text="已办")
    say(context, "A08", "task.answered.v1", proceeding=number, item=1, result="done", text="已发放")
    with pytest.raises(Reject):
        say(context, "A08", "task.answered.v1", proceeding=number, item=1, result="done", text="已发放")
    assert "resolved" == do(context, lambda work: proceedings.find(work, number)).state
    assert "fulfilled" == do(context, meeting_tasks.end, number, "2", TaskResult.DONE, "已回访").state
    with context.begin(OFFICER) as work:
        task = work.session.get_one(Task, (number, 1))
        assert (2, True) == (task.urged, task.missed_at is not None)
    types = told(context)
    assert (2, 3, 2) == tuple(types.count(f"task.{each}.v1") for each in ("missed", "urged", "done"))


def test_a_task_that_cannot_be_done_leaves_the_resolution_unfulfilled(context: ServiceContext) -> None:
    """Each ended and one of them undone; what is no number of a task is none."""
    registered(context)
    number = meeting(context)
    for item in ("9", "x", "１"):
        with pytest.raises(errors.NoSuchTask):
            do(context, meeting_tasks.urge, number, item)
    say(context, "A08", "task.answered.v1", proceeding=number, item=1, result="impossible", text="不符合条件")
    assert "unfulfilled" == do(context, meeting_tasks.end, number, "2", TaskResult.DONE, "已回访").state


def test_a_talk_stays_inside_the_office(context: ServiceContext) -> None:
    """Approved, held with its measures and their day, mended; no agency has a part in it."""
    registered(context)
    number = do(context, proceedings.propose, PETITION, K.TALK, ProceedingSubject.CONDUCT, WORDS).number
    with pytest.raises(errors.WrongPart):
        join(context, number, R.AGENCY, agency="A08")
    join(context, number, R.TALKED_TO, officer="900106")
    with pytest.raises(errors.IllegalStep):
        do(context, proceedings.hold, number, TODAY, "记录", mend_by=TODAY)
    do(context, proceedings.approve, number)
    with pytest.raises(errors.WrongDate):
        do(context, proceedings.hold, number, TODAY, "记录")
    assert "mending" == do(context, proceedings.hold, number, TODAY, "记录", mend_by=TODAY + timedelta(10)).state
    assert "mended" == do(context, proceedings.mend, number, "已整改").state


def test_a_settlement_is_between_the_parties(context: ServiceContext) -> None:
    """Of a criminal petition only where the law lets them settle it; nobody is invited, an officer writes it down."""
    registered(context, line=Line.CRIMINAL_APPEAL)
    propose = (proceedings.propose, PETITION, K.MEDIATION, ProceedingSubject.CRIMINAL, WORDS)
    with pytest.raises(errors.NotFit):
        do(context, *propose, form=F.PEOPLE)
    with pytest.raises(errors.NotFit):
        do(context, *propose, form=F.SETTLEMENT)
    number = do(context, *propose, form=F.SETTLEMENT, ground=SettlementGround.CIVIL_DISPUTE).number
    join(context, number, R.OTHER_SIDE, name="赵某")
    do(context, mediations.ask, number)
    for role in (R.PETITIONER, R.OTHER_SIDE):
        do(context, mediations.consent, number, part(context, number, role).id, Consent.GIVEN)
    do(context, mediations.begin, number)
    do(context, mediations.record, number, MediationStep.SAT, TODAY, "见面")
    agreed = do(context, mediations.record, number, MediationStep.AGREED, TODAY, "赔偿", AgreementForm.WRITTEN)
    assert "agreed" == agreed.state


def test_numbers_have_no_gap(context: ServiceContext) -> None:
    """What is refused takes none."""
    registered(context)
    numbers = []
    for _ in range(3):
        numbers.append(do(context, proceedings.propose, PETITION, K.TALK, ProceedingSubject.OTHER, WORDS).number)
        with pytest.raises(errors.NotFit):
            do(context, proceedings.propose, PETITION, K.MEDIATION, ProceedingSubject.OTHER, WORDS, form=F.SETTLEMENT)
    assert [f"议{TODAY.year}-619926-{n:06d}" for n in (1, 2, 3)] == numbers
