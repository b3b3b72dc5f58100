"""What intake says: a petition's own way through the office, its contacts, who may see what."""

from marshmallow import fields

from contracts import vocabulary as words
from contracts.events.base import Event, OfPetition
from contracts.fields import (
    ActionCode,
    AgencyCode,
    Code,
    Count,
    Day,
    Digest,
    Flag,
    Moment,
    NamedCode,
    Reference,
    ReferralNumber,
    WordOf,
)

LIABLE = "有线索", "无"


class PetitionRegistered(OfPetition, type="petition.registered.v1"):
    """When a petition has its number; what the ban, custody and the notices of the others begin with."""

    sentence = "登记（{channel}，{kind}，{line}），{reply_by} 前程序性回复"
    kind = WordOf(words.Kind, required=True)
    line = WordOf(words.Line, required=True)
    channel = WordOf(words.Channel, required=True)
    service_point = Code(required=True)
    received_on = Day(required=True)
    reply_by = Day(required=True)
    reach = WordOf(words.Reach, required=True)
    anonymous = Flag(required=True)
    person = Reference(required=True, allow_none=True)
    group_size = Count(required=True)
    respondent_units = fields.List(AgencyCode(), required=True)
    respondents_known = Flag()
    sealed_post = Flag(required=True)
    place = Code(allow_none=True)
    submitted_by = AgencyCode(required=True, allow_none=True)
    from_contact = Flag()  # its contact was recorded and counted before
    sub_line = Code()


class PetitionAccepted(OfPetition, type="petition.accepted.v1"):
    """When an officer accepts it; `route`: of a claim."""

    sentence = "受理，承办部门 {department}，{reply_by} 前答复进展或结果"
    department = Code(required=True)
    reply_by = Day(required=True)
    route = WordOf(words.ClaimRoute)


class PetitionNotAccepted(OfPetition, type="petition.not_accepted.v1"):
    """When an officer decides that it is not accepted."""

    sentence = "不予受理：{reason}"
    reason = WordOf(words.RefusalReason, required=True)


class PetitionGuided(OfPetition, type="petition.guided.v1"):
    """When the petitioner was shown the way to another agency: nothing is handed over. `route`: of a claim."""

    sentence = "告知引导至 {to}"
    to = AgencyCode(required=True)
    route = WordOf(words.ClaimRoute)


class PetitionReferred(OfPetition, type="petition.referred.v1"):
    """Records the letter that carries the material: its addressee, purpose, fields and keyed digest."""

    sentence = "提请移交 {to}"
    brief = "提请移交"
    to = AgencyCode(required=True)
    kind = WordOf(words.ReferralKind, required=True)
    purpose = Code(required=True)
    carries = fields.List(Code(), required=True)
    digest = Digest(required=True)
    route = WordOf(words.ClaimRoute)


class PetitionInvolved(PetitionReferred, type="petition.involved.v1"):
    """As `petition.referred`, for who only helps or hears of it: it stays with who has it."""

    sentence = "提请 {to} {kind}"
    brief = "提请协办或抄送"


class PetitionHandling(OfPetition, type="petition.handling.v1"):
    """An agency deals with it. No service says this now."""

    sentence = None
    agency = AgencyCode(required=True)


class PetitionConcluded(OfPetition, type="petition.concluded.v1"):
    """When an officer decides how it ends; the petitioner is told by a reply. `adoption`: of a proposal."""

    sentence = "审结：{result}"
    result = WordOf(words.Result, required=True)
    adoption = WordOf(words.Adoption)


class PetitionReplied(OfPetition, type="petition.replied.v1"):
    """When a reply was issued; that it arrived is told by `petition.told`."""

    sentence = "{reply}（{means}，{issued_on}）"
    reply = WordOf(words.ReplyKind, required=True)
    means = WordOf(words.Means, required=True)
    issued_on = Day(required=True)


class PetitionClosing(OfPetition, type="petition.closing.v1"):
    """Asks referral whether custody may end: answered by `custody.ended` or `custody.kept`."""

    sentence = "提请归档"


class PetitionClosed(OfPetition, type="petition.closed.v1"):
    """When referral has said that custody ended."""

    sentence = "归档"


class PetitionKeptOpen(OfPetition, type="petition.kept_open.v1"):
    """Back from closing: a referral still holds custody."""

    sentence = "暂不能归档：{referral} 尚未办结"
    referral = ReferralNumber(required=True)


class PetitionReopened(OfPetition, type="petition.reopened.v1"):
    """Taken up again after it had ended; its periods count from `counts_from`."""

    sentence = "重新办理：{reason}，期限自 {counts_from} 起算"
    reason = WordOf(words.Reopening, required=True)
    counts_from = Day(required=True)


class PetitionMaterialAsked(OfPetition, type="petition.material_asked.v1"):
    """补正: what is lacking was told by a provable means, which is a reply; how many papers, never which.

    `complete_by`: the day until which it is to come, where one was named.
    """

    sentence = "告知补正材料 {lacking} 项（{means}，{issued_on}）"
    lacking = Count(required=True)
    means = WordOf(words.Means, required=True)
    issued_on = Day(required=True)
    complete_by = Day()


class PetitionCompleted(OfPetition, type="petition.completed.v1"):
    """The day on which all that was lacking was here: acceptance counts from it (规则 162)."""

    sentence = "材料补齐，受理自 {counts_from} 起算"
    counts_from = Day(required=True)


class PetitionSuspended(OfPetition, type="petition.suspended.v1"):
    """When handling stands still, and with it the clocks whose rule knows the reason."""

    sentence = "中止办理：{reason}"
    reason = WordOf(words.Pause, required=True)


class PetitionResumed(OfPetition, type="petition.resumed.v1"):
    """When handling goes on from where it stood."""

    sentence = "恢复办理"


class PetitionTerminated(OfPetition, type="petition.terminated.v1"):
    """When it ends without an answer on the merits; who else has it, referral recalls it from or tells to stop."""

    sentence = "终结：{reason}"
    reason = WordOf(words.Termination, required=True)


class PetitionLiabilityReviewed(OfPetition, type="petition.liability_reviewed.v1"):
    """Which of the four kinds of liability somebody may bear: each was looked at, and found or not."""

    sentence = "一案三查：刑事{criminal}，民事{civil}，行政{administrative}，公益{public_interest}"
    criminal = Flag(required=True, said=LIABLE)
    civil = Flag(required=True, said=LIABLE)
    administrative = Flag(required=True, said=LIABLE)
    public_interest = Flag(required=True, said=LIABLE)


class PetitionResolved(OfPetition, type="petition.resolved.v1"):
    """When it is learnt whether the trouble itself is over; also after closing."""

    sentence = "化解情况：{resolution}"
    resolution = WordOf(words.Resolution, required=True)


class PetitionWithdrawn(OfPetition, type="petition.withdrawn.v1"):
    """When the petitioner took it back; who else has it, referral recalls it from or tells to stop."""

    sentence = "信访人撤回"


class PetitionEnded(OfPetition, type="petition.ended.v1"):
    """Said once more of what had ended while older code listened, whose referrals did not follow."""

    sentence = "重新告知其他单位：{reason}"
    reason = WordOf(words.Ending, required=True)


class PetitionDied(OfPetition, type="petition.died.v1"):
    """Said once more of a petition that its petitioner's death ended while older code listened, which told on."""

    sentence = "重新告知：信访人已死亡，其号码不再通知"
    died_at = Moment(required=True)  # when it was recorded


class PetitionHardshipMarked(OfPetition, type="petition.hardship_marked.v1"):
    """An officer found hardship; with the petitioner's wish an aid case is asked for by letter."""

    sentence = "标注生活困难：{situations}（{wish}）"
    situations = fields.List(WordOf(words.Situation), required=True)
    wish = Flag(required=True, said=("本人愿意接受救助", "本人暂不申请救助"))


class PetitionWalled(OfPetition, type="petition.walled.v1"):
    """Somebody of our own office is kept away from it; never who, and of a department only its code."""

    sentence = "设置回避：{reason}（部门 {department}）"
    brief = "设置回避"
    reason = WordOf(words.WallReason, required=True)
    department = Code(required=True, allow_none=True)


class PetitionUnwalled(OfPetition, type="petition.unwalled.v1"):
    """A wall was taken down, with approval or because it was not confirmed; never whose, as when it was put up."""

    sentence = "解除回避：{reason}（部门 {department}）"
    brief = "解除回避"
    reason = WordOf(words.WallReason, required=True)
    department = Code(required=True, allow_none=True)


class PetitionApprovalAsked(OfPetition, type="petition.approval_asked.v1"):
    """A step is drafted and not done: who decides of it by now is `by`; what it says stays where it is, encrypted."""

    sentence = "提请审批：{step}（{by}）"
    approval = Reference(required=True)
    step = ActionCode(required=True)
    by = WordOf(words.ApproverLevel, required=True)


class PetitionApproved(PetitionApprovalAsked, type="petition.approved.v1"):
    """Another approved it, of which level; the step itself follows. On paper: an officer recorded who signed."""

    sentence = "批准：{step}（{by}）"


class PetitionApprovalRefused(PetitionApprovalAsked, type="petition.approval_refused.v1"):
    """Another refused it; why, is for who asked."""

    sentence = "不予批准：{step}（{by}）"


class PetitionApprovalWithdrawn(OfPetition, type="petition.approval_withdrawn.v1"):
    """Who asked for it asks no more."""

    sentence = "撤回审批：{step}"
    approval = Reference(required=True)
    step = ActionCode(required=True)


class PetitionApprovalVoided(PetitionApprovalWithdrawn, type="petition.approval_voided.v1"):
    """The petition went on otherwise: what was asked for cannot be done any more."""

    sentence = "审批失效：{step}"


class PetitionCorrected(OfPetition, type="petition.corrected.v1"):
    """Something of its registration was wrong, and what stood there is kept.

    `what`: null; intake's own timeline alone says which. `reach`: how they may be told from now on, where it changed.
    """

    sentence = "更正登记：{what}"
    brief = "更正登记"
    what = fields.List(WordOf(words.Corrected), required=True, allow_none=True)
    reach = WordOf(words.Reach)


class PetitionReclassified(OfPetition, type="petition.reclassified.v1"):
    """Its kind or line was wrong: the ban and the periods go by these from now on."""

    sentence = "更正类别和条线：{kind}，{line}"
    kind = WordOf(words.Kind, required=True)
    line = WordOf(words.Line, required=True)
    sub_line = Code(required=True, allow_none=True)


class PetitionRespondentsCorrected(OfPetition, type="petition.respondents_corrected.v1"):
    """Whom it is about was wrong: the ban goes by these units from now on, all of them."""

    sentence = "更正被反映人"
    respondent_units = fields.List(AgencyCode(), required=True)
    respondents_known = Flag(required=True)


class PetitionReceiptCorrected(OfPetition, type="petition.receipt_corrected.v1"):
    """It came on another day, as its postmark or another proof shows: what counts from that day counts anew.

    `counts_from`: what acceptance's periods count from now.
    """

    sentence = "更正收到日期：{received_on}（凭证日期 {postmark}）"
    received_on = Day(required=True)
    counts_from = Day(required=True)
    postmark = Day(required=True)


class PetitionVoided(OfPetition, type="petition.voided.v1"):
    """It was registered by mistake: no coming of anybody stands behind it, nothing is owed, no figure counts it."""

    sentence = "登记有误，作废"


class PetitionRestored(OfPetition, type="petition.restored.v1"):
    """It was voided by mistake: it goes on from where it stood, and is owed what it was."""

    sentence = "撤销作废，恢复办理"


class PetitionMerged(OfPetition, type="petition.merged.v1"):
    """Another registration of the same matter goes on in this one; which, is for those who may see both.

    It came first on `received_on`, and what counts from that day counts from it.
    """

    sentence = "重复登记并入本件，收到日期以在先的为准：{received_on}"
    received_on = Day(required=True)
    counts_from = Day(required=True)


class PetitionMergedInto(OfPetition, type="petition.merged_into.v1"):
    """It goes on in another one, which was registered of the same matter; nothing more is owed under this number."""

    sentence = "重复登记，并入另一件办理"


class PetitionParted(OfPetition, type="petition.parted.v1"):
    """Said of each of two that were merged: they are two matters after all, and each goes on from where it stood."""

    sentence = "解除并案，恢复办理；收到日期 {received_on}"
    received_on = Day(required=True)
    counts_from = Day(required=True)


class PetitionUnlinked(OfPetition, type="petition.unlinked.v1"):
    """It does not belong to another after all; which, is for those who may see both."""

    sentence = "解除关联"


class PetitionUntold(OfPetition, type="petition.untold.v1"):
    """A proof was not one, or another's: the reply is owed until it is proved."""

    sentence = "{reply}的送达证明有误，撤销"
    reply = WordOf(words.ReplyKind, required=True)


class PetitionReplyCorrected(OfPetition, type="petition.reply_corrected.v1"):
    """A reply that was issued said something wrong: another was approved and issued, which is served anew.

    The one that was wrong stays as it was issued, and moved what it moved.
    """

    sentence = "更正已发出的{reply}，重新送达（{means}，{issued_on}）"
    reply = WordOf(words.ReplyKind, required=True)
    means = WordOf(words.Means, required=True)
    issued_on = Day(required=True)


class PetitionActUndone(OfPetition, type="petition.act_undone.v1"):
    """What was written down as done was not, or not here; what was written stays sealed."""

    sentence = "撤销误记的办理行为：{act}（{done_on}）"
    act = WordOf(words.ActKind, required=True)
    done_on = Day(required=True)


class ContactParted(OfPetition, type="contact.parted.v1"):
    """What had joined the petition is not about it."""

    sentence = "来件不属本件，移出"
    contact = Reference(required=True)


class ContactReconsidered(Event, type="contact.reconsidered.v1"):
    """It is undecided again: what it had become was a mistake, or somebody who was answered complains after all."""

    sentence = None
    contact = Reference(required=True)
    was = WordOf(words.ContactOutcome, required=True)


class PetitionPetitionerDied(OfPetition, type="petition.petitioner_died.v1"):
    """Nobody is told by what they had left any more. Who inherits may go on with it until `heirs_until`."""

    sentence = "信访人已于 {died_on} 死亡，近亲属或者继承人可在 {heirs_until} 前承接"
    died_on = Day(required=True)
    heirs_until = Day(required=True)


class PetitionTakenOver(OfPetition, type="petition.taken_over.v1"):
    """A relative or heir goes on with it, who is told from now on as they left it."""

    sentence = "由近亲属或者继承人承接（{relation}）"
    relation = WordOf(words.Relation, required=True)
    person = Reference(required=True, allow_none=True)
    reach = WordOf(words.Reach, required=True)


class PetitionGuarded(OfPetition, type="petition.guarded.v1"):
    """Who petitioned cannot act for themselves: their guardian does, and is told from now on, as they left it.

    `ground`: null; intake's own timeline alone says why.
    """

    sentence = "由监护人代为办理（{ground}）"
    brief = "由监护人代为办理"
    ground = WordOf(words.Incapacity, required=True, allow_none=True)
    reach = WordOf(words.Reach, required=True)


class PetitionPlaced(OfPetition, type="petition.placed.v1"):
    """Where it sits and who is kept away: for each service to decide whose eyes it is for.

    An officer is only a keyed hash of petition and number, under a key the services share. `unnamed`: it concerns us,
    and nobody has said yet whom.
    """

    sentence = None
    department = Code(required=True, allow_none=True)
    service_point = Code(required=True)
    handler = Digest(required=True, allow_none=True)
    kind = WordOf(words.Kind, required=True)
    line = WordOf(words.Line, required=True)
    colour = WordOf(words.RiskColour, required=True)
    secrecy = Flag(required=True)
    unnamed = Flag(required=True)
    walled_officers = fields.List(Digest(), required=True)
    walled_departments = fields.List(Code(), required=True)


class PetitionFileAdded(OfPetition, type="petition.file_added.v1"):
    """Something was handed in; its keyed digest, so that nobody changes it unseen. `size` in bytes.

    `sha256` is of older events: without a key, anybody may try what was in a form. Said as null while older code reads.
    """

    sentence = "收到材料（{size} 字节）"
    sha256 = Digest(allow_none=True)
    digest = Digest()
    size = Count(required=True)


class PetitionSigned(OfPetition, type="petition.signed.v1"):
    """What an agency sent to us is signed for: from here on it is ours, and its petitioner is told that we have it."""

    sentence = "签收转来事项"
    received_on = Day()
    reply_by = Day()


class PetitionObjected(OfPetition, type="petition.objected.v1"):
    """It is another's to deal with, we told its sender, who rules."""

    sentence = "向转来单位提出异议：{reason}"
    reason = WordOf(words.ObjectionReason, required=True)


class PetitionSentBack(OfPetition, type="petition.sent_back.v1"):
    """Its sender took it back."""

    sentence = "已退回转来单位"


class PetitionSenderTold(OfPetition, type="petition.sender_told.v1"):
    """Its sender was told how far it is, or, with `answered`, what came of it."""

    sentence = "向转来单位{answered}"
    answered = Flag(required=True, said=("答复结果", "反馈进展"))


class PetitionAssigned(OfPetition, type="petition.assigned.v1"):
    """Given to a department inside our office."""

    sentence = "分派 {department} 办理"
    department = Code(required=True)


class PetitionHandlerChanged(OfPetition, type="petition.handler_changed.v1"):
    """Another of our office handles it from now on, or nobody does; who, only the placement's tag says."""

    sentence = "{change}"
    change = WordOf(words.HandlerChange, required=True)


class ContactJoined(OfPetition, type="contact.joined.v1"):
    """Somebody wrote or came about a petition there is already; `group_size`: how many, who join nothing but this."""

    sentence = "{joining}：{channel}（{group_size} 人）"
    contact = Reference(required=True)
    joining = WordOf(words.Joining, required=True)
    channel = WordOf(words.Channel, required=True)
    group_size = Count(required=True)


class ContactRecorded(Event, type="contact.recorded.v1"):
    """One letter, call, visit, online message or fax (件次); subject `contact/<id>`."""

    sentence = None
    contact = Reference(required=True)
    channel = WordOf(words.Channel, required=True)
    service_point = Code(required=True)
    received_on = Day(required=True)
    group_size = Count(required=True)


class ContactDecided(Event, type="contact.decided.v1"):
    """What became of it, never which petitions: the parts of one letter must not betray each other."""

    sentence = None
    contact = Reference(required=True)
    outcome = WordOf(words.ContactOutcome, required=True)


class ContactRevealed(Event, type="contact.revealed.v1"):
    """An officer looked at the number in full that somebody left who wrote, called or came."""

    sentence = None
    contact = Reference(required=True)
    field = WordOf(words.PersonalNumber, required=True)


class PersonSearched(Event, type="person.searched.v1"):
    """An officer searched by what is somebody's; subject `officer/<id>`.

    `digest`: keyed by the month's key, which is destroyed in time; `hits`: how many petitions were shown.
    """

    sentence = None
    by = fields.List(WordOf(words.FoundBy), required=True)
    digest = Digest(required=True)
    month = Code(required=True)
    hits = Count(required=True)


class PetitionLinked(OfPetition, type="petition.linked.v1"):
    """It belongs to another; which, is for those who may see both."""

    sentence = "关联其他信访件：{reason}"
    reason = WordOf(words.LinkReason, required=True)


class PetitionMatchDecided(OfPetition, type="petition.match_decided.v1"):
    """A person said what it has to do with one that is like it; with which, is for those who may see both."""

    sentence = "认定相似的信访件：{decision}"
    decision = WordOf(words.MatchDecision, required=True)


class PetitionHeld(OfPetition, type="petition.held.v1"):
    """Nothing of it leaves for another agency any more, what was released before included; why, is for few."""

    sentence = words.Barred.HELD.zh


class PetitionReleaseAsked(OfPetition, type="petition.release_asked.v1"):
    """Who may see why it is held asks to let it go to one agency; the reason given stays where it is."""

    sentence = None
    release = Reference(required=True)
    to = AgencyCode(required=True)


class PetitionReleased(OfPetition, type="petition.released.v1"):
    """What is held may go to this one agency, until it is held anew."""

    sentence = "已核对，可以发往 {to}"
    to = AgencyCode(required=True)


class PetitionAdmissionAdvised(OfPetition, type="petition.admission_advised.v1"):
    """What the answers to the questions of its line, or sub-line, came to; the officer decides."""

    sentence = "核对受理条件：{result}"
    sheet = Code(required=True)
    result = WordOf(words.Admission, required=True)


class PetitionActRecorded(OfPetition, type="petition.act_recorded.v1"):
    """The file was read, the petitioner heard, or the like; what came of it is kept here, encrypted.

    `done_at`: the moment, of what the law counts hours from.
    """

    sentence = "{act}（{done_on}）"
    act = WordOf(words.ActKind, required=True)
    done_on = Day(required=True)
    done_at = Moment()


class PetitionChiefLed(OfPetition, type="petition.chief_led.v1"):
    """A leader of our office leads it (包案). `leader`: null by now; who it is, intake's own timeline alone says."""

    sentence = "院领导包案（{leader}）"
    leader = Code(required=True, allow_none=True)


class PetitionChiefLedItem(OfPetition, type="petition.chief_led_item.v1"):
    """One item of the county's list for such cases was done."""

    sentence = "包案完成：{item}（{done_on}）"
    item = NamedCode(required=True)
    done_on = Day(required=True)


class PetitionReceptionBooked(OfPetition, type="petition.reception_booked.v1"):
    """A place on a leader's reception day."""

    sentence = "预约 {day} 院领导接访"
    reception = Reference(required=True)
    day = Day(required=True)


class PetitionReceptionMoved(PetitionReceptionBooked, type="petition.reception_moved.v1"):
    """The place is on another day, or the day itself is another now."""

    sentence = "院领导接访改为 {day}"


class PetitionReceptionCancelled(PetitionReceptionBooked, type="petition.reception_cancelled.v1"):
    """The place is free again: it was cancelled, or the day was, or the leader must keep away."""

    sentence = "取消 {day} 院领导接访预约"


class PetitionReceived(PetitionReceptionBooked, type="petition.received.v1"):
    """Whether the petitioner came on the day; what the leader decided stays here, and becomes tasks."""

    sentence = "{day} 院领导接访：{outcome}"
    outcome = WordOf(words.BookingState, required=True)


class ReceptionVisited(Event, type="reception.visited.v1"):
    """The same of a visitor without a petition; subject `reception/<id>`."""

    sentence = None
    reception = Reference(required=True)
    booking = Reference(required=True)
    day = Day(required=True)
    outcome = WordOf(words.BookingState, required=True)


class ReceptionVisitorShown(Event, type="reception.visitor_shown.v1"):
    """One look at how to reach a visitor without a petition, by the event's actor; subject `reception/<id>`."""

    sentence = None
    reception = Reference(required=True)
    booking = Reference(required=True)


class PetitionTask(OfPetition, type=None):
    """A task inside our office; its kind is the county's data. Whose it is: a department's, or nobody's by name here.

    A colleague who has it is told by `officer.reminded`.
    """

    task = Reference(required=True)
    kind = NamedCode(required=True)
    department = Code(required=True, allow_none=True)


class PetitionTaskOpened(PetitionTask, type="petition.task_opened.v1"):
    """Something is to be done inside our office, until `due`."""

    sentence = "新增任务：{kind}（{due} 前办理）"
    due = Day(required=True)


class PetitionTaskGiven(PetitionTask, type="petition.task_given.v1"):
    """It is another's now: given by an officer, or who had it has left or must keep away."""

    sentence = "任务改由他人办理：{kind}"


class PetitionTaskEnded(PetitionTask, type="petition.task_ended.v1"):
    """It was done, or cannot be; what was written of it stays here, encrypted."""

    sentence = "任务{outcome}：{kind}"
    outcome = WordOf(words.TaskStanding, required=True)


class PetitionTaskReopened(PetitionTaskOpened, type="petition.task_reopened.v1"):
    """What had ended is to be done after all; why stays here, encrypted."""

    sentence = "任务重新开启：{kind}（{due} 前办理）"


class PetitionTaskOverdue(PetitionTaskOpened, type="petition.task_overdue.v1"):
    """Its day has passed; said once."""

    sentence = "任务逾期：{kind}（应于 {due} 前办理）"


class PetitionRiskChanged(OfPetition, type="petition.risk_changed.v1"):
    """The colours alone: what it was scored from stays in intake."""

    sentence = "风险等级由{was}调整为{colour}"
    was = WordOf(words.RiskColour, required=True)
    colour = WordOf(words.RiskColour, required=True)


class RuleVerified(Event, type="rule.verified.v1"):
    """A legal officer signed a row of the law's data; subject `rule/<digest>`. Who it was is in the county's file.

    `pack` and `rule`: where it stood, and its name there; `variant` is in the name now.
    """

    sentence = None
    rule = NamedCode(required=True)
    variant = Code(required=True, allow_none=True)
    pack = Code(required=True)
    digest = Code(required=True)


class OfficerReminded(OfPetition, type="officer.reminded.v1"):
    """Somebody of our own office has something to do: a department by its code, a colleague by their keyed hash.

    With neither it is our office's. `urgent`: told at once by day, else in the next digest.
    """

    sentence = None
    about = WordOf(words.Reminder, required=True)
    department = Code(required=True, allow_none=True)
    officer = Digest(required=True, allow_none=True)
    urgent = Flag(required=True)
    due = Day(required=True, allow_none=True)


class PetitionTold(OfPetition, type="petition.told.v1"):
    """A reply is proved to have reached the petitioner."""

    sentence = "{reply}已告知（{proof}，{proved_on}）"
    reply = WordOf(words.ReplyKind, required=True)
    proof = WordOf(words.Proof, required=True)
    proved_on = Day(required=True)


class PetitionUntellable(OfPetition, type="petition.untellable.v1"):
    """What was owed to the petitioner could not be told, lawfully."""

    sentence = "{reply}依法无法告知：{reason}"
    reply = WordOf(words.ReplyKind, required=True)
    reason = WordOf(words.Impossible, required=True)


class PetitionCodeRenewed(OfPetition, type="petition.code_renewed.v1"):
    """The petitioner got another query code; the one before no longer opens."""

    sentence = "重新签发查询码"


class PetitionRated(OfPetition, type="petition.rated.v1"):
    """One to five stars for a reply, by whoever holds the query code."""

    sentence = "信访人评价第 {seq} 次答复：{stars} 星"
    seq = Count(required=True)
    stars = Count(required=True)


class PetitionPrinted(OfPetition, type="petition.printed.v1"):
    """A paper with the petitioner's name on it was printed: from then on it may lie about."""

    sentence = "打印有信访人姓名的文书：{document}"
    document = WordOf(words.DocumentKind, required=True)


class PetitionPrintedNameless(OfPetition, type="petition.printed_nameless.v1"):
    """A paper was printed by who is not shown who petitions: their name is written in by hand, if at all."""

    sentence = "打印未填信访人姓名的文书：{document}"
    document = WordOf(words.DocumentKind, required=True)


class PetitionRevealed(OfPetition, type="petition.revealed.v1"):
    """An officer looked at a petitioner's number in full; `seq`: which of several, 1 the first."""

    sentence = "查看信访人{field}全号"
    field = WordOf(words.PersonalNumber, required=True)
    seq = Count(required=True)


class PetitionSealed(OfPetition, type="petition.sealed.v1"):
    """The petitioner asked for secrecy after registration: from here on nobody is told, and nobody else is shown.

    What is known of the person elsewhere is dropped, what is planned is stopped; a name that comes later is late.
    """

    sentence = "信访人要求保密，个人信息已封存"


class SealedAsked(OfPetition, type="sealed.asked.v1"):
    """An officer asked to know who asked for secrecy; who that is, and the reason given, stay where they are."""

    sentence = "申请查看要求保密的信访人：{purpose}"
    opening = Reference(required=True)
    purpose = WordOf(words.OpeningPurpose, required=True)


class SealedApproved(OfPetition, type="sealed.approved.v1"):
    """When another officer approved; who asked may look until `expires_at`."""

    sentence = "批准查看要求保密的信访人"
    opening = Reference(required=True)
    expires_at = Moment(required=True)


class SealedRefused(OfPetition, type="sealed.refused.v1"):
    """When another officer refused."""

    sentence = "不予批准查看要求保密的信访人"
    opening = Reference(required=True)


class SealedOpened(OfPetition, type="sealed.opened.v1"):
    """One look at who asked for secrecy, by the event's actor."""

    sentence = "查看要求保密的信访人：{purpose}"
    opening = Reference(required=True)
    purpose = WordOf(words.OpeningPurpose, required=True)
