"""What referral says: matters handed to agencies and submitted by them, custody, the ban's answers."""

from marshmallow import fields

from contracts import vocabulary as words
from contracts.events.base import OfPetition
from contracts.fields import (
    ActionCode,
    AgencyCode,
    Code,
    Count,
    Day,
    Digest,
    Flag,
    Moment,
    ProceedingNumber,
    Reference,
    ReferralNumber,
    WordOf,
)


class OfReferral(OfPetition, type=None):
    """The petition itself follows a transfer alone: who hears of another `kind` must be able to tell."""

    referral = ReferralNumber(required=True)
    agency = AgencyCode(required=True)
    kind = WordOf(words.ReferralKind)


class ReferralSent(OfReferral, type="referral.sent.v1"):
    """Records the letter to the agency: purpose, fields and keyed digest."""

    sentence = "{referral} 移送 {agency}，{sign_by} 前签收"
    kind = WordOf(words.ReferralKind, required=True)
    purpose = Code(required=True)
    carries = fields.List(Code(), required=True)
    digest = Digest(required=True)
    sign_by = Day(required=True)


class ReferralDrafted(OfReferral, type="referral.drafted.v1"):
    """`statutory`: by law the receiver cannot object; `predecessor`: the referral that was passed on."""

    sentence = None
    kind = WordOf(words.ReferralKind, required=True)
    statutory = Flag()
    predecessor = ReferralNumber()


class ReferralSigned(OfReferral, type="referral.signed.v1"):
    """When the receiver signed; if `statutory`, custody goes to it. By `contact_by` it tells the petitioner."""

    sentence = "{agency} 签收"
    signed_on = Day(required=True)
    contact_by = Day(required=True)
    statutory = Flag()


class ReferralAccepted(OfReferral, type="referral.accepted.v1"):
    """When the receiver took it on."""

    sentence = "{agency} 受理"


class ReferralProgressed(OfReferral, type="referral.progressed.v1"):
    """When the receiver told how far it is; what it said is not in the event."""

    sentence = "{agency} 报告进展"


class ReferralSuspended(OfReferral, type="referral.suspended.v1"):
    """When the receiver said that nothing goes on for now."""

    sentence = "{agency} 中止办理"


class ReferralResumed(OfReferral, type="referral.resumed.v1"):
    """When the receiver, who had suspended it, went on."""

    sentence = "{agency} 恢复办理"


class ReferralPassedOn(OfReferral, type="referral.passed_on.v1"):
    """The receiver passed it on: `successor` is the referral opened for `to`."""

    sentence = "{agency} 转由 {to} 办理（{successor}）"
    to = AgencyCode(required=True)
    successor = ReferralNumber(required=True)


class ReferralRework(OfReferral, type="referral.rework.v1"):
    """The answer does not do: the receiver is asked to complete it."""

    sentence = "退回 {agency} 补办"


class ReferralMaterialAdded(OfReferral, type="referral.material_added.v1"):
    """Records late material sent after the offer, by its keyed digest."""

    sentence = "补充材料已送 {agency}"
    digest = Digest(required=True)


class ReferralUrged(OfReferral, type="referral.urged.v1"):
    """催办; `times`: how often so far, this time included. `unsigned`: it was not even signed for."""

    sentence = "第 {times} 次催办 {agency}"
    times = Count(required=True)
    unsigned = Flag()


class ReferralVoided(OfReferral, type="referral.voided.v1"):
    """Made as if it had never been, with a chief's approval."""

    sentence = "{referral} 作废：{reason}"
    reason = WordOf(words.VoidReason, required=True)


class ReferralObjected(OfReferral, type="referral.objected.v1"):
    """When the receiver said that it is not its own to deal with; we rule."""

    sentence = "{agency} 提出异议：{reason}"
    reason = WordOf(words.ObjectionReason, required=True)


class ReferralOverruled(OfReferral, type="referral.overruled.v1"):
    """When we ruled against the objection: it stays with the receiver."""

    sentence = "异议不成立，仍由 {agency} 办理"


class ReferralReturned(OfReferral, type="referral.returned.v1"):
    """When we upheld the objection: the matter is back with us."""

    sentence = "异议成立，{agency} 退回"


class ReferralDeemed(OfReferral, type="referral.deemed.v1"):
    """The days for an objection ran out in silence: taken on, as if it had said so."""

    sentence = "{agency} 逾期未提异议，视为受理"


class OfSubmission(OfReferral, type=None):
    """What `agency` sent to us; the same moves as `referral.*`, with the sides swapped."""


class SubmissionDrafted(OfSubmission, type="submission.drafted.v1"):
    """When what an agency sent got its number here."""

    sentence = None
    statutory = Flag(required=True)


class SubmissionSent(OfSubmission, type="submission.sent.v1"):
    """`answer_by`: the day the sender named."""

    sentence = None
    statutory = Flag(required=True)
    received_on = Day(required=True)
    answer_by = Day(required=True, allow_none=True)


class SubmissionSigned(OfSubmission, type="submission.signed.v1"):
    """When we signed for it: custody is ours."""

    sentence = None


class SubmissionAccepted(OfSubmission, type="submission.accepted.v1"):
    """When we took it on."""

    sentence = None


class SubmissionDeemed(OfSubmission, type="submission.deemed.v1"):
    """When our days for an objection ran out: taken on, as if we had said so."""

    sentence = None


class SubmissionObjected(OfSubmission, type="submission.objected.v1"):
    """When we told its sender that it is another's to deal with."""

    sentence = None
    reason = WordOf(words.ObjectionReason, required=True)


class SubmissionOverruled(OfSubmission, type="submission.overruled.v1"):
    """When its sender ruled against our objection: it stays with us."""

    sentence = "{agency} 裁定异议不成立，由本院办理"


class SubmissionReturned(OfSubmission, type="submission.returned.v1"):
    """When its sender upheld our objection and took it back."""

    sentence = "{agency} 同意退回"


class SubmissionProgressed(OfSubmission, type="submission.progressed.v1"):
    """When its sender was told how far it is."""

    sentence = None


class SubmissionAnswered(OfSubmission, type="submission.answered.v1"):
    """`result`: none where nothing was decided on the merits."""

    sentence = None
    result = WordOf(words.Result, required=True, allow_none=True)


class SubmissionClosed(OfSubmission, type="submission.closed.v1"):
    """When it ended with the petition."""

    sentence = None


class ReferralRecalled(OfReferral, type="referral.recalled.v1"):
    """When we took it back before the receiver had taken it on."""

    sentence = "撤回对 {agency} 的移送"


class ReferralStopped(OfReferral, type="referral.stopped.v1"):
    """The petition ended with us and the receiver, who had taken it on, was told; it answers with what it has."""

    sentence = "{agency} 不必再办：{reason}"
    reason = WordOf(words.Ending, required=True)


class ReferralUndelivered(OfReferral, type="referral.undelivered.v1"):
    """The agency left the directory before it signed: the matter is back with us."""

    sentence = "{agency} 未签收即停止接入，退回本院"


class ReferralAnswered(OfReferral, type="referral.answered.v1"):
    """When the receiver told what came of it; the words go by letter."""

    sentence = "{agency} 反馈：{result}"
    result = WordOf(words.Result, required=True)


class ReferralClosed(OfReferral, type="referral.closed.v1"):
    """When it ended with the petition."""

    sentence = "{referral} 办结"


class EscalationRequested(OfPetition, type="escalation.requested.v1"):
    """提请协调: nobody takes it.

    `to`: who is asked, none where the ban leaves nobody; `days`: how long each of `agencies` had it.
    """

    sentence = "{reason}，提请协调：{to}（经手：{agencies}）"
    brief = "提请协调：{reason}"
    referral = ReferralNumber(required=True)
    reason = WordOf(words.EscalationReason, required=True)
    to = AgencyCode(
        required=True,
        allow_none=True,
        metadata={"none_zh": "依法没有可以提请的单位，请报检察长决定：由本院办理、报上一级人民检察院，或者另行移送"},
    )
    agencies = fields.List(AgencyCode(), required=True)
    days = fields.List(Count(), required=True)


class CustodyMoved(OfPetition, type="custody.moved.v1"):
    """When another agency has the petition, from `since` on; `seq` counts its holders."""

    sentence = "承办单位转为 {agency}"
    seq = Count(required=True)
    agency = AgencyCode(required=True)
    since = Moment(required=True)


class CustodyEnded(OfPetition, type="custody.ended.v1"):
    """When nobody has it any more: every referral has ended, and the petition may close."""

    sentence = "承办结束"
    seq = Count(required=True)
    since = Moment(required=True)


class CustodyKept(OfPetition, type="custody.kept.v1"):
    """Custody may not end yet: this referral is still open."""

    sentence = "{referral} 尚未办结，承办不能结束"
    referral = ReferralNumber(required=True)


class RoutingRefused(OfPetition, type="routing.refused.v1"):
    """It did not leave: the ban; `lawful` names who may have it."""

    sentence = "依法不得送 {to}：{reason}；可以送 {lawful}"
    brief = "未发出"
    to = AgencyCode(required=True)
    reason = WordOf(words.Barred, required=True)
    lawful = fields.List(AgencyCode(), required=True)


class CommandRefused(OfPetition, type="command.refused.v1"):
    """What an officer asked was not done; `command` is the action's name in intake, `to` whom it was to reach."""

    sentence = "{command}未办成（{to}）：{reason}"
    brief = "{command}未办成"
    command = ActionCode(required=True)
    to = AgencyCode(required=True)
    reason = WordOf(words.Unmade, required=True)


class RoutingJudged(OfPetition, type="routing.judged.v1"):
    """Whether the ban of what a petition is held for lets it go to the agency; why not is said to nobody here."""

    sentence = None
    release = Reference(required=True)
    to = AgencyCode(required=True)
    passes = Flag(required=True)


class OfProceeding(OfPetition, type=None):
    """A mediation, hearing, meeting or talk over a petition; on a lane of its own, its number."""

    proceeding = ProceedingNumber(required=True)
    kind = WordOf(words.ProceedingKind, required=True)


class ProceedingPlanned(OfProceeding, type="proceeding.planned.v1"):
    """When it is proposed; `applied`: a party asked for it. `form`: whose mediation, which meeting."""

    sentence = "拟{kind}（{proceeding}）：{subject}"
    form = WordOf(words.ProceedingForm, required=True, allow_none=True)
    subject = WordOf(words.ProceedingSubject, required=True)
    applied = Flag(required=True)


class ProceedingApproved(OfProceeding, type="proceeding.approved.v1"):
    """When the chief approves it."""

    sentence = "批准{kind}"


class ProceedingRefused(OfProceeding, type="proceeding.refused.v1"):
    """When the chief does not; whoever asked for it is told why (听证工作规定 9)."""

    sentence = "不同意{kind}"


class ProceedingNotified(OfProceeding, type="proceeding.notified.v1"):
    """When its date is told; `told_by`: the last day on which whoever comes to a hearing is told in time."""

    sentence = "{kind}定于 {held_on} 举行"
    held_on = Day(required=True)
    told_by = Day(required=True, allow_none=True)
    open = Flag(required=True)


class ProceedingTold(OfProceeding, type="proceeding.told.v1"):
    """When somebody who takes part was told of the date, by which proof."""

    sentence = "{role}已告知（{proof}）"
    role = WordOf(words.PartRole, required=True)
    told_on = Day(required=True)
    proof = WordOf(words.Proof, required=True)


class ProceedingInvited(OfProceeding, type="proceeding.invited.v1"):
    """When an agency is invited; what it was told is in no event."""

    sentence = "邀请 {agency} 参加{kind}"
    agency = AgencyCode(required=True)
    role = WordOf(words.PartRole, required=True)


class ProceedingAnswered(OfProceeding, type="proceeding.answered.v1"):
    """What an agency says to its invitation."""

    sentence = "{agency} {answer}"
    agency = AgencyCode(required=True)
    answer = WordOf(words.InvitationAnswer, required=True)


class ProceedingAdjourned(OfProceeding, type="proceeding.adjourned.v1"):
    """When its date is given up for another that is told anew."""

    sentence = "{kind}改期"


class ProceedingCancelled(OfProceeding, type="proceeding.cancelled.v1"):
    """When it is given up; whoever was told of it is told so."""

    sentence = "取消{kind}"


class ProceedingHeld(OfProceeding, type="proceeding.held.v1"):
    """When it took place, which the report counts; `came`: how many took part. `mend_by`: after a talk."""

    sentence = "{held_on} 举行{kind}：{subject}"
    held_on = Day(required=True)
    subject = WordOf(words.ProceedingSubject, required=True)
    open = Flag(required=True)
    came = Count(required=True)
    mend_by = Day()


class ProceedingOpined(OfProceeding, type="proceeding.opined.v1"):
    """When the hearing officers gave their opinion."""

    sentence = "听证员提出意见"


class ProceedingConcluded(OfProceeding, type="proceeding.concluded.v1"):
    """When it has its result; `followed`: a hearing officers' opinion was, else the chief is told why not."""

    sentence = "{kind}办结"
    followed = Flag()


class ProceedingResolved(OfProceeding, type="proceeding.resolved.v1"):
    """When a meeting resolved on so many tasks."""

    sentence = "会商形成决议 {tasks} 项"
    tasks = Count(required=True)


class ProceedingFulfilled(OfProceeding, type="proceeding.fulfilled.v1"):
    """When each task of its resolution was done."""

    sentence = "会商决议已落实"


class ProceedingUnfulfilled(OfProceeding, type="proceeding.unfulfilled.v1"):
    """When each task ended and one of them was not done."""

    sentence = "会商决议未全部落实"


class ProceedingMended(OfProceeding, type="proceeding.mended.v1"):
    """When what a talk was about is put right (销号)."""

    sentence = "约谈事项整改完毕，销号"


class OfMediation(OfProceeding, type=None):
    """A step of a mediation."""


class MediationAsked(OfMediation, type="mediation.asked.v1"):
    """When both sides are asked whether they wish it."""

    sentence = "征求当事人调解意愿"


class MediationConsented(OfMediation, type="mediation.consented.v1"):
    """When a side agrees to be mediated."""

    sentence = "{role}同意调解"
    role = WordOf(words.PartRole, required=True)


class MediationDeclined(OfMediation, type="mediation.declined.v1"):
    """When a side refuses, which ends it (人民调解法 17)."""

    sentence = "{role}不同意调解"
    role = WordOf(words.PartRole, required=True)


class MediationInvited(OfMediation, type="mediation.invited.v1"):
    """When an organ is asked to mediate."""

    sentence = "邀请 {agency} 调解"
    agency = AgencyCode(required=True)


class MediationTurnedDown(OfMediation, type="mediation.turned_down.v1"):
    """When the organ does not take it on: another may be asked."""

    sentence = "{agency} 不受理调解"
    agency = AgencyCode(required=True)


class MediationTakenOn(OfMediation, type="mediation.taken_on.v1"):
    """When the organ takes it on."""

    sentence = "{agency} 受理调解"
    agency = AgencyCode(required=True)


class MediationBegun(OfMediation, type="mediation.begun.v1"):
    """When the parties begin to settle it between them."""

    sentence = "双方开始和解"


class MediationSat(OfMediation, type="mediation.sat.v1"):
    """When they met once more."""

    sentence = "{held_on} 开调解会"
    held_on = Day(required=True)


class MediationAgreed(OfMediation, type="mediation.agreed.v1"):
    """When the agreement takes effect: the days for its confirmation by the court run (人民调解法 29, 33)."""

    sentence = "达成{agreement}，{effective_on} 生效"
    agreement = WordOf(words.AgreementForm, required=True)
    effective_on = Day(required=True)
    subject = WordOf(words.ProceedingSubject, required=True)


class MediationFailed(OfMediation, type="mediation.failed.v1"):
    """When it came to nothing; the sides are told of the other ways (人民调解法 26)."""

    sentence = "调解不成"


class MediationConfirmationAsked(OfMediation, type="mediation.confirmation_asked.v1"):
    """When both sides asked the court to confirm the agreement."""

    sentence = "{asked_on} 双方申请司法确认"
    asked_on = Day(required=True)


class MediationConfirmed(OfMediation, type="mediation.confirmed.v1"):
    """When the court confirmed it."""

    sentence = "法院确认调解协议"


class MediationUnconfirmed(OfMediation, type="mediation.unconfirmed.v1"):
    """When the court did not."""

    sentence = "法院驳回司法确认申请"


class MediationPerformed(OfMediation, type="mediation.performed.v1"):
    """When what was agreed is done."""

    sentence = "调解协议已履行"


class MediationUnperformed(OfMediation, type="mediation.unperformed.v1"):
    """When a side does not keep to it."""

    sentence = "调解协议未履行"


class MediationWithdrawn(OfMediation, type="mediation.withdrawn.v1"):
    """When a side wishes no mediation any more."""

    sentence = "当事人撤回调解"


class OfTask(OfProceeding, type=None):
    """A task that a meeting resolved on, and whose it is; `item` counts those of the meeting."""

    item = Count(required=True)
    agency = AgencyCode(required=True)


class TaskSet(OfTask, type="task.set.v1"):
    """When it is given, to be done by `due`."""

    sentence = "会商任务 {item} 由 {agency} 于 {due} 前落实"
    due = Day(required=True)


class TaskUrged(OfTask, type="task.urged.v1"):
    """催办; `times`: how often so far, this time included."""

    sentence = "第 {times} 次催办 {agency} 落实会商任务 {item}"
    times = Count(required=True)


class TaskMissed(OfTask, type="task.missed.v1"):
    """When its day has passed and it is not done. Once."""

    sentence = "{agency} 逾期：会商任务 {item} 应于 {due} 前落实"
    due = Day(required=True)


class TaskDone(OfTask, type="task.done.v1"):
    """When it is done; `late`: after its day."""

    sentence = "{agency} 已落实会商任务 {item}"
    late = Flag(required=True)


class TaskImpossible(OfTask, type="task.impossible.v1"):
    """When whose it is says that it cannot be done."""

    sentence = "{agency} 不能落实会商任务 {item}"


class OfTeam(OfPetition, type=None):
    """How many of each a team has; who they are is in no event. `whole`: at least one of each, as the report counts."""

    prosecutors = Count(required=True)
    lawyers = Count(required=True)
    counsellors = Count(required=True)
    whole = Flag(required=True)


class TeamFormed(OfTeam, type="team.formed.v1"):
    """When prosecutor, lawyer and counsellor take a petition on together."""

    sentence = "组成团队：检察官 {prosecutors} 人、律师 {lawyers} 人、心理咨询师 {counsellors} 人"


class TeamChanged(OfTeam, type="team.changed.v1"):
    """When others are in it."""

    sentence = "调整团队：检察官 {prosecutors} 人、律师 {lawyers} 人、心理咨询师 {counsellors} 人"


class TeamEnded(OfTeam, type="team.ended.v1"):
    """When it was no more, by an officer's word or with its petition; of how many it was then."""

    sentence = "团队解散"


class TeamDangerTold(OfPetition, type="team.danger_told.v1"):
    """A counsellor wrote down that somebody is in danger: who handles and leads the petition may open what."""

    sentence = "心理咨询师提示有人身危险"


class TeamNoteOpened(OfPetition, type="team.note_opened.v1"):
    """Somebody else than the counsellor opened a note that tells of danger."""

    sentence = "查看提示人身危险的心理疏导记录"
    note = Reference(required=True)
