"""Who hears whom: the one list from which queues, bindings and rights are provisioned."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Route:
    """What one service hears."""

    events_of: tuple[str, ...] = ()
    letters_from: tuple[str, ...] = ()
    from_agencies: tuple[str, ...] = ()  # types bound from every agency's own exchange
    writes_to_agencies: bool = False
    channels: tuple[str, ...] = ()  # operators it gives tasks to and hears results from
    unrouted: bool = False  # hears what an agency sent under a key nobody bound


ROUTES: Mapping[str, Route] = {
    "intake": Route(
        events_of=("referral", "aid", "notify"),
        letters_from=("referral", "aid", "notify"),
        from_agencies=("petition.submitted.v1",),
        writes_to_agencies=True,
    ),
    "referral": Route(
        events_of=("intake",),
        letters_from=("intake",),
        from_agencies=(
            "reply.signed.v1",
            "reply.accepted.v1",
            "reply.objected.v1",
            "reply.progress.v1",
            "reply.answered.v1",
            "reply.pass_on.v1",
            "reply.ruling.v1",
            "proceeding.reply.v1",
            "mediation.reported.v1",
            "task.answered.v1",
            "inbox.resync.v1",
        ),
        writes_to_agencies=True,
        unrouted=True,
    ),
    "aid": Route(
        events_of=("intake",),
        letters_from=("intake", "referral"),
        from_agencies=("aid.lead_signed.v1", "aid.lead_answered.v1", "inbox.resync.v1"),
        writes_to_agencies=True,
    ),
    "notify": Route(
        events_of=("intake", "referral", "aid"),
        letters_from=("intake", "referral"),
        channels=("phone", "sms"),
    ),
}
