"""What goes out to another service is pending until its end is heard; what is refused leaves nothing that pretends."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from intake_context import OFFICER, build_context, registered
from sqlalchemy import Engine, select, text

from authorization.ban import BarredReceiver
from contracts.vocabulary import Barred, Kind, ObjectionReason, ReferralKind, Situation, Termination, Unmade
from courier.envelope import Envelope
from courier.inbox import Message
from courier.unit_of_work import ServiceContext
from intake.domain import errors
from intake.tables import Agency, Petition
from intake.use_cases import commands, directory, handlers, inbound, petitions, routing, timeline
from intake.use_cases.registration import RespondentInput

TRANSFER, REFERRAL = ReferralKind.TRANSFER, "移2026-619926-000001"


@pytest.fixture
def context(engine: Engine, tmp_path: Path) -> ServiceContext:
    return build_context(engine, tmp_path)


def act(context: ServiceContext, use_case: Any, number: str, *given: Any) -> Petition:
    with context.begin(OFFICER) as work:
        found: Petition = use_case(work, number, *given)
        work.session.flush()
        work.session.expunge(found)
        return found


def hear(context: ServiceContext, type_: str, number: str, **data: Any) -> None:
    data = {"petition": number, "referral": REFERRAL, "agency": "A09", "kind": TRANSFER} | data
    envelope = Envelope("/619926/referral", type_, number, datetime.now(UTC), data)
    with context.begin(OFFICER) as work:
        handlers.EVENTS[type_](work, Message(envelope, data, {}, "referral", work.now))


def now(context: ServiceContext, number: str) -> Petition:
    with context.sessions() as session:
        found = session.get_one(Petition, number)
        session.expunge(found)
        return found


def pending(context: ServiceContext, number: str) -> list[str]:
    return [each["command"] for each in commands.present(now(context, number))]


REFER = (petitions.refer, "A09", "regulation_31", True)
INVOLVE = (petitions.involve, "A09", "assist", "cooperation")
HARDSHIP = (petitions.mark_hardship, [Situation.NO_INCOME], True, None)


@pytest.mark.parametrize(
    ("command", "asks", "type_", "said"),
    [
        ("refer", REFER, "referral.sent.v1", {"sign_by": "2026-11-30"}),
        ("refer", REFER, "referral.undelivered.v1", {}),
        ("refer", REFER, "routing.refused.v1", {"to": "A09", "reason": "accused", "lawful": []}),
        ("refer", REFER, "command.refused.v1", {"command": "refer", "to": "A09", "reason": Unmade.ENDED}),
        ("involve", INVOLVE, "referral.sent.v1", {"kind": ReferralKind.ASSIST, "sign_by": "2026-11-30"}),
        ("involve", INVOLVE, "routing.refused.v1", {"to": "A09", "reason": "accused", "lawful": []}),
        ("mark-hardship", HARDSHIP, "aid.opened.v1", {"case": "助2026-619926-000001"}),
    ],
)
def test_a_command_is_pending_until_its_end_is_heard(
    context: ServiceContext, command: str, asks: tuple[Any, ...], type_: str, said: dict[str, Any]
) -> None:
    """Done or refused, and whatever another agency's event says."""
    number = registered(context)
    act(context, asks[0], number, *asks[1:])
    assert [command] == pending(context, number)
    if command != "mark-hardship":
        hear(context, "referral.sent.v1", number, agency="A10", sign_by="2026-11-30")
        assert [command] == pending(context, number)
    hear(context, type_, number, **said)
    assert [] == pending(context, number)


@pytest.mark.parametrize("accepted", [True, False])
@pytest.mark.parametrize("type_", ["routing.refused.v1", "command.refused.v1"])
def test_a_handover_that_did_not_happen_is_shown_and_undone(
    context: ServiceContext, type_: str, accepted: bool
) -> None:
    """It stands where it stood; the reason is there in Chinese; who may not read learns no more than that it failed."""
    number = registered(context)
    if accepted:
        act(context, petitions.accept, number, "D05")
    assert "移交中（待确认）" == commands.state_zh(act(context, *REFER[:1], number, *REFER[1:]))
    reason = Unmade.NO_AGENCY if type_ == "command.refused.v1" else "accused"
    hear(context, type_, number, command="refer", to="A09", reason=reason, lawful=["A02"])
    found = now(context, number)
    assert ("accepted" if accepted else "registered", None, False) == (
        found.state, found.referred_to, found.awaits_answer,
    )  # fmt: skip
    with context.begin(OFFICER) as work:
        steps = petitions.steps(work, number)
        (shown,) = timeline.refused(steps, {"A09": "县人社局"}, True)
        (brief,) = timeline.refused(steps, {"A09": "县人社局"}, False)
    assert "县人社局" in shown["sentence"]
    assert "县人社局" not in brief["sentence"]


@pytest.mark.parametrize(("reason", "told"), [(Unmade.LAPSED, "accept"), (Unmade.BARRED, "sign")])
def test_an_objection_that_was_not_made_is_ours_to_deal_with(
    context: ServiceContext, reason: Unmade, told: str
) -> None:
    number = registered(context, submitted_by="A10", submission="1")
    act(context, inbound.sign, number)
    hear(context, "submission.signed.v1", number)
    act(context, inbound.object_, number, ObjectionReason.NOT_COMPETENT, "不属职责")
    assert ["object"] == pending(context, number)
    hear(context, "command.refused.v1", number, command="object", to="A10", reason=reason)
    found = now(context, number)
    assert ("registered", told, []) == (found.state, found.sender_told, found.pending)


def test_our_silence_is_known_and_nothing_waits_for_it(context: ServiceContext) -> None:
    """Deemed taken on: no objection any more, said at once; who accepts tells nobody a second time."""
    number = registered(context, submitted_by="A10", submission="1")
    act(context, inbound.sign, number)
    hear(context, "submission.signed.v1", number)
    hear(context, "submission.deemed.v1", number)
    with pytest.raises(errors.TakenOn):
        act(context, inbound.object_, number, ObjectionReason.NOT_COMPETENT, "不属职责")
    act(context, petitions.accept, number, "D05")
    assert [] == pending(context, number)


def test_what_waits_for_long_is_counted_and_what_older_code_heard_is_settled(context: ServiceContext) -> None:
    """A copy of before wrote the end on the timeline and took nothing off."""
    heard, lost = registered(context), registered(context)
    for number in (heard, lost):
        act(context, *REFER[:1], number, *REFER[1:])
    with context.sessions() as session:
        assert 0 == commands.overdue(session)
    with context.begin(OFFICER) as work:
        old = (work.now - timedelta(minutes=11)).isoformat()
        older = text("UPDATE petition SET pending = jsonb_set(pending, '{0,since}', to_jsonb(CAST(:old AS text)))")
        work.session.execute(older, {"old": old})
        step = {"petition": heard, "referral": REFERRAL, "agency": "A09", "kind": "transfer", "sign_by": "2026-11-30"}
        timeline._add(work, heard, "referral.sent.v1", "-", "-", step)
    with context.begin(OFFICER) as work:
        assert 2 == commands.overdue(work.session)
        assert 1 == commands.settle(work)
        assert [lost] == [each.number for each in commands.late(work)]
        commands.drop(commands.late(work)[0])
        work.session.flush()
        assert 0 == commands.overdue(work.session)


def test_the_bans_refusal_is_in_the_answer_where_the_directory_is_known(context: ServiceContext) -> None:
    """One rule for both services; where older code told no edges, referral alone says."""
    accused = (RespondentInput("A09", None),)
    number = registered(context, Kind.ACCUSATION, respondents=accused)
    with context.begin(OFFICER) as work:
        routing.check(work, petitions.load(work, number), "A09")
    with context.begin(OFFICER) as work:
        for each in work.session.scalars(select(Agency)):
            each.edges, each.kind = [], "discipline" if each.code == "A02" else each.kind
    with context.begin(OFFICER) as work:
        routing.check(work, petitions.load(work, number), "A02")
        for code, reason in (("A09", Barred.ACCUSED), ("A10", Barred.NO_POWER)):
            with pytest.raises(BarredReceiver) as refused:
                routing.check(work, petitions.load(work, number), code)
            assert (reason, ["A02"]) == (refused.value.more["reason"], refused.value.more["lawful"])


def test_what_an_older_copy_took_of_the_directory_is_made_whole(context: ServiceContext) -> None:
    """Under the same revision: it kept it without how the agency stands to others. Older code's word takes nothing."""
    entry = {"agency": "A09", "revision": 7, "name": "县人社局", "kind": "labour", "transport": "queue", "active": True}
    edges = [{"kind": "guidance", "to": "A10"}]

    def tell(**more: Any) -> Any:
        data = {**entry, **more}
        envelope = Envelope("/619926/referral", "directory.entry.v1", "agency/A09", datetime.now(UTC), data)
        with context.begin(OFFICER) as work:
            directory.directory_told(work, Message(envelope, data, {}, "referral", work.now))
        with context.sessions() as session:
            return session.get_one(Agency, "A09").edges

    assert tell() is None
    assert [] == tell(parent=None, edges=[])
    with context.begin(OFFICER) as work:
        # as the older copy does: the newer revision, and what it does not know stays
        work.session.get_one(Agency, "A09").revision = 8
    assert edges == tell(revision=8, parent=None, edges=edges)
    assert edges == tell(revision=8)


def test_who_had_died_while_older_code_listened_is_said_again(context: ServiceContext) -> None:
    """With others or not, also where it was closed since; who ended otherwise is not called dead."""
    died, closed, settled = registered(context), registered(context), registered(context)
    for number, reason in ((died, Termination.DIED), (closed, Termination.DIED), (settled, Termination.SETTLED)):
        act(context, petitions.accept, number, "D05")
        act(context, petitions.terminate, number, reason)
    with context.begin(OFFICER) as work:
        petitions.load(work, closed).state = "closed"
    assert [2, 2] == [petitions.tell_ended(context, OFFICER, limit=1) for _ in range(2)]
    with context.begin(OFFICER) as work:
        for number, times in ((died, 2), (closed, 2), (settled, 0)):
            steps = petitions.steps(work, number)
            again = [step.data["died_at"] for step in steps if step.type == "petition.died.v1"]
            ended = next(step.at for step in steps if step.type == "petition.terminated.v1")
            assert [ended] * times == [datetime.fromisoformat(each) for each in again]


def test_what_ended_while_older_code_listened_is_said_again(context: ServiceContext) -> None:
    """Of what is with others alone, and as often as one likes."""
    ended, alone, running = registered(context), registered(context), registered(context)
    for number in (ended, running):
        act(context, *REFER[:1], number, *REFER[1:])
        hear(context, "referral.sent.v1", number, sign_by="2026-11-30")
    for number in (ended, alone):
        act(context, petitions.withdraw, number)
    assert [1, 1] == [petitions.tell_ended(context, OFFICER) for _ in range(2)]
    with context.begin(OFFICER) as work:
        assert 2 == [step.type for step in petitions.steps(work, ended)].count("petition.ended.v1")
