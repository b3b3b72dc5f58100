"""What officers do with a petition: load, guard, act, record. Each is one transaction of its caller."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Executable, and_, bindparam, exists, func, inspect, or_, select
from sqlalchemy.orm import joinedload, undefer
from sqlalchemy.orm.attributes import set_committed_value

from clock.clocks import latest_ends
from contracts.purposes import purposes
from contracts.vocabulary import (
    Adoption,
    ClaimRoute,
    Ending,
    Kind,
    Line,
    Means,
    PetitionState,
    RefusalReason,
    Reopening,
    ReplyKind,
    Resolution,
    Result,
    Situation,
    Termination,
)
from courier.envelope import Actor
from courier.unit_of_work import ServiceContext, UnitOfWork
from intake.domain import errors, reply_duty, states
from intake.tables import Department, Petition, Reply, Step
from intake.use_cases import (
    commands,
    files,
    holding,
    leading,
    office,
    people,
    recusal,
    routing,
    senders,
    tasks,
    timeline,
)
from intake.use_cases.directory import agency
from intake.use_cases.tools import tools_of
from service_kit.vaults import vault_of
from statute import day_of

# what ended so is of no use to others; not what is answered, which ends with their answers
ENDINGS = {
    PetitionState.WITHDRAWN: Ending.WITHDRAWN,
    PetitionState.TERMINATED: Ending.TERMINATED,
    PetitionState.NOT_ACCEPTED: Ending.NOT_ACCEPTED,
    PetitionState.GUIDED: Ending.GUIDED,
    PetitionState.SENT_BACK: Ending.SENT_BACK,
}
# event → whether it was a mistake from then on
_MISTAKES = {
    "petition.voided.v1": True,
    "petition.restored.v1": False,
    "petition.merged_into.v1": True,
    "petition.parted.v1": False,
}
MATERIAL_RULE = "supervision_material"
_STEPS = select(Step).where(Step.petition == bindparam("number")).order_by(Step.at, Step.id)
LETTER = "letter"  # the purpose of a digest that records what a letter said


def accept(
    work: UnitOfWork, number: str, department: str, route: ClaimRoute | None = None, handler: str | None = None
) -> Petition:
    """受理 (规则 161(1), 162): a department has it now; who sent it to us hears so. The first to have it stays known.

    Nobody named, who accepts handles it where they may, else nobody does yet. The first one against us is handled by
    one person, by name, from here on. Raises UnknownOfficer, CannotHandle, PersonMissing.
    """
    petition = move(work, number, "accept")
    _check_department(work, petition, department)
    facts = _routed(petition, route)
    if handler is not None:
        recusal.check(work, petition, department, handler)
    elif recusal.may_handle(work, department, work.actor.officer):
        handler = work.actor.officer
    if petition.concerns_us and not petition.accepted and holding.is_first(work, petition):
        petition.one_to_one = True
    check_person(petition, handler)
    petition.accepted, petition.first_department = True, petition.first_department or department
    holding.give(work, petition, department, handler)
    timeline.record(work, petition, "petition.accepted.v1", due_as="reply_by", department=department, **facts)
    senders.accepted(work, petition)
    leading.on_acceptance(work, petition)
    tasks.settle(work, petition)
    return petition


def assign(work: UnitOfWork, number: str, department: str, handler: str | None = None) -> Petition:
    """Gives it to a department of ours; who handles it there is for the department to say, where nobody is named.

    Raises UnknownOfficer, CannotHandle, PersonMissing.
    """
    petition = load(work, number)
    states.check("assign", petition.snapshot)
    _check_department(work, petition, department)
    if handler is not None:
        recusal.check(work, petition, department, handler)
    check_person(petition, handler)
    holding.give(work, petition, department, handler)
    timeline.record(work, petition, "petition.assigned.v1", department=department)
    tasks.settle(work, petition)
    return petition


def ask_material(
    work: UnitOfWork, number: str, lacking: Sequence[str], means: Means, complete_by: date | None = None
) -> Petition:
    """补正 is told by a provable means, so it is the procedural reply (规则 161-163).

    `complete_by`: the day named for it; of an application for supervision what does not come by then is deemed
    withdrawn (民、行诉讼监督规则 21), which is told with it. Raises WrongField for a day that is not ahead.
    """
    petition = move(work, number, "ask-material")
    today = day_of(work.now)
    if complete_by is not None and not today < complete_by <= today + states.OUTER_BOUND:
        raise errors.WrongField("complete_by", "应在明天至一年之内", "it is not within the coming year")
    reply_duty.check_means(petition.matter, ReplyKind.PROCEDURAL_REPLY, means)
    petition.lacking = people.seal(work, number, "petition|lacking", "\n".join(lacking))
    until: dict[str, Any] = {} if complete_by is None else {"complete_by": complete_by}
    timeline.record(
        work, petition, "petition.material_asked.v1", lacking=len(lacking), means=means, issued_on=today, **until
    )
    return petition


def complete(work: UnitOfWork, number: str) -> Petition:
    """All that was lacking is here: acceptance counts from today (规则 162)."""
    petition = move(work, number, "complete")
    petition.lacking, petition.counts_from = None, day_of(work.now)
    timeline.record(work, petition, "petition.completed.v1", counts_from=petition.counts_from)
    return petition


def not_accept(work: UnitOfWork, number: str, reason: RefusalReason) -> Petition:
    """不予受理: the notice tells the petitioner that it is so; why, and what one can do, is on the printed paper."""
    petition = move(work, number, "not-accept")
    timeline.record(work, petition, "petition.not_accepted.v1", reason=reason)
    return petition


def guide(work: UnitOfWork, number: str, to: str, route: ClaimRoute | None = None) -> Petition:
    """告知引导: the petitioner is told which agency's it is, and by which way; nothing is sent there.

    Raises UnknownAgency, HeldBack, RouteNotClaim.
    """
    petition = move(work, number, "guide")
    agency(work, to)
    # the slip is shown there
    states.check_leaves(petition.snapshot, to)
    timeline.record(work, petition, "petition.guided.v1", to=to, **_routed(petition, route))
    return petition


def refer(
    work: UnitOfWork, number: str, to: str, basis: str, petitioner_wish: bool, route: ClaimRoute | None = None
) -> Petition:
    """Hands the petition on: who takes it on has it from then on."""
    petition = move(work, number, "refer")
    facts = _routed(petition, route)
    _hand_over(work, petition, "petition.referred.v1", to, "handling", basis, petitioner_wish, **facts)
    petition.referred_to, petition.awaits_answer = to, True
    commands.begin(work, petition, "refer", to)
    # that an answer is awaited was not known when the line was written
    timeline.void_lapsed(work, petition)
    return petition


def involve(work: UnitOfWork, number: str, to: str, purpose: str, basis: str) -> Petition:
    """商请协办 or 抄送: another agency hears of it or helps; it stays with who has it."""
    petition = load(work, number)
    states.check("involve", petition.snapshot)
    _hand_over(work, petition, "petition.involved.v1", to, purpose, basis, wish=True)
    commands.begin(work, petition, "involve", to)
    return petition


def _hand_over(
    work: UnitOfWork, petition: Petition, type_: str, to: str, purpose: str, basis: str, wish: bool, **facts: ClaimRoute
) -> None:
    """Exactly the fields that purpose and basis need go, in a letter referral alone can read."""
    if to == tools_of(work).our_agency:
        raise errors.OwnAgency()
    receiver, asked, number = agency(work, to), purposes()[purpose], petition.number
    states.check_leaves(petition.snapshot, to)
    lawful = {each.id: each for each in asked.bases.values() if petition.kind in each.petitions}
    if basis not in lawful:
        raise errors.WrongBasis({each.id: each.zh for each in lawful.values()})
    fields = states.carries(petition.snapshot, lawful[basis].fields, receiver.transport, receiver.name, wish)
    routing.check(work, petition, to)
    given = files.of_petition(work, petition) if "files" in fields else []
    material: dict[str, Any] = {name: people.disclose(work, petition, name) for name in fields if name != "files"}
    timeline.record(
        work,
        petition,
        type_,
        to=to,
        kind=asked.kind,
        purpose=purpose,
        carries=sorted({*material, *(["files"] if given else [])}),
        digest=vault_of(work.context).imprint(work.session, number, LETTER, said(material, given)).hex(),
        **facts,
    )
    work.letter(
        "referral",
        "petition.handed_over.v1",
        number,
        data={
            "petition": number,
            "to": to,
            "kind": asked.kind,
            "purpose": purpose,
            "basis": basis,
            "petition_kind": Kind(petition.kind),
            "line": Line(petition.line),
            "received_on": petition.received_on,
            "group_size": petition.group_size,
        },
        personal=material | ({"files": given} if given else {}),
    )


def said(material: Mapping[str, Any], files: Sequence[Mapping[str, Any]]) -> str:
    """What a letter said, as its digest has it."""
    return repr((sorted(material.items()), files))


def proves(work: UnitOfWork, number: str, text: str, digest: str) -> bool:
    """Whether a digest on a petition's trail is of this text. Raises vault.Sealed when its key is destroyed."""
    return vault_of(work.context).proves(work.session, number, LETTER, text, bytes.fromhex(digest))


def mark_hardship(
    work: UnitOfWork, number: str, situations: Sequence[Situation], wish: bool, case_number: str | None
) -> Petition:
    """An officer found hardship; with the petitioner's wish aid is asked to open a case. Words of the text never do."""
    petition = load(work, number)
    states.check("mark-hardship", petition.snapshot)
    if wish:
        # inside our office, but on the way to others
        states.check_leaves(petition.snapshot, tools_of(work).our_agency)
    situations = sorted(set(situations))
    timeline.record(work, petition, "petition.hardship_marked.v1", situations=situations, wish=wish)
    petition.hardship, petition.aid_wish = list(situations), wish
    if wish:
        commands.begin(work, petition, "mark-hardship")
        who = {name: people.disclose(work, petition, name) for name in people.PERSONAL}
        work.letter(
            "aid",
            "aid.requested.v1",
            number,
            data={
                "petition": number,
                "person": petition.person,
                "situations": situations,
                "received_on": petition.received_on,
                **({"held": True} if petition.on_hold else {}),
            },
            personal={**who, "case_number": case_number},
        )
    return petition


def review_liability(
    work: UnitOfWork, number: str, criminal: bool, civil: bool, administrative: bool, public_interest: bool
) -> Petition:
    """S14: criminal, civil, administrative and the public interest's, each looked at; the last review counts.

    A ticked box opens a lead with its owner and day, once, which stays whatever a later review says.
    """
    petition = load(work, number)
    states.check("review-liability", petition.snapshot)
    petition.liability = {
        "criminal": criminal,
        "civil": civil,
        "administrative": administrative,
        "public_interest": public_interest,
    }
    timeline.record(work, petition, "petition.liability_reviewed.v1", **petition.liability)
    tasks.open_leads(work, petition, petition.liability)
    return petition


def conclude(work: UnitOfWork, number: str, result: Result, adoption: Adoption | None = None) -> Petition:
    """审结: what came of it is found, and not told yet; of a proposal, whether it is adopted (条例 29).

    Raises AnswerMissing, LiabilityOpen, and WrongField for a proposal without `adoption` or another petition with it.
    """
    petition = move(work, number, "conclude")
    states.check_adoption(Kind(petition.kind), adoption)
    petition.result, petition.adoption = result, adoption
    facts = {} if adoption is None else {"adoption": adoption}
    timeline.record(work, petition, "petition.concluded.v1", result=result, **facts)
    return petition


def resolve(work: UnitOfWork, number: str, resolution: Resolution) -> Petition:
    """Whether the trouble is over: a fact of its own beside the result, and it may be learnt after closing."""
    petition = load(work, number)
    states.check("resolve", petition.snapshot)
    petition.resolution = resolution
    timeline.record(work, petition, "petition.resolved.v1", resolution=resolution)
    return petition


def reply(work: UnitOfWork, number: str, kind: ReplyKind, means: Means, text: str) -> Petition:
    """Issued; told only when it is proved; the text is encrypted. Raises NotNow for its kind, Invalid for its means."""
    petition = load(work, number)
    state = states.check_reply(kind, petition.snapshot)
    reply_duty.check_means(petition.matter, kind, means)
    petition.state = state
    today = issue(work, petition, kind, means, text, work.actor.officer)
    timeline.record(work, petition, "petition.replied.v1", reply=kind, means=means, issued_on=today)
    return petition


def issue(
    work: UnitOfWork,
    petition: Petition,
    kind: ReplyKind,
    means: Means,
    text: str,
    officer: str,
    corrects: int | None = None,
) -> date:
    """A reply more, encrypted, and the day of it: today. `corrects`: in the place of which one it is."""
    seq, today = len(petition.replies) + 1, day_of(work.now)
    petition.replies.append(
        Reply(
            seq=seq,
            kind=kind,
            means=means,
            issued_on=today,
            officer=officer,
            text=people.seal(work, petition.number, f"reply|text|{seq}", text),
            round=petition.round,
            corrects=corrects,
        )
    )
    return today


def close(work: UnitOfWork, number: str) -> Petition:
    """Asks referral whether custody may end; the petition is closed when it says yes. Raises ReferralsOpen, NotNow."""
    petition = move(work, number, "close")
    unfinished = timeline.unfinished(work, number)
    if unfinished:
        raise errors.ReferralsOpen(unfinished)
    timeline.record(work, petition, "petition.closing.v1")
    commands.begin(work, petition, "close")
    return petition


def withdraw(work: UnitOfWork, number: str) -> Petition:
    """The petitioner takes it back: nothing more is owed, its sender hears so, whoever has it is told to stop."""
    petition = move(work, number, "withdraw")
    petition.result = Result.WITHDRAWN
    timeline.record(work, petition, "petition.withdrawn.v1")
    senders.ended(work, petition, "信访人已撤回此件。")
    return petition


def terminate(work: UnitOfWork, number: str, reason: Termination) -> Petition:
    """Ends without an answer on the merits; that it ended is still owed to the petitioner as the outcome.

    Raises NotOfLine for a reason that the petition does not have now.
    """
    lawful = terminations(work, load(work, number))
    petition = move(work, number, "terminate")
    if reason not in lawful:
        raise errors.NotOfLine("reason", lawful)
    deemed = reason is Termination.DEEMED_WITHDRAWN
    petition.result = Result.WITHDRAWN if deemed else Result.TERMINATED
    timeline.record(work, petition, "petition.terminated.v1", reason=reason)
    senders.ended(work, petition, f"此件已终结：{reason.zh}。")
    return petition


def terminations(work: UnitOfWork, petition: Petition) -> list[Termination]:
    """Why it may end now: an application for supervision is deemed withdrawn when the day named for what lacks is past.

    民、行诉讼监督规则 21; of other petitions what did not come in time is no withdrawal.
    """
    named = None
    if petition.state == PetitionState.AWAITING_MATERIAL:
        named = latest_ends(work, [petition.number]).get((petition.number, MATERIAL_RULE))
    over = named is not None and named < day_of(work.now)
    return [each for each in Termination if states.may_terminate(Line(petition.line), each, over)]


def tell_ended(context: ServiceContext, actor: Actor, limit: int = 50) -> int:
    """Says once more that a petition that is with others has ended, and of whom one says that he died.

    Older code heard it and did nothing. Returns of how many.
    """
    said, after = 0, ""
    theirs = and_(
        Petition.state.in_([str(state) for state in ENDINGS]),
        exists().where(Step.petition == Petition.number, Step.type.startswith("referral.")),
    )
    # also where it was closed since, or somebody else goes on with it
    died_at = (
        select(func.max(Step.at))
        .where(Step.petition == Petition.number, Step.type == "petition.terminated.v1")
        .where(Step.data["reason"].astext == Termination.DIED)
        .scalar_subquery()
    )
    concerned = select(Petition, theirs, died_at).where(or_(theirs, died_at.is_not(None)))
    while True:
        with context.begin(actor) as work:
            found = work.session.execute(
                concerned.where(Petition.number > after)
                .order_by(Petition.number)
                .limit(limit)
                .with_for_update(of=Petition)
            ).all()
            for petition, is_theirs, died in found:
                if is_theirs:
                    reason = ENDINGS[PetitionState(petition.state)]
                    timeline.record(work, petition, "petition.ended.v1", reason=reason)
                if died is not None:
                    timeline.record(work, petition, "petition.died.v1", died_at=died)
                after = petition.number
        said += len(found)
        if len(found) < limit:
            return said


def was_a_mistake(work: UnitOfWork, petition: Petition) -> bool:
    """Whether it was closed as void, or as going on in another: under its number there is nothing to look at anew."""
    if petition.state != PetitionState.CLOSED:
        return False
    its = select(Step.type).where(Step.petition == petition.number, Step.type.in_(_MISTAKES))
    return _MISTAKES.get(work.session.scalar(its.order_by(Step.id.desc()).limit(1)) or "", False)


def reopen(work: UnitOfWork, number: str, reason: Reopening) -> Petition:
    """It is looked at anew; what was found of it before no longer stands, and its periods count from today.

    Of what was closed custody begins again, with us. Raises IllegalMove also for what was closed as a mistake.
    """
    if was_a_mistake(work, load(work, number)):
        raise errors.IllegalMove(number, PetitionState.CLOSED, "reopen")
    petition = move(work, number, "reopen")
    petition.result, petition.adoption, petition.resolution, petition.liability = None, None, None, None
    petition.accepted = False
    holding.give(work, petition, None, None)
    petition.counts_from, petition.round = day_of(work.now), petition.round + 1
    timeline.record(work, petition, "petition.reopened.v1", reason=reason, counts_from=petition.counts_from)
    tasks.settle(work, petition)
    return petition


def steps(work: UnitOfWork, number: str) -> list[Step]:
    """All lines of its timeline, the earliest first."""
    return list(work.session.scalars(_STEPS, {"number": number}))


def load(work: UnitOfWork, number: str, *, lock: bool = True) -> Petition:
    """The petition, under its lock unless it is only read. Raises NoSuchPetition."""
    petition = work.session.get(Petition, number, with_for_update=lock)
    if petition is None:
        raise errors.NoSuchPetition()
    return petition


def with_parts(work: UnitOfWork, number: str) -> Petition:
    """For who reads most of its parts: it comes with which there are, and of most there are none.

    Not for who changes it: what is added without its list would not be seen in that. Raises NoSuchPetition.
    """
    found = work.session.execute(_with_parts(), {"number": number}).first()
    if found is None:
        raise errors.NoSuchPetition()
    work.set_now(found.now)
    petition: Petition = found.Petition
    unloaded = inspect(petition).unloaded & set(found._fields)
    has_none(petition, [name for name in unloaded if not getattr(found, name)])
    return petition


def has_none(petition: Petition, parts: Sequence[str]) -> None:
    """Of these parts it has none: nobody is asked for them."""
    for name in parts:
        set_committed_value(petition, name, [] if inspect(Petition).relationships[name].uselist else None)


@cache
def _with_parts() -> Executable:
    its = inspect(Petition).relationships
    several = (getattr(Petition, each.key).any().label(each.key) for each in its if each.uselist)
    single = (joinedload(getattr(Petition, each.key)) for each in its if not each.uselist)
    query = select(Petition, func.now().label("now"), *several).where(Petition.number == bindparam("number"))
    return query.options(*single, undefer(Petition.went_out))


def move(work: UnitOfWork, number: str, action: str) -> Petition:
    """Takes it where the action leads, under its lock. Raises NotNow for what the state forbids, changing nothing."""
    petition = load(work, number)
    states.check(action, petition.snapshot)
    set_state(petition, states.next_state(*petition.state_and_before, states.MOVES[action][1]))
    return petition


def set_state(petition: Petition, place: tuple[PetitionState, PetitionState | None]) -> None:
    """Sets the state, and the one it goes back to from an interim one."""
    petition.state, petition.before = place


def _routed(petition: Petition, route: ClaimRoute | None) -> dict[str, ClaimRoute]:
    """The way it goes, where it is said; for the event."""
    states.check_route(Kind(petition.kind), route)
    if route is None:
        return {}
    petition.route = route
    return {"route": route}


def check_person(petition: Petition, handler: str | None) -> None:
    """The first one against us is never with nobody by name. Raises PersonMissing."""
    if petition.one_to_one and handler is None:
        raise errors.PersonMissing()


def _check_department(work: UnitOfWork, petition: Petition, department: str) -> None:
    # as it is until the transaction ends: a department that is closed at this moment is seen to have it
    work.session.get(Department, department, with_for_update={"read": True})
    office.check_department(work, department)
    if department in petition.placement.walled_departments:
        raise errors.WalledDepartment()
