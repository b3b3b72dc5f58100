"""What the law's corrections would change of the clocks of handovers, and making it so when a person says it."""

import json
from collections.abc import Iterator, Sequence
from functools import partial

from sqlalchemy import select

from clock.replay import Correction, Past, differences, in_batches, put_right, replay
from clock.tables import Clock
from courier.envelope import Actor
from courier.tables import events
from courier.unit_of_work import ServiceContext, UnitOfWork
from referral.domain import states
from referral.tables import Agency, Referral
from referral.use_cases.steps import subject
from referral.use_cases.tools import tools_of
from statute import day_of


def differing(context: ServiceContext, actor: Actor, rules: Sequence[str] = (), *, apply: bool) -> Iterator[Correction]:
    """What would change, or was changed, of handovers that have not ended; of `rules` alone, where some are named.

    See `clock.replay.in_batches`.
    """
    is_open = Referral.state.in_(map(str, states.OPEN))
    return in_batches(
        context, actor, Referral, is_open, lambda work, its: _of(work, its, set(rules), apply), apply=apply
    )


def _of(work: UnitOfWork, referrals: Sequence[Referral], rules: set[str], apply: bool) -> Iterator[Correction]:
    law, numbers = tools_of(work).law, [each.number for each in referrals]
    kinds = dict(work.session.execute(select(Agency.code, Agency.kind)).all())
    steps: dict[str, list[Past]] = {each: [] for each in numbers}
    about = {each.number: {"agency_kind": kinds[each.agency]} if each.inbound else {} for each in referrals}
    # every move of a handover is on its own lane, with all that the packs ask of it
    lanes = select(events.c.subject, events.c.type, events.c.recorded_at, events.c.body)
    lanes = lanes.where(events.c.subject.in_(numbers), events.c.type.in_(law.packs.heard)).order_by(events.c.version)
    for row in work.session.execute(lanes):
        data = work.context.language.load("event", row.type, json.loads(bytes(row.body))["data"])
        steps[row.subject].append(Past(day_of(row.recorded_at), row.type, {**data, **about[row.subject]}))
    open_: dict[str, list[Clock]] = {each: [] for each in numbers}
    its = Clock.petition.in_({each.petition for each in referrals}), Clock.referral.in_(numbers)
    for clock in work.session.scalars(select(Clock).where(*its, Clock.stopped_by.is_(None)).order_by(Clock.id)):
        open_[clock.referral or ""].append(clock)
    for referral in referrals:
        expected = replay(law, steps[referral.number])
        found = differences(law, expected, open_[referral.number], in_custody=False)
        yield from put_right(work, law, found, referral.number, partial(subject, work, referral), rules, apply=apply)
