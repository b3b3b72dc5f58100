"""What is held because of what belongs to it: who may know why, and how it is let go to one agency all the same."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from authorization.sight import View
from contracts.vocabulary import Barred, Joining
from courier.inbox import Message
from courier.unit_of_work import UnitOfWork
from intake.domain import states
from intake.tables import Contact, Petition, Release, ReleaseState, Step
from intake.use_cases import contacts, links, people, petitions, timeline
from intake.use_cases.directory import agency

STATES_ZH = {
    ReleaseState.ASKED: "核对中",
    ReleaseState.RELEASED: "可以发出",
    ReleaseState.REFUSED: "不得发出",
    ReleaseState.VOID: "另有关联，须重新核对",
}


def because(work: UnitOfWork, petition: Petition) -> list[Petition]:
    """The guarded ones among those it belongs to."""
    return [
        each
        for each in links.belonging(work, petition.number)
        if each.number != petition.number and links.guarded(each)
    ]


def knows(view: View, others: Sequence[Petition]) -> bool:
    """Whether the officer may see every one it is held for; of one alone it would be known that there are more."""
    return all(view.covers(each.placement) for each in others)


def ask(work: UnitOfWork, number: str, to: str, reason: str, confirmed: bool) -> Petition:
    """Referral judges whom the ban of the others bars, and answers; the caller has seen that the officer knows why."""
    petition = petitions.load(work, number)
    states.check("release", petition.snapshot)
    agency(work, to)
    asked = Release(
        id=uuid.uuid4().hex,
        agency=to,
        confirmed=confirmed,
        state=ReleaseState.ASKED,
        asked_by=work.actor.officer,
        asked_at=work.now,
    )
    asked.reason = people.seal(work, number, f"release|reason|{asked.id}", reason)
    petition.releases.append(asked)
    # no line of the timeline: that somebody asked and nothing followed would tell whom it hits
    work.event("petition.release_asked.v1", number, petition=number, release=asked.id, to=to)
    work.letter(
        "referral",
        "release.asked.v1",
        number,
        data={"petition": number, "release": asked.id, "to": to, "confirmed": confirmed},
        personal={"because": [each.number for each in because(work, petition)]},
    )
    return petition


def judged(work: UnitOfWork, message: Message) -> None:
    """What referral found. A link made meanwhile has made it void: what was judged was not the whole."""
    petition, data = petitions.load(work, message.data["petition"]), message.data
    asked = work.session.get_one(Release, data["release"])
    if asked.state != ReleaseState.ASKED:
        return
    asked.state = ReleaseState.RELEASED if data["passes"] else ReleaseState.REFUSED
    if data["passes"]:
        since = _kept_since(work, petition.number, data["to"])
        timeline.record(work, petition, "petition.released.v1", to=data["to"])
        _send_kept(work, petition, data["to"], since)


def _kept_since(work: UnitOfWork, number: str, to: str) -> datetime | None:
    """Since when nothing of it goes to the agency; None: it may go there."""
    since, types = None, ("petition.held.v1", "petition.released.v1")
    for step in work.session.scalars(
        select(Step).where(Step.petition == number, Step.type.in_(types)).order_by(Step.id)
    ):
        if step.type == "petition.held.v1":
            since = since or step.at
        elif step.data["to"] == to:
            since = None
    return since


def _send_kept(work: UnitOfWork, petition: Petition, to: str, since: datetime | None) -> None:
    """What came for whoever has it, while it was held."""
    if since is None or to != petition.referred_to or not states.sends_on(petition.snapshot, to):
        return
    came = select(Contact).where(Contact.petition == petition.number, Contact.joining == Joining.SUPPLEMENT)
    for each in work.session.scalars(came.where(Contact.decided_at > since).order_by(Contact.decided_at)):
        text = contacts.read(work, each, "text") or ""
        data = {"petition": petition.number}
        work.letter("referral", "material.added.v1", petition.number, data=data, personal={"text": text})


def present(work: UnitOfWork, view: View, petition: Petition) -> dict[str, Any] | None:
    """None: it is not held. Why, for who may see all of it; for the others one sentence.

    A secret one beside one that names its petitioner is named to nobody: that there is one is all that is said.
    """
    if not petition.on_hold:
        return None
    shown: dict[str, Any] = {"sentence": Barred.HELD.zh}
    others = because(work, petition)
    if not (view.covers(petition.placement) and knows(view, others)):
        return shown
    named = [each for each in others if not links.betrays(work, petition, each)]
    return shown | {
        "because": [each.number for each in named],
        "secret": len(named) < len(others),
        # those and whoever stands with them; referral knows who does
        "barred": states.units(respondent.unit for each in named for respondent in each.respondents),
        "releases": [
            {
                "to": each.agency,
                "state": each.state,
                "state_zh": STATES_ZH[ReleaseState(each.state)],
                "confirmed": each.confirmed,
                "reason": people.unseal(work, petition.number, f"release|reason|{each.id}", bytes(each.reason)),
                "asked_by": each.asked_by,
                "asked_at": each.asked_at.isoformat(),
            }
            for each in petition.releases
        ],
    }
