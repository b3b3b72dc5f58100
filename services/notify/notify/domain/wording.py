"""What petitioners and officers are told. Number tail only: never a name, respondent, result, amount, query code."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from contracts import office_file
from contracts.office_file import OfficeFileError
from contracts.vocabulary import Notice
from notify.domain import states

# notice → (template id at the provider, text). Wording: a change here needs the provider's approval of the template.
TEMPLATES = {
    Notice.RECEIPT: (
        "FQ-RECEIPT-1",
        "您{received_on}反映的事项已登记，尾号{tail}。我院将于{reply_by}前告知处理方式，咨询12309。",
    ),
    Notice.ACCEPTED: (
        "FQ-ACCEPTED-1",
        "事项(尾号{tail})已受理，由{department}办理，电话{phone}，{reply_by}前答复进展或结果。",
    ),
    # at the decision nothing is posted yet, and it may be handed over
    Notice.NOT_ACCEPTED: ("FQ-NOTACCEPTED-2", "事项(尾号{tail})是否受理已有决定，将书面告知您理由和途径。"),
    Notice.GUIDED: ("FQ-GUIDED-1", "事项(尾号{tail})依法应向{agency}提出，请持引导单办理。"),
    Notice.TRANSFERRED: (
        "FQ-TRANSFERRED-1",
        "事项(尾号{tail})已于{signed_on}移送{agency}，对方已签收，将与您联系；{contact_by}前未接到请拨12309。",
    ),
    Notice.OUTCOME: (
        "FQ-OUTCOME-1",
        "事项(尾号{tail})已办结，书面答复{issued_on}已寄出，请查收；可预约当面说明，电话{phone}。",
    ),
    Notice.AID_DECIDED: (
        "FQ-AIDDECIDED-1",
        "您的救助申请已作出决定，请带身份证到12309窗口领取。我院不会索要验证码或要求转账。",
    ),
    Notice.AID_ANSWERED: (
        "FQ-AIDANSWERED-1",
        "事项(尾号{tail})的救助线索，{agency}已反馈办理情况，请带身份证到12309窗口了解。我院不会索要验证码或要求转账。",
    ),
    Notice.HEARING: (
        "FQ-HEARING-1",
        "事项(尾号{tail})定于{held_on}举行听证，时间地点见书面通知，咨询{phone}。",
    ),
    # to an officer: no tail of a number, the phone may lie on a desk
    Notice.OFFICER_DEADLINE: ("FQ-OFFICERDEADLINE-1", "时限提醒：{count}项{rule}{what}，请登录系统查看并办理。"),
    Notice.OFFICER_DIGEST: ("FQ-OFFICERDIGEST-1", "今日有{count}项办理时限需要关注，请登录系统查看。"),
    Notice.OFFICER_MATTER: ("FQ-OFFICERMATTER-1", "工作提醒：有事项需要办理，请登录系统查看。"),
}


# what a text promises, and what is said instead once that day has passed: a paper that lay too long, a provider that
# was away, a number that had its messages of the day
PROMISES = {
    Notice.RECEIPT: "reply_by",
    Notice.ACCEPTED: "reply_by",
    Notice.TRANSFERRED: "contact_by",
    Notice.HEARING: "held_on",
    Notice.OFFICER_DEADLINE: "what",
    Notice.OFFICER_DIGEST: "",
}
LATE = {
    Notice.RECEIPT: (
        "FQ-RECEIPT-2",
        "您{received_on}反映的事项已登记，尾号{tail}。我院将尽快告知处理方式，咨询12309。",
    ),
    Notice.ACCEPTED: (
        "FQ-ACCEPTED-2",
        "事项(尾号{tail})已受理，由{department}办理，电话{phone}，将尽快答复进展或结果。",
    ),
    Notice.TRANSFERRED: (
        "FQ-TRANSFERRED-2",
        "事项(尾号{tail})已于{signed_on}移送{agency}，对方已签收；未接到联系请拨12309。",
    ),
    Notice.HEARING: ("FQ-HEARING-2", "事项(尾号{tail})的听证安排，请咨询{phone}。"),
    Notice.OFFICER_DEADLINE: ("FQ-OFFICERDEADLINE-2", "时限提醒：{count}项{rule}需要关注，请登录系统查看并办理。"),
    Notice.OFFICER_DIGEST: ("FQ-OFFICERDIGEST-2", "有{count}项办理时限需要关注，请登录系统查看。"),
}
_SHORTEST = 6  # characters of a name that are left in any case
_LONGEST: Mapping[str, str | date] = {
    **dict.fromkeys(("received_on", "reply_by", "signed_on", "contact_by", "issued_on", "held_on"), date(9999, 12, 28)),
    **dict.fromkeys(("agency", "department", "rule"), "某" * 12),
    "tail": "000123",
    "count": "999",
    "what": "今日届满",
}
SPOKEN = "您好，这里是{signature}12309检察服务中心。"


@dataclass(frozen=True, slots=True)
class Department:
    """What a notice says of a department of ours."""

    name: str
    phone: str
    mobile: str | None = None  # of the officer on duty: where deadlines are told by SMS


@dataclass(frozen=True, slots=True)
class OfficeCard:
    """How the office signs and where its departments are reached; data of the county."""

    signature: str
    phone: str
    departments: Mapping[str, Department]
    mobile: str | None = None

    @classmethod
    def load(cls, path: Path) -> "OfficeCard":
        """Raises OfficeFileError, also for a signature or phone so long that a notice would be refused for it."""
        file = office_file.read(path)
        departments = {each.code: Department(each.name, each.phone, each.mobile) for each in file.departments}
        for where, phone in (("文件", file.phone), *((code, each.phone) for code, each in departments.items())):
            for about in TEMPLATES:
                wording = write(about, file.signature, {**_LONGEST, "phone": phone}, date.min)
                if states.segments(wording.text) > states.SEGMENTS:
                    raise OfficeFileError(where, f"署名和电话太长，“{about.zh}”短信要分三条发送")
        return cls(file.signature, file.phone, departments, file.mobile)

    def department(self, code: str) -> Department:
        """The office itself where a department is not listed: a notice must not wait for a list."""
        return self.departments.get(code, Department("我院", self.phone))


@dataclass(frozen=True, slots=True)
class Wording:
    """One notice's words; a provider is given `template` and `params`, an operator `text`."""

    template: str
    params: Mapping[str, str]
    text: str
    promised: date | None = None  # after this day it is no longer true


def write(
    about: Notice, signature: str, facts: Mapping[str, str | date], today: date, *, spoken: bool = False
) -> Wording:
    """The text of a notice: an SMS with the approved signature in front, or what is read out on the phone."""
    promised = facts.get(PROMISES.get(about, ""))
    params = {name: _day(value) if isinstance(value, date) else value for name, value in facts.items()}
    if not isinstance(promised, date):
        return _compose(TEMPLATES[about], signature, params, spoken)
    if promised < today:
        return write_late(about, signature, params, spoken=spoken)
    return _compose(TEMPLATES[about], signature, params, spoken, promised)


def write_late(about: Notice, signature: str, params: Mapping[str, str], *, spoken: bool = False) -> Wording:
    """The same without the day that has passed."""
    kept = {name: value for name, value in params.items() if name != PROMISES[about]}
    return _compose(LATE[about], signature, kept, spoken)


def write_again(
    template: str, about: Notice, signature: str, params: Mapping[str, str], *, spoken: bool = False
) -> Wording:
    """In the same template, with something else in it."""
    late = LATE.get(about)
    return _compose(late if late and late[0] == template else TEMPLATES[about], signature, params, spoken)


def _compose(
    chosen: tuple[str, str], signature: str, params: Mapping[str, str], spoken: bool, promised: date | None = None
) -> Wording:
    template, sentence = chosen
    opening, params = SPOKEN.format(signature=signature) if spoken else f"【{signature}】", dict(params)
    for name in ("agency", "department"):
        # a long name is cut: a text of three parts would be refused, and the person told nothing
        while (
            not spoken
            and len(params.get(name, "")) > _SHORTEST
            and states.segments(opening + sentence.format_map(params)) > states.SEGMENTS
        ):
            params[name] = params[name].removesuffix("…")[:-1] + "…"
    return Wording(template, params, opening + sentence.format_map(params), promised)


def tail(number: str) -> str:
    """000123 of 信2026-619926-000123"""
    return number[-6:]


def _day(day: date) -> str:
    return f"{day.month}月{day.day}日"
