"""Who has already what names the petitioner, as far as the petition's own timeline tells: for who asks for secrecy."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from contracts.vocabulary import DocumentKind, Means, Notice, ReplyKind
from courier.unit_of_work import UnitOfWork
from intake.tables import Petition, Step
from intake.use_cases import directory, people

APPLICANT = [*people.PERSONAL]
# what went to a provider or an operator with the number, whatever came of it
_REACHED = tuple(f"notice.{what}.v1" for what in ("sent", "delivered", "failed", "refused", "unknown"))
_ELSE_ZH = {"notify": "短信或电话通道", "aid": "司法救助", "paper": "纸质文书"}
_ON_PAPER = (Means.POST, Means.IN_PERSON)
_TYPES = (
    "petition.referred.v1",
    "petition.involved.v1",
    *_REACHED,
    "referral.sent.v1",
    "routing.refused.v1",
    "referral.passed_on.v1",
    "referral.material_added.v1",
    "petition.hardship_marked.v1",
    "aid.lead_offered.v1",
    "aid.lead_by_hand.v1",
    "petition.printed.v1",
    "petition.replied.v1",
    "petition.reply_corrected.v1",
    "petition.taken_over.v1",
)


def of(work: UnitOfWork, petition: Petition) -> list[dict[str, Any]]:
    """[{petition, to, to_zh, what, fields, at}], oldest first. What was told by mouth is in no list."""
    names = directory.agency_names(work)
    steps = select(Step).where(Step.petition == petition.number, Step.type.in_(_TYPES)).order_by(Step.at, Step.id)
    found: list[dict[str, Any]] = []
    said: list[dict[str, Any]] = []  # each once, and once more of who has taken it over
    sent: set[str] = set()
    if petition.submitted_by is not None:
        at = petition.registered_at.isoformat()
        found.append({"to": petition.submitted_by, "what": "转来单位", "fields": APPLICANT, "at": at})
    for step in work.session.scalars(steps):
        data = step.data
        if step.type == "referral.sent.v1":
            sent.add(data["agency"])
        if step.type == "routing.refused.v1" and data["to"] not in sent:
            # nothing left: the handing before it was turned back
            found, said = ([each for each in its if not _is_handing(each, data["to"])] for its in (found, said))
        if step.type == "petition.taken_over.v1":
            said.clear()
        entry = _entry(step.type, data, found)
        if entry is not None and entry not in said:
            said.append(entry)
            found.append({**entry, "at": step.at.isoformat()})
    return [
        {"petition": petition.number, **each, "to_zh": _ELSE_ZH.get(each["to"], names.get(each["to"], each["to"]))}
        for each in found
    ]


def _is_handing(told: Mapping[str, Any], to: str) -> bool:
    return bool(told["to"] == to and told["what"] == "移交")


def _entry(type_: str, data: Mapping[str, Any], before: list[dict[str, Any]]) -> dict[str, Any] | None:
    def to(who: str, what: str, fields: list[str]) -> dict[str, Any] | None:
        return {"to": who, "what": what, "fields": fields, "at": None} if fields else None

    match type_:
        case "petition.referred.v1" | "petition.involved.v1":
            return to(data["to"], "移交", data["carries"])
        case "referral.passed_on.v1":
            had = next((each["fields"] for each in reversed(before) if each["to"] == data["agency"]), ["statement"])
            return to(data["to"], "转办", had)
        case "referral.material_added.v1":
            return to(data["agency"], "补充材料", ["text"])
        case "petition.hardship_marked.v1":
            return to("aid", "救助申请", APPLICANT if data["wish"] else [])
        case "aid.lead_offered.v1" | "aid.lead_by_hand.v1":
            return to(data["agency"], "救助线索", data.get("carries", APPLICANT))
        case "petition.printed.v1":
            return to("paper", DocumentKind(data["document"]).zh, ["name"])
        case "petition.replied.v1" | "petition.reply_corrected.v1":
            fields = ["name", "address"] if data["means"] in _ON_PAPER else []
            return to("paper", ReplyKind(data["reply"]).zh, fields)
        case _ if type_ in _REACHED:
            return to("notify", f"{Notice(data['about']).zh}通知", ["phone"])
    return None
