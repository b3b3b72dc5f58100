"""What is printed for a petitioner, of what is known; what is not known stays a blank to fill in by hand."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from clock import clocks
from contracts.vocabulary import (
    ActKind,
    Adoption,
    ApprovalState,
    ClaimRoute,
    DocumentKind,
    Kind,
    Line,
    PetitionState,
    ReferralKind,
    RefusalReason,
    ReplyKind,
    Result,
)
from courier.unit_of_work import UnitOfWork
from intake.domain import claim_routes, errors, papers, states
from intake.domain.page import BLANK, Sheet, html
from intake.domain.showing import Showing
from intake.tables import Act, Petition, Reply, Step
from intake.use_cases import admission, approvals, directory, people
from intake.use_cases.tools import tools_of
from statute import Cited, day_of

FALSE_ACCUSATION_ZH = (
    "请如实反映：捏造事实、伪造证据诬告陷害他人的，依法承担责任；不是捏造事实、伪造证据的，"
    "即使所述有出入，甚至是错告，也与诬告严格区别（《刑事诉讼法》第一百一十一条）。"
)
NOBODY_ZH = "信访人"
UNVERIFIED_ZH = "本文书所引依据未核验，请法律政策人员核对后发出"
# 举报工作规定 (2014) 56; 2016 年职务犯罪举报人规定 5(7)
NEUTRAL_ZH = "要求保密或者举报的：当面交付本人；邮寄的，使用不显示本院名称、地址的信封，不得由他人转交"
_GIVEN_BACK = tuple(f"referral.{what}.v1" for what in ("returned", "recalled", "undelivered", "voided"))
OTHERWISE = "不服本答复的，可以向本院控告申诉检察部门提出，由本院依法告知你可以选择的途径和期限。"


@dataclass(frozen=True, slots=True)
class Writer:
    """`showing`: how much who prints is shown; the paper has blanks for the rest.

    `code`: the query code, where whoever prints has it; it is kept nowhere.
    """

    work: UnitOfWork
    petition: Petition
    showing: Showing
    code: str | None = None

    def said(self, text: str | None) -> str:
        """What was said, or a blank for who may not read it."""
        return text if self.showing.reads and text else BLANK

    def by(self, kind: DocumentKind) -> Cited:
        """By which law a paper is written for this petition, as the county has verified it."""
        its = self.petition
        return tools_of(self.work).law.read(papers.law_of(kind, its.line, its.sub_line))

    def last(self, type_: str, **facts: Any) -> Step:
        """The latest step of a kind. Raises DocumentNotYet."""
        query = select(Step).where(Step.petition == self.petition.number, Step.type == type_)
        for step in self.work.session.scalars(query.order_by(Step.at.desc(), Step.id.desc())):
            if all(step.data.get(name) == value for name, value in facts.items()):
                return step
        raise errors.DocumentNotYet()

    def ended(self, referral: str) -> bool:
        """Whether it stands no more: who has the petition is another again, and a paper that says else is untrue."""
        its = select(Step).where(Step.petition == self.petition.number, Step.type.in_(_GIVEN_BACK))
        return self.work.session.scalar(its.where(Step.data["referral"].astext == referral).limit(1)) is not None

    def reply(self, kind: ReplyKind) -> Reply:
        """The latest reply of a kind. Raises DocumentNotYet."""
        found = [reply for reply in self.petition.replies if reply.kind == kind]
        if not found:
            raise errors.DocumentNotYet()
        return found[-1]

    def text_of(self, reply: Reply) -> str:
        """What the reply says, or a blank for who may not read it."""
        return self.said(self.text_in_clear(reply))

    def text_in_clear(self, reply: Reply) -> str:
        """What the reply says, for who asks next whether it may be read."""
        return people.unseal(self.work, self.petition.number, f"reply|text|{reply.seq}", bytes(reply.text))

    def due(self, rule: str) -> str:
        """The last day of the clock that was started last by a rule (its id), or a blank."""
        number = self.petition.number
        found = clocks.latest_ends(self.work, [number]).get((number, rule))
        return day(found) if found else BLANK

    def agency(self, code: str) -> str:
        """The agency's name; its code where the directory never had it."""
        return directory.agency_names(self.work).get(code, code)

    @property
    def department(self) -> tuple[str, str]:
        """(name, phone) of the department that has the petition; of the office before one has."""
        return tools_of(self.work).card.department(self.petition.department)


def printed(work: UnitOfWork, petition: Petition, kind: DocumentKind, showing: Showing, code: str | None = None) -> str:
    """The page. Raises DocumentNotYet for what has not happened."""
    writer = Writer(work, petition, showing, code)
    text, on, unverified = WRITERS[kind](writer)
    tools = tools_of(work)
    return html(
        Sheet(
            title=kind.zh,
            office=writer.agency(tools.our_agency),
            number=petition.number,
            to=_addressee(writer),
            text=text,
            day=day(on),
            phone=tools.card.phone,
            notes=[
                *([UNVERIFIED_ZH] if unverified else []),
                # of an anonymous one as well: who is not named is not told apart by the paper
                *([NEUTRAL_ZH] if petition.secrecy or petition.anonymous or petition.is_report else []),
            ],
        )
    )


def kinds(work: UnitOfWork, petition: Petition) -> list[DocumentKind]:
    """Those that can be printed now."""
    nothing = Showing(Kind(petition.kind), hidden=True, reads=False, own=False, fresh=False)
    return [kind for kind in DocumentKind if _is_there(Writer(work, petition, nothing), kind)]


def day(when: date) -> str:
    """2026年3月5日"""
    return f"{when.year}年{when.month}月{when.day}日"


def _is_there(writer: Writer, kind: DocumentKind) -> bool:
    try:
        WRITERS[kind](writer)
    except (errors.DocumentNotYet, errors.HeldBack):
        return False
    return True


def _addressee(writer: Writer) -> str:
    """Of who asked for secrecy, as of nobody, a polite word: the paper is left lying about."""
    petition = writer.petition
    if not writer.showing.names:
        return NOBODY_ZH
    return people.disclose(writer.work, petition, "organisation" if petition.organisation else "name") or BLANK


Written = tuple[list[str], date, bool]


def _receipt(writer: Writer) -> Written:
    step = writer.last("petition.registered.v1")
    petition, on = writer.petition, day(writer.petition.received_on)
    handed_in = _handed_in(writer)
    came = f"你提交的材料{handed_in}已于{on}收到" if handed_in else f"你反映的事项已于{on}收到"
    look_up = "可以查询办理进展。"
    code = f"查询码 {writer.code}，请妥善保管；凭编号和查询码" if writer.code else "凭编号和登记时交给你的查询码"
    # each on a line of its own: what is typed in again is not broken over two
    lines = [f"{came}，{_day_of(step.data['reply_by'])}前告知是否受理。", f"登记编号 {petition.number}", code + look_up]
    if petition.kind == Kind.ACCUSATION:
        # 刑诉法 111(2): said to who accuses, and both halves of it
        lines.append(FALSE_ACCUSATION_ZH)
    return lines, _on(step), False


def _handed_in(writer: Writer) -> str:
    """共3件12页: as it was counted at registration, else the files; empty where nothing was handed in."""
    pieces, pages = writer.petition.pieces, writer.petition.pages
    if pieces is None and pages is None:
        pieces = len(writer.petition.files) or None
    counted = "".join(f"{many}{unit}" for many, unit in ((pieces, "件"), (pages, "页")) if many)
    return counted and f"共{counted}"


def _accepted(writer: Writer) -> Written:
    step = writer.last("petition.accepted.v1")
    name, phone = writer.department
    law = writer.by(DocumentKind.ACCEPTED)
    text = (
        f"你反映的事项，经审查符合受理条件，依据{law.source.zh}予以受理，"
        f"由{name}承办，电话 {phone}。{writer.due('progress_or_outcome')}前告知办理进展或者结果。"
    )
    return [text, "你有权申请回避、委托律师代理。"], _on(step), not law.verified


def _material(writer: Writer) -> Written:
    step = writer.last("petition.material_asked.v1")
    lacking = people.disclose(writer.work, writer.petition, "lacking")
    if lacking is None:
        raise errors.DocumentNotYet()
    items = [f"{seq}. {writer.said(item)}" for seq, item in enumerate(lacking.splitlines(), 1)]
    law = writer.by(DocumentKind.MATERIAL)
    told = f"你反映的事项尚缺下列材料，请补齐后提交本院，依据{law.source.zh}，自材料补齐之日起计算受理时间："
    until = step.data.get("complete_by")
    if until is None:
        return [told, *items], _on(step), not law.verified
    by = f"请于{day(date.fromisoformat(until))}前补齐。"
    if Line(writer.petition.line) in states.SUPERVISION:
        # what follows must be told with it: 民、行诉讼监督规则 21
        by += "逾期未补齐的，视为撤回监督申请。"
    return [told, *items, by], _on(step), not law.verified


def _not_accepted(writer: Writer) -> Written:
    step = writer.last("petition.not_accepted.v1")
    reason = RefusalReason(step.data["reason"])
    ground = papers.grounds()[reason]
    law = tools_of(writer.work).law.read(ground.law)
    why = f"因{reason.zh}，{ground.says}{law.source.zh}，不予受理"
    text = f"你反映的事项{why}；你可以{ground.way}，期限：{ground.until}。"
    return [text, "对本决定有异议的，可以向上一级人民检察院提出。"], _on(step), not law.verified


def _guidance(writer: Writer) -> Written:
    step = writer.last("petition.guided.v1")
    # the one paper that is shown to another agency
    states.check_leaves(writer.petition.snapshot, step.data["to"])
    needed = "、".join(admission.sheet_of(writer.petition).documents)
    text = f"你反映的事项，依法应当向{writer.agency(step.data['to'])}提出。请持本引导单前往，并携带：{needed}。"
    route = step.data.get("route")
    way = claim_routes.ways()[ClaimRoute(route)] if route else None
    law = way and tools_of(writer.work).law.read(way.law)
    why = [f"依据{law.zh}：{way.means}。"] if way and law else []
    return [text, *why, "本单只作引导，是否受理由该单位依法决定。"], _on(step), bool(law and not law.verified)


def _transfer(writer: Writer) -> Written:
    sent = writer.last("referral.sent.v1", kind=ReferralKind.TRANSFER)
    if writer.ended(sent.data["referral"]):
        raise errors.DocumentNotYet()
    try:
        signed = f"于{day(_on(writer.last('referral.signed.v1', referral=sent.data['referral'])))}签收"
    except errors.DocumentNotYet:
        signed = "尚未签收，签收后另行告知"
    to, its = writer.agency(sent.data["agency"]), writer.petition
    handler = its.first_handler or its.handler or BLANK
    text = (
        f"你反映的事项属{to}职责范围，依据《信访工作条例》有关规定，已于{day(_on(sent))}以 {sent.data['referral']} 号"
        f"移送，该单位{signed}。本院首办责任人（工号）{handler}，电话 {writer.department[1]}。"
    )
    return [text], _on(sent), True


def _progress(writer: Writer) -> Written:
    reply = writer.reply(ReplyKind.PROGRESS_REPLY)
    query = select(Act.kind).where(Act.petition == writer.petition.number).distinct().order_by(Act.kind)
    done = "、".join(ActKind(kind).zh for kind in writer.work.session.scalars(query)) or "审查"
    stage = PetitionState(writer.petition.state).zh
    text = f"你反映的事项已完成{done}，现处“{stage}”环节，尚未办结，{writer.due('progress_or_outcome')}前再次书面告知。"
    return [text, f"有关情况：{writer.text_of(reply)}"], reply.issued_on, False


def _reply(writer: Writer) -> Written:
    petition = writer.petition
    text, on = _signed(writer)
    result = Result(petition.result).zh if petition.result else BLANK
    name, phone = writer.department
    # who proposed is told whether it is adopted: 条例 29
    adopted = f"对你提出的建议：{Adoption(petition.adoption).zh}。" if petition.adoption else ""
    way = claim_routes.ways()[ClaimRoute(petition.route)].remedy if petition.route else OTHERWISE
    return (
        [
            *_corrects(petition),
            f"一、你的诉求：{writer.said(people.disclose(writer.work, petition, 'title'))}",
            f"二、查明的事实、审查意见和依据：{writer.said(text)}",
            f"三、结论：{result}。{adopted}",
            f"四、救济途径和期限：{way}",
            f"五、联系人：{name}，电话 {phone}。",
        ],
        on,
        True,
    )


def _corrects(petition: Petition) -> list[str]:
    """What is said first on a paper that takes the place of another, which its reader has."""
    outcomes = {each.seq: each for each in petition.replies if each.kind == ReplyKind.OUTCOME_REPLY}
    wrong = outcomes.get(outcomes[max(outcomes)].corrects or 0) if outcomes else None
    return [f"本答复更正本院{day(wrong.issued_on)}的答复，以本答复为准。"] if wrong else []


def _signed(writer: Writer) -> tuple[str, date]:
    """The outcome that was signed (签发), before it is posted too, and the day; a draft is no paper yet."""
    signed = approvals.signed(writer.petition)
    drafted: str = approvals.draft(writer.work, signed)["text"] if signed is not None else ""
    if signed is not None and signed.now_in is ApprovalState.SIGNED:
        return drafted, approvals.day_of_decision(signed)
    reply = writer.reply(ReplyKind.OUTCOME_REPLY)
    text = writer.text_in_clear(reply)
    # the same paper bears the same day, printed before it was posted or after; of older code's nobody signed
    return text, approvals.day_of_decision(signed) if signed is not None and drafted == text else reply.issued_on


WRITERS: dict[DocumentKind, Callable[[Writer], Written]] = {
    DocumentKind.RECEIPT: _receipt,
    DocumentKind.ACCEPTED: _accepted,
    DocumentKind.MATERIAL: _material,
    DocumentKind.NOT_ACCEPTED: _not_accepted,
    DocumentKind.GUIDANCE: _guidance,
    DocumentKind.TRANSFER: _transfer,
    DocumentKind.PROGRESS: _progress,
    DocumentKind.REPLY: _reply,
}


def _on(step: Step) -> date:
    return day_of(step.at)


def _day_of(text: str) -> str:
    return day(date.fromisoformat(text))
