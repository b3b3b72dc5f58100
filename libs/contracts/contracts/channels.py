"""What notify gives to an operator of phone calls or SMS that is not its own provider, and what it hears back.

A task waits on `notify.phone` or `notify.sms`; results come by `notify.<channel>.out`. A task may come twice: its
`task` is the key by which an operator does it once.
"""

import re

from marshmallow import Schema, fields

from contracts import agency, given
from contracts import vocabulary as words
from contracts.fields import AnyCode, Code, Moment, Pattern, Reference, Text, WordOf
from contracts.message import Published


class Extension(Pattern):
    """801"""

    pattern, zh = re.compile(r"[0-9]{1,8}"), "应为分机号"


class ToChannel(Schema, metaclass=Published, type=None, category="to_channel", source="notify"):
    """Base of what an operator hears."""


class FromChannel(Schema, metaclass=Published, type=None, category="from_channel", source="channel"):
    """Base of what an operator says."""


class OtherNumber(Schema):
    """A further number of the same person."""

    to = Text(32, required=True)
    extension = Extension()


class NoticeTask(ToChannel, type="notice.task.v1"):
    """To a channel: say this to that number, and `extension` there.

    `text` is the SMS with its signature, or what is read out. `others`: of a call, what to try next where nobody
    answers or the number is wrong; what comes of them all is one result.
    """

    task = Reference(required=True)
    about = WordOf(words.Notice, required=True)
    to = Text(32, required=True)
    extension = Extension()
    others = fields.List(fields.Nested(OtherNumber))
    text = Text(500, required=True)
    template = Code(required=True)
    try_until = Moment(required=True)


class NoticeRecalled(ToChannel, type="notice.recalled.v1"):
    """To a channel: do not do this task, and forget its number. What was done is reported as ever, else `failed`."""

    task = Reference(required=True)


class MessageRejected(agency.MessageRejected, type="message.rejected.v1", category="to_channel", source="notify"):
    """To a channel: a message of its own was not taken, why, and the present state of the task."""


class NoticeResult(FromChannel, type="notice.result.v1"):
    """From a channel: what became of a task. `accepted` is optional; every other state is final.

    `code` is the channel's own: what is no short ASCII code is kept as `other`.
    """

    task = Reference(required=True)
    state = WordOf(words.TaskState, required=True)
    at = given.Moment(required=True)
    code = AnyCode(load_default=None, allow_none=True)
