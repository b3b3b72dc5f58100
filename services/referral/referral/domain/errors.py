"""What referral refuses, each with its sentence.

Problem
├── Missing:  NoSuchReferral · NoSuchCustody · NoSuchAgency · NoSuchProceeding · NoSuchPart · NoSuchTask ·
│             NoSuchRoom · NoSuchEntry · NoSuchBooking · NoTeam · NoSuchNote
├── Invalid:  NotForYou · NoSuchSubmission · NotPassable · WrongDirectory · MissingPasswords · NotInvited ·
│             NotYourTask · WrongPart · WrongDate · WrongTime · NothingBooked · WrongRecusal · WrongMember
└── Conflict: HeldBack · NotForPurpose · NotByHand · SentToUs · IllegalMove · Early · IllegalStep · NotFit · Lacking ·
              NoticeTooLate · RoomThere · EnteredTwice · CannotTakePart · NotYetChecked · NotBooked · Taken ·
              BookingOver · TeamThere · EndedAlready · NotTheCounsellor
"""

from collections.abc import Sequence
from datetime import datetime

from contracts.problems import Conflict, Invalid, Missing
from contracts.vocabulary import Barred, HoldState, PartRole, ProceedingState, ReferralState, RosterKind, Unfit
from statute import SHANGHAI


class NoSuchReferral(Missing):
    """No referral has the number."""

    def __init__(self) -> None:
        super().__init__("没有此编号的移交", "no referral has this number", field="referral")


class NoSuchCustody(Missing):
    """Nobody had the petition then, or referral has not heard of it."""

    def __init__(self) -> None:
        super().__init__("此信访件在该时刻没有承办单位", "nobody held the petition at that time", field="at")


class NoSuchAgency(Missing):
    """The directory never had the code; one that left it is still there."""

    def __init__(self, field: str = "code") -> None:
        super().__init__("单位名录中没有此代码", "the directory never had such an agency", field=field)


class NotForYou(Invalid):
    """Said to an agency that speaks of a matter that is not in its hands: no word on whose it is."""

    def __init__(self) -> None:
        super().__init__("没有移交给本单位的此编号", "no referral of this number is yours", field="referral")


class NoSuchSubmission(Invalid):
    """Said to an agency that rules on what it did not send."""

    def __init__(self) -> None:
        super().__init__("没有收到本单位的此编号", "no submission of this number is yours", field="submission")


class NotPassable(Invalid):
    """Said to an agency that names nobody we can reach, us, or who had it before."""

    def __init__(self) -> None:
        super().__init__("不能转由该单位办理", "the matter cannot be passed on to this agency", field="to")


class WrongDirectory(Invalid):
    """The file of the agencies is refused as a whole; `where`: the entry and field."""

    def __init__(self, where: str, zh: str):
        super().__init__(f"单位名录 {where}：{zh}", f"directory {where} is wrong", field=where)


class MissingPasswords(Invalid):
    """`provision` does nothing at the broker before every user has one."""

    def __init__(self, users: list[str]):
        super().__init__(f"口令文件缺少：{'、'.join(users)}", "the passwords file lacks users", field="passwords")


class HeldBack(Conflict):
    """Why would tell that another petition is there, and what kind it is."""

    code = "held-back"

    def __init__(self) -> None:
        super().__init__(Barred.HELD.zh, "it is looked at before it leaves", field="to")


class NotByHand(Conflict):
    """What an agency with a queue says is its own word: no officer writes it down for it."""

    code = "not-by-hand"

    def __init__(self) -> None:
        super().__init__(
            "该单位由其系统或网页自行签收、反馈，不能代为登记",
            "an agency with a queue speaks for itself",
            field="move",
        )


class SentToUs(Conflict):
    """An officer's move on what an agency sent to us."""

    code = "sent-to-us"

    def __init__(self) -> None:
        super().__init__(
            "此件由其他单位转来，签收、异议和答复在登记受理中办理",
            "what was sent to us is dealt with where it was registered",
            field="referral",
        )


class NotForPurpose(Conflict):
    """Nothing late goes where the purpose is to let know, or where no queue is."""

    code = "not-for-purpose"

    def __init__(self) -> None:
        super().__init__(
            "本次移交的用途只限告知，不能补充材料（个人信息保护法第六条）",
            "the purpose of this referral carries no statement",
            field="text",
        )


class IllegalMove(Conflict):
    """The state allows no such move; the answer names those it allows."""

    code = "illegal-move"

    def __init__(self, move: str, state: ReferralState, allowed: list[str], zh: str):
        super().__init__(
            f"当前为“{state.zh}”，不能“{zh}”",
            f"{move} is not possible in state {state.value}",
            field="type",
            more={"state": state.value, "state_zh": state.zh, "allowed": allowed},
        )


class Early(IllegalMove):
    """Not possible now, and possible after a step that may be on its way."""


class NoSuchProceeding(Missing):
    """No proceeding has the number."""

    def __init__(self) -> None:
        super().__init__("没有此编号的调解、听证、会商或者约谈", "no proceeding has this number", field="proceeding")


class NoSuchPart(Missing):
    """Nobody takes part under this id."""

    def __init__(self) -> None:
        super().__init__("没有此参加人", "nobody takes part under this id", field="part")


class NoSuchTask(Missing):
    """The proceeding has no such task."""

    def __init__(self) -> None:
        super().__init__("没有此项任务", "the proceeding has no such task", field="item")


class NotInvited(Invalid):
    """Said to an agency that speaks of what it was not invited to: no word on whether it is there."""

    def __init__(self) -> None:
        super().__init__("没有邀请本单位参加的此编号", "you are not invited to this", field="proceeding")


class NotYourTask(Invalid):
    """Said to an agency that answers another's task."""

    def __init__(self) -> None:
        super().__init__("没有交本单位落实的此项任务", "no such task is yours", field="item")


class WrongPart(Invalid):
    """Who takes part as this is named otherwise, or does not take part in such a proceeding."""

    def __init__(self, role: PartRole, zh: str):
        super().__init__(f"{role.zh}：{zh}", f"nobody takes part so as {role.value}", field="role")


class WrongDate(Invalid):
    """A day or time that cannot be so."""

    def __init__(self, zh: str, field: str = "starts_at"):
        super().__init__(zh, "the time cannot be so", field=field)


class IllegalStep(Conflict):
    """Its state allows no such move; the answer names those it allows."""

    code = "illegal-move"

    def __init__(self, move: str, state: ProceedingState, allowed: list[str], zh: str):
        super().__init__(
            f"当前为“{state.zh}”，不能“{zh}”",
            f"{move} is not possible in state {state.value}",
            field="type",
            more={"state": state.value, "state_zh": state.zh, "allowed": allowed},
        )


class NotFit(Conflict):
    """The petition can have no such proceeding, or not so."""

    code = "not-fit"

    def __init__(self, why: Unfit):
        super().__init__(why.zh, f"the petition is not fit for it: {why.value}", field="kind", more={"why": why.value})


class Lacking(Conflict):
    """What the move needs is not there yet, in sentences."""

    code = "lacking"

    def __init__(self, what: list[str], field: str | None = None):
        en = "something that the move needs is lacking"
        super().__init__("；".join(what), en, field=field, more={"lacking": what})


class NoticeTooLate(Conflict):
    """Nobody can be told in time of this day any more."""

    code = "notice-too-late"

    def __init__(self, last: str):
        super().__init__(
            f"最迟应于{last}告知全体参加人（举行三日前），请另定日期",
            "those who take part must be told three days before",
            field="starts_at",
            more={"told_by": last},
        )


class NoSuchRoom(Missing):
    """No room has the code."""

    def __init__(self) -> None:
        super().__init__("没有此代码的会议室", "no room has this code", field="rooms")


class NoSuchEntry(Missing):
    """Nobody of the roster has the id, or who had it has left it."""

    def __init__(self) -> None:
        super().__init__("专业人员库中没有此人，或者已经移出", "nobody in the roster has this id", field="entry")


class NoSuchBooking(Missing):
    """Nothing was booked under the id."""

    def __init__(self) -> None:
        super().__init__("没有此编号的预订", "nothing was booked under this id", field="booking")


class WrongTime(Invalid):
    """Nothing can be booked from then until then."""

    def __init__(self, field: str, zh: str, en: str):
        super().__init__(zh, en, field=field)


class NothingBooked(Invalid):
    """Neither a room nor a person."""

    def __init__(self) -> None:
        super().__init__("请选择会议室或者参加人员", "name a room or a person", field="rooms")


class WrongRecusal(Invalid):
    """Of a petition and a unit one is named."""

    def __init__(self) -> None:
        super().__init__(
            "请填信访件编号或者单位代码，只填一项", "name a petition or a unit, one of the two", field="unit"
        )


class RoomThere(Conflict):
    """Another room has the code."""

    code = "room-there"

    def __init__(self) -> None:
        super().__init__("已有此代码的会议室", "another room has this code", field="code")


class EnteredTwice(Conflict):
    """The roster has this officer of ours already."""

    code = "entered-twice"

    def __init__(self) -> None:
        super().__init__("此工号已在专业人员库中", "the roster has this officer already", field="colleague")


class CannotTakePart(Conflict):
    """Recused, behind a wall, of an agency it hits, or out of date: one sentence, or the difference would tell."""

    code = "cannot-take-part"

    def __init__(self, field: str):
        super().__init__(
            "有人不能参与此件（须回避、不在库或者资格已到期），请另选人员",
            "somebody of these cannot take part in this matter",
            field=field,
        )


class NotYetChecked(Conflict):
    """Who is a party is not known here yet: intake was asked, and tells within moments."""

    code = "not-yet-checked"

    def __init__(self) -> None:
        super().__init__(
            "正在核对当事人和所选人员须否回避，请稍后再试", "the petition's parties are not known here yet"
        )


class NotBooked(Conflict):
    """Whoever belongs to another agency has a calendar of their own: they are invited."""

    code = "not-booked"

    def __init__(self) -> None:
        super().__init__(
            "其他单位人员的日程由其单位安排，请发出邀请，不能代为预订",
            "people of other agencies are invited, not booked",
            field="attendees",
        )


class Taken(Conflict):
    """SQLSTATE 23P01: somebody else has it then. `until`: when it is free again; `free`: when all of them are, next."""

    code = "taken"

    def __init__(self, resource: str, zh: str, until: datetime, free: Sequence[tuple[datetime, datetime]]):
        said = "、".join(f"{_hour(begins)} 至 {ends.astimezone(SHANGHAI):%H:%M}" for begins, ends in free)
        super().__init__(
            f"{zh}已被占用，至 {_hour(until)}；{f'都空闲的最近时段：{said}' if said else '三十天内没有都空闲的时段'}",
            "it is taken at that time",
            field="begins",
            more={
                "resource": resource,
                "resource_zh": zh,
                "until": until.isoformat(),
                "free": [{"begins": begins.isoformat(), "ends": ends.isoformat()} for begins, ends in free],
            },
        )


class BookingOver(Conflict):
    """It is cancelled, expired, or confirmed before."""

    code = "booking-over"

    def __init__(self, state: HoldState):
        super().__init__(
            f"此预订{state.zh}，不能再办",
            f"the booking is {state.value}",
            more={"state": state.value, "state_zh": state.zh},
        )


class NoTeam(Missing):
    """The petition has no team now."""

    def __init__(self) -> None:
        super().__init__("此件现在没有团队", "the petition has no team", field="number")


class NoSuchNote(Missing):
    """No note has the id, or it is the counsellor's alone: told alike."""

    def __init__(self) -> None:
        super().__init__("没有此编号的记录", "no note has this id", field="note")


class WrongMember(Invalid):
    """Somebody is in a list who is not entered as that, or is in two."""

    def __init__(self, list_: str, kind: RosterKind):
        super().__init__(
            f"所选人员须在专业人员库中列为{kind.zh}，一人只能担任一项；检察官须是本院人员",
            "somebody is not entered in the roster as that",
            field=list_,
        )


class TeamThere(Conflict):
    """It has a team: that is changed."""

    code = "team-there"

    def __init__(self) -> None:
        super().__init__("此件已有团队，请调整", "the petition has a team")


class EndedAlready(Conflict):
    """It has ended with us."""

    code = "ended"

    def __init__(self) -> None:
        super().__init__("此件已办结，不再组成团队", "the petition has ended")


class NotTheCounsellor(Conflict):
    """Only a counsellor of the petition's team writes such notes."""

    code = "not-the-counsellor"

    def __init__(self) -> None:
        super().__init__("只有本件团队的心理咨询师可以写", "only a counsellor of its team writes notes")


def _hour(moment: datetime) -> str:
    """11-30 周一 10:30"""
    local = moment.astimezone(SHANGHAI)
    return f"{local:%m-%d} 周{'一二三四五六日'[local.weekday()]} {local:%H:%M}"
