"""A petition's steps: written with each event of ours and each that is heard, told as sentences an officer reads."""

from collections.abc import Mapping, Sequence
from datetime import date
from string import Formatter
from typing import Any

from sqlalchemy import select

from clock.clocks import Matter, follow
from clock.tables import Clock
from contracts import vocabulary as words
from courier.envelope import Actor
from courier.inbox import Message
from courier.unit_of_work import Work
from intake.domain import lines
from intake.domain.errors import ACTIONS_ZH
from intake.tables import Petition, Step
from intake.use_cases import placing
from statute import Duty

_SENTENCES = {
    "petition.registered.v1": "登记（{channel}，{kind}，{line}），{reply_by} 前程序性回复",
    "petition.accepted.v1": "受理，承办部门 {department}，{reply_by} 前答复进展或结果",
    "petition.not_accepted.v1": "不予受理：{reason}",
    "petition.guided.v1": "告知引导至 {to}",
    "petition.referred.v1": "提请移交 {to}",
    "petition.file_added.v1": "收到材料（{size} 字节）",
    "petition.involved.v1": "提请 {to} {kind}",
    "petition.concluded.v1": "审结：{result}",
    "petition.replied.v1": "{reply}（{means}，{issued_on}）",
    "petition.closing.v1": "提请归档",
    "petition.closed.v1": "归档",
    "petition.kept_open.v1": "暂不能归档：{referral} 尚未办结",
    "petition.material_asked.v1": "告知补正材料 {lacking} 项（{means}，{issued_on}）",
    "petition.completed.v1": "材料补齐，受理自 {counts_from} 起算",
    "petition.suspended.v1": "中止办理：{reason}",
    "petition.resumed.v1": "恢复办理",
    "petition.terminated.v1": "终结：{reason}",
    "petition.reopened.v1": "重新办理：{reason}，期限自 {counts_from} 起算",
    "petition.liability_reviewed.v1": "一案三查：刑事{criminal}，民事{civil}，行政{administrative}，"
    "公益{public_interest}",
    "petition.resolved.v1": "化解情况：{resolution}",
    "petition.withdrawn.v1": "信访人撤回",
    "petition.ended.v1": "重新告知其他单位：{reason}",
    "petition.died.v1": "重新告知：信访人已死亡，其号码不再通知",
    "petition.hardship_marked.v1": "标注生活困难：{situations}（{wish}）",
    "petition.walled.v1": "设置回避：{reason}（部门 {department}）",
    "petition.assigned.v1": "分派 {department} 办理",
    "petition.signed.v1": "签收转来事项",
    "petition.objected.v1": "向转来单位提出异议：{reason}",
    "petition.sent_back.v1": "已退回转来单位",
    "petition.sender_told.v1": "向转来单位{answered}",
    "contact.joined.v1": "{joining}：{channel}（{group_size} 人）",
    "petition.linked.v1": "关联其他信访件：{reason}",
    "petition.held.v1": words.Barred.HELD.zh,
    "petition.released.v1": "已核对，可以发往 {to}",
    "petition.admission_advised.v1": "核对受理条件：{result}",
    "petition.act_recorded.v1": "{act}（{done_on}）",
    "petition.chief_led.v1": "院领导包案（{leader}）",
    "petition.chief_led_item.v1": "包案完成：{item}（{done_on}）",
    "petition.reception_booked.v1": "预约 {day} 院领导接访",
    "petition.risk_changed.v1": "风险等级由{was}调整为{colour}",
    "petition.told.v1": "{reply}已告知（{proof}，{proved_on}）",
    "petition.untellable.v1": "{reply}依法无法告知：{reason}",
    "petition.code_renewed.v1": "重新签发查询码",
    "petition.rated.v1": "信访人评价第 {seq} 次答复：{stars} 星",
    "petition.printed.v1": "打印有信访人姓名的文书：{document}",
    "petition.sealed.v1": "信访人要求保密，个人信息已封存",
    "sealed.asked.v1": "申请查看要求保密的信访人：{purpose}",
    "sealed.approved.v1": "批准查看要求保密的信访人",
    "sealed.refused.v1": "不予批准查看要求保密的信访人",
    "sealed.opened.v1": "查看要求保密的信访人：{purpose}",
    "aid.opened.v1": "救助立案 {case}，{decide_by} 前决定",
    "aid.determined.v1": "救助对象初判：{fits}",
    "aid.granted.v1": "{case} 决定给予司法救助",
    "aid.refused.v1": "{case} 不予司法救助：{ground}",
    "aid.lead_offered.v1": "救助线索 {lead} 送 {agency}：{kinds}，{answer_by} 前反馈",
    "aid.lead_by_hand.v1": "救助线索 {lead} 待人工转送 {agency}：{kinds}",
    "aid.lead_signed.v1": "{agency} 签收救助线索",
    "aid.lead_answered.v1": "{agency} 反馈救助线索：{result}",
    "aid.lead_undelivered.v1": "救助线索 {lead} 未送达 {agency}",
    "referral.sent.v1": "{referral} 移送 {agency}，{sign_by} 前签收",
    "referral.signed.v1": "{agency} 签收",
    "referral.accepted.v1": "{agency} 受理",
    "referral.deemed.v1": "{agency} 逾期未提异议，视为受理",
    "submission.overruled.v1": "{agency} 裁定异议不成立，由本院办理",
    "submission.returned.v1": "{agency} 同意退回",
    "referral.progressed.v1": "{agency} 报告进展",
    "referral.suspended.v1": "{agency} 中止办理",
    "referral.resumed.v1": "{agency} 恢复办理",
    "referral.passed_on.v1": "{agency} 转由 {to} 办理（{successor}）",
    "referral.rework.v1": "退回 {agency} 补办",
    "referral.material_added.v1": "补充材料已送 {agency}",
    "referral.urged.v1": "第 {times} 次催办 {agency}",
    "referral.voided.v1": "{referral} 作废：{reason}",
    "referral.objected.v1": "{agency} 提出异议：{reason}",
    "referral.overruled.v1": "异议不成立，仍由 {agency} 办理",
    "referral.returned.v1": "异议成立，{agency} 退回",
    "referral.stopped.v1": "{agency} 不必再办：{reason}",
    "referral.recalled.v1": "撤回对 {agency} 的移送",
    "referral.undelivered.v1": "{agency} 未签收即停止接入，退回本院",
    "referral.answered.v1": "{agency} 反馈：{result}",
    "referral.closed.v1": "{referral} 办结",
    "escalation.requested.v1": "{reason}，提请 {to} 协调（经手：{agencies}）",
    "routing.refused.v1": "依法不得送 {to}：{reason}；可以送 {lawful}",
    "command.refused.v1": "{command}未办成（{to}）：{reason}",
    "clock.missed.v1": "{holder} 逾期：{rule}应于 {due} 前完成",
    "custody.moved.v1": "承办单位转为 {agency}",
    "custody.ended.v1": "承办结束",
    "custody.kept.v1": "{referral} 尚未办结，承办不能结束",
    "notice.sent.v1": "{about}通知已提交",
    "notice.delivered.v1": "{about}通知已送达",
    "notice.failed.v1": "{about}通知未送达（{code}）",
    "notice.refused.v1": "{about}通知被拒收（{code}）",
    "notice.unknown.v1": "{about}通知结果待查",
    "notice.impossible.v1": "{about}未能告知：{reason}",
}
_REFUSALS = frozenset({"routing.refused.v1", "command.refused.v1", "custody.kept.v1", "referral.undelivered.v1"})
# these leave a referral in its state
_STAYS = frozenset({"referral.material_added.v1", "referral.urged.v1", "referral.stopped.v1"})
# after these it does not keep its petition open
_CLOSES = frozenset(
    f"referral.{what}.v1"
    for what in ("answered", "closed", "passed_on", "returned", "recalled", "undelivered", "voided")
)
_HELD_BACK = f"发往 {{to}}：{words.Barred.HELD.zh}"
# to who may not read what was said, where the sentence itself tells whom it hits
_BRIEF = {
    "petition.walled.v1": "设置回避",
    "petition.referred.v1": "提请移交",
    "petition.involved.v1": "提请协办或抄送",
    "routing.refused.v1": "未发出",
    "command.refused.v1": "{command}未办成",
    "escalation.requested.v1": "提请协调：{reason}",
}
_WORDS: Mapping[str, tuple[type[words.Word], ...]] = {
    "channel": (words.Channel,),
    "kind": (words.Kind, words.ReferralKind),
    "line": (words.Line,),
    "result": (words.Result, words.LeadResult, words.Admission),
    "ground": (words.AidRefusal,),
    "situations": (words.Situation,),
    "fits": (words.AidKind,),
    "kinds": (words.AidKind,),
    "reply": (words.ReplyKind,),
    "means": (words.Means,),
    "about": (words.Notice,),
    "resolution": (words.Resolution,),
    "joining": (words.Joining,),
    "act": (words.ActKind,),
    "document": (words.DocumentKind,),
    "was": (words.RiskColour,),
    "colour": (words.RiskColour,),
    "purpose": (words.OpeningPurpose,),
    "proof": (words.Proof,),
    "reason": (
        words.RefusalReason,
        words.EscalationReason,
        words.ObjectionReason,
        words.Impossible,
        words.Barred,
        words.WallReason,
        words.Pause,
        words.Termination,
        words.Reopening,
        words.LinkReason,
        words.Ending,
        words.Unmade,
    ),
    "void": (words.VoidReason,),  # its duplicate is not a refusal's
}
_AGENCIES = ("to", "agency", "holder", "lawful", "agencies")


def record(work: Work, petition: Petition, type_: str, *, due_as: str | None = None, **data: Any) -> None:
    """An event of the petition, its line on the timeline, and the clocks it moves.

    `due_as`: the event's field that tells the last day of the first clock it starts.
    """
    number = petition.number
    started = _follow(work, petition, type_, data)
    if due_as is not None:
        data[due_as] = started[0].due if started else _running(work, number, type_)
    work.event(type_, number, petition=number, **data)
    shown = work.office.language.dump("event", type_, {"petition": number, **data})
    _add(work, number, type_, work.actor.agency, work.actor.officer, shown)
    if type_ in placing.MOVES:
        placing.tell(work, petition, new=type_ == placing.REGISTERED)


def hear(work: Work, petition: Petition, message: Message) -> None:
    """What happened elsewhere, as a line of the petition's own timeline; it may stop a clock, and starts none here."""
    _follow(work, petition, message.envelope.type, message.data, heard=True)
    number = petition.number
    actor = message.envelope.actor or Actor("-", "-", "-")
    _add(work, number, message.envelope.type, actor.agency, actor.officer, message.envelope.data)


def _follow(work: Work, petition: Petition, type_: str, facts: Mapping[str, Any], heard: bool = False) -> list[Clock]:
    tools = work.office.tools
    holders: dict[str, str] = {Duty.DEPARTMENT: petition.department} if petition.department else {}
    matter = Matter(petition.number, None, tools.our_agency, holders)
    return follow(work, tools.law, matter, type_, {**facts, "received_on": petition.counts_from}, heard=heard)


def _running(work: Work, number: str, type_: str) -> date:
    """The last day of what such an event started before: who accepts what came back unanswered starts nothing anew."""
    before = select(Clock.due).where(Clock.petition == number, Clock.started_by == type_)
    return work.session.execute(before.order_by(Clock.started_at.desc()).limit(1)).scalar_one()


def unfinished(work: Work, number: str) -> list[str]:
    """Who only helps or hears of it and keeps it from closing, as far as was told: not answered; a copy, not signed.

    referral decides; this only says at once what it would say later.
    """
    query = select(Step).where(Step.petition == number, Step.type.startswith("referral.")).order_by(Step.id)
    last = {step.data["referral"]: step for step in work.session.scalars(query) if step.type not in _STAYS}
    open_ = {referral: step for referral, step in last.items() if step.type not in _CLOSES}
    return sorted(
        referral
        for referral, step in open_.items()
        if step.data.get("kind") == words.ReferralKind.ASSIST
        or (step.data.get("kind") == words.ReferralKind.NOTIFY_LEAD and step.type == "referral.sent.v1")
    )


def refused(steps: Sequence[Step], names: Mapping[str, str], reads: bool) -> list[dict[str, str]]:
    """What other services did not do of what officers asked here, and why; the latest first."""
    found = [step for step in steps if step.type in _REFUSALS]
    return [{"at": step.at.isoformat(), "sentence": present(step, names, reads)["sentence"]} for step in found[::-1]]


def sentence(type_: str, data: Mapping[str, Any], names: Mapping[str, str], reads: bool = True) -> str:
    """The Chinese sentence of a step; a type without one shows its type, never nothing."""
    template = _template(type_, reads)
    if reads and data.get("reason") == words.Barred.HELD:
        template = _HELD_BACK
    if template is None:
        return type_
    said = {key: _zh(key, value, names) for key, value in data.items()}
    if type_ == "referral.voided.v1":
        said["reason"] = _zh("void", data.get("reason"), names)
    return template.format_map(said)


def present(step: Step, names: Mapping[str, str], reads: bool) -> dict[str, Any]:
    """`reads`: whether the officer may read what was said; who may not gets the fields its sentence says, no more."""
    data = step.data
    if not reads:
        said = {name for _, name, _, _ in Formatter().parse(_template(step.type, reads) or "") if name}
        data = {name: value for name, value in data.items() if name in said}
    return {
        "at": step.at.isoformat(),
        "type": step.type,
        "agency": step.agency,
        "officer": step.officer,
        "sentence": sentence(step.type, data, names, reads),
        "data": data,
    }


def _template(type_: str, reads: bool) -> str | None:
    return _SENTENCES.get(type_) if reads else _BRIEF.get(type_, _SENTENCES.get(type_))


def _zh(key: str, value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return "、".join(str(_zh(key, each, names)) for each in value) or "无"
    if key in _AGENCIES or key in ("rule", "item"):
        return names.get(value, value)
    if key == "command":
        return ACTIONS_ZH.get(value, value)
    if key == "answered":
        return "答复结果" if value else "反馈进展"
    if key == "wish":
        return "本人愿意接受救助" if value else "本人暂不申请救助"
    if value is None:
        return "未指明"
    if key in lines.BOXES:
        return "有线索" if value else "无"
    return next((word.zh for each in _WORDS.get(key, ()) for word in each if word == value), value)


def _add(work: Work, number: str, type_: str, agency: str, officer: str, data: Mapping[str, Any]) -> None:
    # an agency's officer is claimed by the agency, not known to us: the timeline names the agency
    ours = agency in (work.office.tools.our_agency, "-")
    work.session.add(
        Step(
            petition=number,
            at=work.now,
            type=type_,
            agency=agency,
            officer=officer if ours else "-",
            data={key: value for key, value in data.items() if key != "person"},
        )
    )
