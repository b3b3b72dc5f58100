"""After each kind of correction: who had what was wrong is listed, and has been told where a letter tells them.

The table of docs/decisions/046, walked on the real database.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from intake_context import OFFICER, build_context, registered
from sqlalchemy import Engine, select
from test_corrections import letters

from contracts.vocabulary import (
    ActKind,
    Channel,
    Corrected,
    DocumentKind,
    IdPaper,
    Joining,
    Kind,
    Line,
    LinkReason,
    Means,
    Notice,
    Party,
    PetitionState,
    Proof,
    Relation,
    ReplyKind,
    Result,
    Shift,
    Situation,
)
from courier.envelope import Envelope
from courier.inbox import Message
from courier.unit_of_work import ServiceContext, UnitOfWork
from intake.tables import Act
from intake.use_cases import (
    acts,
    contacts,
    corrections,
    handlers,
    links,
    merging,
    outdated,
    persons,
    petitions,
    replies,
    timeline,
    undoing,
)
from intake.use_cases.people import PetitionerInput
from intake.use_cases.registration import RespondentInput
from statute import day_of

WHY, BY = "登错", "900100"
TODAY = day_of(datetime.now(UTC))
BEFORE = TODAY - timedelta(days=3)
PHONES = {"other_phones": ["19900001209"]}
AGENCY, AID, RECEIPT, SMS = ("A09", "移交"), ("aid", "救助申请"), ("paper", "收件回执"), ("notify", "收件通知")

Do = Callable[[UnitOfWork, str], Any]


def person(**right: Any) -> Do:
    return lambda work, number: corrections.correct_person(work, number, 1, WHY, **right)


def matter(**right: Any) -> Do:
    return lambda work, number: corrections.correct(work, number, WHY, **right)


def classified(kind: Kind, line: Line, sub_line: str | None = None) -> Do:
    return lambda work, number: corrections.reclassify(work, number, kind, line, sub_line, WHY, BY)


def added(work: UnitOfWork, number: str) -> None:
    corrections.add_respondent(work, number, RespondentInput("A10", None), WHY)


def removed(work: UnitOfWork, number: str) -> None:
    corrections.remove_respondent(work, number, 1, WHY, BY)


def received(work: UnitOfWork, number: str) -> None:
    corrections.correct_receipt(work, number, Shift.EARLIER, BEFORE, BEFORE, WHY, BY)


# what was wrong of one that is with an agency and with aid, whose receipt was printed and told by SMS → what is done,
# who had the old, and of these who is told at once
HANDED: Mapping[Corrected, tuple[Do, set[tuple[str, str]], set[tuple[str, str]]]] = {
    Corrected.NAME: (person(name="石大山"), {AGENCY, AID, RECEIPT}, {AID}),
    Corrected.RESIDENT_ID: (person(resident_id="E12345678", paper=IdPaper.PASSPORT), {AID}, {AID}),
    Corrected.PHONE: (person(phone="19900001298"), {AGENCY, AID, SMS}, {AID, SMS}),
    Corrected.OTHER_PHONES: (person(**PHONES), {SMS}, {SMS}),
    Corrected.SAFE_CONTACT: (person(safe_contact="村妇联"), {SMS}, {SMS}),
    Corrected.ADDRESS: (person(address="柿子坪"), {AGENCY, AID}, {AID}),
    Corrected.SMS_CONSENT: (person(sms_consent=False), {SMS}, {SMS}),
    Corrected.TITLE: (matter(title="另一个标题"), {AGENCY}, set()),
    Corrected.PLACE: (matter(place="330102"), set(), set()),
    Corrected.PARTY: (matter(party=Party.ORGANISATION, organisation="石桥建材厂"), {RECEIPT}, set()),
    Corrected.ORGANISATION: (matter(party=Party.ORGANISATION, organisation="石桥建材厂"), {RECEIPT}, set()),
    Corrected.GROUP_SIZE: (matter(group_size=12), {AGENCY}, set()),
    Corrected.KIND: (classified(Kind.PROPOSAL, Line.OTHER), {AGENCY, RECEIPT, SMS}, set()),
    Corrected.LINE: (classified(Kind.CLAIM, Line.CRIMINAL_APPEAL), {AGENCY, RECEIPT, SMS}, set()),
    Corrected.SUB_LINE: (
        classified(Kind.CLAIM, Line.COMPLAINT_APPEAL, "filing_supervision"),
        {AGENCY, RECEIPT, SMS},
        set(),
    ),
    Corrected.ADDED: (added, set(), set()),
    Corrected.REMOVED: (removed, set(), set()),
    Corrected.RECEIVED_ON: (received, {AGENCY, AID, RECEIPT, SMS}, set()),
}
# what an agency is told as a supplement, where it holds the petition and was handed it
SUPPLEMENTED = {Corrected.NAME, Corrected.PHONE, Corrected.ADDRESS, Corrected.TITLE, Corrected.GROUP_SIZE}


def hear(work: UnitOfWork, number: str, source: str, type_: str, **facts: Any) -> None:
    """What another service told of it."""
    data = {"petition": number, "referral": "移2026-619926-000001", **facts}
    envelope = Envelope(f"/619926/{source}", type_, number, datetime.now(UTC), data)
    handlers.EVENTS[type_](work, Message(envelope, data, {}, source, work.now))


def receipt(work: UnitOfWork, number: str) -> None:
    """On paper and by SMS."""
    timeline.record(work, petitions.load(work, number), "petition.printed.v1", document=DocumentKind.RECEIPT)
    hear(work, number, "notify", "notice.sent.v1", about=Notice.RECEIPT)


def handed(context: ServiceContext) -> str:
    number = registered(context, respondents=(RespondentInput("A02", None),))
    with context.begin(OFFICER) as work:
        receipt(work, number)
        petitions.mark_hardship(work, number, [Situation.NO_INCOME], wish=True, case_number=None)
        petitions.refer(work, number, "A09", "regulation_31", petitioner_wish=True)
    return number


def had(context: ServiceContext, number: str, what: Corrected) -> dict[tuple[str, str], bool]:
    """By the newest correction of the word: (to, as what) → whether it was told."""
    with context.begin(OFFICER) as work:
        shown = corrections.of_petition(work, petitions.load(work, number), reads=True)
    its = next(each for each in reversed(shown) if what in each["what"])
    return {(each["to"], each["what"]): each["told"] for each in its["had"]}


def do(context: ServiceContext, step: Do, *numbers: str) -> None:
    for number in numbers:
        with context.begin(OFFICER) as work:
            step(work, number)


@pytest.fixture
def context(engine: Engine, tmp_path: Path) -> ServiceContext:
    return build_context(engine, tmp_path)


def test_who_has_the_old_of_what_was_registered(context: ServiceContext) -> None:
    """Each kind by itself: neither more nor less is listed, and an agency is told once referral has said so."""
    for what, (step, holders, told) in HANDED.items():
        number = handed(context)
        do(context, step, number)
        found = had(context, number, what)
        assert holders == set(found), what
        assert told == {each for each, is_told in found.items() if is_told}, what
        assert letters(context, number, "material.added.v1") == (what in SUPPLEMENTED), what
        do(context, lambda work, each: hear(work, each, "referral", "referral.material_added.v1", agency="A09"), number)
        assert had(context, number, what).get(AGENCY, False) == (what in SUPPLEMENTED), what


def test_what_was_not_there_yet_was_not_wrong(context: ServiceContext) -> None:
    """Who was told after it was put right, and who was told of somebody else, has nothing old."""
    number = registered(
        context, others=(PetitionerInput("温某", None, None, None, sms_consent=False),), party=Party.JOINT
    )
    do(context, person(name="石大山"), number)
    with context.begin(OFFICER) as work:
        receipt(work, number)
        corrections.correct_person(work, number, 2, WHY, name="温甲", address="柿子坪")
        shown = corrections.of_petition(work, petitions.load(work, number), reads=True)
    assert [[], []] == [each["had"] for each in shown]


def test_who_goes_on_is_put_right_where_they_were_told_of(context: ServiceContext) -> None:
    """Aid and the agency had who died: of the heir neither is told, nor listed; the receipt that was theirs is."""
    number = handed(context)
    heir = PetitionerInput("石小川", None, "19900001211", None, sms_consent=False)
    with context.begin(OFFICER) as work:
        persons.record_death(work, number, TODAY, "证明")
        persons.take_over(work, number, Relation.CHILD, heir)
    with context.begin(OFFICER) as work:
        receipt(work, number)
        corrections.correct_person(work, number, 2, WHY, name="石小山")
    assert {RECEIPT: False} == had(context, number, Corrected.NAME)
    assert 0 == letters(context, number, "material.added.v1") == letters(context, number, "applicant.corrected.v1")
    do(context, person(name="石大山"), number)
    assert {AGENCY, AID, RECEIPT} == set(had(context, number, Corrected.NAME))
    assert 1 == letters(context, number, "applicant.corrected.v1")


def test_what_was_registered_by_mistake_is_in_somebodys_hand(context: ServiceContext) -> None:
    """A receipt of what is void, or goes on in another, names a number that is none: listed until that is undone."""
    one, twin = registered(context), registered(context)
    do(context, receipt, one)
    ways: list[tuple[Corrected, Do, Corrected, Do]] = [
        (
            Corrected.VOIDED,
            lambda work, number: undoing.void(work, number, WHY, BY),
            Corrected.RESTORED,
            lambda work, number: undoing.unvoid(work, number, WHY, BY),
        ),
        (
            Corrected.MERGED,
            lambda work, number: merging.merge(work, number, twin, WHY, BY),
            Corrected.PARTED,
            lambda work, number: merging.part(work, number, WHY, BY),
        ),
    ]
    for mistake, step, back, undo in ways:
        do(context, step, one)
        assert {RECEIPT: False, SMS: False} == had(context, one, mistake)
        do(context, undo, one)
        assert ({}, {}) == (had(context, one, mistake), had(context, one, back))


@pytest.mark.parametrize("means", [Means.POST, Means.CALL])
def test_who_has_a_wrong_answer(context: ServiceContext, means: Means) -> None:
    """The paper, or who heard it: until the right one is proved. Its proof and an act were nobody's but ours."""
    number = registered(context)
    with context.begin(OFFICER) as work:
        petitions.accept(work, number, "D05")
        petitions.review_liability(work, number, False, False, False, False)
        acts.record(work, number, ActKind.HEARD, TODAY, ["900105"], "笔录")
        petitions.conclude(work, number, Result.SUPPORTED)
        petitions.reply(work, number, ReplyKind.OUTCOME_REPLY, means, "答复")
        replies.prove(work, number, 1, Proof.POST_RECEIPT if means is Means.POST else Proof.CALL_CONFIRMED, None)
        timeline.record(work, petitions.load(work, number), "petition.printed.v1", document=DocumentKind.REPLY)
    printed = DocumentKind.REPLY.zh
    with context.begin(OFFICER) as work:
        act = work.session.scalars(select(Act.id)).one()
        undoing.undo_act(work, number, act, WHY)
        undoing.unprove(work, number, 1, WHY)
        replies.correct(work, number, 1, Means.POST, "更正", WHY, BY)
    assert ({}, {}) == (had(context, number, Corrected.ACT), had(context, number, Corrected.PROOF))
    heard = ("paper" if means is Means.POST else "petitioner", ReplyKind.OUTCOME_REPLY.zh)
    assert {heard: False, ("paper", printed): False} == had(context, number, Corrected.REPLY)
    with context.begin(OFFICER) as work:
        replies.prove(work, number, 2, Proof.POST_RECEIPT, None)
    assert {heard: True, ("paper", printed): True} == had(context, number, Corrected.REPLY)
    do(context, matter(title="另一个标题"), number)
    assert ("paper", printed) in had(context, number, Corrected.TITLE), "what they wish stands on the paper"


def test_who_has_what_joined_or_was_linked_by_mistake(context: ServiceContext) -> None:
    """The agency that was sent the supplement; of a link nobody outside was ever told."""
    number, other = handed(context), registered(context)
    with context.begin(OFFICER) as work:
        links.link(work, number, other, LinkReason.RELATED)
        said = contacts.ContactInput(Channel.CALL, "12309", None, None, "石大川", "19900001208", "补充", 1)
        contact = contacts.record(work, said).id
        contacts.join(work, contact, number, Joining.SUPPLEMENT)
        hear(work, number, "referral", "referral.material_added.v1", agency="A09")
    with context.begin(OFFICER) as work:
        links.unlink(work, number, other, WHY)
        contacts.reconsider(work, contact, WHY)
    assert {} == had(context, number, Corrected.LINK)
    assert {("A09", "补充材料"): False} == had(context, number, Corrected.JOINED)


def test_who_sent_it_has_what_they_sent(context: ServiceContext) -> None:
    """Whatever was wrong of what came from another agency stands there still."""
    asked = {"submitted_by": "A10", "submission": "1", "respondents": (RespondentInput("A02", None),)}
    kinds = {Corrected.NAME, Corrected.PHONE, Corrected.ADDRESS, Corrected.TITLE, Corrected.PLACE, Corrected.GROUP_SIZE,
             Corrected.KIND, Corrected.LINE, Corrected.ADDED, Corrected.REMOVED, Corrected.RECEIVED_ON}  # fmt: skip
    for what in sorted(kinds):
        number = registered(context, **asked | {"submission": str(what)})
        with context.begin(OFFICER) as work:
            petitions.set_state(petitions.load(work, number), (PetitionState.REGISTERED, None))
        do(context, HANDED[what][0], number)
        assert {("A10", "转来单位"): False} == had(context, number, what), what


def test_each_kind_is_walked() -> None:
    """Whoever adds a kind of correction says here and in the table who has the old."""
    beside = {Corrected.LINK, Corrected.JOINED, Corrected.PROOF, Corrected.REPLY, Corrected.ACT, Corrected.VOIDED,
              Corrected.RESTORED, Corrected.MERGED, Corrected.PARTED}  # fmt: skip
    assert set(Corrected) == HANDED.keys() | beside
    page = Path(__file__).parents[3] / "docs" / "decisions" / "046-who-has-the-old.md"
    table = [line for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    for what in Corrected:
        assert any(f"`{what}`" in line for line in table), what
    assert outdated.SUPPLEMENTED >= SUPPLEMENTED
