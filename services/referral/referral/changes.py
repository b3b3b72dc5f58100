"""Carries the directory's change requests out at the broker; nothing an agency was to get is lost when it leaves."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import func, select

from contracts.routes import Route
from courier.envelope import Actor
from courier.topology import Broker, Plan
from courier.work import Office, Work, inbox_of
from referral import directory, domain, handlers
from referral.errors import MissingPasswords
from referral.provision import plan
from referral.tables import Agency, ChangeRequest, Referral


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the directory says of the broker, at one moment."""

    agencies: set[str]
    gone: set[str]
    leaving: set[str]  # to be removed now
    busy: dict[str, int] = field(default_factory=dict)  # to be removed once they have answered this many referrals


def wanted(work: Work) -> Wanted:
    ours = work.office.tools.our_agency
    reached = {agency.code for agency in work.session.scalars(select(Agency)) if agency.has_queue} - {ours}
    removed = set(work.session.scalars(select(ChangeRequest.agency).where(ChangeRequest.change == "remove"))) - reached
    leaving = {request.agency for request in directory.open_requests(work) if request.change == "remove"}
    theirs = Referral.state.in_([str(state) for state in domain.IN_HAND])
    # what they sent us is still to be answered
    sent_to_us = Referral.inbound & Referral.state.in_([str(state) for state in domain.OPEN])
    in_hand = select(Referral.agency, func.count().label("n")).where(Referral.agency.in_(leaving), theirs | sent_to_us)
    busy = {row.agency: row.n for row in work.session.execute(in_hand.group_by(Referral.agency))}
    return Wanted(reached | busy.keys(), removed - busy.keys(), leaving - busy.keys(), busy)


def carry_out(
    office: Office, actor: Actor, broker: Broker, routes: Mapping[str, Route], passwords: dict[str, str]
) -> tuple[Plan, list[str]]:
    """Brings the broker to what the directory says. Safe to repeat, also after it was interrupted.

    Returns the plan and a sentence for each change. Raises ProvisionError, MissingPasswords.
    """
    with office.begin(actor) as work:
        want = wanted(work)
    whole = plan(routes, want.agencies, want.gone)
    missing = sorted(user.name for user in whole.users if user.name not in passwords)
    if missing:
        raise MissingPasswords(missing)
    for code in want.leaving:
        # first nobody may read or speak for it any more; then what it did not sign for comes back
        broker.remove_user(code)
    broker.apply(whole, passwords)
    unread = {code: broker.remove_queue(inbox_of(code)) for code in want.leaving}
    for code in want.leaving:
        broker.remove_exchange(f"agency.{code}.out")
    with office.begin(actor) as work:
        sentences = [f"{code} 尚有 {count} 件移交在办，反馈后再移除" for code, count in sorted(want.busy.items())]
        for request in directory.open_requests(work):
            if request.change == "add" and request.agency in want.agencies:
                directory.done(work, request, "provisioned")
                sentences.append(f"{request.agency} 已接入")
            elif request.agency in unread:
                back = handlers.undeliver(work, request.agency)
                directory.done(work, request, f"unread {unread[request.agency]}, given back {back}")
                sentences.append(f"{request.agency} 已移除：{back} 件未签收的移交退回本院")
    return whole, sentences
