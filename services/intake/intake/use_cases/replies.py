"""The petitioner's right to be told: what is owed by when, what was told by which proof, what could not be told."""

from datetime import date
from typing import Any

from sqlalchemy import select

from contracts.vocabulary import Corrected, Impossible, Means, Notice, Proof, ReplyKind
from courier.unit_of_work import UnitOfWork
from intake.domain import errors, reply_duty, states
from intake.tables import Petition, Reply, ReplyWaiver, Step
from intake.use_cases import deadlines, kept, people, persons, petitions, timeline
from statute import day_of

# what notify's own messages tell of the procedure; a decision that ends it here is not announced but served
_ANNOUNCED = ReplyKind.PROCEDURAL_REPLY
ANNOUNCES = (Notice.ACCEPTED, Notice.TRANSFERRED)


def prove(work: UnitOfWork, number: str, seq: int, proof: Proof, proved_on: date | None) -> Petition:
    """A receipt, a signature or a confirmed call: from now on the reply was told.

    Raises NoSuchReply, AlreadyProved, NotByThisProof, and WrongField for a day before it was issued or after today.
    """
    petition = petitions.load(work, number)
    reply = next((each for each in petition.replies if each.seq == seq), None)
    if reply is None:
        raise errors.NoSuchReply()
    if reply.proof is not None:
        raise errors.AlreadyProved()
    kind, today = ReplyKind(reply.kind), day_of(work.now)
    reply_duty.check_proof(petition.matter, kind, proof, Means(reply.means))
    proved_on = proved_on or today
    if not reply.issued_on <= proved_on <= today:
        raise errors.WrongField("proved_on", "应在发出之日至今天之间", "between the day it was issued and today")
    reply.proof, reply.proved_on, reply.proved_by = proof, proved_on, work.actor.officer
    timeline.record(work, petition, "petition.told.v1", reply=kind, proof=proof, proved_on=proved_on)
    return petition


def correct(work: UnitOfWork, number: str, seq: int, means: Means, text: str, reason: str, by: str) -> Petition:
    """更正: another text is issued in the place of one that was; that stays, and is owed anew until this is proved.

    No period moves: whoever was late with the first is no less late. `by`: who asked for it. Raises NoSuchReply,
    ReplyStands, Invalid for its means.
    """
    petition = petitions.load(work, number)
    states.check("correct-reply", petition.snapshot)
    wrong = next((each for each in petition.replies if each.seq == seq), None)
    if wrong is None:
        raise errors.NoSuchReply()
    if not may_be_corrected(petition, wrong):
        raise errors.ReplyStands()
    kind = ReplyKind(wrong.kind)
    reply_duty.check_means(petition.matter, kind, means)
    was = {"reply": kind.zh, "issued_on": wrong.issued_on.isoformat(), "means": Means(wrong.means).zh}
    kept.keep(work, petition, [Corrected.REPLY], was, reason, seq, by)
    today = petitions.issue(work, petition, kind, means, text, by, corrects=seq)
    facts = {"reply": kind, "means": means, "issued_on": today}
    timeline.record(work, petition, "petition.reply_corrected.v1", **facts)  # type: ignore[arg-type]
    return petition


def may_be_corrected(petition: Petition, reply: Reply) -> bool:
    """Whether it is what the petitioner goes by now."""
    return reply.round == petition.round and reply.seq not in petition.corrected


def give_up(work: UnitOfWork, number: str, reply: ReplyKind, reason: Impossible) -> Petition:
    """Nobody can be told, lawfully, and why; the anonymous one's is known without being recorded.

    Raises NotOwed, and what `reply_duty.check_untellable` does.
    """
    petition = petitions.load(work, number)
    if reply not in petition.owed:
        raise errors.NotOwed(reply)
    contact, nobody = has_contact(work, petition), persons.nobody_left(work, petition)
    reply_duty.check_untellable(petition.matter, reply, reason, contact, nobody)
    petition.waivers.append(
        ReplyWaiver(round=petition.round, reply=reply, reason=reason, officer=work.actor.officer, recorded_at=work.now)
    )
    timeline.record(work, petition, "petition.untellable.v1", reply=reply, reason=reason)
    return petition


def ledger(work: UnitOfWork, petition: Petition) -> dict[str, Any]:
    """What is still owed, and all that was told or could not be."""
    reply_by, outcome_by = deadlines.ends(work, [petition])[petition.number]
    by = {ReplyKind.PROCEDURAL_REPLY: reply_by, ReplyKind.OUTCOME_REPLY: outcome_by}
    announced = _announced(work, petition.number)
    still = [each for each in petition.owed if not (announced and each is _ANNOUNCED and len(petition.owed) > 1)]
    return {
        "petition": petition.number,
        "impossible": Impossible.ANONYMOUS if petition.anonymous else None,
        "owed": [
            {
                "reply": each,
                "reply_zh": each.zh,
                "by": (day := by[each]) and day.isoformat(),
                "means": sorted(reply_duty.means(petition.matter, each)),
            }
            for each in still
        ],
        "told": [_told(each) for each in petition.replies],
        "announced": announced,
        "untellable": [
            {
                "reply": each.reply,
                "reason": each.reason,
                "reason_zh": Impossible(each.reason).zh,
                "recorded_at": each.recorded_at.isoformat(),
            }
            for each in petition.waivers
        ],
    }


def _told(reply: Reply) -> dict[str, Any]:
    return {
        "seq": reply.seq,
        "reply": reply.kind,
        "reply_zh": ReplyKind(reply.kind).zh,
        "means": reply.means,
        "means_zh": Means(reply.means).zh,
        "issued_on": reply.issued_on.isoformat(),
        "corrects": reply.corrects,
        "proof": reply.proof,
        "proof_zh": Proof(reply.proof).zh if reply.proof else None,
        "proved_on": reply.proved_on and reply.proved_on.isoformat(),
    }


def _announced(work: UnitOfWork, number: str) -> list[dict[str, Any]]:
    """Delivered messages that tell of acceptance or a handover."""
    query = select(Step).where(Step.petition == number, Step.type == "notice.delivered.v1")
    query = query.where(Step.data["about"].astext.in_(ANNOUNCES)).order_by(Step.id)
    return [
        {"about": step.data["about"], "about_zh": Notice(step.data["about"]).zh, "at": step.at.isoformat()}
        for step in work.session.scalars(query)
    ]


def has_contact(work: UnitOfWork, petition: Petition) -> bool:
    """Whether a phone, an address or another way is known, or may be.

    What is in the safe is not looked at for this: somebody who asked for secrecy may have left a way.
    """
    known = (people.disclose(work, petition, name) for name in ("phone", "safe_contact", "address"))
    return petition.secrecy or any(known)
