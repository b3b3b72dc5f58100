"""Words that the contract does not give: what a message is called by who says or hears it, and a matter's states."""

from collections.abc import Mapping

from contracts.vocabulary import Ending, LeadState, ProceedingState, ReferralState, TaskStanding, Word

# a type of ours → the button that says it, in the order of the steps
SAYS: Mapping[str, str] = {
    "reply.signed.v1": "签收",
    "reply.accepted.v1": "受理",
    "reply.objected.v1": "提出异议",
    "reply.pass_on.v1": "转由他单位",
    "reply.progress.v1": "报告进展",
    "reply.answered.v1": "反馈结果",
    "reply.ruling.v1": "裁定检察院的异议",
    "aid.lead_signed.v1": "签收线索",
    "aid.lead_answered.v1": "反馈线索",
    "proceeding.reply.v1": "答复邀请",
    "mediation.reported.v1": "报告调解进展",
    "task.answered.v1": "反馈任务",
    "petition.submitted.v1": "移送给检察院",
    "inbox.resync.v1": "请求重发",
}
# what comes of it, before it is pressed
MEANS: Mapping[str, str] = {
    "reply.signed.v1": "签收后五个工作日内未提出异议的，视为受理。",
    "reply.accepted.v1": "受理后，承办单位变为贵单位。",
    "reply.objected.v1": "由检察院裁定：成立则退回检察院，不成立则继续由贵单位办理。",
    "reply.pass_on.v1": "检察院将另行移送给您填写的单位，贵单位不再办理。",
    "reply.progress.v1": "可以多次报告；勾选“中止办理”的，再次报告进展时恢复。",
    "reply.answered.v1": "反馈后本件办结；检察院认为需要补办的，会退回并说明。",
    "reply.ruling.v1": "异议成立：由贵单位收回；异议不成立：仍由检察院办理。",
    "proceeding.reply.v1": "邀请贵单位调解的，“同意参加”即受理。",
    "mediation.reported.v1": "达成协议、调解不成和协议履行情况，都在这里报告。",
    "task.answered.v1": "反馈后本项任务办结。",
    "aid.lead_signed.v1": "",
    "aid.lead_answered.v1": "“已受理，正在办理”可以多次反馈；其余两种是最后一次。",
}
HEARS: Mapping[str, str] = {
    "referral.offered.v1": "检察院移送",
    "referral.recalled.v1": "检察院撤回",
    "referral.stopped.v1": "信访件已结束，不必再办",
    "referral.ruling.v1": "检察院裁定异议",
    "referral.rework.v1": "检察院退回补办",
    "referral.material_added.v1": "信访人补充材料",
    "referral.files_wanted.v1": "检察院待收随附材料",
    "referral.urged.v1": "检察院催办",
    "coordination.requested.v1": "检察院提请协调",
    "aid.lead_offered.v1": "检察院转来救助线索",
    "proceeding.invited.v1": "检察院邀请",
    "proceeding.changed.v1": "检察院通知改期",
    "proceeding.cancelled.v1": "检察院通知取消",
    "task.offered.v1": "会商决议交办任务",
    "task.urged.v1": "检察院催办任务",
    "submission.signed.v1": "检察院签收",
    "submission.accepted.v1": "检察院受理",
    "submission.objected.v1": "检察院提出异议",
    "submission.progress.v1": "检察院告知进展",
    "submission.answered.v1": "检察院答复",
    "unreadable": "收到一条无法读取的消息，请告知检察院",
}
KINDS: Mapping[str, str] = {
    "referral": "移送",
    "lead": "救助线索",
    "submission": "我单位移送",
    "coordination": "协调",
    "proceeding": "邀请",
    "task": "会商任务",
}
NOTED = "noted"  # a request to coordinate that somebody knows of
# what we handed in, by where it stands with the procuratorate
_HANDED_IN: Mapping[str, str] = {
    "": "等待检察院收到",
    "submitted": "检察院已收到，待签收",
    "signed": "检察院已签收",
    "accepted": "检察院已受理",
    "objected": "检察院提出异议，待裁定",
    "in_progress": "检察院办理中",
    "answered": "检察院已答复",
    "returned": "已收回",
    "rejected": "被退回，待改正",
}


_STATES: Mapping[str, type[Word]] = {"lead": LeadState, "proceeding": ProceedingState, "task": TaskStanding}


def state(kind: str, code: str) -> str:
    """Where a matter stands, in the words of who works here."""
    if kind == "submission":
        return _HANDED_IN.get(code, code)
    if kind == "coordination":
        return "已知悉" if code == NOTED else "待协调"
    if kind == "proceeding" and code == ProceedingState.INVITED:
        return "待答复"
    words = _STATES.get(kind, ReferralState)
    return next((each.zh for each in words if each.value == code), code or "等待移送内容")


def ending(code: str | None) -> str | None:
    """How a petition ended there; None where it did not."""
    return next((each.zh for each in Ending if each.value == code), code)
