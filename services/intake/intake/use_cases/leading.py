"""Cases a leader of our office leads (包案): with acceptance or by hand, and the county's list of what is done."""

from typing import Any

from contracts.vocabulary import Line
from courier.unit_of_work import UnitOfWork
from intake.tables import ChiefLed, Petition
from intake.use_cases import holding, timeline
from intake.use_cases.tools import tools_of


def on_acceptance(work: UnitOfWork, petition: Petition) -> None:
    """A first criminal appeal is led from here on; who leads it is named after."""
    if petition.line != Line.CRIMINAL_APPEAL or work.session.get(ChiefLed, petition.number) is not None:
        return
    if holding.is_first(work, petition):
        begin(work, petition, None)


def begin(work: UnitOfWork, petition: Petition, leader: str | None) -> None:
    """From now on it is led, with nothing of the list done; `leader`: a number, None while nobody is named."""
    work.session.merge(ChiefLed(petition=petition.number, leader=leader, since=work.now, done={}))
    timeline.record(work, petition, "petition.chief_led.v1", leader=leader)


def present(work: UnitOfWork, petition: Petition) -> dict[str, Any] | None:
    """None where nobody leads it."""
    led = work.session.get(ChiefLed, petition.number)
    if led is None:
        return None
    items = [
        {"item": item, "item_zh": zh, "done_on": led.done.get(item)} for item, zh in tools_of(work).checklist.items()
    ]
    return {"leader": led.leader, "since": led.since.isoformat(), "items": items}
