"""Who has what was wrong of a petition, and whether what is right has gone there: derived from the timeline, not kept.

The table is in docs/decisions/046; `services/intake/tests/test_outdated.py` walks it.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from contracts.vocabulary import Corrected, DocumentKind, Means, Notice, ReplyKind
from courier.unit_of_work import UnitOfWork
from intake.tables import Correction, Petition, Reply, Step
from intake.use_cases import known, timeline

# what names who petitions, and travels
PERSONAL = frozenset({Corrected.NAME, Corrected.RESIDENT_ID, Corrected.PHONE, Corrected.ADDRESS})
# by what they are told; notify hears of each, and nobody else had any but the first number
CALLED = frozenset({Corrected.PHONE, Corrected.OTHER_PHONES, Corrected.SAFE_CONTACT, Corrected.SMS_CONSENT})
# what every handing over says, whatever its purpose and basis let go beside
ALWAYS_HANDED = frozenset({Corrected.KIND, Corrected.LINE, Corrected.GROUP_SIZE, Corrected.RECEIVED_ON})
# what an agency that holds it is told as a supplement, where it was handed it
SUPPLEMENTED = PERSONAL | {Corrected.TITLE, Corrected.GROUP_SIZE}
# by what the periods go, whose last days papers and messages name
_DAYS = frozenset({Corrected.KIND, Corrected.LINE, Corrected.SUB_LINE, Corrected.RECEIVED_ON})
_SENT = frozenset({Corrected.TITLE, Corrected.PLACE, Corrected.ADDED, Corrected.REMOVED}) | ALWAYS_HANDED
# to whom, as what → what it says beside the fields that name who petitions
_SAYS: Mapping[tuple[str, str], frozenset[Corrected]] = {
    ("paper", DocumentKind.RECEIPT.zh): _DAYS,
    ("paper", DocumentKind.ACCEPTED.zh): _DAYS,
    ("paper", DocumentKind.PROGRESS.zh): _DAYS,
    ("paper", DocumentKind.MATERIAL.zh): frozenset({Corrected.LINE}),
    ("paper", DocumentKind.GUIDANCE.zh): frozenset({Corrected.LINE, Corrected.SUB_LINE}),
    ("paper", DocumentKind.REPLY.zh): frozenset({Corrected.TITLE}),
    ("paper", ReplyKind.OUTCOME_REPLY.zh): frozenset({Corrected.TITLE}),
    ("notify", f"{Notice.RECEIPT.zh}通知"): _DAYS,
    ("notify", f"{Notice.ACCEPTED.zh}通知"): _DAYS,
    ("aid", "救助申请"): frozenset({Corrected.RECEIVED_ON}),
}
_AS_WHAT: Mapping[str, frozenset[Corrected]] = {
    "移交": ALWAYS_HANDED,
    "转办": ALWAYS_HANDED,
    "转来单位": _SENT,
    "补充材料": frozenset({Corrected.JOINED}),
}
# of these all that anybody was told was wrong, until they are taken back
_WHOLE = {Corrected.VOIDED: Corrected.RESTORED, Corrected.MERGED: Corrected.PARTED}
_PRINTED = {ReplyKind.OUTCOME_REPLY: DocumentKind.REPLY, ReplyKind.PROGRESS_REPLY: DocumentKind.PROGRESS}
_ON_PAPER = (Means.POST, Means.IN_PERSON)


def holders(work: UnitOfWork, petition: Petition, every: Sequence[Correction]) -> dict[int, list[dict[str, Any]]]:
    """Correction → [{to, to_zh, what, at, told}]: who had what was wrong. `told`: what is right has gone there."""
    had, again, place = known.of(work, petition), _told_again(work, petition), named(work, petition)
    found: dict[int, list[dict[str, Any]]] = {}
    for its in every:
        what = frozenset(map(Corrected, its.what))
        since = {Corrected(word) for later in every if later.seq > its.seq for word in later.what}
        if any(_WHOLE.get(word) in since for word in what):
            what = frozenset()
        found[its.seq] = [
            {name: each[name] for name in ("to", "to_zh", "what", "at")}
            | {"told": _is_told(petition, its, what, each, again)}
            for each in (*had, *_told_by_mouth(petition, its))
            if _told_before(at := each["at"] and datetime.fromisoformat(each["at"]), its)
            and _had_it(petition, its, what, each, place(at))
        ]
    return found


def named(work: UnitOfWork, petition: Petition) -> Callable[[datetime | None], int]:
    """When somebody was told → the place of the person that it named: who has died, or who goes on since then."""
    taken_over = timeline.last_at(work, petition, "petition.taken_over.v1")
    heir = next((each.seq for each in petition.persons if each.ref == petition.person), 1)
    return lambda at: 1 if taken_over is None or at is None or at < taken_over else heir


def _told_before(told: datetime | None, correction: Correction) -> bool:
    # the answer that takes a wrong one's place is told at the moment at which that is corrected
    moment = correction.recorded_at
    return told is None or told < moment or (told == moment and Corrected.REPLY not in correction.what)


def _had_it(
    petition: Petition, correction: Correction, what: Collection[Corrected], each: Mapping[str, Any], place: int
) -> bool:
    """Whether this was told what was wrong; `place`: of the person it named."""
    words = set(what)
    if words & _WHOLE.keys():
        return True
    if each["to"] == "notify" and words & CALLED:
        return correction.of_seq in (1, place, petition.told or 1)
    says = set(_SAYS.get((each["to"], each["what"]), ())) | _AS_WHAT.get(each["what"], frozenset())
    says |= {Corrected.ORGANISATION} if each["to"] == "paper" else set()
    if correction.of_seq in (None, place) or not words & PERSONAL:
        says |= {word for word in PERSONAL | {Corrected.TITLE} if word in each["fields"]}
    return bool(words & says) or (Corrected.REPLY in words and each["what"] in _of_reply(petition, correction, each))


def _is_told(
    petition: Petition,
    correction: Correction,
    what: Collection[Corrected],
    each: Mapping[str, Any],
    again: Sequence[Step],
) -> bool:
    words = set(what)
    match each["to"]:
        case "notify":
            return bool(words & CALLED)
        case "aid":
            return bool(words & PERSONAL)
        case "paper" | "petitioner":
            return Corrected.REPLY in words and _served_anew(petition, correction)
    since = {step.data["agency"] for step in again if step.at >= correction.recorded_at}
    return bool(words & SUPPLEMENTED) and each["to"] in since


def _wrong_reply(petition: Petition, correction: Correction) -> Reply | None:
    if Corrected.REPLY not in correction.what:
        return None
    return next((each for each in petition.replies if each.seq == correction.of_seq), None)


def _of_reply(petition: Petition, correction: Correction, each: Mapping[str, Any]) -> Collection[str]:
    """As what it was told: of two of a kind on paper, both are."""
    wrong = _wrong_reply(petition, correction)
    if wrong is None or each["to"] not in ("paper", "petitioner"):
        return ()
    kind = ReplyKind(wrong.kind)
    return [kind.zh, *([_PRINTED[kind].zh] if kind in _PRINTED else [])]


def _told_by_mouth(petition: Petition, correction: Correction) -> Iterator[dict[str, Any]]:
    """A reply that stood on no paper: who petitions has heard it."""
    wrong = _wrong_reply(petition, correction)
    if wrong is not None and Means(wrong.means) not in _ON_PAPER:
        yield {"to": "petitioner", "to_zh": "信访人", "what": ReplyKind(wrong.kind).zh, "fields": (), "at": None}


def _served_anew(petition: Petition, correction: Correction) -> bool:
    return any(each.corrects == correction.of_seq and each.proof for each in petition.replies)


def _told_again(work: UnitOfWork, petition: Petition) -> Sequence[Step]:
    query = select(Step).where(Step.petition == petition.number, Step.type == "referral.material_added.v1")
    return work.session.scalars(query.order_by(Step.id)).all()
