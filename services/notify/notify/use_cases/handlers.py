"""What notify hears, and who answers it."""

from collections.abc import Mapping

from courier.inbox import Handler
from notify.use_cases import cases, contacts, directory, officers, petitions, proceedings, referrals

EVENTS: Mapping[str, Handler] = {
    **officers.EVENTS,
    "petition.registered.v1": petitions.registered,
    "petition.sealed.v1": petitions.sealed,
    "petition.signed.v1": petitions.signed,
    "petition.corrected.v1": petitions.corrected,
    "petition.guarded.v1": petitions.corrected,
    "petition.accepted.v1": petitions.accepted,
    "petition.not_accepted.v1": petitions.not_accepted,
    "petition.guided.v1": petitions.guided,
    "petition.assigned.v1": petitions.assigned,
    "petition.replied.v1": petitions.replied,
    "petition.reply_corrected.v1": petitions.replied,
    "petition.withdrawn.v1": petitions.taken_back,
    "petition.sent_back.v1": petitions.taken_back,
    "petition.voided.v1": petitions.taken_back,
    "petition.merged_into.v1": petitions.taken_back,
    "petition.parted.v1": petitions.parted,
    "petition.restored.v1": petitions.parted,
    "petition.terminated.v1": petitions.terminated,
    "petition.died.v1": petitions.died,
    "petition.petitioner_died.v1": petitions.petitioner_died,
    "petition.taken_over.v1": petitions.taken_over,
    "petition.reopened.v1": petitions.reopened,
    "referral.signed.v1": referrals.signed,
    **{
        f"referral.{what}.v1": referrals.ended
        for what in ("returned", "recalled", "undelivered", "voided", "passed_on")
    },
    "proceeding.notified.v1": proceedings.notified,
    "proceeding.adjourned.v1": proceedings.off,
    "proceeding.cancelled.v1": proceedings.off,
    "aid.granted.v1": cases.decided,
    "aid.refused.v1": cases.decided,
    "aid.lead_answered.v1": cases.lead_answered,
}
LETTERS: Mapping[str, Handler] = {
    "contact.given.v1": contacts.given,
    "contact.withdrawn.v1": petitions.sealed,
    "directory.entry.v1": directory.directory_told,
}
