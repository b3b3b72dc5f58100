"""What intake refuses, each with its sentence.

Problem
├── Missing:  NoSuchPetition · NoSuchClock · NoSuchFile · NoSuchContact · NoSuchReception · NoSuchDocument
│             · NoSuchOpening · NoSuchReply · WrongLookup · NoSuchOfficer · NoSuchDepartment · NoSuchRoleRequest
│             · NoSuchBooking · NoSuchTask · NoSuchGuide · NoSuchApproval · NoSuchWall · NoSuchEntry
├── TooMany:  TooManyLookups · TooManyEntries
├── Denied:   NotYourOpening · OwnOpening · OpeningRefused · OpeningExpired · OwnRoles · OwnSeat
│             · HandledByAnother · OwnLeave · NotYourPeople · NotYourTask
│             · NotYourDraft · OwnApproval · NotYourApproval
├── Conflict: ClockStays · ContactDecided · JoinsNoClosed · LinkedAlready · NobodyLeads · ReceptionPlanned
│             · ReceptionOver · ReceptionFull · BookedAlready · NotLower · DocumentNotYet · NothingSealed
│             · NothingToReveal · OpeningWaits · OpeningDecided · AlreadyProved · NotOwed · AlreadyRated · NotNow
│             · FileBusy · OfficerKnown · DepartmentKnown · RolesWait · RolesDecided
│             · HandoverIncomplete · HandlesNoMore · LeaveOverlaps · StandsInThen
│             · BookingEnded · ReceptionCancelled · ReceptionNotYet · PlacesTaken · TaskEnded · TaskStillOpen
│             · ApprovalEnded · ApprovalLapsed · NotOnPaper · WallStays · MatchDecided
│             · FilesFull · SecretJoinsNoOpen · OnlineClosed
│             ├── IllegalMove · AccusationStays · SecretStays · AnswerMissing · ReplyTooEarly
│             ├── NobodyToHelp · AidAsked · NobodyToAsk · NobodyToSeal · SealedAlready · LiabilityOpen · StillOwed
│             ├── HeldBack · NotHeld · ReferralsOpen · NoDepartment · SameHandler
│             ├── ApprovalWaits · NothingSigned
│             └── NotSentToUs · SenderWaits · SenderAnswered · MustTake · TakenOn · ObjectionLate
└── Invalid:  UnknownAgency · OwnAgency · NotQueued · WishMissing · WrongField · FromTheFuture · TooLongAgo
              · StatementOrPost · SecretWithoutPerson · WhoIsWalled · WalledDepartment · NotOurColleague
              · SendsItself · AnswerByPast · WrongBasis · NotThatType · NotWhole
              · LinkedToItself · UnknownServicePoint · RouteNotClaim · UnknownSubLine · UnknownCheck
              · TooManyRepresentatives · WalledOfficer · UnknownItem · UnknownFact
              · PostHoldsAll · BetrayingMeans · NotByThisMeans · NotByThisProof · NotUntellable · ContactKnown
              · WrittenStaysOwed · UnknownDepartment · UnknownOfficer · SameRoles · CannotHandle · PersonMissing
              · WrongCode · BookedForAnother · VisitorHasNone · NotALeader · WhyThisLeader · TwoOwners
              · MatchedToItself · NeverMatched
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from contracts import enclosure
from contracts.problems import Conflict, Denied, Invalid, Missing, TooMany
from contracts.vocabulary import (
    ApprovalState,
    Barred,
    BookingState,
    ContactOutcome,
    Impossible,
    Means,
    OpeningState,
    PersonalNumber,
    PetitionState,
    Proof,
    ReplyKind,
    RiskColour,
    TaskStanding,
    Word,
)

ACTIONS_ZH = {
    "sign": "签收",
    "object": "提出异议",
    "accept": "受理",
    "not-accept": "不予受理",
    "guide": "告知引导",
    "refer": "移交",
    "ask-material": "补正",
    "complete": "确认补齐",
    "conclude": "审结",
    "reply": "答复",
    "issue": "发出答复",
    "close": "归档",
    "suspend": "中止",
    "resume": "恢复办理",
    "withdraw": "撤回",
    "terminate": "终结",
    "reopen": "重新办理",
    "assign": "分派部门",
    "set-handler": "变更承办人",
    "review-liability": "一案三查",
    "resolve": "记录化解情况",
    "mark-hardship": "标注困难",
    "wall": "设置回避",
    "unwall": "解除回避",
    "add-file": "上传材料",
    "involve": "商请协办或抄送线索",
    "tell-sender": "向转来单位反馈进展",
    "answer-sender": "答复转来单位",
    "link": "关联",
    "decide-match": "认定相似件",
    "release": "核对后发出",
    "advise-admission": "核对受理条件",
    "record-act": "记录办理行为",
    "lead": "包案",
    "enter-risk": "填写风险情形",
    "ask-secrecy": "要求保密",
    "correct": "更正登记内容",
    "correct-person": "更正信访人信息",
    "reclassify": "更正类别和条线",
    "add-respondent": "补充被反映人",
    "remove-respondent": "删除被反映人",
    "correct-receipt": "更正收到日期",
    "void": "作废登记",
    "merge": "并案",
    "unmerge": "解除并案",
    "unvoid": "撤销作废",
    "record-death": "登记信访人死亡",
    "take-over": "承接信访事项",
    "appoint-guardian": "登记监护人",
    "unlink": "解除关联",
    "unprove": "撤销送达证明",
    "correct-reply": "更正已发出的答复",
    "undo-act": "撤销办理行为",
    "extend-clock": "延长时限",
}


class NoSuchPerson(Missing):
    """The petition has no petitioner of this place; of who asked for secrecy the first alone can be named."""

    def __init__(self) -> None:
        super().__init__("此信访件没有这位信访人", "the petition has no such petitioner", field="person")


class NoSuchRespondent(Missing):
    """The petition is about nobody of this number, or not any more."""

    def __init__(self) -> None:
        super().__init__("此信访件没有这位被反映人", "the petition has no such respondent", field="respondent")


class NoSuchLink(Missing):
    """The petition was linked to no such other by a person; also where that is out of sight."""

    def __init__(self) -> None:
        super().__init__("此信访件没有这项关联", "no such link", field="other")


class NoSuchAct(Missing):
    """The petition has no such act."""

    def __init__(self) -> None:
        super().__init__("此信访件没有这项办理行为", "no such act", field="act")


class NotProved(Conflict):
    """A proof is taken back that was never recorded."""

    code = "not-proved"

    def __init__(self) -> None:
        super().__init__("这次答复没有登记过送达证明", "the reply is not proved")


class NotReconsidered(Conflict):
    """A contact is undecided, or became a petition of its own: that one is voided."""

    code = "not-reconsidered"

    def __init__(self) -> None:
        super().__init__("只有咨询答复和并入的来件可以重新处理", "only what was answered or joined is reconsidered")


class NotMerged(Conflict):
    """Two are merged that are not the same matter of the same person, or of which one is guarded otherwise.

    One sentence for all of it: why not would tell of the other who it is from.
    """

    code = "not-merged"

    def __init__(self) -> None:
        super().__init__(
            "只有同一信访人、同一类别，且均未移交、答复、转救助的两件可以并案；匿名件、机要件不并案",
            "only two of one person and kind, of which nothing has left, are merged",
        )


class Answered(Conflict):
    """What was merged is parted after its petitioner was answered as of one matter."""

    code = "answered"

    def __init__(self) -> None:
        super().__init__("并案后已经答复信访人，不能解除", "they were answered as one")


class NothingWrong(Conflict):
    """What is to be put right stands there already."""

    code = "nothing-wrong"

    def __init__(self) -> None:
        super().__init__("更正后的内容与现有登记相同", "what is given stands there already")


class NoSuchPetition(Missing):
    """No petition has the number; also of the one after which the backlog is read, when it is out of sight."""

    def __init__(self) -> None:
        super().__init__("没有此编号的信访件", "no petition has this number", field="number")


class NoSuchFile(Missing):
    """The petition has no file of this SHA-256."""

    def __init__(self) -> None:
        super().__init__("此信访件没有这份材料", "the petition has no such file", field="sha256")


class FileBusy(Conflict):
    """The one-time token has another download running: a token hands its file out once."""

    code, retry_after = "file-busy", 10

    def __init__(self) -> None:
        super().__init__("这份材料正以此凭证下载，请稍后再试", "the file is being fetched by this token; try later")


class NoSuchClock(Missing):
    """The petition has no clock of this id; one of another petition is none of it."""

    def __init__(self) -> None:
        super().__init__("此信访件没有这个时限", "the petition has no such clock", field="clock")


class ClockStays(Conflict):
    """A clock cannot be suspended, resumed or extended: by its rule, by its state, or not a second time."""

    code = "clock-stays"


class NotNow(Conflict):
    """Base of what the present state forbids; the edge adds the allowed actions."""


class IllegalMove(NotNow):
    """The state the petition is in allows no such action."""

    code = "illegal-move"

    def __init__(self, number: str, state: PetitionState, action: str):
        super().__init__(
            f"{number} 当前为“{state.zh}”，不能“{ACTIONS_ZH[action]}”",
            f"{action} is not possible in state {state.value}",
            more={"state": state.value, "state_zh": state.zh},
        )


class ApprovalWaits(NotNow):
    """The same step waits for its approval, or is signed and waits to be issued."""

    code = "approval-waits"

    def __init__(self, action: str):
        super().__init__(
            f"“{ACTIONS_ZH[action]}”已提请审批，尚未办完；须修改的，请先撤回",
            "the same step waits for its approval",
        )


class NothingSigned(NotNow):
    """A reply is issued that nobody has approved: what is not signed (签发) leaves in no way."""

    code = "nothing-signed"

    def __init__(self) -> None:
        super().__init__("没有已签发的答复，不能发出", "no reply is approved and waits to be issued")


class GoneOut(NotNow):
    """What was registered by mistake, or twice, has left the office, came from another, was answered, or is others'."""

    code = "gone-out"

    def __init__(self) -> None:
        super().__init__(
            "此件已经移交、转来、答复、转入救助，或者有他件并入，不能作废或者并案",
            "it has left, was sent to us, answered, is with aid, or others go on in it",
        )


class DiedAlready(NotNow):
    """A death is recorded a second time."""

    code = "died-already"

    def __init__(self) -> None:
        super().__init__("已经登记信访人死亡", "their death is recorded")


class NobodyToFollow(NotNow):
    """A relative takes over from who lives, or a second one from who has been followed."""

    code = "nobody-to-follow"

    def __init__(self) -> None:
        super().__init__("没有登记信访人死亡，或者已经有人承接", "nobody has died whom nobody follows")


class NobodyNamed(NotNow):
    """Who petitions is corrected on an anonymous petition."""

    code = "nobody-named"

    def __init__(self) -> None:
        super().__init__("匿名信访件没有信访人信息可以更正", "an anonymous petition names nobody")


class ReferralsOpen(NotNow):
    """Said at once, where referral would say it a moment later."""

    code = "referrals-open"

    def __init__(self, referrals: Sequence[str]):
        super().__init__(
            f"{'、'.join(referrals)} 尚未办结，不能归档；可以催办、撤回，或等待反馈",
            "a referral of it is still open",
            more={"referrals": list(referrals)},
        )


class HeldBack(NotNow):
    """Why would tell that another petition is there, and what kind it is."""

    code = "held-back"

    def __init__(self) -> None:
        super().__init__(Barred.HELD.zh, "it is looked at before it leaves")


class NotHeld(NotNow):
    """A release is asked for a petition that nothing guarded belongs to: it may leave without one."""

    code = "not-held"

    def __init__(self) -> None:
        super().__init__("此件无须核对，可以直接办理", "it is not held")


class AccusationStays(NotNow):
    """Hardship is marked on an accusation: a lead would tell others who accuses (条例 30(3))."""

    code = "accusation-stays"

    def __init__(self) -> None:
        super().__init__(
            "检举控告不得作为救助线索转出，以免被举报人获知（信访工作条例第三十条第三款）",
            "an accusation makes no aid lead",
        )


class NobodyToHelp(NotNow):
    """Hardship is marked on an anonymous petition."""

    code = "nobody-to-help"

    def __init__(self) -> None:
        super().__init__("匿名信访件没有可以救助的人", "an anonymous petition names nobody to help")


class NobodyToSeal(NotNow):
    """Secrecy is asked for on an anonymous petition."""

    code = "nobody-to-seal"

    def __init__(self) -> None:
        super().__init__(
            "匿名信访件没有留下信访人信息，无人可以保密", "an anonymous petition names nobody to keep secret"
        )


class SealedAlready(NotNow):
    """Secrecy is asked for a second time; it is never taken back."""

    code = "sealed-already"

    def __init__(self) -> None:
        super().__init__("此件已要求保密，信访人信息已封存；保密不可撤销", "it was sealed before, and stays so")


class AidAsked(NotNow):
    """Hardship is marked again after the petitioner wished for aid and it was asked for."""

    code = "aid-asked"

    def __init__(self) -> None:
        super().__init__("已按本人意愿转救助，无需重复标注", "aid was asked for already")


class NobodyToAsk(NotNow):
    """Lacking material is asked for on an anonymous petition."""

    code = "nobody-to-ask"

    def __init__(self) -> None:
        super().__init__("匿名信访件无从要求补正", "an anonymous petition has nobody to ask for material")


class LiabilityOpen(NotNow):
    """An accepted accusation or claim is concluded before its four kinds of liability were reviewed."""

    code = "liability-open"

    def __init__(self) -> None:
        super().__init__(
            "审结前须逐项审查刑事、民事、行政责任和公益损害线索",
            "the four kinds of liability are reviewed before it is concluded",
        )


class NotSentToUs(NotNow):
    """What is owed to a sender (an objection, progress, an answer) is done on a petition nobody sent to us."""

    code = "not-sent-to-us"

    def __init__(self) -> None:
        super().__init__("此件不是其他单位转来的", "no other agency sent it to us")


class SenderWaits(NotNow):
    """A petition that was sent to us is closed before its sender has an answer; one sent back owes none."""

    code = "sender-waits"

    def __init__(self) -> None:
        super().__init__("尚未答复转来单位，不能归档", "the agency that sent it has no answer yet")


class SenderAnswered(NotNow):
    """Its sender is told more after the answer, which is the last word."""

    code = "sender-answered"

    def __init__(self) -> None:
        super().__init__("已答复转来单位", "the agency that sent it was answered")


class MustTake(NotNow):
    """We object to an accusation: a procuratorate takes it and passes it on itself (刑诉法 110(3))."""

    code = "must-take"

    def __init__(self) -> None:
        super().__init__(
            "检举控告依法应当接受，不得提出异议；不属本院管辖的，接受后移送（刑事诉讼法第一百一十条第三款）",
            "a procuratorate takes an accusation, also one that is another's to deal with",
        )


class TakenOn(NotNow):
    """We object after accepting, or after the sender has heard more of us than that it was signed for."""

    code = "taken-on"

    def __init__(self) -> None:
        super().__init__("已受理或已向转来单位反馈，不能再提异议", "it was taken on already")


class ObjectionLate(NotNow):
    """We object after the last day for it, `until` (条例 23(3))."""

    code = "objection-late"

    def __init__(self, until: date) -> None:
        super().__init__(
            f"异议应于{until.month}月{until.day}日前提出，逾期视为接收（信访工作条例第二十三条第三款）",
            "the days for an objection are over",
            more={"until": until.isoformat()},
        )


class SecretStays(NotNow):
    """What is secret, or lies in a sealed envelope, would leave through this system."""

    code = "secret-stays"

    def __init__(self) -> None:
        super().__init__(
            "要求保密或走机要渠道的事项只能经机要移送，不经系统转出",
            "a sealed matter travels in an envelope, not through this system",
        )


class AnswerMissing(NotNow):
    """It is concluded, closed or reopened while the agency it was referred to has not answered."""

    code = "answer-missing"

    def __init__(self) -> None:
        super().__init__("承办单位尚未反馈，不能审结", "the agency that handles it has not answered yet")


class ReplyTooEarly(NotNow):
    """The outcome is replied before the petition is concluded."""

    code = "reply-too-early"

    def __init__(self) -> None:
        super().__init__(
            "尚未审结，不能作结果答复；可作进展告知", "no outcome to tell yet; a progress reply is possible"
        )


class WrongField(Invalid):
    """A field's value is wrong for a reason no class of its own is worth; `zh` and `en` say it."""

    def __init__(self, field: str, zh: str, en: str):
        super().__init__(f"{field}：{zh}", f"{field}: {en}", field=field)


class UnknownAgency(Invalid):
    """The directory has no agency of this code, or it has left; shows the codes it may be."""

    def __init__(self, field: str, known: list[str]):
        super().__init__("单位名录中没有此代码", "the directory has no such agency", field=field, more={"known": known})


class OwnAgency(Invalid):
    """A petition is handed over to our own agency."""

    def __init__(self) -> None:
        super().__init__("不能移交给本院", "a matter cannot be referred to ourselves", field="to")


class NotQueued(Invalid):
    """A claim is handed over to an agency (`name`) that no queue reaches: a claim goes by queue or not at all."""

    def __init__(self, name: str):
        super().__init__(f"{name}没有对接系统，请以公文移送", "this agency has no system on a queue", field="to")


class WishMissing(Invalid):
    """A claim is handed over and the petitioner's wish is not recorded."""

    def __init__(self) -> None:
        super().__init__(
            "转交前须征得信访人同意并记录", "the petitioner's wish must be recorded first", field="petitioner_wish"
        )


class FromTheFuture(Invalid):
    """The day of receipt lies after today."""

    def __init__(self) -> None:
        super().__init__("收到日期不能晚于今天", "received_on lies in the future", field="received_on")


class TooLongAgo(Invalid):
    """The day of receipt is past: without the reason for it, or by more than a year."""

    def __init__(self, missing_reason: bool):
        if missing_reason:
            super().__init__("补登以前收到的材料须说明原因", "a past date needs its reason", field="received_reason")
        else:
            super().__init__("收到日期过早（一年以前）", "received_on is more than a year ago", field="received_on")


class StatementOrPost(Invalid):
    """A petition has both what was said and the number of a sealed letter, or neither."""

    def __init__(self) -> None:
        super().__init__(
            "反映内容与机要编号须填且只填一项", "either statement or sealed_post, not both", field="statement"
        )


class NoDepartment(NotNow):
    """Who handles it is said within a department, and none has it."""

    code = "no-department"

    def __init__(self) -> None:
        super().__init__("此件现无承办部门，请先分派部门", "no department has it: assign one first")


class SameHandler(NotNow):
    """Nothing would change: who is named handles it already, or nobody does."""

    code = "same-handler"

    def __init__(self, handler: str | None) -> None:
        super().__init__("此件已由该人承办" if handler else "此件尚无承办人，无需退回", "it is so already")


class CannotHandle(Invalid):
    """Somebody would handle it who may not: one sentence for every reason, or the difference would tell of a wall."""

    code = "cannot-handle"

    def __init__(self) -> None:
        super().__init__(
            "此人不能承办此件：承办人须是承办部门在岗的承办人员，且没有应当回避的情形；请另行指定",
            "this officer cannot handle it: name another",
            field="handler",
        )


class PersonMissing(Invalid):
    """The first petition against us (涉检初信初访) would be handled by nobody by name."""

    code = "person-missing"

    def __init__(self) -> None:
        super().__init__(
            "涉检初信初访须有专人承办，请指定承办人",
            "the first petition against us is handled by a named person",
            field="handler",
        )


class HandledByAnother(Denied):
    """A handler names another, or takes what somebody has: that is for the head of the department to decide."""

    def __init__(self) -> None:
        super().__init__(
            "承办人员可以接办尚无承办人的信访件、退回本人承办的；其他变更由部门负责人或检察长决定",
            "another handles it: a head decides",
        )


class HandoverIncomplete(Conflict):
    """All was asked for or nothing, and some of it cannot be handed over: what, and why, is in `results`."""

    code = "handover-incomplete"

    def __init__(self, results: Sequence[Mapping[str, Any]]):
        super().__init__(
            "其中有不能交接的信访件，全部未交接；可以逐件处理，或选择“能交接的先交接”",
            "some of it cannot be handed over: nothing was",
            more={"results": list(results)},
        )


class HandlesNoMore(Conflict):
    """Of one of many: whoever was to hand it over does not handle it."""

    code = "handles-no-more"

    def __init__(self) -> None:
        super().__init__("此件现不由移交人承办", "whoever was to hand it over does not handle it")


class WhoIsWalled(Invalid):
    """A wall names nobody though its reason says somebody, or somebody though it says that nobody was named."""

    def __init__(self) -> None:
        super().__init__(
            "请填写须回避的人员工号或部门；未指明具体人员的，两项都不填",
            "name an officer or a department, or neither when nobody is named",
            field="reason",
        )


class WalledDepartment(Invalid):
    """A petition is given to a department that is kept away from it."""

    def __init__(self) -> None:
        super().__init__("该部门应当回避，请分派其他部门", "this department is kept away from it", field="department")


class NotOurColleague(Invalid):
    """A respondent has an officer's number or a department and is not said to be of our own agency."""

    def __init__(self, field: str) -> None:
        super().__init__("只有本院人员填写工号和部门", "only our own colleagues have these", field=field)


class SendsItself(Invalid):
    """An officer registers on behalf of an agency whose own system hands its petitions in."""

    def __init__(self) -> None:
        super().__init__(
            "该单位由其系统报送，不能代为登记", "this agency hands petitions in by its own system", field="forwarded.by"
        )


class AnswerByPast(Invalid):
    """The day the sender wants an answer by is not after the day of receipt."""

    def __init__(self, field: str) -> None:
        super().__init__("答复期限应晚于收到之日", "the day for the answer is not after its receipt", field=field)


class NotThatType(Invalid):
    """A file does not begin as its media type does: a program that says it is a picture."""

    def __init__(self) -> None:
        super().__init__("文件内容与所填类型不符", "the content is not of the type that was said", field="Content-Type")


class NotWhole(Invalid):
    """A file is empty, or fewer bytes came than were announced."""

    def __init__(self) -> None:
        super().__init__("文件为空或没有传完", "the file is empty or was cut off", field="body")


class WrongBasis(Invalid):
    """The legal basis is none of the purpose's, or none for this kind of petition; shows those that are."""

    def __init__(self, known: dict[str, str]) -> None:
        said = "、".join(f"{zh}（{id_}）" for id_, zh in known.items()) or "无"
        super().__init__(
            f"此用途不能以此为法律依据；可用：{said}",
            "the purpose cannot be based on this",
            field="basis",
            more={"known": sorted(known)},
        )


class SecretWithoutPerson(Invalid):
    """Secrecy is asked for while an anonymous petition is registered."""

    def __init__(self) -> None:
        super().__init__("匿名信访不存在保密对象", "an anonymous petition has nobody to keep secret", field="secrecy")


class NoSuchContact(Missing):
    """No contact has the id; also of the last one of a list's page, when it is out of sight."""

    def __init__(self) -> None:
        super().__init__("没有此编号的来件", "no contact has this id", field="contact")


class ContactDecided(Conflict):
    """A contact is decided a second time; says what it became (`outcome`)."""

    code = "contact-decided"

    def __init__(self, outcome: ContactOutcome):
        super().__init__(
            f"此来件已处理：{outcome.zh}",
            "this contact was decided already",
            more={"outcome": outcome.value, "outcome_zh": outcome.zh},
        )


class JoinsNoClosed(Conflict):
    """A contact joins a closed petition, which nobody holds any more."""

    code = "joins-no-closed"

    def __init__(self) -> None:
        super().__init__(
            "该件已归档，请另行登记并与之关联",
            "the petition is closed: register a new one and link it",
            field="petition",
        )


class SecretJoinsNoOpen(Conflict):
    """Who wrote asked for secrecy, and the petition it would join did not: more people read that one."""

    code = "secret-joins-no-open"

    def __init__(self) -> None:
        super().__init__(
            "来件人要求保密，不能并入未要求保密的信访件，请另行登记",
            "a contact that asks for secrecy joins no open petition",
            field="petition",
        )


class LinkedAlready(Conflict):
    """The link is there already. Where that may not be known, it is taken as if it were new."""

    code = "linked-already"

    def __init__(self) -> None:
        super().__init__("两件已经关联", "the two are linked already", field="to")


class MatchedToItself(Invalid):
    """A petition is compared with itself."""

    def __init__(self) -> None:
        super().__init__("不能与自身比较", "a petition is not compared with itself", field="to")


class NeverMatched(Invalid):
    """One of the two is anonymous and the other not, or one asked for secrecy: they are never compared."""

    def __init__(self) -> None:
        super().__init__("匿名、保密、机要件不与其他信访件比对", "the two are never compared", field="to")


class MatchDecided(Conflict):
    """The same was said of the two before."""

    code = "match-decided"

    def __init__(self) -> None:
        super().__init__("已经这样认定过", "this was decided before", field="to")


class LinkedToItself(Invalid):
    """A petition is linked to itself."""

    def __init__(self) -> None:
        super().__init__("不能与自身关联", "a petition is not linked to itself", field="to")


class UnknownServicePoint(Invalid):
    """The county has no service point of this code; shows those it has (code, name)."""

    def __init__(self, known: list[tuple[str, str]]):
        super().__init__(
            "没有这个服务点",
            "there is no such service point",
            field="service_point",
            more={"known": [{"code": code, "name": name} for code, name in known]},
        )


class RouteNotClaim(Invalid):
    """One of the six ways of 条例 31 is given for a petition that is no claim."""

    def __init__(self) -> None:
        super().__init__(
            "只有申诉求决类事项按《信访工作条例》第三十一条确定办理途径",
            "only a claim has one of the six routes",
            field="route",
        )


class UnknownSubLine(Invalid):
    """The line of work has no such sub-line; shows those it has."""

    def __init__(self, known: list[str]):
        super().__init__(
            "此业务条线没有这个子类", "the line has no such sub-line", field="sub_line", more={"known": known}
        )


class UnknownCheck(Invalid):
    """An answer is given to a question (`check`) that the petition's line does not ask; shows those it asks."""

    def __init__(self, check: str, known: list[str], of: str = "answers"):
        super().__init__("没有这个核对项", "there is no such question", field=f"{of}.{check}", more={"known": known})


class NotOfLine(Invalid):
    """The petition's line has no such word; shows those it has."""

    def __init__(self, field: str, known: Sequence[Word]):
        super().__init__(
            f"该业务条线没有此项；可用：{'、'.join(each.zh for each in known)}",
            "the petition's line has no such word",
            field=field,
            more={"known": {each.value: each.zh for each in known}},
        )


class TooManyRepresentatives(Invalid):
    """A group names more than five representatives (条例 20)."""

    def __init__(self) -> None:
        super().__init__(
            "群体信访应当推选代表，代表不得超过五人（《信访工作条例》第二十条）",
            "a group names at most five representatives (Regulation on Petitioning, article 20)",
            field="others",
        )


class NoSuchReception(Missing):
    """No reception day has this id."""

    def __init__(self) -> None:
        super().__init__("没有这个接访日", "there is no such reception day", field="reception")


class CannotTakePart(Invalid):
    """A colleague would have part in it who may not, or left: one sentence for each, or it would tell of a wall."""

    def __init__(self, field: str) -> None:
        super().__init__(
            "所填人员不能参与此件：须是在岗人员，且没有应当回避的情形；请另行指定",
            "somebody named here cannot take part: name another",
            field=field,
        )


class CannotLead(Invalid):
    """Who would lead it is no leader, left, or must keep away: one sentence for each, or it would tell of a wall."""

    def __init__(self) -> None:
        super().__init__(
            "此人不能包此案：须是在岗的院领导，且没有应当回避的情形；请另行指定",
            "this officer cannot lead it: name another",
            field="leader",
        )


class NotReceivedThen(Invalid):
    """The leader of that reception day cannot hear about this petition; why, is not said."""

    def __init__(self, field: str) -> None:
        super().__init__(
            "此件不能约在该接访日，请另约一日", "it cannot be heard on that day: choose another", field=field
        )


class UnknownItem(Invalid):
    """What was done is no item of the county's list for cases that a leader leads; shows the items."""

    def __init__(self, known: list[str]):
        super().__init__("包案清单中没有这一项", "the list has no such item", field="item", more={"known": known})


class NobodyLeads(Conflict):
    """An item is done in a case that no leader leads."""

    code = "nobody-leads"

    def __init__(self) -> None:
        super().__init__("此件没有院领导包案", "no leader leads this petition")


class ReceptionPlanned(Conflict):
    """The leader has a reception day on that day already."""

    code = "reception-planned"

    def __init__(self) -> None:
        super().__init__("该领导当日已安排接访", "the leader receives on that day already", field="day")


class ReceptionOver(Conflict):
    """A place is booked on a reception day that is past."""

    code = "reception-over"

    def __init__(self) -> None:
        super().__init__("接访日已过", "the reception day is over", field="reception")


class ReceptionFull(Conflict):
    """A place is booked on a reception day whose places are all taken."""

    code = "reception-full"

    def __init__(self) -> None:
        super().__init__("该接访日已约满，请另约一日", "every place of the day is taken", field="reception")


class BookedAlready(Conflict):
    """The petition has a place on that reception day."""

    code = "booked-already"

    def __init__(self) -> None:
        super().__init__("此件已预约该接访日", "the petition has a place on that day", field="petition")


class NoSuchBooking(Missing):
    """The reception day has no place of this id."""

    def __init__(self) -> None:
        super().__init__("该接访日没有这个预约", "the day has no such booking", field="booking")


class BookingEnded(Conflict):
    """A place is moved, cancelled or decided whose outcome is known, or which was cancelled."""

    code = "booking-ended"

    def __init__(self, state: BookingState):
        super().__init__(f"该预约{state.zh}，不能再变更", f"the booking is {state.value} already", field="booking")


class ReceptionCancelled(Conflict):
    """Something is done on a reception day that was cancelled."""

    code = "reception-cancelled"

    def __init__(self) -> None:
        super().__init__("该接访日已取消", "the reception day was cancelled", field="reception")


class ReceptionNotYet(Conflict):
    """An outcome is recorded before the day."""

    code = "reception-not-yet"

    def __init__(self) -> None:
        super().__init__("接访日未到，不能登记结果", "the day has not come yet", field="reception")


class PlacesTaken(Conflict):
    """A reception day is to have fewer places than are booked."""

    code = "places-taken"

    def __init__(self) -> None:
        super().__init__("已约人数多于此名额", "more places are booked", field="places")


class BookedForAnother(Invalid):
    """The place is one petition's, and another is given as what was registered of a visitor."""

    def __init__(self) -> None:
        super().__init__("该预约属于另一信访件", "the place is another petition's", field="petition")


class VisitorHasNone(Invalid):
    """What a leader decided of a visitor opens a task, and there is no petition yet that it could be of."""

    def __init__(self) -> None:
        super().__init__("来访人还没有信访件：请先登记，再填写其编号", "register the petition first", field="petition")


class NotALeader(Invalid):
    """Who is to lead or receive is no leader of our office; shows who is."""

    def __init__(self, field: str, known: list[str]):
        super().__init__("须为在岗的院领导", "no leader who works here", field=field, more={"known": known})


class WhyThisLeader(Invalid):
    """Another leader than before, or than who is in charge of the department, and no reason is given."""

    def __init__(self, changed: bool):
        zh = "更换包案领导须说明理由" if changed else "该领导不分管承办部门，须说明理由"
        super().__init__(zh, "say why this leader", field="reason")


class NoSuchGuide(Missing):
    """No line of work of ours has this id."""

    def __init__(self) -> None:
        super().__init__("没有这份办事指南", "no such guide", field="guide")


class NoSuchTask(Missing):
    """No task has this id."""

    def __init__(self) -> None:
        super().__init__("没有这项任务", "no such task", field="task")


class TaskEnded(Conflict):
    """A task that has ended is ended, or given to another."""

    code = "task-ended"

    def __init__(self, state: TaskStanding):
        super().__init__(f"该任务{state.zh}；如需继续办理，请重新开启", f"the task is {state.value} already")


class TaskStillOpen(Conflict):
    """A task is opened again that is open, or for which another of the same origin is."""

    code = "task-open"

    def __init__(self) -> None:
        super().__init__("该任务尚在办理，或者已另行开启", "the task, or another in its place, is open")


class NotYourTask(Denied):
    """A task is ended by somebody whose it is not."""

    def __init__(self) -> None:
        super().__init__("该任务由他人办理", "the task is another's")


class TwoOwners(Invalid):
    """A task is given to both a department and an officer."""

    def __init__(self) -> None:
        super().__init__("部门和工号只填其一", "a department or an officer", field="officer")


class UnknownFact(Invalid):
    """The fact at `index` is none that an officer may enter; shows those that are."""

    def __init__(self, index: int, known: list[str]):
        super().__init__("没有这种风险情形", "there is no such fact", field=f"facts.{index}", more={"known": known})


class NotLower(Conflict):
    """Risk is set by hand to a colour that is not below the present one (`colour`)."""

    code = "not-lower"

    def __init__(self, colour: RiskColour):
        super().__init__(f"当前风险等级为{colour.zh}，只能调低", "the risk can only be lowered by hand", field="colour")


class NoSuchDocument(Missing):
    """We print no document of this kind; shows the kinds."""

    def __init__(self, known: list[str]):
        super().__init__("没有这种文书", "there is no such document", field="kind", more={"known": known})


class DocumentNotYet(Conflict):
    """What the document would tell has not happened."""

    code = "document-not-yet"

    def __init__(self) -> None:
        super().__init__("还没有办到这一步，不能出具此文书", "what the document tells has not happened", field="kind")


class PostHoldsAll(Invalid):
    """A field that the envelope of a sealed letter holds is typed in, or its sender is not kept secret."""

    def __init__(self, field: str) -> None:
        super().__init__(
            "机要件只登记编号、摘要和单位代码，其余内容不录入系统",
            "a sealed letter's content is not typed in: number, digest and units' codes only",
            field=field,
        )


class NothingSealed(Conflict):
    """It is asked to see who is in the safe, and nobody is there for this petition."""

    code = "nothing-sealed"

    def __init__(self) -> None:
        super().__init__("此件没有封存的信访人", "nobody is sealed for this petition")


class NotTypedIn(Conflict):
    """What names an official, or speaks of a duty crime, is about to be typed in; `ways`: where it belongs instead.

    Whoever has told the reporter so, and is told to write it down all the same, says `typed_anyway`.
    """

    code = "not-typed-in"
    ways = (
        ("sealed_post", "装入机要信封，只登记机要编号和内容摘要，不在这里写内容"),
        ("12388", "向纪检监察机关举报：电话、网站 12388"),
        ("counter", "请举报人到检察服务中心，由专人当面接待"),
    )

    def __init__(self) -> None:
        super().__init__(
            "所写涉及公职人员职务违法犯罪，不在系统中登记内容：请改用机要、12388 或者当面举报",
            "a report of an official's duty crime is not typed in: sealed post, 12388, or the counter",
            field="typed_anyway",
            more={"ways": [{"way": way, "zh": zh} for way, zh in self.ways]},
        )


class NothingToReveal(Conflict):
    """A number is looked at in full that nobody gave."""

    code = "nothing-to-reveal"

    def __init__(self, field: PersonalNumber):
        super().__init__(f"没有登记此信访人的{field.zh}", f"no {field.value} was given", field="field")


class NoSuchOpening(Missing):
    """No opening has this id."""

    def __init__(self) -> None:
        super().__init__("没有此查看申请", "no such opening", field="opening")


class OpeningWaits(Conflict):
    """An opening is used before anybody has approved it."""

    code = "opening-waits"

    def __init__(self) -> None:
        super().__init__("查看申请尚待检察长或其授权的副检察长批准", "nobody has approved this opening yet")


class OpeningDecided(Conflict):
    """An opening is decided a second time."""

    code = "opening-decided"

    def __init__(self, state: OpeningState) -> None:
        super().__init__(f"此申请{state.zh}，不能再作决定", f"this opening is {state.value} already")


class NotYourOpening(Denied):
    """An opening is used by another than who asked for it."""

    def __init__(self) -> None:
        super().__init__("只有申请人本人可以查看", "only who asked may look")


class OwnOpening(Denied):
    """Who asked for an opening decides it."""

    def __init__(self) -> None:
        super().__init__("不能批准本人提出的申请", "nobody decides their own request")


class ChiefAlone(Denied):
    """Another than the chief decides whether somebody sees who reported."""

    def __init__(self) -> None:
        super().__init__("查看举报人须由检察长本人批准", "the chief alone decides of who reported")


class OpeningRefused(Denied):
    """An opening that was refused is used."""

    def __init__(self) -> None:
        super().__init__("查看申请未获批准", "this opening was refused")


class OpeningExpired(Denied):
    """An opening is used after the hours for which it was approved."""

    def __init__(self) -> None:
        super().__init__("批准的查看期限已过，如仍需要请重新申请", "this opening has expired; ask again")


class StillOwed(NotNow):
    """A petition is closed while replies are `owed`: neither proved to have been told, nor found impossible to tell."""

    code = "still-owed"

    def __init__(self, owed: Sequence[ReplyKind]) -> None:
        super().__init__(
            f"尚未告知信访人：{'、'.join(each.zh for each in owed)}；须登记送达证明，或登记依法无法告知的原因",
            f"the petitioner is still owed: {', '.join(owed)}",
            more={"owed": list(owed)},
        )


class NoSuchReply(Missing):
    """The petition has no reply of this sequence number."""

    def __init__(self) -> None:
        super().__init__("没有这次答复", "no such reply", field="seq")


class ReplyStands(Conflict):
    """A reply is corrected that was corrected already, or told before the petition was reopened."""

    code = "reply-stands"

    def __init__(self) -> None:
        super().__init__("这次答复已经更正，或者是重新办理之前的答复", "it was corrected, or is of the round before")


class AlreadyProved(Conflict):
    """A reply is proved a second time."""

    code = "already-proved"

    def __init__(self) -> None:
        super().__init__("这次答复已登记送达证明", "this reply is proved already")


class NotOwed(Conflict):
    """It is recorded that a reply cannot be told, and that reply is not owed now."""

    code = "not-owed"

    def __init__(self, reply: ReplyKind) -> None:
        super().__init__(f"当前没有应告知而未告知的{reply.zh}", f"no {reply.value} is owed now")


class BetrayingMeans(Invalid):
    """A reply to who asked for secrecy would go by SMS or in public."""

    def __init__(self, means: Means) -> None:
        super().__init__(
            f"信访人要求保密，不得以{means.zh}告知", f"{means.value} would show who asked for secrecy", field="means"
        )


class NotByThisMeans(Invalid):
    """This reply may not be told by such means; shows those by which it may."""

    def __init__(self, reply: ReplyKind, lawful: Sequence[Means]) -> None:
        super().__init__(
            f"此件的{reply.zh}只能以{'、'.join(each.zh for each in lawful)}告知",
            f"lawful means: {', '.join(lawful)}",
            field="means",
            more={"lawful": list(lawful)},
        )


class NotByThisProof(Invalid):
    """The proof belongs to a means by which this reply may not be told; shows those that count."""

    def __init__(self, reply: ReplyKind, lawful: Sequence[Proof]) -> None:
        super().__init__(
            f"此件的{reply.zh}只能以{'、'.join(each.zh for each in lawful)}证明",
            f"lawful proofs: {', '.join(lawful)}",
            field="proof",
            more={"lawful": list(lawful)},
        )


class NotUntellable(Invalid):
    """The reason why nobody can be told is not one an officer may find; shows those that are."""

    def __init__(self, known: Sequence[Impossible]) -> None:
        super().__init__(
            f"无法告知的原因只能是：{'、'.join(each.zh for each in known)}",
            f"an officer may find: {', '.join(known)}",
            field="reason",
        )


class ContactKnown(Invalid):
    """The reason is that no contact is known, and the petitioner left a phone or an address, or asked for secrecy."""

    def __init__(self) -> None:
        super().__init__("信访人留有联系方式或要求保密，不能以此为由", "a way to reach them is known", field="reason")


class WrittenStaysOwed(Invalid):
    """A phone that nobody answers is the reason, and the reply is owed in writing."""

    def __init__(self, reply: ReplyKind) -> None:
        super().__init__(
            f"此件的{reply.zh}须书面送达，电话联系不上不能免除",
            "it is owed in writing, whoever answers",
            field="reason",
        )


class WrongLookup(Missing):
    """Number and query code do not belong together. Never says which is wrong: neither can be tried out."""

    def __init__(self) -> None:
        super().__init__("编号或查询码不正确，可凭身份证到窗口重新领取查询码", "wrong number or code")


class WrongCode(Invalid):
    """A receipt is to be printed with another code than the petition's."""

    def __init__(self) -> None:
        super().__init__(
            "查询码不是此信访件的；遗失的可以重新签发", "not the petition's query code", field="query_code"
        )


class TooManyLookups(TooMany):
    """One address, or one petition, was asked about too often; may try again in `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__(
            f"查询过于频繁，请 {-(-seconds // 60)} 分钟后再试，或拨打 12309",
            "too many lookups; try again later",
            seconds,
        )


class TooManyEntries(TooMany):
    """One address, or everybody together, wrote more than is taken at once; may try again in `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__(
            f"现在提交的人较多，请 {-(-seconds // 60)} 分钟后再试，或拨打 12309",
            "too many entries; try again later",
            seconds,
        )


class NoSuchEntry(Missing):
    """No entry has this code."""

    def __init__(self) -> None:
        super().__init__("没有查到，请核对查询码", "no entry has this code")


class OnlineClosed(Conflict):
    """No officer is named who would read what is written at the petitioners' door."""

    code = "online-closed"

    def __init__(self) -> None:
        super().__init__(
            "网上信访现在没有开放，请来信、来访或拨打 12309", "nobody is named who reads what is written online"
        )


class FilesFull(Conflict):
    """An entry has as many files as it may, or as many bytes; or what became of it is decided."""

    code = "files-full"

    def __init__(self) -> None:
        super().__init__(
            f"不能再补充附件：最多 {enclosure.MOST_OF_ENTRY} 份、合计 {enclosure.LARGEST_ZH}，受理后请按登记的编号补交",
            "no more files: so many, so large together, and none after it was decided",
        )


class AlreadyRated(Conflict):
    """A reply is rated a second time."""

    code = "already-rated"

    def __init__(self) -> None:
        super().__init__("这次答复已经评价过，谢谢", "this reply was rated already")


class UnknownDepartment(Invalid):
    """Our office has no such department, or it is closed; shows those it has (code, name)."""

    def __init__(self, field: str, known: list[tuple[str, str]]):
        super().__init__(
            "本院没有这个部门",
            "there is no such department",
            field=field,
            more={"known": [{"code": code, "name": name} for code, name in known]},
        )


class UnknownOfficer(Invalid):
    """`known`: numbers alone; names are read from the list of officers."""

    def __init__(self, field: str, known: list[str]):
        super().__init__("本院没有此工号的在岗人员", "no officer has this number", field=field, more={"known": known})


class NoSuchOfficer(Missing):
    """No officer has the number in the address."""

    def __init__(self) -> None:
        super().__init__("没有此工号的人员", "no officer has this number", field="officer")


class NoSuchDepartment(Missing):
    """No department has the code in the address."""

    def __init__(self) -> None:
        super().__init__("没有这个部门", "no such department", field="department")


class OfficerKnown(Conflict):
    """An officer is added under a number that is taken, also by one who left."""

    code = "officer-known"

    def __init__(self) -> None:
        super().__init__("此工号已经登记", "an officer has this number already", field="number")


class DepartmentKnown(Conflict):
    """A department is added under a code that is taken, also by a closed one."""

    code = "department-known"

    def __init__(self) -> None:
        super().__init__("此部门代码已经登记", "a department has this code already", field="code")


class SameRoles(Invalid):
    """Roles are asked for that the officer has."""

    def __init__(self) -> None:
        super().__init__("与现有角色相同", "the officer has these roles", field="roles")


class RolesWait(Conflict):
    """Roles are asked for an officer whose earlier request nobody has decided yet."""

    code = "roles-wait"

    def __init__(self) -> None:
        super().__init__("此人已有一项角色申请待批准", "roles were asked for this officer and wait", field="roles")


class NoSuchRoleRequest(Missing):
    """No request for roles has this id."""

    def __init__(self) -> None:
        super().__init__("没有此角色申请", "no such request", field="request")


class RolesDecided(Conflict):
    """A request for roles is decided a second time."""

    code = "roles-decided"

    def __init__(self, state: OpeningState) -> None:
        super().__init__(f"此申请{state.zh}，不能再作决定", f"this request is {state.value} already")


class OwnRoles(Denied):
    """Roles are decided by who asked for them or would have them."""

    def __init__(self) -> None:
        super().__init__("不能批准本人提出的或涉及本人的角色申请", "nobody decides what they asked or what is theirs")


class LeaveOverlaps(Conflict):
    """The officer is on leave then already; shows those leaves."""

    code = "leave-overlaps"

    def __init__(self, leaves: Sequence[Mapping[str, Any]]):
        super().__init__("与已登记的请假重叠", "they are on leave then already", more={"leaves": list(leaves)})


class StandsInThen(Conflict):
    """Who would be on leave acts for others who are on leave then: nobody would act for these."""

    code = "stands-in-then"

    def __init__(self, officers: Sequence[str]):
        super().__init__(
            f"此人在此期间代理 {'、'.join(officers)}，请先变更其代理人",
            "they stand in for others then",
            more={"stands_in_for": list(officers)},
        )


class OwnLeave(Denied):
    """An officer enters their own leave, and with it who sees what they handle."""

    def __init__(self) -> None:
        super().__init__("本人的请假和代理人由他人登记", "another enters one's leave")


class OwnDeputy(Denied):
    """Who may enter anybody's leave takes their place, and with it what they see or decide."""

    def __init__(self) -> None:
        super().__init__("由本人代理的，由他人登记", "another enters that one stands in for somebody")


class NotYourPeople(Denied):
    """A head enters the leave of somebody who sits elsewhere, or decides above them."""

    def __init__(self) -> None:
        super().__init__("只能登记本部门人员的请假，院领导的除外", "they sit in another department, or lead")


class OwnSeat(Denied):
    """An officer adds themselves, or changes what says how far they see: where they sit, whom they lead, until when."""

    def __init__(self) -> None:
        super().__init__("本人的部门、服务点、分管部门和离任之日由他人变更", "another says where one sits")


class NoSuchApproval(Missing):
    """No approval has the id."""

    def __init__(self) -> None:
        super().__init__("没有这个审批事项", "there is no such approval", field="approval")


class NoSuchWall(Missing):
    """The petition has no wall of this number that stands."""

    def __init__(self) -> None:
        super().__init__("此件没有这项回避，或者已经解除", "no such wall stands", field="wall")


class NotYourDraft(Denied):
    """The office's rule lets others draft this step; shows whom."""

    def __init__(self, roles: Sequence[str]):
        super().__init__(f"此事项由{'、'.join(roles)}拟办", "others draft this step")


class OwnApproval(Denied):
    """Who drafted a step or asked for it decides of it."""

    def __init__(self) -> None:
        super().__init__("不能审批本人拟办或者提请的事项", "nobody approves their own")


class NotYourApproval(Denied):
    """Who decides is not whose it is to approve, or who takes it back is not who asked, nor asks for who left."""

    def __init__(self) -> None:
        super().__init__("此事项不由您审批或者撤回", "it is another's to decide")


class ApprovalEnded(Conflict):
    """An approval is decided or withdrawn a second time; says what became of it (`state`)."""

    code = "approval-ended"

    def __init__(self, state: ApprovalState):
        super().__init__(
            f"此审批事项{state.zh}", "it was decided before", more={"state": state.value, "state_zh": state.zh}
        )


class ApprovalLapsed(Conflict):
    """What was to be approved cannot be done any more: it is void from now on; `why` says so."""

    code = "approval-lapsed"

    def __init__(self, why: str):
        super().__init__(f"情况已变，此审批事项失效：{why}", "what it asks for cannot be done any more")


class NotOnPaper(Conflict):
    """A paper is recorded where somebody here may decide."""

    code = "not-on-paper"

    def __init__(self) -> None:
        super().__init__("有批准人在岗，须由其在系统中审批", "somebody here may decide")


class WallStays(Conflict):
    """Who asked for a wall would take it down again without anybody's approval."""

    code = "wall-stays"

    def __init__(self) -> None:
        super().__init__("回避自提出时起生效，不能撤回；由批准人决定", "a wall is taken down by who approves alone")
