"""What notify says: whether a person was told."""

from contracts import vocabulary as words
from contracts.events.base import OfPetition
from contracts.fields import Code, Count, Moment, Reference, WordOf


class NoticePlanned(OfPetition, type="notice.planned.v1"):
    """When a notice is written down to be sent; it may leave later, at a lawful hour."""

    sentence = None
    notice = Reference(required=True)
    about = WordOf(words.Notice, required=True)
    reach = WordOf(words.Reach, required=True)


class OfNotice(OfPetition, type=None):
    """What became of one notice to a petitioner; on a lane of its own, `notice/<id>`."""

    notice = Reference(required=True)
    about = WordOf(words.Notice, required=True)


class NoticeSent(OfNotice, type="notice.sent.v1"):
    """When the provider or operator took it, in so many parts of an SMS."""

    sentence = "{about}通知已提交"
    segments = Count(required=True)


class NoticeDelivered(OfNotice, type="notice.delivered.v1"):
    """When it is said to have arrived."""

    sentence = "{about}通知已送达"
    delivered_at = Moment(required=True)


class NoticeFailed(OfNotice, type="notice.failed.v1"):
    """When it is said not to have arrived; `code` is the provider's or operator's."""

    sentence = "{about}通知未送达（{code}）"
    code = Code(required=True)


class NoticeRefused(OfNotice, type="notice.refused.v1"):
    """When the provider or operator would not take it; `code` is theirs."""

    sentence = "{about}通知被拒收（{code}）"
    code = Code(required=True)


class NoticeUnknown(OfNotice, type="notice.unknown.v1"):
    """When nobody knows whether it left or arrived: that is asked, or settled by an officer, before it leaves again."""

    sentence = "{about}通知结果待查"


class NoticeImpossible(OfNotice, type="notice.impossible.v1"):
    """When it is not sent and never will be, and why, lawfully."""

    sentence = "{about}未能告知：{reason}"
    reason = WordOf(words.Impossible, required=True)
