"""What our officers can do with a proceeding now: one row for each action, with what must be so beside who asks."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import select

from contracts.vocabulary import (
    Consent,
    InvitationAnswer,
    PartRole,
    ProceedingForm,
    ProceedingKind,
    ProceedingState,
    SettlementGround,
    TaskStanding,
)
from courier.unit_of_work import UnitOfWork
from referral.domain import fitness, proceedings, readiness
from referral.domain.proceedings import MOVES, REPORTS
from referral.tables import Agency, Part, Proceeding, RosterEntry, Task
from referral.use_cases import guard, invitations, meeting_tasks, roster
from referral.use_cases.proceedings import course, rules_of, unfit
from referral.use_cases.tools import tools_of
from service_kit.actions import Target, words_of

K, S = ProceedingKind, ProceedingState


class Asked:
    """Of what it is asked whether it can be done."""

    def __init__(self, work: UnitOfWork, proceeding: Proceeding):
        self.work, self.proceeding = work, proceeding
        self.parts = invitations.parts(work, proceeding.number)

    @cached_property
    def course(self) -> readiness.Course:
        """It as readiness asks of it."""
        return course(self.work, self.proceeding)

    def can(self, name: str) -> bool:
        """Whether the move of this name would be made."""
        it = self.proceeding
        move = MOVES[it.of_kind].get(name)
        lawful = move is not None and proceedings.lawful(move, it.of_form, it.now_in)
        return lawful and unfit(self.work, it, name) is None and readiness.ready(self.course, name)

    def by_hand(self, agency: str) -> bool:
        """Whether what it says is written down by an officer."""
        return not self.work.session.get_one(Agency, agency).has_queue

    @cached_property
    def fit(self) -> list[RosterEntry]:
        """Whom the roster has who need not keep away."""
        return roster.fit(self.work, self.proceeding.petition, invitations.day(self.work, self.proceeding))

    def of_roster(self, role: PartRole) -> dict[str, str]:
        """Of these who is entered as the role needs: id → name."""
        return roster.names(self.work, (each.id for each in self.fit if fitness.ENTERED[role] in each.kinds))

    def invitable(self, agency: str) -> bool:
        """Whether the ban lets it have something of the petition."""
        return guard.refusal(self.work, guard.matter(self.work, self.proceeding.petition), agency) is None


@dataclass(frozen=True, slots=True)
class Row:
    """`zh`: what an officer reads; `targets`: what of it can be done now, nothing where it cannot."""

    zh: str
    targets: Callable[[Asked], Iterable[Target]]


def _move(name: str) -> Callable[[Asked], Iterable[Target]]:
    def targets(asked: Asked) -> Iterable[Target]:
        if asked.can(name):
            yield Target()

    return targets


_FIELDS = {"agency": "agency", "colleague": "officer", "roster": "roster", "name": "name"}


def _join(asked: Asked) -> Iterable[Target]:
    it = asked.proceeding
    if it.now_in not in proceedings.JOINING:
        return
    of = guard.fitness(asked.work, it.petition)
    there, agencies = {part.of_role for part in asked.parts}, _agencies(asked)
    for role in PartRole:
        if not fitness.takes_part(of, it.of_kind, role) or (role is PartRole.PETITIONER and role in there):
            continue
        listed = asked.of_roster(role) if "roster" in fitness.NAMED[role] else {}
        by = fitness.NAMED[role] - (set() if agencies else {"agency"}) - (set() if listed else {"roster"})
        if by or not fitness.NAMED[role]:
            known = {"agency": agencies, "roster": listed}
            words = {"role": words_of([role])} | {field: known[field] for field in known if field in by}
            needs = tuple(field for field, how in _FIELDS.items() if {how} == by)
            apart = tuple(field for field, how in _FIELDS.items() if how not in by)
            yield Target(words=words, needs=needs, without=apart if "name" in by else (*apart, "phone"), about=role.zh)


def _agencies(asked: Asked) -> dict[str, str]:
    """Whom the ban lets have something of it, and who takes no part yet."""
    there = {part.agency for part in asked.parts} | {tools_of(asked.work).our_agency}
    found = asked.work.session.scalars(select(Agency).where(Agency.active).order_by(Agency.code))
    return {each.code: each.name for each in found if each.code not in there and asked.invitable(each.code)}


def _leave(asked: Asked) -> Iterable[Target]:
    if asked.proceeding.now_in in proceedings.JOINING:
        for part in asked.parts:
            yield Target({"part": part.id}, about=_who(part))


def _consent(asked: Asked) -> Iterable[Target]:
    words = [each for each, name in ((Consent.GIVEN, "consent"), (Consent.REFUSED, "decline")) if asked.can(name)]
    for part in asked.parts:
        if part.of_role in fitness.SIDES and words:
            yield Target({"part": part.id}, {"consent": words_of(words)}, about=_who(part))


def _told(asked: Asked) -> Iterable[Target]:
    if asked.proceeding.now_in is S.NOTIFIED:
        for part in asked.parts:
            if part.of_role in fitness.TOLD and part.told_on is None:
                yield Target({"part": part.id}, about=_who(part))


def _answer(asked: Asked) -> Iterable[Target]:
    for part in asked.parts:
        if part.agency is None or not asked.by_hand(part.agency):
            continue
        if part.of_role is PartRole.MEDIATOR:
            moves = ((InvitationAnswer.ACCEPTED, "take_on"), (InvitationAnswer.DECLINED, "turn_down"))
            words = [each for each, name in moves if asked.can(name)]
        else:
            words = list(InvitationAnswer) if asked.proceeding.now_in is S.NOTIFIED else []
        if words:
            yield Target({"part": part.id}, {"answer": words_of(words)}, about=_who(part))


def _plan(asked: Asked) -> Iterable[Target]:
    it = asked.proceeding
    if it.of_kind in (K.HEARING, K.MEETING) and it.now_in in proceedings.PREPARING:
        rules = rules_of(asked.work, it)
        words = {"closed": words_of(fitness.reasons(rules))} if rules else {}
        yield Target(words=words, without=() if rules else ("closed",))


def _hold(asked: Asked) -> Iterable[Target]:
    if asked.can("hold"):
        talk = asked.proceeding.of_kind is K.TALK
        without = ("steps", "recorded") if asked.proceeding.of_kind is not K.HEARING else ()
        yield Target(needs=("mend_by",) if talk else (), without=without if talk else (*without, "mend_by"))


def _notify(asked: Asked) -> Iterable[Target]:
    agencies = [part.agency for part in asked.parts if part.agency is not None]
    if asked.can("notify") and all(map(asked.invitable, agencies)):
        yield Target()


def _invite(asked: Asked) -> Iterable[Target]:
    organ = invitations.mediator(asked.work, asked.proceeding)
    agency = organ.agency if organ is not None and organ.answer != InvitationAnswer.DECLINED else None
    if agency is not None and asked.can("invite") and asked.invitable(agency):
        yield Target()


def _conclude(asked: Asked) -> Iterable[Target]:
    if asked.can("conclude"):
        heard = asked.proceeding.of_kind is K.HEARING
        yield Target(needs=("followed",) if heard else (), without=() if heard else ("followed",))


def _record(asked: Asked) -> Iterable[Target]:
    organ = invitations.mediator(asked.work, asked.proceeding)
    if asked.proceeding.of_kind is not K.MEDIATION or (organ and organ.agency and not asked.by_hand(organ.agency)):
        return
    for step, name in REPORTS.items():
        if asked.can(name):
            agreed = name == "agree"
            yield Target(
                words={"step": words_of([step])},
                needs=("agreement",) if agreed else (),
                without=() if agreed else ("agreement",),
                about=step.zh,
            )


def _decide(asked: Asked) -> Iterable[Target]:
    if asked.can("confirm"):
        yield Target()


def _urge(asked: Asked) -> Iterable[Target]:
    for task in _tasks(asked):
        yield Target({"item": str(task.item)}, about=f"第{task.item}项")


def _end(asked: Asked) -> Iterable[Target]:
    for task in _tasks(asked):
        if task.agency == tools_of(asked.work).our_agency or asked.by_hand(task.agency):
            yield Target({"item": str(task.item)}, about=f"第{task.item}项")


def _tasks(asked: Asked) -> list[Task]:
    if asked.proceeding.now_in is not S.RESOLVED:
        return []
    found = meeting_tasks.of_proceeding(asked.work, asked.proceeding.number)
    return [each for each in found if each.now_in is TaskStanding.OPEN]


def _who(part: Part) -> str:
    code = part.agency or part.officer
    return f"{part.of_role.zh} {code}" if code else part.of_role.zh


ROWS: Mapping[str, Row] = {
    "approve": Row("批准", _move("approve")),
    "refuse": Row("不同意", _move("refuse")),
    "join": Row("登记参加人", _join),
    "leave": Row("去掉参加人", _leave),
    "ask": Row("征求双方意见", _move("ask")),
    "consent": Row("登记当事人意见", _consent),
    "invite": Row("邀请调解组织", _invite),
    "begin": Row("双方自行和解", _move("begin")),
    "record-answer": Row("登记单位对邀请的答复", _answer),
    "record": Row("登记调解进展", _record),
    "ask-confirmation": Row("登记申请司法确认", _move("ask_confirmation")),
    "decide-confirmation": Row("登记司法确认结果", _decide),
    "withdraw": Row("登记撤回调解", _move("withdraw")),
    "plan": Row("安排时间地点", _plan),
    "notify": Row("告知参加人", _notify),
    "told": Row("登记已告知", _told),
    "adjourn": Row("改期", _move("adjourn")),
    "cancel": Row("取消", _move("cancel")),
    "hold": Row("登记已举行", _hold),
    "opine": Row("登记听证员意见", _move("opine")),
    "resolve": Row("作出决议", _move("resolve")),
    "conclude": Row("办结", _conclude),
    "mend": Row("销号", _move("mend")),
    "urge-task": Row("催办任务", _urge),
    "end-task": Row("登记任务结果", _end),
}


def of_proceeding(
    work: UnitOfWork, proceeding: Proceeding, may: Callable[[str], bool]
) -> Iterable[tuple[str, Row, Target]]:
    """What can be done with it now by who may, in the table's order; `may`: by the name of the row."""
    asked = Asked(work, proceeding)
    for name, row in ROWS.items():
        if may(name):
            yield from ((name, row, target) for target in row.targets(asked))


def proposals(work: UnitOfWork, petition: str) -> Iterable[Target]:
    """Which proceedings the petition may have, a kind each, with the forms and grounds that are lawful."""
    of = guard.fitness(work, petition)
    for kind in K:
        forms = [
            form
            for form in (ProceedingForm if kind in (K.MEDIATION, K.MEETING) else (None,))
            if any(fitness.refusal(of, kind, form, ground) is None for ground in (None, *SettlementGround))
        ]
        if not forms:
            continue
        words = {"kind": words_of([kind])}
        named = [form for form in forms if form is not None]
        settles = ProceedingForm.SETTLEMENT in named
        if named:
            words["form"] = words_of(named)
        if settles:
            words["ground"] = words_of(sorted(fitness.grounds(of.line)))
        needs = (("form",) if named else ()) + (("ground",) if named == [ProceedingForm.SETTLEMENT] else ())
        without = (() if named else ("form",)) + (() if settles else ("ground",))
        yield Target(words=words, needs=needs, without=without, about=kind.zh)
