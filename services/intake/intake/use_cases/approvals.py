"""A step that one drafts and another approves: kept sealed until then, and done in the transaction that approves it.

Who decides is asked anew each time: by then somebody may be kept away by a wall, or have left.
"""

import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import selectinload

from authorization import colleagues
from authorization.sight import Placement
from authorization.table import may
from contracts.problems import Problem
from contracts.vocabulary import (
    Adoption,
    ApprovalState,
    ApproverLevel,
    Kind,
    Line,
    Means,
    RefusalReason,
    Reminder,
    ReplyKind,
    Result,
    Role,
    Shift,
    Termination,
)
from courier.unit_of_work import UnitOfWork
from intake.domain import approvals, errors, states
from intake.domain.approvals import LEVELS, Chair, Rule
from intake.domain.errors import ACTIONS_ZH
from intake.tables import Approval, OfficerRow, Petition
from intake.use_cases import (
    corrections,
    deadlines,
    merging,
    office,
    people,
    petitions,
    reminders,
    replies,
    timeline,
    undoing,
    walls,
)
from intake.use_cases.tools import tools_of
from statute import day_of
from web.listing import Found, Page
from web.tokens import Officer

Given = Mapping[str, Any]
DECIDE = "approval.decide"
OPEN = (ApprovalState.WAITING, ApprovalState.SIGNED)
MOST = 1_000  # that are looked at for a list
SORTS = {"asked": (Approval.asked_at, Approval.id)}
REPLY = "reply"

# what is done once it is approved; a later action is a line here, its name in domain/approvals.py, its rule in the YAML
DOES: Mapping[str, Callable[[UnitOfWork, str, Given], Any]] = {
    "not-accept": lambda work, number, given: petitions.not_accept(work, number, RefusalReason(given["reason"])),
    "conclude": lambda work, number, given: petitions.conclude(
        work, number, Result(given["result"]), Adoption(given["adoption"]) if given.get("adoption") else None
    ),
    REPLY: lambda work, number, given: petitions.reply(
        work, number, ReplyKind(given["kind"]), Means(given["means"]), given["text"]
    ),
    "terminate": lambda work, number, given: deadlines.terminate(work, number, Termination(given["reason"])),
    "extend-clock": lambda work, number, given: deadlines.extend_clock(work, number, given["clock"]),
    "unwall": lambda work, number, given: walls.take_down(work, number, given["wall"]),
    # it has stood since it was asked for: confirmed, it stays
    "wall": lambda *_: None,
    "reclassify": lambda work, number, given: corrections.reclassify(
        work, number, Kind(given["kind"]), Line(given["line"]), given["sub_line"], given["reason"], given["by"]
    ),
    "remove-respondent": lambda work, number, given: corrections.remove_respondent(
        work, number, given["respondent"], given["reason"], given["by"]
    ),
    "correct-reply": lambda work, number, given: replies.correct(
        work, number, given["seq"], Means(given["means"]), given["text"], given["reason"], given["by"]
    ),
    "void": lambda work, number, given: undoing.void(work, number, given["reason"], given["by"]),
    "unvoid": lambda work, number, given: undoing.unvoid(work, number, given["reason"], given["by"]),
    "merge": lambda work, number, given: merging.merge(work, number, given["into"], given["reason"], given["by"]),
    "unmerge": lambda work, number, given: merging.part(work, number, given["reason"], given["by"]),
    "correct-receipt": lambda work, number, given: corrections.correct_receipt(
        work,
        number,
        Shift(given["shift"]),
        date.fromisoformat(given["received_on"]),
        date.fromisoformat(given["postmark"]),
        given["reason"],
        given["by"],
    ),
}


class _TakenBackError(Exception):
    """Nothing of what was tried stays."""


# -- asked for


def ask(
    work: UnitOfWork, officer: Officer, number: str, action: str, given: Given, subject: str = ""
) -> Approval | None:
    """Keeps the step until another approves it. None: the office's rule asks nobody, and the caller does it.

    It was tried out before, so that what could not be done is refused here as it would be there. `subject`: of which
    clock or wall it is. Raises NotYourDraft, ApprovalWaits, and whatever the step itself does.
    """
    rule = tools_of(work).rules.get(action)
    if rule is None:
        return None
    petition = petitions.load(work, number)
    if not drafts(rule, officer):
        raise errors.NotYourDraft(sorted(role.zh for role in rule.drafts))
    if any((each.action, each.subject) == (action, subject) for each in petition.asked):
        raise errors.ApprovalWaits(action)
    with _trial(work):
        DOES[action](work, number, given)
    approval = Approval(
        id=uuid.uuid4().hex,
        action=action,
        subject=subject,
        department=colleagues.seat(work, officer.id) or officer.department,
        asked_by=officer.id,
        drafted_by=petition.handler or officer.id,
        asked_at=work.now,
        state=ApprovalState.WAITING,
    )
    approval.draft = people.seal(work, number, f"approval|draft|{approval.id}", json.dumps(given, ensure_ascii=False))
    petition.approvals.append(approval)
    petition.stand(approval, ApprovalState.WAITING)
    work.session.flush()
    desk = Desks(work).of(petition, approval)
    timeline.record(work, petition, "petition.approval_asked.v1", approval=approval.id, step=action, by=desk.level)
    # with nobody here who may decide the office hears it: it goes on paper
    deciders: list[str | None] = [*sorted(desk.officers or ())]
    for decider in deciders or [None]:
        reminders.remind(work, petition, Reminder.APPROVAL, officer=decider, urgent=action == "wall")
    return approval


def wall(work: UnitOfWork, asker: Officer, number: str, **given: Any) -> tuple[Petition, Approval | None]:
    """Keeps a colleague away at once, and asks whoever approves to confirm it: the other way round they would know."""
    petition = walls.put_up(work, number, **given)
    seq = petition.walls[-1].seq
    # what is refused there is rolled back here
    return petition, ask(work, asker, number, "wall", {"wall": seq, **given}, str(seq))


def unwall(work: UnitOfWork, officer: Officer, number: str, wall: int, reason: str) -> tuple[Petition, Approval | None]:
    """Asks that a wall be taken down; it stands until another has approved it. Raises NoSuchWall."""
    asked = ask(work, officer, number, "unwall", {"wall": wall, "reason": reason}, str(wall))
    petition = walls.take_down(work, number, wall) if asked is None else petitions.load(work, number)
    return petition, asked


def correct_receipt(
    work: UnitOfWork, officer: Officer, number: str, shift: Shift, received_on: date, **given: Any
) -> tuple[Petition, Approval | None]:
    """Earlier than before it is done at once; later, it is asked for, with both last days for who approves."""
    its = {"shift": shift, "received_on": received_on, "by": officer.id, **given}
    asked = None
    if shift is Shift.LATER:
        ends = corrections.ends_if(work, petitions.load(work, number), received_on)
        days = {name: value.isoformat() for name, value in its.items() if isinstance(value, date)}
        asked = ask(work, officer, number, "correct-receipt", {**its, **days, "ends": ends})
    done = corrections.correct_receipt(work, number, **its) if asked is None else petitions.load(work, number)
    return done, asked


def rule_of(work: UnitOfWork, action: str, words: Mapping[str, Mapping[str, str]]) -> Rule | None:
    """Of one of `allowed_actions`; `words`: what its fields take. None: it is done at once, by whoever may."""
    if action == REPLY and ReplyKind.OUTCOME_REPLY not in words["kind"]:
        return None
    if action == "correct-receipt" and Shift.LATER not in words["shift"]:
        return None
    return tools_of(work).rules.get(action)


def drafts(rule: Rule, officer: Officer) -> bool:
    """Whether the office's rule lets the officer ask; whether they may at all, the table says."""
    return Role.ALL in officer.roles or bool(rule.drafts & officer.roles)


# -- who decides


@dataclass(frozen=True, slots=True)
class Desk:
    """Who decides of one approval now. `officers`: None where no list of officers says; then whoever has the role."""

    level: ApproverLevel
    officers: frozenset[str] | None


class Desks:
    """Whose desk each approval lies on, by the office's list as it is in this transaction."""

    def __init__(self, work: UnitOfWork):
        self.work, self.today = work, day_of(work.now)

    @cached_property
    def listed(self) -> Mapping[str, OfficerRow]:
        """Everybody there ever was, by number; nobody in an office that loaded no list."""
        return {each.number: each for each in office.officers(self.work)}

    @cached_property
    def chairs(self) -> list[Chair]:
        """Of who works here: who left is nobody, and during a leave the deputy sits there, or nobody."""
        return [
            Chair(each.number, acting, frozenset(map(Role, each.roles)), each.department, frozenset(each.leads))
            for each in self.listed.values()
            if self._works_here(each) and (acting := self._acting(each)) is not None
        ]

    def of(self, petition: Petition, approval: Approval) -> Desk:
        """Of what has no department yet, who asked is of one."""
        rule = self._rule(approval.action)
        if not self.listed:
            return Desk(rule.approves, None)
        department, place = petition.department or approval.department, petition.placement
        if (others := self._without_own_walls(petition, approval)) is not None:
            else_ = self._deciders(rule, department, others, approval).officers
            if not all(self._sees(each, place) for each in else_ or ()):
                # nobody chooses who decides of their own draft: whoever confirms that wall does, and knows of both
                rule = self._rule("wall")
        return self._deciders(rule, department, place, approval)

    def takes_back(self, officer: Officer, approval: Approval) -> bool:
        """Whether they asked for it, or could and who did has left."""
        if officer.id == approval.asked_by:
            return True
        asked = self.listed.get(approval.asked_by)
        gone = asked is not None and asked.left_by(self.today)
        return gone and drafts(self._rule(approval.action), officer)

    def _rule(self, action: str) -> Rule:
        # an action that the rule no longer names is the chief's
        return tools_of(self.work).rules.get(action, Rule(frozenset(), ApproverLevel.CHIEF))

    def _deciders(self, rule: Rule, department: str | None, place: Placement, approval: Approval) -> Desk:
        places = [place, *self._beside(approval)]

        def may_decide(number: str) -> bool:
            return number not in approval.own and all(self._sees(number, each) for each in places)

        return Desk(*approvals.deciders(rule, self.chairs, department, may_decide))

    def _beside(self, approval: Approval) -> list[Placement]:
        """Where the other sits that it is about as well: who may not see that one decides nothing of the two."""
        match approval.action:
            case "merge":
                other = draft(self.work, approval)["into"]
            case "unmerge":
                other = merging.merged_last(self.work, approval.petition)  # the answer comes after the parting
            case _:
                return []
        return [petitions.load(self.work, other, lock=False).placement]

    def _without_own_walls(self, petition: Petition, approval: Approval) -> Placement | None:
        """Where it would sit without the walls that its own asked for and nobody confirmed; None where none is."""
        asked = [] if approval.action == "wall" else [each for each in petition.asked if each.action == "wall"]
        own = {each.subject for each in asked if each.asked_by in approval.own}
        return petition.placed_behind([wall for wall in petition.standing if str(wall.seq) not in own]) if own else None

    def may(self, officer: Officer, petition: Petition, approval: Approval) -> ApproverLevel | None:
        """The level as which the officer decides; None: it is another's. Whether they see it, the caller has asked."""
        if officer.id in approval.own:
            return None
        desk = self.of(petition, approval)
        if desk.officers is not None:
            return desk.level if officer.id in desk.officers else None
        view = walls.view(self.work, officer, DECIDE)
        if not all(view.covers(each) for each in self._beside(approval)):
            return None
        order = tuple(LEVELS)
        above = order[order.index(desk.level) :]
        return next((each for each in above if officer.roles & {LEVELS[each], Role.ALL}), None)

    def _acting(self, officer: OfficerRow) -> str | None:
        leave = self._leave(officer)
        if leave is None:
            return officer.number
        deputy = self.listed.get(leave["deputy"] or "")
        # no deputy's deputy: of a chair on which nobody sits the level above decides
        here = deputy is not None and self._works_here(deputy) and self._leave(deputy) is None
        return leave["deputy"] if here else None

    def _leave(self, officer: OfficerRow) -> Mapping[str, Any] | None:
        return colleagues.leave_on(officer.leaves, self.today)

    def _works_here(self, officer: OfficerRow) -> bool:
        return officer.since <= self.today and not officer.left_by(self.today)

    def _sees(self, number: str, place: Placement) -> bool:
        """As any door asks it: a wall keeps an approver away like everybody else."""
        its = self.listed[number]
        our, roles = tools_of(self.work).our_agency, frozenset(map(Role, its.roles))
        who = Officer(our, number, roles, its.department, its.service_point)
        return walls.view(self.work, who, DECIDE).covers(place)


# -- decided


def approve(work: UnitOfWork, officer: Officer, petition: Petition, approval: Approval) -> Approval:
    """Does what was asked for, with the approver on the trail; a reply is signed, and issued by a step of its own.

    What cannot be done any more is void from now on: the caller says so once that is committed.
    Raises OwnApproval, NotYourApproval, ApprovalEnded.
    """
    return _approve(work, petition, approval, _level(work, officer, petition, approval), officer.id)


def refuse(work: UnitOfWork, officer: Officer, petition: Petition, approval: Approval, reason: str) -> Approval:
    """Nothing is done, and a wall that had stood since it was asked for is taken down. Raises as `approve`."""
    return _refuse(work, petition, approval, _level(work, officer, petition, approval), officer.id, reason)


def on_paper(
    work: UnitOfWork,
    officer: Officer,
    petition: Petition,
    approval: Approval,
    approved: bool,
    number: str,
    signed_by: str,
    signed_on: date,
) -> Approval:
    """What was decided on paper where nobody here may decide; recorded by another than who asked.

    Raises OwnApproval, NotOnPaper, ApprovalEnded, WrongField for a day before it was asked for or after today.
    """
    _check_waits(work, approval)
    if officer.id in approval.own:
        raise errors.OwnApproval()
    if Desks(work).of(petition, approval).level is not ApproverLevel.PAPER:
        raise errors.NotOnPaper()
    if not day_of(approval.asked_at) <= signed_on <= day_of(work.now):
        raise errors.WrongField("signed_on", "应在提请之日至今天之间", "between the day it was asked for and today")
    paper = {"number": number, "signed_by": signed_by, "signed_on": signed_on.isoformat()}
    sealed = people.seal(work, petition.number, f"approval|paper|{approval.id}", json.dumps(paper, ensure_ascii=False))
    if approved:
        _approve(work, petition, approval, ApproverLevel.PAPER, officer.id)
    else:
        _refuse(work, petition, approval, ApproverLevel.PAPER, officer.id, f"书面不予批准：{number}")
    approval.paper = sealed
    return approval


def withdraw(work: UnitOfWork, officer: Officer, petition: Petition, approval: Approval) -> Approval:
    """By who asked, or, once they have left, by who could ask for it; also of a reply that is signed and not issued.

    Raises NotYourApproval, WallStays, ApprovalEnded.
    """
    work.session.refresh(approval)
    if not Desks(work).takes_back(officer, approval):
        raise errors.NotYourApproval()
    if approval not in petition.asked:
        raise errors.ApprovalEnded(approval.now_in)
    if approval.action == "wall":
        raise errors.WallStays()
    petition.stand(approval, ApprovalState.WITHDRAWN)
    facts = {"approval": approval.id, "step": approval.action}
    timeline.record(work, petition, "petition.approval_withdrawn.v1", **facts)
    return approval


def issue(work: UnitOfWork, number: str, means: Means | None = None) -> Petition:
    """The signed reply leaves by a provable means, the drafted one or another: with that its clocks stop.

    Raises NothingSigned, and whatever the means do.
    """
    petition = petitions.load(work, number)
    states.check("issue", petition.snapshot)
    approval = next(each for each in petition.asked if each.now_in is ApprovalState.SIGNED)
    given = draft(work, approval)
    petition.stand(approval, ApprovalState.ISSUED)
    return petitions.reply(work, number, ReplyKind(given["kind"]), means or Means(given["means"]), given["text"])


def _approve(work: UnitOfWork, petition: Petition, approval: Approval, level: ApproverLevel, officer: str) -> Approval:
    signs, given = approval.action == REPLY, draft(work, approval)
    try:
        with work.attempt():
            if signs:
                # what is signed must still be lawful to issue
                with _trial(work):
                    petition.stand(approval, ApprovalState.VOID)  # it waits no more
                    DOES[REPLY](work, petition.number, given)
            state = ApprovalState.SIGNED if signs else ApprovalState.APPROVED
            _decided(work, petition, approval, "petition.approved.v1", level, officer, state)
            if not signs:
                DOES[approval.action](work, petition.number, given)
    except Problem as refusal:
        petition.stand(approval, ApprovalState.VOID)
        approval.reason = people.seal(work, petition.number, f"approval|reason|{approval.id}", refusal.zh)
        facts = {"approval": approval.id, "step": approval.action}
        timeline.record(work, petition, "petition.approval_voided.v1", **facts)
    return approval


def _refuse(
    work: UnitOfWork, petition: Petition, approval: Approval, level: ApproverLevel, officer: str, reason: str
) -> Approval:
    approval.reason = people.seal(work, petition.number, f"approval|reason|{approval.id}", reason)
    _decided(work, petition, approval, "petition.approval_refused.v1", level, officer, ApprovalState.REFUSED)
    if approval.action == "wall":
        walls.take_down(work, petition.number, int(approval.subject))
    return approval


def _decided(
    work: UnitOfWork,
    petition: Petition,
    approval: Approval,
    type_: str,
    level: ApproverLevel,
    officer: str,
    state: ApprovalState,
) -> None:
    now = work.now
    petition.stand(approval, state)
    approval.level, approval.decided_by, approval.decided_at = level, officer, now
    work.session.flush()
    timeline.record(work, petition, type_, approval=approval.id, step=approval.action, by=level)


def _level(work: UnitOfWork, officer: Officer, petition: Petition, approval: Approval) -> ApproverLevel:
    _check_waits(work, approval)
    if officer.id in approval.own:
        raise errors.OwnApproval()
    level = Desks(work).may(officer, petition, approval)
    if level is None:
        raise errors.NotYourApproval()
    return level


def _check_waits(work: UnitOfWork, approval: Approval) -> None:
    # decided at the same moment by two: under the petition's lock the second sees the first's
    work.session.refresh(approval)
    if approval.now_in is not ApprovalState.WAITING:
        raise errors.ApprovalEnded(approval.now_in)


@contextmanager
def _trial(work: UnitOfWork) -> Iterator[None]:
    """Whatever the block does is taken back; what it raises is raised."""
    try:
        with work.attempt():
            yield
            raise _TakenBackError
    except _TakenBackError:
        pass


# -- how they are shown


def find(work: UnitOfWork, id_: str) -> Approval:
    """The approval. Raises NoSuchApproval."""
    approval = work.session.get(Approval, id_)
    if approval is None:
        raise errors.NoSuchApproval()
    return approval


def signed(petition: Petition) -> Approval | None:
    """The reply that was signed (签发) last, issued since or not."""
    replies = [each for each in petition.approvals if each.now_in in (ApprovalState.SIGNED, ApprovalState.ISSUED)]
    return replies[-1] if replies else None


def day_of_decision(approval: Approval) -> date:
    """The day that a paper bears which was approved then."""
    assert approval.decided_at is not None
    return day_of(approval.decided_at)


def draft(work: UnitOfWork, approval: Approval) -> dict[str, Any]:
    """What is asked for, in clear: for who asked and who decides."""
    return _opened(work, approval, "draft", approval.draft)


def mine(work: UnitOfWork, officer: Officer, page: Page) -> Found:
    """A page of what waits and is in sight: what the officer may decide, record of a paper, or asked for."""
    desks, asked = Desks(work), (getattr(Approval, name) == value for name, value in page.filters.items())
    ids = [
        each.id
        for each, its in _waiting(work, officer, *asked)
        if each.asked_by == officer.id or able(desks, officer, its, each)
    ]
    return page.of(work.session, select(Approval).where(Approval.id.in_(ids)))


def to_decide(work: UnitOfWork, officer: Officer) -> list[str]:
    """The ids of what waits for the officer's word, and is in sight."""
    desks = Desks(work)
    waiting = _waiting(work, officer, Approval.state == ApprovalState.WAITING)
    return [each.id for each, its in waiting if desks.may(officer, its, each) is not None]


def _waiting(work: UnitOfWork, officer: Officer, *asked: ColumnElement[bool]) -> Sequence[tuple[Approval, Petition]]:
    """In sight. Whose desk one lies on is no column: each of all that wait, an office's work of weeks, is looked at."""
    seen = walls.visible(walls.view(work, officer, "approval.list"))
    query = select(Approval, Petition).join(Petition, Petition.number == Approval.petition)
    query = query.where(seen, Approval.state.in_(OPEN), *asked)
    query = query.options(selectinload(Petition.walls), selectinload(Petition.approvals))
    return work.session.execute(query.order_by(Approval.asked_at, Approval.id).limit(MOST)).tuples().all()


def rows(work: UnitOfWork, officer: Officer, found: Sequence[Approval]) -> list[dict[str, Any]]:
    """Each as a list shows it, with what the officer may do with it."""
    desks = Desks(work)
    its = {each.id: work.session.get_one(Petition, each.petition) for each in found}
    return [
        present(each, desks.of(its[each.id], each)) | {"can": able(desks, officer, its[each.id], each)}
        for each in found
    ]


def shown(work: UnitOfWork, officer: Officer, petition: Petition, approval: Approval) -> dict[str, Any] | None:
    """The approval with its words, for who asked, may decide or decided; None: it is none of theirs.

    Who only records the paper is not told what it says: that is on the paper.
    """
    desks = Desks(work)
    can = able(desks, officer, petition, approval)
    if not can and officer.id not in (*approval.own, approval.decided_by):
        return None
    only_records = can == ["paper"]
    words = {"given": None, "reason": None, "paper": None} if only_records else content(work, approval)
    return present(approval, desks.of(petition, approval)) | words | {"can": can}


def able(desks: "Desks", officer: Officer, petition: Petition, approval: Approval) -> list[str]:
    """What the officer may do with it now: the last parts of its routes."""
    if approval not in petition.asked:
        return []
    can: list[str] = []
    if approval.now_in is ApprovalState.WAITING:
        if desks.may(officer, petition, approval) is not None and _may(desks.work, officer, DECIDE):
            can = ["approve", "refuse"]
        elif desks.of(petition, approval).level is ApproverLevel.PAPER and officer.id not in approval.own:
            can = ["paper"] if _may(desks.work, officer, "approval.record-paper") else []
    takes_back = approval.action != "wall" and desks.takes_back(officer, approval)
    return [*can, "withdraw"] if takes_back and _may(desks.work, officer, "approval.withdraw") else can


def _may(work: UnitOfWork, officer: Officer, action: str) -> bool:
    return may(officer, action, tools_of(work).our_agency) is None


def as_it_stands(work: UnitOfWork, petition: Petition, approval: Approval) -> dict[str, Any]:
    """One approval as its petition's page shows it, with whose desk it lies on now."""
    return present(approval, Desks(work).of(petition, approval))


def present(approval: Approval, desk: Desk) -> dict[str, Any]:
    """An approval without what it asks for: also for a petition's own page."""
    by = ApproverLevel(approval.level) if approval.level else desk.level
    return {
        "id": approval.id,
        "petition": approval.petition,
        "action": approval.action,
        "action_zh": ACTIONS_ZH[approval.action],
        "state": approval.now_in,
        "state_zh": approval.now_in.zh,
        "by": by,
        "by_zh": by.zh,
        "asked_by": approval.asked_by,
        "asked_at": approval.asked_at.isoformat(),
        "decided_by": approval.decided_by,
        "decided_at": approval.decided_at and approval.decided_at.isoformat(),
    }


def content(work: UnitOfWork, approval: Approval) -> dict[str, Any]:
    """What was said in words: what is asked for, why it was refused or is void, who signed on paper."""
    reason = approval.reason and people.unseal(
        work, approval.petition, f"approval|reason|{approval.id}", bytes(approval.reason)
    )
    paper = approval.paper and _opened(work, approval, "paper", approval.paper)
    return {"given": draft(work, approval), "reason": reason, "paper": paper}


def _opened(work: UnitOfWork, approval: Approval, name: str, sealed: bytes) -> dict[str, Any]:
    text = people.unseal(work, approval.petition, f"approval|{name}|{approval.id}", bytes(sealed))
    found: dict[str, Any] = json.loads(text)
    return found
