"""Carries the directory's change requests out at the broker; nothing an agency was to get is lost when it leaves."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import func, select

from contracts.routes import Route
from courier import waits
from courier.envelope import Actor
from courier.partners.topology import APART, Broker, Exchange, Plan, dead_letters_of
from courier.unit_of_work import ServiceContext, UnitOfWork, inbox_of
from referral.domain import states
from referral.domain.errors import MissingPasswords
from referral.tables import Agency, ChangeRequest, Referral
from referral.use_cases import directory, offers
from referral.use_cases.provision import before, late_of, plan, queue_of, unreadable_of


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the directory says of the broker, at one moment."""

    agencies: set[str]
    gone: set[str]
    leaving: set[str]  # to be removed now
    busy: dict[str, int] = field(default_factory=dict)  # to be removed once they have answered this many referrals


def wanted(work: UnitOfWork) -> Wanted:
    """Who must have a queue now, who must lose it, who keeps it until they have answered. Locks the open requests."""
    ours = work.context.tools.our_agency
    reached = {agency.code for agency in work.session.scalars(select(Agency)) if agency.has_queue} - {ours}
    removed = set(work.session.scalars(select(ChangeRequest.agency).where(ChangeRequest.change == "remove"))) - reached
    leaving = {request.agency for request in directory.open_requests(work) if request.change == "remove"}
    theirs = Referral.state.in_([str(state) for state in states.IN_HAND])
    # what they sent us is still to be answered
    sent_to_us = Referral.inbound & Referral.state.in_([str(state) for state in states.OPEN])
    in_hand = select(Referral.agency, func.count().label("n")).where(Referral.agency.in_(leaving), theirs | sent_to_us)
    busy = {row.agency: row.n for row in work.session.execute(in_hand.group_by(Referral.agency))}
    return Wanted(reached | busy.keys(), removed - busy.keys(), leaving - busy.keys(), busy)


def carry_out(
    context: ServiceContext,
    actor: Actor,
    broker: Broker,
    routes: Mapping[str, Route],
    passwords: dict[str, str],
    *,
    shared: bool = False,
) -> tuple[Plan, list[str]]:
    """Brings the broker to what the directory says. Safe to repeat, also after it was interrupted.

    `shared`: partners share one queue a service again, for the older code.

    Returns the plan and a sentence for each change. Raises ProvisionError, MissingPasswords.
    """
    with context.begin(actor) as work:
        want = wanted(work)
    older = [name for name in before(routes) if _is_read_by_older(broker, name)]
    shared = shared or bool(older)
    whole = plan(routes, want.agencies, want.gone, shared=shared)
    missing = sorted(user.name for user in whole.users if user.name not in passwords)
    if missing:
        raise MissingPasswords(missing)
    for code in want.leaving:
        # first nobody may read or speak for it any more; then what it did not sign for comes back
        broker.remove_user(code)
    cut_off = broker.apply(whole, passwords)
    unread = {code: broker.remove_queue(inbox_of(code)) for code in want.leaving}
    for code in want.leaving:
        for end in ("out", "said", "unrouted"):
            broker.remove_exchange(f"agency.{code}.{end}")
    kept = _take_away(broker, routes, want.gone - want.leaving)
    kept += _share(broker, routes, older) if shared else _drain(broker, routes, cut_off)
    with context.begin(actor) as work:
        sentences = [f"{code} 尚有 {count} 件移交在办，反馈后再移除" for code, count in sorted(want.busy.items())]
        for request in directory.open_requests(work):
            if request.change == "add" and request.agency in want.agencies:
                directory.done(work, request, "provisioned")
                sentences.append(f"{request.agency} 已接入")
            elif request.agency in unread:
                back = offers.undeliver(work, request.agency)
                directory.done(work, request, f"unread {unread[request.agency]}, given back {back}")
                sentences.append(f"{request.agency} 已移除：{back} 件未签收的移交退回本院")
    return whole, sentences + kept


def _take_away(broker: Broker, routes: Mapping[str, Route], gone: set[str]) -> list[str]:
    """The queues of what agencies said that left before this run, once all of it was read: a service may be down."""
    held, sentences = {each["name"]: each.get("messages", 0) for each in broker.queues()} if gone else {}, []
    for code in sorted(gone):
        theirs = [queue_of(each, code) for each in routes if routes[each].from_agencies]
        for name in (*theirs, late_of(f"agency.{code}"), unreadable_of(f"agency.{code}")):
            if held.get(name):
                sentences.append(f"{code} 已移除，但 {name} 还有 {held[name]} 条")
            elif name in held:
                broker.remove_queue(name)
                broker.remove_exchange(name)
                broker.remove_exchange(dead_letters_of(name))
    return sentences


# -- from shared queues to one for each partner; decision 012 ---------------------------------------------------------

LOOKS = 4
# twice, since a count may be older than the mark, and is none at first: what it hides would go with the queue
ONLY_THE_MARK = [1, 1]


def _is_read_by_older(broker: Broker, name: str) -> bool:
    """Whether it has a reader that knows nothing of what comes after it."""
    readers = (broker.queue(name) or {}).get("consumer_details", ())
    return any(not str(each["consumer_tag"]).startswith(APART) for each in readers)


def _share(broker: Broker, routes: Mapping[str, Route], older: list[str]) -> list[str]:
    for name in before(routes):
        broker.remove_exchange(_marked(name))  # a mark there was is the older code's to take
    if not older:
        return ["接入单位重新共用各服务的队列，可换回旧版本"]
    return [f"旧版程序仍在读 {'、'.join(older)}，接入单位暂时共用队列；各服务都换成新版后请再运行一次 provision"]


def _drain(broker: Broker, routes: Mapping[str, Route], cut_off: set[str]) -> list[str]:
    """Marks the end of what is in a shared queue, and takes the queue away once nothing but the mark is in it.

    An exchange says that the mark is there, also when this is interrupted.
    """
    left = [name for name in before(routes) if broker.queue(name) is not None]
    for name in left:
        if name in cut_off or not broker.has_exchange(_marked(name)):
            broker.mark(name)
            broker.declare_exchange(Exchange(_marked(name), "fanout"))
    looks = {name: list[int]() for name in left}
    for _ in range(LOOKS if left else 0):
        time.sleep(waits.QUEUE_COUNTED)
        for name, seen in looks.items():
            seen.append(broker.length(name))
        if all(seen[-2:] == ONLY_THE_MARK for seen in looks.values()):
            break
    sentences = []
    for name, seen in looks.items():
        if seen[-2:] == ONLY_THE_MARK:
            broker.remove_queue(name)
            broker.remove_exchange(_marked(name))
            sentences.append(f"旧队列 {name} 已读完、移除")
            continue
        if not seen[-1]:
            broker.remove_exchange(_marked(name))  # older code took the mark: the next run puts another
        count = max(0, seen[-1] - 1)
        sentences.append(f"旧队列 {name} 还有 {count} 条，由服务先读完；请稍后再运行一次 provision")
    return sentences


def _marked(name: str) -> str:
    return f"{name}.marked"
