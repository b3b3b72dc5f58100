"""What referral refuses, each with its sentence.

Problem
├── Missing:  NoSuchReferral · NoSuchCustody · NoSuchAgency · NoSuchProceeding · NoSuchPart · NoSuchTask
├── Invalid:  NotForYou · NoSuchSubmission · NotPassable · WrongDirectory · MissingPasswords · NotInvited · NotYourTask
│             WrongPart · WrongDate
└── Conflict: HeldBack · NotForPurpose · NotByHand · SentToUs · IllegalMove · Early · IllegalStep · NotFit · Lacking
              NoticeTooLate
"""

from contracts.problems import Conflict, Invalid, Missing
from contracts.vocabulary import Barred, PartRole, ProceedingState, ReferralState, Unfit


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

    def __init__(self) -> None:
        super().__init__("单位名录中没有此代码", "the directory never had such an agency", field="code")


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
