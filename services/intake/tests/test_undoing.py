"""What was done by mistake is undone, and what it was is kept: registrations, links, contacts, proofs, acts."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import intake_context
import pytest
from intake_context import OFFICER, build_context, petition
from sqlalchemy import Engine, select

from authorization.table import Scope
from clock.sweep import Sweeper
from clock.tables import Clock, State
from contracts.vocabulary import (
    ActKind,
    Adoption,
    Channel,
    ContactOutcome,
    DocumentKind,
    Joining,
    Kind,
    Line,
    LinkReason,
    Means,
    PetitionState,
    Proof,
    Reopening,
    ReplyKind,
    Result,
    Role,
    Shift,
    WallReason,
)
from courier.unit_of_work import ServiceContext
from intake.domain import approvals as rules
from intake.domain import errors
from intake.domain.showing import Showing
from intake.tables import Act, Step
from intake.use_cases import (
    acts,
    contacts,
    corrections,
    deadlines,
    documents,
    links,
    lists,
    people,
    petitions,
    registration,
    replies,
    rule_changes,
    task_acts,
    undoing,
    walls,
)
from statute import day_of
from web.tokens import Officer

WHY, BY = "记错了", "900100"
TODAY = day_of(datetime.now(UTC))


@pytest.fixture
def context(engine: Engine, tmp_path: Path) -> ServiceContext:
    return build_context(engine, tmp_path)


def registered(context: ServiceContext, kind: Kind = Kind.PROPOSAL, **given: Any) -> str:
    return intake_context.registered(context, kind, **given)


def kept(context: ServiceContext, number: str) -> list[dict[str, Any]]:
    with context.begin(OFFICER) as work:
        return corrections.of_petition(work, petitions.load(work, number, lock=False), reads=True)


def test_a_registration_is_voided_and_nothing_is_owed(context: ServiceContext) -> None:
    """Its periods end, it owes nothing and may be closed; its number stays; what has left is not voided."""
    number, left = registered(context), registered(context, Kind.CLAIM)
    with context.begin(OFFICER) as work:
        petitions.refer(work, left, "A09", "regulation_31", petitioner_wish=True)
        its = undoing.void(work, number, WHY, BY)
        assert (PetitionState.VOIDED, ()) == (its.state, its.owed)
    with context.begin(OFFICER) as work:
        open_ = select(Clock).where(Clock.petition == number, Clock.state != State.STOPPED)
        assert [] == work.session.scalars(open_).all()
        with pytest.raises(errors.IllegalMove):
            petitions.accept(work, number, "D05")
        assert PetitionState.CLOSING == petitions.close(work, number).state
        with pytest.raises(errors.NotNow):
            undoing.void(work, left, WHY, BY)
    assert registered(context) > left, "its number is nobody's"
    assert [(["voided"], WHY, BY)] == [
        (each["what"], each["reason"], each["officer"]) for each in kept(context, number)
    ]


def test_who_came_from_another_or_was_answered_is_not_voided(context: ServiceContext) -> None:
    """They are told, not forgotten."""
    sent = registered(context, submitted_by="A10", submission="1")
    told = registered(context)
    with context.begin(OFFICER) as work:
        petitions.reply(work, told, ReplyKind.PROCEDURAL_REPLY, Means.CALL, "已收到")
        for number in (sent, told):
            with pytest.raises(errors.NotNow):
                undoing.void(work, number, WHY, BY)


def test_a_link_is_undone_and_made_again(context: ServiceContext) -> None:
    """What was held stays held; who sees one alone reads of neither; a part of a letter stays a part."""
    one, other, third = registered(context), registered(context, Kind.ACCUSATION), registered(context)
    with context.begin(OFFICER) as work:
        links.link(work, one, other, LinkReason.RELATED)
    with context.begin(OFFICER) as work:
        with pytest.raises(errors.NoSuchLink):
            links.unlink(work, one, third, WHY)
        links.unlink(work, one, other, WHY)
        assert [one] == [each.number for each in links.belonging(work, one)]
        assert petitions.load(work, one).on_hold
    with context.begin(OFFICER) as work:
        with pytest.raises(errors.NoSuchLink):
            links.unlink(work, one, other, WHY)
        links.link(work, one, other, LinkReason.REPEAT)
    with context.begin(OFFICER) as work:
        walls.put_up(work, other, "900103", None, WallReason.RECUSED)
    with context.begin(OFFICER) as work:
        officers = [Officer("A00", each, frozenset({Role.HANDLER}), "D03") for each in ("900104", "900103")]
        for officer, lines in zip(officers, (3, 0), strict=True):
            view = walls.view(work, officer, "petition.read")
            assert Scope.DEPARTMENT in view.scopes
            seen = links.without_hidden(work, view, one, petitions.steps(work, one))
            assert lines == sum(each.type.startswith(("petition.linked", "petition.unlinked")) for each in seen)
    assert [{"reason": "相关事项"}] == [each["was"] for each in kept(context, one)]


def test_what_joined_the_wrong_one_is_undecided_again(context: ServiceContext) -> None:
    """Under a key of its own, and joins another; who was answered and complains after all is registered with it."""
    wrong, right = registered(context), registered(context)
    said = contacts.ContactInput(Channel.CALL, "12309", None, None, "石大川", "19900001208", "独一无二的补充", 1)
    with context.begin(OFFICER) as work:
        first, second = contacts.record(work, said).id, contacts.record(work, said).id
        contacts.join(work, first, wrong, Joining.SUPPLEMENT)
        contacts.consult(work, second, "请向法院申请")
    with context.begin(OFFICER) as work:
        with pytest.raises(errors.NotReconsidered):
            contacts.reconsider(work, contacts.record(work, said).id, WHY)
        for each in (first, second):
            found = contacts.reconsider(work, each, WHY)
            assert (None, None, None) == (found.outcome, found.petition, found.decided_by)
    with context.begin(OFFICER) as work:
        contacts.join(work, first, right, Joining.SUPPLEMENT)
        its = contacts.load(work, second, lock=True)
        number = registration.register(work, petition(Kind.CLAIM), its).number
        assert (ContactOutcome.REGISTERED, number) == (its.outcome, its.petition)
        assert "独一无二的补充" == contacts.read(work, contacts.load(work, first), "text")
        assert [] == contacts.joined(work, petitions.load(work, wrong))
    assert [["joined"]] == [each["what"] for each in kept(context, wrong)]


def test_a_proof_and_an_act_are_undone(context: ServiceContext) -> None:
    """The reply is owed again, the act is not shown; what was written of both is sealed among the corrections."""
    number, today = registered(context), day_of(datetime.now(UTC))
    with context.begin(OFFICER) as work:
        petitions.accept(work, number, "D05")
        petitions.conclude(work, number, Result.SUPPORTED, Adoption.ADOPTED)
        petitions.reply(work, number, ReplyKind.OUTCOME_REPLY, Means.POST, "答复")
        replies.prove(work, number, 1, Proof.POST_RECEIPT, None)
        acts.record(work, number, ActKind.HEARD, today, ["900105"], "独一无二的笔录")
    with context.begin(OFFICER) as work:
        assert () == petitions.load(work, number).owed
        undoing.unprove(work, number, 1, WHY)
        assert (ReplyKind.OUTCOME_REPLY,) == petitions.load(work, number).owed
        with pytest.raises(errors.NotProved):
            undoing.unprove(work, number, 1, WHY)
        act = work.session.scalars(select(Act.id)).one()
        undoing.undo_act(work, number, act, WHY)
        with pytest.raises(errors.NoSuchAct):
            undoing.undo_act(work, number, act, WHY)
    with context.begin(OFFICER) as work:
        assert [] == petitions.load(work, number).acts
        said = str([each.data for each in work.session.scalars(select(Step).where(Step.petition == number))])
        assert "笔录" not in said
    proof, act_ = kept(context, number)
    assert ("邮寄回执", "独一无二的笔录") == (proof["was"]["proof"][:4], act_["was"]["record"]), proof


def test_what_a_proof_had_ended_goes_on_without_it(context: ServiceContext) -> None:
    """国家赔偿法 23: a decision whose receipt was another's is still to be served, from the day it was made."""
    asked = {"line": Line.COMPLAINT_APPEAL, "sub_line": "state_compensation"}
    number = registered(context, Kind.CLAIM, **asked)
    with context.begin(OFFICER) as work:
        petitions.accept(work, number, "D05")
        petitions.review_liability(work, number, False, False, False, False)
        petitions.conclude(work, number, Result.SUPPORTED)
        petitions.reply(work, number, ReplyKind.OUTCOME_REPLY, Means.POST, "决定书")
    before = clocks_of(context, number)
    assert "compensation_service" in before
    for _ in range(2):
        with context.begin(OFFICER) as work:
            replies.prove(work, number, 1, Proof.POST_RECEIPT, None)
        assert "compensation_service" not in clocks_of(context, number)
        with context.begin(OFFICER) as work:
            undoing.unprove(work, number, 1, WHY)
        assert before == clocks_of(context, number)


def test_an_issued_reply_is_corrected_by_another_that_is_served_anew(context: ServiceContext) -> None:
    """The first stays as it was issued, and its proof settles nothing; no period moves; its paper is listed."""
    number = registered(context)
    with context.begin(OFFICER) as work:
        petitions.accept(work, number, "D05")
        petitions.conclude(work, number, Result.SUPPORTED, Adoption.ADOPTED)
        petitions.reply(work, number, ReplyKind.OUTCOME_REPLY, Means.POST, "独一无二的错误答复")
        replies.prove(work, number, 1, Proof.POST_RECEIPT, None)
    before = clocks_of(context, number)
    with context.begin(OFFICER) as work:
        its = replies.correct(work, number, 1, Means.POST, "独一无二的正确答复", WHY, BY)
        assert (PetitionState.REPLIED, (ReplyKind.OUTCOME_REPLY,)) == (its.state, its.owed)
        with pytest.raises(errors.StillOwed):
            petitions.close(work, number)
        with pytest.raises(errors.ReplyStands):
            replies.correct(work, number, 1, Means.POST, "再一次", WHY, BY)
        with pytest.raises(errors.NoSuchReply):
            replies.correct(work, number, 9, Means.POST, "再一次", WHY, BY)
        with pytest.raises(errors.NotByThisMeans):
            replies.correct(work, number, 2, Means.SMS, "再一次", WHY, BY)
    assert before == clocks_of(context, number)
    (shown,) = kept(context, number)
    assert [("答复", False)] == [(each["what"][-2:], each["told"]) for each in shown["had"]]
    everybody = Showing(Kind.PROPOSAL, hidden=False, reads=True, own=False, fresh=False)
    with context.begin(OFFICER) as work:
        its = petitions.load(work, number)
        assert ["独一无二的错误答复", "独一无二的正确答复"] == [
            people.unseal(work, number, f"reply|text|{each.seq}", bytes(each.text)) for each in its.replies
        ]
        page = documents.printed(work, its, DocumentKind.REPLY, everybody)
        assert "独一无二的正确答复" in page
        assert "以本答复为准" in page
        assert () == replies.prove(work, number, 2, Proof.POST_RECEIPT, None).owed
    (shown,) = kept(context, number)
    assert [True] == [each["told"] for each in shown["had"]]
    with context.begin(OFFICER) as work:
        petitions.reopen(work, number, Reopening.WRONG)
        with pytest.raises(errors.NoSuchReply):
            replies.correct(work, number, 3, Means.POST, "再一次", WHY, BY)
        with pytest.raises(errors.ReplyStands):
            replies.correct(work, number, 2, Means.POST, "再一次", WHY, BY)


def clocks_of(context: ServiceContext, number: str) -> dict[str, tuple[str, date, date, int]]:
    """Rule → state, first day, last day and extension of what is owed."""
    with context.sessions() as session:
        found = session.scalars(select(Clock).where(Clock.petition == number, Clock.state != State.STOPPED))
        return {each.rule: (each.state, each.start, each.due, each.extension) for each in found}


def act(context: ServiceContext, number: str, kind: ActKind, done_on: date) -> str:
    with context.begin(OFFICER) as work:
        acts.record(work, number, kind, done_on, ["900105"], "笔录")
    with context.begin(OFFICER) as work:
        id_ = work.session.scalars(
            select(Act.id).where(Act.petition == number).order_by(Act.recorded_at.desc()).limit(1)
        )
        return id_.one()


def undo(context: ServiceContext, number: str, id_: str) -> None:
    with context.begin(OFFICER) as work:
        undoing.undo_act(work, number, id_, WHY)


def test_what_an_act_moved_an_undone_one_moves_back(context: ServiceContext) -> None:
    """What it began ends, what it ended goes on as it was; and what a later one would have begun, that one begins."""
    today = day_of(datetime.now(UTC))
    number = registered(context, Kind.CLAIM, line=Line.COMPLAINT_APPEAL, sub_line="filing_supervision")
    with context.begin(OFFICER) as work:
        petitions.accept(work, number, "D03")
    before = clocks_of(context, number)
    first = act(context, number, ActKind.REASONS_ASKED, today - timedelta(days=2))
    asked = clocks_of(context, number)
    assert {"police_reasons"} == asked.keys() - before.keys()
    again = act(context, number, ActKind.REASONS_ASKED, today)
    assert asked == clocks_of(context, number), "it runs already"
    answered = act(context, number, ActKind.REASONS_RECEIVED, today)
    assert before == clocks_of(context, number)
    undo(context, number, answered)
    assert asked == clocks_of(context, number), "nobody has answered"
    undo(context, number, first)
    assert today == clocks_of(context, number)["police_reasons"][1], "the second was the first"
    undo(context, number, again)
    assert before == clocks_of(context, number)
    with context.begin(OFFICER) as work:
        gone = select(Clock.stopped_by).where(Clock.petition == number, Clock.rule == "police_reasons")
        assert "petition.act_undone.v1" in work.session.scalars(gone).all()
        assert [] == list(rule_changes.differing(context, OFFICER, apply=False)), "as the steps that stand have it"


def test_what_ran_out_by_an_act_that_was_not_done_is_not_late(context: ServiceContext) -> None:
    """Whoever asked later has the days from then on, and no figure counts what was never owed."""
    number, today = registered(context, Kind.CLAIM, line=Line.COMPLAINT_APPEAL, sub_line="filing_supervision"), TODAY
    with context.begin(OFFICER) as work:
        petitions.accept(work, number, "D03")
    first = act(context, number, ActKind.REASONS_ASKED, today - timedelta(days=30))
    act(context, number, ActKind.REASONS_ASKED, today)
    while Sweeper(context).sweep():
        pass
    assert State.MISSED == clocks_of(context, number)["police_reasons"][0]
    undo(context, number, first)
    assert (State.RUNNING, today) == clocks_of(context, number)["police_reasons"][:2]


def test_who_was_not_held_is_not_held(context: ServiceContext) -> None:
    """刑诉法 105(4): of who is held no rest day moves the end. What the last act that stands says, holds."""
    number, today = registered(context, Kind.CLAIM, line=Line.CRIMINAL_APPEAL), day_of(datetime.now(UTC))
    with context.begin(OFFICER) as work:
        petitions.accept(work, number, "D03")
    free = clocks_of(context, number)
    held = act(context, number, ActKind.DETAINED, today)
    in_custody = clocks_of(context, number)
    released = act(context, number, ActKind.RELEASED, today)
    for id_, holds, clocks in ((released, True, in_custody), (held, False, free)):
        undo(context, number, id_)
        with context.begin(OFFICER) as work:
            assert holds == petitions.load(work, number).in_custody
            assert {holds} == set(work.session.scalars(select(Clock.in_custody).where(Clock.petition == number)))
        assert clocks == clocks_of(context, number)


def test_what_was_extended_stays_extended(context: ServiceContext) -> None:
    """A decision that was never taken ended a period the chief had extended: what goes on has his extension."""
    number, today = registered(context, Kind.CLAIM, line=Line.CRIMINAL_APPEAL), day_of(datetime.now(UTC))
    with context.begin(OFFICER) as work:
        petitions.accept(work, number, "D03")
    act(context, number, ActKind.REVIEW_FILED, today)
    with context.begin(OFFICER) as work:
        its = select(Clock.id).where(Clock.petition == number, Clock.rule == "non_prosecution_review")
        deadlines.extend_clock(work, number, work.session.scalars(its).one())
    before = clocks_of(context, number)
    assert 3 == before["non_prosecution_review"][3]
    decided = act(context, number, ActKind.REVIEW_DECIDED, today)
    assert "non_prosecution_review" not in clocks_of(context, number)
    undo(context, number, decided)
    assert before == clocks_of(context, number)


def test_a_registration_voided_by_mistake_goes_on(context: ServiceContext) -> None:
    """Its state, periods and tasks are what they were; voided again they end again."""
    number = registered(context)
    with context.begin(OFFICER) as work:
        petitions.accept(work, number, "D05")
        task_acts.add(work, petitions.load(work, number), "核实", day_of(work.now))
        with pytest.raises(errors.IllegalMove):
            undoing.unvoid(work, number, WHY, BY)
    before = clocks_of(context, number)
    for _ in range(2):
        with context.begin(OFFICER) as work:
            undoing.void(work, number, WHY, BY)
        with context.begin(OFFICER) as work:
            assert {} == clocks_of(context, number)
            assert ["impossible"] == [each.state for each in task_acts.of_petition(work, number)]
            its = undoing.unvoid(work, number, WHY, BY)
            assert (PetitionState.ACCEPTED, "D05") == (its.state, its.department)
        with context.begin(OFFICER) as work:
            assert ["open"] == [each.state for each in task_acts.of_petition(work, number)]
        assert before == clocks_of(context, number)
    assert [["voided"], ["restored"]] * 2 == [each["what"] for each in kept(context, number)]


def test_what_was_a_mistake_is_in_no_figure(context: ServiceContext) -> None:
    """Neither kept nor late: a period that ended as wrong; what goes on in its place is counted once."""
    today = day_of(datetime.now(UTC))
    number, wrong = registered(context), registered(context)
    with context.begin(OFFICER) as work:
        corrections.correct_receipt(
            work, number, Shift.EARLIER, today - timedelta(days=1), today - timedelta(days=1), WHY, BY
        )
        undoing.void(work, wrong, WHY, BY)
    whole = Officer("A00", "900001", frozenset({Role.ALL}))
    with context.begin(OFFICER) as work:
        asked = today - timedelta(days=30), today + timedelta(days=400)
        (found,) = lists.rates(work, whole, *asked)
        assert ("procedural_reply", 0, 0, 1) == (found["rule"], found["due"], found["late"], found["open"])


def test_what_ends_what_is_owed_takes_two_whatever_a_county_wrote(tmp_path: Path) -> None:
    """A file from before these were there asks for them all the same, by our rule."""
    file = tmp_path / "approvals.yaml"
    file.write_text("- {action: conclude, drafts: [handler], approves: chief}\n")
    assert {"conclude", *rules.ALWAYS} == set(rules.load(file))
    assert set(rules.load(None)) >= rules.ALWAYS
