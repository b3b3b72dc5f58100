"""The petitioner's own window: progress by number and query code, a rating for each reply. Nothing personal is shown.

A code is shown once and kept as a keyed hash. Whatever is wrong, number or code, takes the same statements: how long an
answer takes tells nobody whether a petition exists.
"""

import hmac
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from contracts.vocabulary import ContactOutcome, PetitionState, ReplyKind
from courier.unit_of_work import UnitOfWork
from intake.domain import errors
from intake.tables import Contact, LookupTry, Petition, QueryCode, Rating, Step, table_of
from intake.use_cases import deadlines, people, petitions, timeline
from intake.use_cases.tools import tools_of
from service_kit.vaults import vault_of
from statute import day_of

_CODE = table_of(QueryCode)
# 32 letters and digits, none of 0 O 1 I: sixteen of them are 80 bits
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
LENGTH = 16
SLOT = timedelta(minutes=10)
PER_ADDRESS, PER_PETITION = 30, 20  # tries in a slot
NOBODY = "信0000-000000-000000"

_NOW_ZH = {
    PetitionState.SUBMITTED: "已由其他单位转来，正在审查",
    PetitionState.OBJECTED: "正在确定由哪个单位办理",
    PetitionState.SENT_BACK: "由转来的单位办理",
    PetitionState.REGISTERED: "已登记，正在审查",
    PetitionState.AWAITING_MATERIAL: "等待您补齐材料",
    PetitionState.ACCEPTED: "已受理，正在办理",
    PetitionState.NOT_ACCEPTED: "决定不予受理，理由和途径以书面告知为准",
    PetitionState.GUIDED: "依法应向其他机关提出，请按引导办理",
    PetitionState.REFERRED: "已转有权处理的单位",
    PetitionState.HANDLING: "有权处理的单位正在办理",
    PetitionState.SUSPENDED: "暂停办理，原因消除后继续",
    PetitionState.CONCLUDED: "已办出结果，即将答复",
    PetitionState.REPLIED: "已答复",
    PetitionState.CLOSING: "已答复，正在归档",
    PetitionState.CLOSED: "已办结",
    PetitionState.WITHDRAWN: "已按您的意愿撤回",
    PetitionState.TERMINATED: "已终结，即将答复",
    PetitionState.VOIDED: "此编号登记有误，已作废；有疑问请联系登记的窗口",
    PetitionState.MERGED: "与您的另一件合并办理，请按在先的编号查询",
}
_STEPS_ZH = {
    "petition.registered.v1": "登记",
    "petition.signed.v1": "签收",
    "petition.sent_back.v1": "退回转来的单位",
    "petition.material_asked.v1": "告知补齐材料",
    "petition.completed.v1": "材料补齐",
    "petition.accepted.v1": "受理",
    "petition.not_accepted.v1": "决定不予受理",
    "petition.guided.v1": "告知引导",
    "petition.referred.v1": "转有权处理的单位",
    "petition.suspended.v1": "暂停办理",
    "petition.resumed.v1": "继续办理",
    "petition.concluded.v1": "办出结果",
    "petition.replied.v1": "答复",
    "petition.reply_corrected.v1": "更正答复",
    "petition.withdrawn.v1": "撤回",
    "petition.terminated.v1": "终结",
    "petition.reopened.v1": "重新办理",
    "petition.closed.v1": "办结",
}


def issue(work: UnitOfWork, number: str) -> str:
    """A new petition's code, to be shown once."""
    code = _make()
    work.append(_CODE, petition=number, code=hashed(work, code), issued_at=work.now)
    return code


def keep(work: UnitOfWork, number: str, code: bytes) -> None:
    """A petition that came by the petitioners' door is looked up by the code that was shown there."""
    work.append(_CODE, petition=number, code=code, issued_at=work.now)


def renew(work: UnitOfWork, number: str) -> str:
    """Who lost a code gets another one, in person; on the trail, because the lost one opens nothing any more.

    Nor what came by the petitioners' door and was registered as this.
    """
    petition = petitions.load(work, number)
    timeline.record(work, petition, "petition.code_renewed.v1")
    earlier = work.session.get(QueryCode, number)
    if earlier is None:
        return issue(work, number)
    code = _make()
    earlier.code, earlier.issued_at = hashed(work, code), work.now
    came = (Contact.petition == number, Contact.outcome == ContactOutcome.REGISTERED, Contact.code.is_not(None))
    work.session.execute(update(Contact).where(*came).values(code=earlier.code))
    return code


def check(work: UnitOfWork, number: str, code: str) -> str:
    """The petition's code as it was shown, of what was typed. Raises WrongCode."""
    known, typed = work.session.get(QueryCode, number), _plain(code)
    if known is None or not hmac.compare_digest(bytes(known.code), hashed(work, typed)):
        raise errors.WrongCode()
    return _grouped(typed)


def count(work: UnitOfWork, address: str, number: str) -> int:
    """One more try from there and for this number, whether or not it exists. Seconds to wait, 0 when it may go on."""
    return tries(work, {("lookup-address", address): PER_ADDRESS, ("lookup-petition", number[-6:]): PER_PETITION})


def tries(work: UnitOfWork, most: Mapping[tuple[str, str], int]) -> int:
    """One more of each (what is tried, by whom), of which so many are let through in a slot. Seconds to wait, or 0."""
    vault = vault_of(work.context)
    limits = {vault.fingerprint(*whose): many for whose, many in most.items()}
    slot = _slot(work.now)
    over = False
    for bucket in sorted(limits):  # in one order: two tries at once would wait for each other
        statement = upsert(LookupTry).values(bucket=bucket, slot=slot, tries=1)
        tries = work.session.scalar(
            statement.on_conflict_do_update(
                index_elements=["bucket", "slot"], set_={"tries": LookupTry.tries + 1}
            ).returning(LookupTry.tries)
        )
        over |= tries is not None and tries > limits[bucket]
    return max(1, int((slot + SLOT - work.now).total_seconds())) if over else 0


def find(work: UnitOfWork, number: str, code: str, *, lock: bool = False) -> Petition:
    """By number or its last six digits. Raises WrongLookup, whichever of the two is wrong."""
    known = work.session.scalar(select(QueryCode.petition).where(QueryCode.code == hashed(work, code))) or NOBODY
    part = known[-6:] if len(number) == 6 else known
    if not hmac.compare_digest(part.encode(), number.encode()) or known == NOBODY:
        raise errors.WrongLookup()
    return petitions.load(work, known, lock=lock)


def progress(work: UnitOfWork, petition: Petition) -> dict[str, Any]:
    """What became of it so far: the same members and words for every petition, open or sealed.

    Of a report no more than on its first day, whatever happened since: who asks with the code is answered without any
    content (2016 年职务犯罪举报人规定 5(7)).
    """
    reply_by, outcome_by = deadlines.ends(work, [petition])[petition.number]
    query = select(Step).where(Step.petition == petition.number, Step.type.in_(_STEPS_ZH)).order_by(Step.at, Step.id)
    steps, replies, state = list(work.session.scalars(query)), petition.replies, PetitionState(petition.state)
    if petition.is_report:
        steps, replies, state, outcome_by = steps[:1], [], PetitionState.REGISTERED, None
    rated = set(work.session.scalars(select(Rating.seq).where(Rating.petition == petition.number)))
    return {
        "number": petition.number,
        "now": _NOW_ZH[state],
        "received_on": petition.received_on.isoformat(),
        "reply_by": reply_by and reply_by.isoformat(),
        "outcome_by": outcome_by and outcome_by.isoformat(),
        "steps": [{"on": day_of(step.at).isoformat(), "what": _STEPS_ZH[step.type]} for step in steps],
        "replies": [
            {
                "seq": each.seq,
                "what": ReplyKind(each.kind).zh,
                "issued_on": each.issued_on.isoformat(),
                "rated": each.seq in rated,
            }
            for each in replies
        ],
        "ask": "咨询电话 12309",
    }


def rate(work: UnitOfWork, petition: Petition, seq: int, stars: int, text: str | None) -> None:
    """One to five stars, once for each reply; what is written beside is for who handles it.

    Raises NoSuchReply, also of a report, of which none is shown; AlreadyRated.
    """
    if petition.is_report or seq not in [each.seq for each in petition.replies]:
        raise errors.NoSuchReply()
    if work.session.get(Rating, (petition.number, seq)) is not None:
        raise errors.AlreadyRated()
    sealed = people.seal(work, petition.number, f"rating|text|{seq}", text)
    work.session.add(Rating(petition=petition.number, seq=seq, stars=stars, text=sealed, rated_at=work.now))
    timeline.record(work, petition, "petition.rated.v1", seq=seq, stars=stars)


def forget(work: UnitOfWork) -> None:
    """Tries of slots that are over."""
    work.session.execute(delete(LookupTry).where(LookupTry.slot < _slot(work.now)))


def address(forwarded: str, peer: str, proxies: int) -> str:
    """Who asks: the hop the outermost of our own proxies saw. What a caller writes before it counts for nothing."""
    hops = [each.strip() for each in forwarded.split(",") if each.strip()]
    return _whose(hops[-proxies] if 0 < proxies <= len(hops) else peer)


def _whose(hop: str) -> str:
    """Of IPv6 the first half: whoever has one address of it has all of them, and would have as many tries."""
    try:
        found = ip_address(hop)
    except ValueError:
        return hop
    if isinstance(found, IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ip_network((found.packed[:8] + bytes(8), 64)))


def proxies(work: UnitOfWork) -> int:
    """How many web servers of ours stand before us, for `address`."""
    return tools_of(work).proxies


def code_of(work: UnitOfWork, nonce: str) -> str:
    """The code of what one form sent: whoever sends the form again is shown it again, and it is kept nowhere."""
    derived = vault_of(work.context).fingerprint("online-code", nonce)
    return _grouped("".join(ALPHABET[each % len(ALPHABET)] for each in derived[:LENGTH]))


def _make() -> str:
    return _grouped("".join(secrets.choice(ALPHABET) for _ in range(LENGTH)))


def _grouped(code: str) -> str:
    return "-".join(code[start : start + 4] for start in range(0, LENGTH, 4))


def _plain(code: str) -> str:
    return "".join(each for each in code.upper() if each.isalnum())


def _slot(now: datetime) -> datetime:
    length = int(SLOT.total_seconds())
    return datetime.fromtimestamp(int(now.timestamp()) // length * length, UTC)


def hashed(work: UnitOfWork, code: str) -> bytes:
    """A code as it is kept, however it was typed."""
    return vault_of(work.context).fingerprint("query_code", _plain(code))
