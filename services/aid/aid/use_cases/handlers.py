"""What aid hears, and who answers it."""

from collections.abc import Mapping

from aid.use_cases import cases, directory, petitions
from courier.inbox import Handler

EVENTS: Mapping[str, Handler] = {
    "petition.held.v1": petitions.held,
    "petition.released.v1": petitions.released,
    "petition.terminated.v1": petitions.terminated,
    "petition.died.v1": petitions.died,
    "petition.petitioner_died.v1": petitions.died,
}
LETTERS: Mapping[str, Handler] = {
    "aid.requested.v1": cases.requested,
    "applicant.sealed.v1": petitions.sealed,
    "applicant.corrected.v1": cases.corrected,
    "directory.entry.v1": directory.directory_told,
}
