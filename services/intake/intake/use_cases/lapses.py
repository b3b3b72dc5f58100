"""What was asked for and cannot be done any more, because the petition went on otherwise: it waits for nobody."""

import json
from typing import Any

from authorization import colleagues
from clock.tables import Clock, State
from contracts.vocabulary import ApprovalState, Kind
from courier.unit_of_work import UnitOfWork
from intake.domain import states
from intake.domain.errors import NotNow
from intake.tables import Approval, Petition
from intake.use_cases import people


def void(work: UnitOfWork, petition: Petition) -> list[Approval]:
    """Of what waits for an approval, or to be issued, what no longer applies; void from now on. Who calls tells it."""
    lapsed = [each for each in petition.asked if not _applies(work, petition, each)]
    for each in lapsed:
        petition.stand(each, ApprovalState.VOID)
    return lapsed


def _applies(work: UnitOfWork, petition: Petition, approval: Approval) -> bool:
    if approval.action != "wall" and _is_of_who_keeps_away(work, petition, approval):
        return False
    match approval.action:
        case "extend-clock":
            clock = work.session.get(Clock, approval.subject)
            return clock is not None and clock.now_in is State.RUNNING and not clock.extension
        case "wall" | "unwall":
            return any(str(wall.seq) == approval.subject for wall in petition.standing)
        case "conclude" if (petition.kind == Kind.PROPOSAL) is not bool(_drafted(work, approval).get("adoption")):
            return False
        case "remove-respondent" if all(str(each.seq) != approval.subject for each in petition.respondents):
            return False
    try:
        states.check(approval.action, petition.without_asking(approval.action))
    except NotNow:
        return False
    return True


def _drafted(work: UnitOfWork, approval: Approval) -> dict[str, Any]:
    text = people.unseal(work, approval.petition, f"approval|draft|{approval.id}", bytes(approval.draft))
    found: dict[str, Any] = json.loads(text)
    return found


def _is_of_who_keeps_away(work: UnitOfWork, petition: Petition, approval: Approval) -> bool:
    """Who must keep away has no part in it (条例 28(3)): neither in what was drafted, nor in what was signed.

    A wall stands all the same, also of who says that they must keep away themselves.
    """
    its = filter(None, (*approval.own, approval.decided_by))
    return any(colleagues.kept_away(work, petition.placement, each) for each in its)
