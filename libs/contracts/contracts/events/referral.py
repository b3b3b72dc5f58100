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
