"""What notify refuses, each with its sentence.

Problem
├── Missing:  NoSuchNotice
├── Invalid:  NotYourTask · UnknownHolder
├── Conflict: NotOpen
└── NoToken:  WrongSignature
"""

from collections.abc import Mapping

from contracts.problems import Conflict, Invalid, Missing, NoToken
from contracts.vocabulary import NoticeState


class NoSuchNotice(Missing):
    """No notice has the number."""

    def __init__(self) -> None:
        super().__init__("没有此编号的告知", "no notice has this number", field="notice")


class NotYourTask(Invalid):
    """An operator speaks of a task that was not given to its channel: no word on whose it is."""

    def __init__(self) -> None:
        super().__init__("没有交给本通道的此编号任务", "no task of this number is yours", field="task")


class UnknownHolder(Invalid):
    """Clocks are asked for of nobody in the office's file; the answer names who is."""

    def __init__(self, known: Mapping[str, str]) -> None:
        super().__init__(
            "没有这个部门",
            "no department of ours has this code",
            field="holder",
            more={"known": [{"code": code, "name": name} for code, name in known.items()]},
        )


class NotOpen(Conflict):
    """A person settles only what nobody knows the end of."""

    def __init__(self, state: NoticeState):
        super().__init__(
            f"此告知当前为“{state.zh}”，只有“{NoticeState.UNKNOWN.zh}”的可由人工认定",
            f"only an unknown notice can be settled by a person, this one is {state.value}",
            more={"state": state.value},
        )


class NoCall(Conflict):
    """What came of a call is written down of what is no call, has not begun, or ended."""

    code = "no-call"

    def __init__(self) -> None:
        super().__init__("此告知不是进行中的电话告知，不能登记通话结果", "it is no call that waits for its outcome")


class WrongSignature(NoToken):
    """It is not the provider who speaks, or not what the provider said."""

    def __init__(self) -> None:
        super().__init__("签名不符", "the signature is wrong", field="X-Signature")
