"""Every type that may travel, with its schema, who says it and where it goes. Type names carry the major version."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields

from contracts import agency, channels, events, letters
from contracts.fields import Event
from contracts.sentences import faults


class ContractError(ValueError):
    """A body that does not keep its contract.

    Attributes: `field` the dotted path, `zh` and `en` one sentence each. Never holds the value itself.
    """

    def __init__(self, field: str | None, zh: str, en: str):
        super().__init__(en)
        self.field, self.zh, self.en = field, zh, en


@dataclass(frozen=True, slots=True)
class Contract:
    name: str  # the type that travels: petition.registered.v1
    category: str  # event · letter · to_agency · from_agency · to_channel · from_channel
    source: str  # the service that says it, "any", "agency" or "channel"
    schema: type[Schema]
    personal: type[Schema] | None = None


def _events(source: str, **schemas: type[Event]) -> list[Contract]:
    return [Contract(name.replace("_", ".", 1) + ".v1", "event", source, s) for name, s in schemas.items()]


CONTRACTS = [
    *_events(
        "intake",
        petition_registered=events.PetitionRegistered,
        petition_placed=events.PetitionPlaced,
        petition_accepted=events.PetitionAccepted,
        petition_not_accepted=events.PetitionNotAccepted,
        petition_guided=events.PetitionGuided,
        petition_referred=events.PetitionReferred,
        petition_involved=events.PetitionInvolved,
        petition_handling=events.PetitionHandling,
        petition_concluded=events.PetitionConcluded,
        petition_replied=events.PetitionReplied,
        petition_closing=events.PetitionClosing,
        petition_closed=events.PetitionClosed,
        petition_kept_open=events.PetitionKeptOpen,
        petition_reopened=events.PetitionReopened,
        petition_material_asked=events.PetitionMaterialAsked,
        petition_completed=events.PetitionCompleted,
        petition_suspended=events.PetitionSuspended,
        petition_resumed=events.PetitionResumed,
        petition_terminated=events.PetitionTerminated,
        petition_liability_reviewed=events.PetitionLiabilityReviewed,
        petition_resolved=events.PetitionResolved,
        petition_withdrawn=events.PetitionWithdrawn,
        petition_ended=events.PetitionEnded,
        petition_died=events.PetitionDied,
        petition_hardship_marked=events.PetitionHardshipMarked,
        petition_walled=events.PetitionWalled,
        petition_assigned=events.PetitionAssigned,
        petition_file_added=events.PetitionFileAdded,
        petition_signed=events.PetitionSigned,
        petition_objected=events.PetitionObjected,
        petition_sent_back=events.PetitionSentBack,
        petition_sender_told=events.PetitionSenderTold,
        contact_recorded=events.ContactRecorded,
        contact_decided=events.ContactDecided,
        contact_joined=events.ContactJoined,
        petition_linked=events.PetitionLinked,
        petition_held=events.PetitionHeld,
        petition_release_asked=events.PetitionReleaseAsked,
        petition_released=events.PetitionReleased,
        petition_admission_advised=events.PetitionAdmissionAdvised,
        petition_act_recorded=events.PetitionActRecorded,
        petition_chief_led=events.PetitionChiefLed,
        petition_chief_led_item=events.PetitionChiefLedItem,
        petition_reception_booked=events.PetitionReceptionBooked,
        petition_risk_changed=events.PetitionRiskChanged,
        petition_printed=events.PetitionPrinted,
        petition_sealed=events.PetitionSealed,
        sealed_asked=events.SealedAsked,
        sealed_approved=events.SealedApproved,
        sealed_refused=events.SealedRefused,
        sealed_opened=events.SealedOpened,
        petition_told=events.PetitionTold,
        petition_untellable=events.PetitionUntellable,
        petition_code_renewed=events.PetitionCodeRenewed,
        petition_rated=events.PetitionRated,
    ),
    *_events(
        "referral",
        referral_drafted=events.ReferralDrafted,
        referral_sent=events.ReferralSent,
        referral_signed=events.ReferralSigned,
        referral_accepted=events.ReferralAccepted,
        referral_progressed=events.ReferralProgressed,
        referral_objected=events.ReferralObjected,
        referral_overruled=events.ReferralOverruled,
        referral_returned=events.ReferralReturned,
        referral_recalled=events.ReferralRecalled,
        referral_stopped=events.ReferralStopped,
        referral_undelivered=events.ReferralUndelivered,
        referral_answered=events.ReferralAnswered,
        referral_suspended=events.ReferralSuspended,
        referral_resumed=events.ReferralResumed,
        referral_passed_on=events.ReferralPassedOn,
        referral_rework=events.ReferralRework,
        referral_material_added=events.ReferralMaterialAdded,
        referral_urged=events.ReferralUrged,
        referral_voided=events.ReferralVoided,
        referral_closed=events.ReferralClosed,
        referral_deemed=events.ReferralDeemed,
        submission_drafted=events.SubmissionDrafted,
        submission_sent=events.SubmissionSent,
        submission_signed=events.SubmissionSigned,
        submission_accepted=events.SubmissionAccepted,
        submission_deemed=events.SubmissionDeemed,
        submission_objected=events.SubmissionObjected,
        submission_overruled=events.SubmissionOverruled,
        submission_returned=events.SubmissionReturned,
        submission_progressed=events.SubmissionProgressed,
        submission_answered=events.SubmissionAnswered,
        submission_closed=events.SubmissionClosed,
        escalation_requested=events.EscalationRequested,
        routing_refused=events.RoutingRefused,
        routing_judged=events.RoutingJudged,
        command_refused=events.CommandRefused,
        custody_moved=events.CustodyMoved,
        custody_ended=events.CustodyEnded,
        custody_kept=events.CustodyKept,
    ),
    *_events(
        "aid",
        aid_opened=events.AidOpened,
        aid_determined=events.AidDetermined,
        aid_granted=events.AidGranted,
        aid_refused=events.AidRefused,
        aid_lead_offered=events.AidLeadOffered,
        aid_lead_by_hand=events.AidLeadByHand,
        aid_lead_signed=events.AidLeadSigned,
        aid_lead_answered=events.AidLeadAnswered,
        aid_lead_undelivered=events.AidLeadUndelivered,
    ),
    *_events(
        "notify",
        notice_planned=events.NoticePlanned,
        notice_sent=events.NoticeSent,
        notice_delivered=events.NoticeDelivered,
        notice_failed=events.NoticeFailed,
        notice_refused=events.NoticeRefused,
        notice_unknown=events.NoticeUnknown,
        notice_impossible=events.NoticeImpossible,
    ),
    *_events(
        "any",
        access_denied=events.AccessDenied,
        message_opened=events.MessageOpened,
        message_discarded=events.MessageDiscarded,
        clock_started=events.ClockStarted,
        clock_stopped=events.ClockStopped,
        clock_suspended=events.ClockSuspended,
        clock_resumed=events.ClockResumed,
        clock_extended=events.ClockExtended,
        clock_recomputed=events.ClockRecomputed,
        clock_warned=events.ClockWarned,
        clock_missed=events.ClockMissed,
        key_retired=events.KeyRetired,
        clock_halted=events.ClockHalted,
        clock_resumed_sweep=events.ClockResumedSweep,
    ),
    Contract("contact.given.v1", "letter", "intake", letters.ContactGiven, letters.PhoneOnly),
    Contract("contact.withdrawn.v1", "letter", "intake", letters.ContactWithdrawn),
    Contract("applicant.sealed.v1", "letter", "intake", letters.ApplicantSealed),
    Contract("petition.handed_over.v1", "letter", "intake", letters.PetitionHandedOver, letters.Handed),
    Contract("release.asked.v1", "letter", "intake", letters.ReleaseAsked, letters.Because),
    Contract("aid.requested.v1", "letter", "intake", letters.AidRequested, letters.Applicant),
    Contract("submission.received.v1", "letter", "intake", letters.SubmissionReceived),
    Contract("submission.told.v1", "letter", "intake", letters.SubmissionTold, letters.TextOnly),
    Contract("file.granted.v1", "letter", "referral", letters.FileGranted, letters.TokenOnly),
    Contract("file.barred.v1", "letter", "referral", letters.FileBarred),
    Contract("material.added.v1", "letter", "intake", letters.MaterialAdded, letters.AddedText),
    Contract("answer.received.v1", "letter", "referral", letters.AnswerReceived, letters.AnswerText),
    Contract("directory.entry.v1", "letter", "referral", letters.DirectoryEntry),
    Contract("office.officer.v1", "letter", "intake", letters.OfficerEntry),
    Contract("placement.asked.v1", "letter", "any", letters.PlacementAsked),
    Contract("referral.offered.v1", "to_agency", "referral", agency.ReferralOffered),
    Contract("referral.recalled.v1", "to_agency", "referral", agency.ReferralRecalled),
    Contract("referral.stopped.v1", "to_agency", "referral", agency.ReferralStopped),
    Contract("referral.ruling.v1", "to_agency", "referral", agency.ReferralRuling),
    Contract("referral.rework.v1", "to_agency", "referral", agency.ReferralRework),
    Contract("referral.material_added.v1", "to_agency", "referral", agency.ReferralMaterialAdded),
    Contract("referral.urged.v1", "to_agency", "referral", agency.ReferralUrged),
    Contract("aid.lead_offered.v1", "to_agency", "aid", agency.AidLeadOffered),
    Contract("submission.signed.v1", "to_agency", "referral", agency.SubmissionSigned),
    Contract("submission.accepted.v1", "to_agency", "referral", agency.Submission),
    Contract("submission.objected.v1", "to_agency", "referral", agency.SubmissionObjected),
    Contract("submission.progress.v1", "to_agency", "referral", agency.SubmissionProgress),
    Contract("submission.answered.v1", "to_agency", "referral", agency.SubmissionAnswered),
    Contract("message.rejected.v1", "to_agency", "any", agency.MessageRejected),
    Contract("petition.submitted.v1", "from_agency", "agency", agency.PetitionSubmitted),
    Contract("reply.signed.v1", "from_agency", "agency", agency.Reply),
    Contract("reply.accepted.v1", "from_agency", "agency", agency.Reply),
    Contract("reply.objected.v1", "from_agency", "agency", agency.ReplyObjected),
    Contract("reply.progress.v1", "from_agency", "agency", agency.ReplyProgress),
    Contract("reply.answered.v1", "from_agency", "agency", agency.ReplyAnswered),
    Contract("reply.pass_on.v1", "from_agency", "agency", agency.ReplyPassOn),
    Contract("reply.ruling.v1", "from_agency", "agency", agency.ReplyRuling),
    Contract("aid.lead_signed.v1", "from_agency", "agency", agency.AidLeadSigned),
    Contract("aid.lead_answered.v1", "from_agency", "agency", agency.AidLeadAnswered),
    Contract("inbox.resync.v1", "from_agency", "agency", agency.InboxResync),
    Contract("notice.task.v1", "to_channel", "notify", channels.NoticeTask),
    Contract("notice.recalled.v1", "to_channel", "notify", channels.NoticeRecalled),
    Contract("message.rejected.v1", "to_channel", "notify", agency.MessageRejected),
    Contract("notice.result.v1", "from_channel", "channel", channels.NoticeResult),
]

# `referral.recalled.v1` is both an event and a message to the agency: the category tells them apart
REGISTRY: Mapping[tuple[str, str], Contract] = {(c.category, c.name): c for c in CONTRACTS}


def contract(category: str, type_: str) -> Contract:
    """The contract of a type. Raises ContractError for a type nobody published."""
    try:
        return REGISTRY[category, type_]
    except KeyError:
        raise ContractError("type", "消息类型未登记", "the message type is not registered") from None


def load(category: str, type_: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Checks a body that arrived; unknown fields are ignored (a newer sender may add). Raises ContractError."""
    return _load(_hearing(contract(category, type_).schema), data)


def dump(category: str, type_: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Turns values into the published JSON; a field the contract does not know is refused. Raises ContractError."""
    return _dump(_saying(contract(category, type_).schema), data)


def dump_personal(type_: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """The personal part of a letter, checked field by field before it is encrypted. Raises ContractError."""
    personal = contract("letter", type_).personal
    if personal is None:
        raise ContractError("personal", "此类信件不得含个人信息", "this letter may carry nothing personal")
    return _dump(_saying(personal), data)


def load_personal(type_: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """The personal part of a letter after decryption. Raises ContractError."""
    personal = contract("letter", type_).personal
    return {} if personal is None else _load(_hearing(personal), data)


def understand(category: str, type_: str, data: Mapping[str, Any], critical: Collection[str]) -> None:
    """That each name a sender calls critical is in the contract and in the data: trimmed off, what is said would be
    another thing. Names no member in its sentence: what others call their own may be anything. Raises ContractError."""
    for place, name in enumerate(critical, 1):
        if not _has(_hearing(contract(category, type_).schema), data, name.split(".")):
            raise ContractError(
                "critical",
                f"critical 的第 {place} 项本系统不认识或消息里没有，整条消息未采用",
                f"number {place} of critical is not understood here, or not in the message",
            )


def _has(schema: Schema, data: Any, path: Sequence[str]) -> bool:
    name, *deeper = path
    field = schema.fields.get(name)
    if field is None or not isinstance(data, Mapping) or name not in data:
        return False
    if not deeper:
        return True
    inner = field.inner if isinstance(field, fields.List) else field
    several = data[name] if isinstance(data[name], list) else [data[name]]
    return isinstance(inner, fields.Nested) and any(_has(inner.schema, each, deeper) for each in several)


# a schema copies all its fields when it is made: each is made once, and holds nothing of what it checks
@cache
def _hearing(schema: type[Schema]) -> Schema:
    return schema(unknown=EXCLUDE)


@cache
def _saying(schema: type[Schema]) -> Schema:
    return schema()


def _dump(schema: Schema, data: Mapping[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = schema.dump(data)
    strangers = set(data) - set(body)
    if strangers:
        field = sorted(strangers)[0]
        raise ContractError(field, "不在约定的字段之内", "the field is not in the contract")
    # what we say is held to the same rules as what we hear
    _load(schema, body)
    return body


def _load(schema: Schema, data: Mapping[str, Any]) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = schema.load(data)
    except ValidationError as fault:
        field, zh = faults(fault.messages)[0]
        raise ContractError(field, zh, f"{field} does not keep its contract") from None
    return loaded
