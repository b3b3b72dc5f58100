"""What the law's corrections would change of the clocks that run, and making it so when a person says it.

Each petition that is not closed is gone through once more, step by step, by the rows in force now.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clock.replay import Correction, Past, differences, in_batches, put_right, replay
from clock.tables import Clock
from contracts.vocabulary import PetitionState
from courier.envelope import Actor
from courier.tables import events
from courier.unit_of_work import ServiceContext, UnitOfWork
from intake.tables import Act, Contact, Petition, Reply, Step
from intake.use_cases import timeline
from intake.use_cases.tools import tools_of
from statute import Datum, Law, day_of
from statute.signed import Signed

# of these nothing is owed, whatever their steps say
_OVER = [str(each) for each in (PetitionState.CLOSED, PetitionState.VOIDED, PetitionState.MERGED)]


def differing(context: ServiceContext, actor: Actor, rules: Sequence[str] = (), *, apply: bool) -> Iterator[Correction]:
    """What would change, or was changed; of `rules` alone, where some are named.

    See `clock.replay.in_batches`.
    """
    is_open = Petition.state.not_in(_OVER)
    return in_batches(
        context, actor, Petition, is_open, lambda work, its: _of(work, its, set(rules), apply), apply=apply
    )


def settle(work: UnitOfWork, petition: Petition, by: str) -> None:
    """It is of another kind or line than was thought, or an act of it was not done: the clocks of what it is run.

    The others end by this event.
    """
    work.session.flush()
    for _ in _of(work, [petition], set(), apply=True, by=by):
        pass


def of_one(work: UnitOfWork, petition: Petition) -> list[Correction]:
    """What of one is otherwise than its steps say."""
    return list(_of(work, [petition], set(), apply=False))


def tell_signed(work: UnitOfWork, law: Law) -> Iterator[Signed]:
    """Says of each row of the law that a legal officer signed that it is verified, once; the name stays in the file.

    The event's actor is who ran it. Returns those that were not told before.
    """
    for each in law.signed.values():
        subject = f"rule/{each.digest}"
        if work.session.execute(select(events.c.version).where(events.c.subject == subject).limit(1)).first():
            continue
        work.event("rule.verified.v1", subject, rule=each.name, variant=None, pack=each.pack, digest=each.digest)
        yield each


def depending(session: Session, data: Iterable[Datum]) -> Iterator[tuple[Datum, int]]:
    """Each with how many open petitions it is about; 0 for what is about none by its line or its way."""
    facts = Petition.line, Petition.sub_line, Petition.route
    query = select(*facts, func.count().label("many")).where(Petition.state.not_in(_OVER)).group_by(*facts)
    rows = session.execute(query).mappings().all()
    for each in data:
        fit = (row["many"] for row in rows if all(row[name] == value for name, value in each.about.items()))
        yield each, sum(fit) if each.about else 0


def _of(
    work: UnitOfWork, petitions: Sequence[Petition], rules: set[str], apply: bool, by: str = "rule.corrected"
) -> Iterator[Correction]:
    law, numbers = tools_of(work).law, [each.number for each in petitions]
    days = _days(law)
    steps: dict[str, list[Step]] = {each: [] for each in numbers}
    done = select(Act.petition, Act.kind, Act.recorded_at).where(Act.petition.in_(numbers))
    proved = select(Reply.petition, Reply.kind, Reply.proof, Reply.proved_on).where(Reply.petition.in_(numbers))
    stands = {tuple(each) for query in (done, proved) for each in work.session.execute(query)}
    for step in work.session.scalars(
        select(Step).where(Step.petition.in_(numbers), Step.type.in_(law.packs.heard)).order_by(Step.id)
    ):
        # an act that was undone moved nothing, nor a proof that was taken back
        if (its := _undoable(step)) is None or its in stands:
            steps[step.petition].append(step)
    open_: dict[str, list[Clock]] = {each: [] for each in numbers}
    running = select(Clock).where(Clock.petition.in_(numbers), Clock.referral.is_(None), Clock.stopped_by.is_(None))
    for clock in work.session.scalars(running):
        open_[clock.petition].append(clock)
    came = select(Contact.id, Contact.channel).where(Contact.id.in_([each.contact for each in petitions]))
    channels = {row.id: row.channel for row in work.session.execute(came)}
    for petition in petitions:
        expected = replay(law, _past(petition, steps[petition.number], channels.get(petition.contact or ""), days))
        held, subject = petition.in_custody, partial(timeline.subject, work, petition)
        found = differences(law, expected, open_[petition.number], held)
        yield from put_right(work, law, found, petition.number, subject, rules, apply=apply, by=by, in_custody=held)


def _undoable(step: Step) -> tuple[Any, ...] | None:
    """What must stand for it to have moved anything: an act, or a reply's proof."""
    match step.type:
        case "petition.act_recorded.v1":
            return step.petition, step.data["act"], step.at
        case "petition.told.v1":
            return step.petition, step.data["reply"], step.data["proof"], date.fromisoformat(step.data["proved_on"])
    return None


def _past(petition: Petition, steps: Sequence[Step], channel: str | None, days: frozenset[str]) -> Iterator[Past]:
    """Its steps as the packs were asked about them on the day: what the petition itself said beside each event."""
    told = any("counts_from" in step.data for step in steps)
    counts_from = petition.received_on if told else petition.counts_from
    about = {
        "kind": petition.kind,
        "line": petition.line,
        "sub_line": petition.sub_line,
        "concerns_us": petition.concerns_us,
    }
    for step in steps:
        data = {name: _read(name, value, days) for name, value in step.data.items()}
        counts_from = data.get("counts_from", counts_from)
        facts = {"channel": channel, **data, **about, "received_on": counts_from}
        yield Past(day_of(step.at), step.type, facts, heard=not step.type.startswith("petition."))


def _read(name: str, value: Any, days: frozenset[str]) -> Any:
    if name not in days or not isinstance(value, str):
        return value
    return date.fromisoformat(value) if len(value) == len("2026-11-27") else datetime.fromisoformat(value)


def _days(law: Law) -> frozenset[str]:
    """The facts that are days or moments."""
    rows = [row for pack in law.packs.packs for row in pack.rows]
    triggers = [each for row in rows for each in (*row.starts, *row.renews)]
    return frozenset({each.day for each in triggers if each.day} | {"counts_from", "complete_by"})
