"""What is said when something is refused: RFC 9457 problem+json, Chinese first, naming the field. Plain Python."""

import json
from collections.abc import Mapping
from typing import Any

MEDIA = "application/problem+json; charset=utf-8"


class Problem(Exception):  # noqa: N818 - RFC 9457 calls it so
    """Base of every refusal a person may read. Subclasses take data and write their own sentences.

    `zh` and `en`: one sentence each, with nothing personal in it. `field`: the dotted path in the request that is
    wrong. `more`: further members of the answer (the allowed actions, the present state).
    """

    status = 400
    code = "refused"
    title_zh, title_en = "请求未被接受", "The request was refused"
    retry_after: int | None = None  # seconds

    def __init__(self, zh: str, en: str, *, field: str | None = None, more: Mapping[str, Any] | None = None):
        super().__init__(en)
        self.zh, self.en, self.field, self.more = zh, en, field, dict(more or {})

    def body(self) -> dict[str, Any]:
        """Returns the members of the answer: those of RFC 9457, their English, `field`, and `more`."""
        content: dict[str, Any] = {
            "type": f"urn:fengqiao:problem:{self.code}",
            "title": self.title_zh,
            "title_en": self.title_en,
            "status": self.status,
            "detail": self.zh,
            "detail_en": self.en,
        }
        if self.field is not None:
            content["field"] = self.field
        return content | self.more

    def to_bytes(self) -> bytes:
        """Returns the answer as JSON in UTF-8, Chinese as it is written."""
        return json.dumps(self.body(), ensure_ascii=False).encode()


class Malformed(Problem):
    """The request cannot be read at all."""

    code = "malformed"
    title_zh, title_en = "请求无法读取", "The request cannot be read"


class TooLarge(Problem):
    """`most`: the bytes that are taken."""

    status, code = 413, "too-large"
    title_zh, title_en = "内容过大", "The content is too large"

    def __init__(self, most: int):
        size = f"{most >> 20} MiB" if most >> 20 else f"{most >> 10} KiB"
        super().__init__(f"请求内容超过 {size}", f"the body is larger than {size}")


class TooLongAddress(Problem):
    """A request's line is longer than we read: 414."""

    status, code = 414, "too-long"
    title_zh, title_en = "地址过长", "The address is too long"

    def __init__(self) -> None:
        super().__init__("请求地址（含查询参数）过长", "the address with its query is too long")


class TooLongHeaders(Problem):
    """A request's headers are longer than we read: 431."""

    status, code = 431, "too-long"
    title_zh, title_en = "请求头过长", "The headers are too long"

    def __init__(self) -> None:
        super().__init__("请求头过长", "the headers are too long")


class TooSlow(Problem):
    """What came, came too slowly to be waited for."""

    status, code = 408, "slow"
    title_zh, title_en = "传输过慢", "Too slow"

    def __init__(self) -> None:
        super().__init__("请求传输过慢，已停止接收，未保存；请检查网络后重试", "it came too slowly; nothing was saved")


class WrongMediaType(Problem):
    """A body of a kind that is not taken there: 415."""

    status, code = 415, "wrong-media-type"
    title_zh, title_en = "内容类型不支持", "The media type is not supported"


class NoToken(Problem):
    """Nobody is known to be asking: 401."""

    status, code = 401, "no-token"
    title_zh, title_en = "请先登录", "A valid token is needed"


class Denied(Problem):
    """Somebody known asks for what they may not do: 403, and recorded."""

    status, code = 403, "denied"
    title_zh, title_en = "无权办理", "Not allowed"


class NotProved(Problem):
    """Who logged in must give their second factor anew before this: 403, and nothing was denied."""

    status, code = 403, "second-factor"
    title_zh, title_en = "请再次验证", "A second factor is needed"

    def __init__(self) -> None:
        super().__init__("请先用动态口令或安全密钥验证，再继续", "the second factor must be given anew")


class Missing(Problem):
    """What was asked for is not there: 404."""

    status, code = 404, "missing"
    title_zh, title_en = "没有找到", "Not found"


class Conflict(Problem):
    """It was right to ask and is not possible now: the answer names what is."""

    status, code = 409, "conflict"
    title_zh, title_en = "当前不能这样办理", "Not possible in the present state"


class DoneBefore(Problem):
    """It was asked and carried out before, and what was answered then is kept no longer: nothing is done again."""

    status, code = 410, "done-before"
    title_zh, title_en = "此请求已经办理过", "Carried out before"

    def __init__(self) -> None:
        super().__init__(
            "此请求此前已经办理，当时的答复已不再保存；请查询办理结果，不要换新键重新提交",
            "carried out before, and the answer is no longer kept: look at what became of it",
            field="Idempotency-Key",
        )


class Invalid(Problem):
    """A field is wrong."""

    status, code = 422, "invalid"
    title_zh, title_en = "填写有误", "A field is wrong"


class TooMany(Problem):
    """Asked too often; `seconds` until it may be asked again."""

    status, code = 429, "too-many"
    title_zh, title_en = "请求过于频繁", "Too many requests"

    def __init__(self, zh: str, en: str, seconds: int):
        super().__init__(zh, en)
        self.retry_after = seconds


class Unavailable(Problem):
    """Something we need is away and may be back soon: 503; `retry_after` in seconds."""

    status, code = 503, "unavailable"
    title_zh, title_en = "暂时无法办理", "Temporarily unavailable"
    retry_after = 2


class Crowded(Unavailable):
    """No room to take more in: nothing of it was looked at."""

    code = "crowded"
    retry_after = 5

    def __init__(self) -> None:
        super().__init__(
            "当前请求过多，请稍后重试，已填写的内容未保存", "too many at once; nothing was saved, try again"
        )


class Broken(Problem):
    """A fault of ours that nobody foresaw: 500; nothing was saved, and the answer says nothing of it."""

    status, code = 500, "broken"
    title_zh, title_en = "系统出错", "An error of ours"
