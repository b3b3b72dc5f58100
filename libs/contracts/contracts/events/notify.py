"""What notify says: whether a person was told."""

from contracts import vocabulary as words
from contracts.events.base import OfPetition
from contracts.fields import Code, Count, Moment, Reference, WordOf


class NoticePlanned(OfPetition, type="notice.planned.v1"):
    sentence = None
    notice = Reference(required=True)
    about = WordOf(words.Notice, required=True)
    reach = WordOf(words.Reach, required=True)


class OfNotice(OfPetition, type=None):
    notice = Reference(required=True)
    about = WordOf(words.Notice, required=True)


class NoticeSent(OfNotice, type="notice.sent.v1"):
    sentence = "{about}通知已提交"
    segments = Count(required=True)


class NoticeDelivered(OfNotice, type="notice.delivered.v1"):
    sentence = "{about}通知已送达"
    delivered_at = Moment(required=True)


class NoticeFailed(OfNotice, type="notice.failed.v1"):
    sentence = "{about}通知未送达（{code}）"
    code = Code(required=True)


class NoticeRefused(OfNotice, type="notice.refused.v1"):
    sentence = "{about}通知被拒收（{code}）"
    code = Code(required=True)


class NoticeUnknown(OfNotice, type="notice.unknown.v1"):
    sentence = "{about}通知结果待查"


class NoticeImpossible(OfNotice, type="notice.impossible.v1"):
    sentence = "{about}未能告知：{reason}"
    reason = WordOf(words.Impossible, required=True)
