"""Whether what is held may go to an agency all the same: intake asks, who may not see the directory."""

from authorization import ban
from courier.inbox import Message
from courier.unit_of_work import UnitOfWork
from referral.use_cases import guard
from referral.use_cases.steps import holding


def asked(work: UnitOfWork, message: Message) -> None:
    """Judges by the ban of what it is held for, which intake names and cannot judge: the directory is here."""
    data, because = message.data, message.personal["because"]
    number = data["petition"]
    for each in (number, *because):
        holding(work, each)  # not before its registration
    of = guard.matters(work, [number, *because])
    others = [of[each] for each in because]
    # not guarded as far as is known here: from before the ban was kept, or secret since; whom it hits is not known
    passes = all(each.guarded for each in others) and ban.releasable(
        guard.agency_graph(work), of[number], others, data["to"], data["confirmed"]
    )
    work.event("routing.judged.v1", number, petition=number, release=data["release"], to=data["to"], passes=passes)
