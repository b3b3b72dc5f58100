"""What referral hears, and who answers it; what agencies say is in `replies`."""

from collections.abc import Mapping

from courier.inbox import BatchHandler, Handler
from referral.use_cases import inbound, material, offers, parties, petitions, releases

EVENTS: Mapping[str, Handler] = {
    "petition.registered.v1": petitions.registered,
    "petition.sealed.v1": petitions.sealed,
    "petition.reclassified.v1": petitions.reclassified,
    "petition.respondents_corrected.v1": petitions.respondents_corrected,
    "petition.closing.v1": petitions.closing,
    "petition.held.v1": petitions.held,
    "petition.released.v1": petitions.released,
    **dict.fromkeys((*petitions.ENDINGS, "petition.ended.v1"), petitions.ended),
    "petition.reopened.v1": petitions.reopened,
    **dict.fromkeys(parties.CHANGES, parties.changed),
}
LETTERS: Mapping[str, Handler | BatchHandler] = {
    "petition.handed_over.v1": BatchHandler(offers.handed_over),
    "submission.received.v1": inbound.received,
    "submission.told.v1": inbound.told,
    "material.added.v1": material.added,
    "release.asked.v1": releases.asked,
    "parties.told.v1": parties.told,
}
