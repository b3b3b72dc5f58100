"""What a move of a proceeding needs beside its state: who is there, who was told by when, the day. Plain Python.

听证工作规定 7, 10, 15; 行政诉讼监督规则 69, 72; 人民调解法 17, 33.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from contracts.vocabulary import Consent, InvitationAnswer, PartRole, ProceedingForm, ProceedingKind
from referral.domain.errors import Lacking, NoticeTooLate, WrongDate
from referral.domain.fitness import SIDES, TOLD
from statute.hearings import Hearing

K, R = ProceedingKind, PartRole
FEWEST, MOST = 3, 7
SUPERVISOR = "人民监督员"


@dataclass(frozen=True, slots=True)
class Taking:
    """Somebody who takes part. `told_on`: the day on which they had the notice of the date that is meant now."""

    role: PartRole
    consent: Consent | None = None
    told_on: date | None = None
    answer: InvitationAnswer | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """A proceeding as its moves ask of it. `told_by`: the last day for the notice, where the law names one."""

    kind: ProceedingKind
    form: ProceedingForm | None
    parts: Sequence[Taking]
    today: date
    day: date | None = None
    placed: bool = False
    told_by: date | None = None
    rules: Hearing | None = None

    def of(self, role: PartRole) -> list[Taking]:
        """Those who take part so and did not say that they cannot."""
        return [each for each in self.parts if each.role is role and each.answer is not InvitationAnswer.DECLINED]


def check(course: Course, move: str) -> None:
    """Raises Lacking with all that is not there yet, NoticeTooLate where nobody could be told of the day in time."""
    if missing := list(lacking(course, move)):
        raise Lacking(missing)
    if move == "notify" and course.told_by is not None and course.told_by < course.today:
        raise NoticeTooLate(f"{course.told_by:%Y-%m-%d}")


def ready(course: Course, move: str) -> bool:
    """Whether nothing is lacking."""
    try:
        check(course, move)
    except (Lacking, NoticeTooLate):
        return False
    return True


def lacking(course: Course, move: str) -> Iterator[str]:
    """Each thing that is not there yet, in a sentence."""
    match course.kind, move:
        case K.MEDIATION, "ask":
            yield from (f"尚未登记{role.zh}" for role in (R.PETITIONER, R.OTHER_SIDE) if not course.of(role))
        case K.MEDIATION, "invite":
            yield from _consents(course)
            if not course.of(R.MEDIATOR):
                yield "尚未登记调解组织"
        case K.MEDIATION, "begin":
            yield from _consents(course)
        case K.HEARING, "notify":
            yield from _dated(course)
            yield from _bench(course)
        case K.MEETING, "notify":
            yield from _dated(course)
            if course.form is not ProceedingForm.CASE and not course.of(R.AGENCY):
                yield "尚未登记受邀单位"
        case K.HEARING | K.MEETING, "hold":
            yield from _come(course)
            if course.kind is K.HEARING:
                yield from _bench(course)
        case K.TALK, "hold" if not course.of(R.TALKED_TO):
            yield "尚未登记被约谈人员"


def _consents(course: Course) -> Iterator[str]:
    sides = [each for each in course.parts if each.role in SIDES]
    for role in (R.PETITIONER, R.OTHER_SIDE):
        if not [each for each in sides if each.role is role]:
            yield f"尚未登记{role.zh}"
    for each in sides:
        if each.consent is not Consent.GIVEN:
            yield f"{each.role.zh}尚未同意"


def _dated(course: Course) -> Iterator[str]:
    if course.day is None or not course.placed:
        yield "尚未确定时间和地点"
    elif course.day < course.today:
        yield "所定日期已过，请另定日期"


def _bench(course: Course) -> Iterator[str]:
    if not course.of(R.HOST):
        yield "尚未确定主持人"
    officers = len(course.of(R.HEARING_OFFICER))
    if not (FEWEST <= officers <= MOST and officers % 2):
        yield f"听证员应为{FEWEST}至{MOST}人的单数，现有{officers}人"
    if course.rules and SUPERVISOR in course.rules.invites and not course.of(R.SUPERVISOR):
        yield f"应当邀请{SUPERVISOR}参加"


def _come(course: Course) -> Iterator[str]:
    if course.day is None or course.today < course.day:
        yield "尚未到所定日期"
    last = course.told_by or course.day
    late = {each.role.zh for each in course.parts if _untold(each, last)}
    yield from (f"未在{last:%Y-%m-%d}前告知{zh}，应当改期" for zh in sorted(late) if last)


def _untold(part: Taking, last: date | None) -> bool:
    owed = part.role in TOLD and part.answer is not InvitationAnswer.DECLINED
    return owed and (part.told_on is None or last is None or part.told_on > last)


def took_place(rules: Hearing, ticked: Collection[int], recorded: bool) -> None:
    """Whether a hearing went by the line's steps. Raises Lacking: an omitted step is told, and it is not recorded."""
    missing = [f"第{number}步：{step}" for number, step in enumerate(rules.steps, 1) if number not in ticked]
    if rules.recorded and not recorded:
        missing.append("应当全程录音录像")
    if missing:
        raise Lacking(missing)


def dates(starts: date, ends: date, today: date) -> None:
    """Raises WrongDate for what has passed or ends before it begins."""
    if starts < today:
        raise WrongDate("所定日期已过")
    if ends < starts:
        raise WrongDate("结束不能早于开始", "ends_at")
