"""What notify answers, noun by noun, for its description; `_zh` beside a word is what an officer reads."""

from marshmallow.fields import List, Nested, String

from contracts import vocabulary as words
from contracts.fields import Day, Moment, WordOf
from web.answers import Action, Answer, Page


class NoticeSaid(Answer):
    """What a petitioner was told or is to be; never their number or name."""

    notice = String()
    petition = String()
    about = WordOf(words.Notice)
    about_zh = String()
    state = WordOf(words.NoticeState)
    state_zh = String()
    reason = String(allow_none=True)
    reason_zh = String(allow_none=True)
    carrier = String()
    text = String(allow_none=True)
    planned_at = Moment()
    not_before = Moment()
    changed_at = Moment()
    allowed_actions = List(Nested(Action), load_default=list)


class Notices(Page):
    """The first planned first."""

    notices = List(Nested(NoticeSaid(partial=True)))


class ItemSaid(Answer):
    """A sentence of an officers' notice, and the petition it is about."""

    petition = String()
    sentence = String()


class OfficerNoticeSaid(Answer):
    """What officers were told of their clocks: at once, or in the digest of a day."""

    notice = String()
    holder = String()
    kind = String()
    day = Day(allow_none=True)
    at = Moment()
    items = List(Nested(ItemSaid))


class OfficerNotices(Page):
    """The newest first."""

    notices = List(Nested(OfficerNoticeSaid(partial=True)))


class Taken(Answer):
    """The provider's word was taken."""

    status = String()
