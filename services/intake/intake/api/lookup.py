"""What a petitioner asks without an officer: progress by number and code, a rating; and an officer's new code."""

import re
from typing import Any

from marshmallow import Schema

from contracts import plain
from contracts.fields import PETITION_NUMBER, Count, Pattern
from contracts.given import Positive, Text, Typed
from courier import waits
from intake.api import answers as said
from intake.api.base import Nothing, PetitionApi
from intake.domain import errors
from intake.use_cases import lookup
from service_kit.entrypoints import every
from web.call import Call
from web.route import http


class Stars(Count):
    """How content the petitioner is, one to five."""

    least, most, zh = 1, 5, "应为 1 至 5"


class NumberOrTail(Pattern):
    """信2026-619926-000123, or its last six digits, as people type them"""

    pattern, zh = re.compile(rf"{PETITION_NUMBER.pattern}|[0-9]{{6}}"), "应为信访件编号或其末六位"

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if isinstance(value, str) and len(value) <= 64:
            value = plain.typed(value)
        return super()._deserialize(value, attr, data, **kwargs)


class Lookup(Schema):
    """What was given to the petitioner: the number, and the query code as it was typed."""

    number = NumberOrTail(required=True)
    code = Typed(required=True)


class Rate(Lookup):
    """Which reply, one to five stars, and a word if one likes."""

    seq = Positive(required=True)
    stars = Stars(required=True)
    text = Text(500, load_default=None, allow_none=True)


class LookupRoutes(PetitionApi):
    """What needs no officer is counted before it is answered: per address and per petition."""

    @http(
        "POST", "/lookup", action=None, body=Lookup, answer=said.Progress, summary="凭编号和查询码查询进展（无须登录）"
    )
    def lookup(self, call: Call) -> Any:
        """How far it is, naming nobody. 404 for a wrong number or code alike, 429 for too many tries."""
        self._count(call)
        with self.work(call) as work:
            return lookup.progress(work, lookup.find(work, call.body["number"], call.body["code"]))

    @http(
        "POST",
        "/lookup/rating",
        action=None,
        body=Rate,
        status=201,
        answer=said.Progress,
        summary="评价一次答复（无须登录）",
    )
    def rate(self, call: Call) -> Any:
        """How far it is, the reply rated. 409 when it was rated before."""
        self._count(call)
        with self.work(call) as work:
            petition = lookup.find(work, call.body["number"], call.body["code"], lock=True)
            lookup.rate(work, petition, call.body["seq"], call.body["stars"], call.body["text"])
            return lookup.progress(work, petition)

    @http("POST", "/petitions/<number>/query-code", action="petition.renew-code", body=Nothing, status=201,
          answer=said.CodeSaid, summary="重新签发查询码（只显示一次，原查询码作废）")  # fmt: skip
    def renew_code(self, call: Call, number: str) -> Any:
        """{number, query_code}: shown this once; the code before opens nothing any more."""
        with self.work(call) as work:
            self._let_in(call, work, number, lock=True)
            # never by key: the answer would be kept, and with it the code
            return {"number": number, "query_code": lookup.renew(work, number)}

    @every(waits.SWEEP_ROOM)
    def forget_lookups(self) -> int:
        """Drops the tries of slots that are over. Returns 0: nothing is left to do at once."""
        with self.context.begin(self.inbox.system) as work:
            lookup.forget(work)
        return 0

    def _count(self, call: Call) -> None:
        """In a transaction of its own: a try that is refused has been made."""
        with self.work(call) as work:
            asks = lookup.address(call.headers.get("X-Forwarded-For", ""), call.address, lookup.proxies(work))
            wait = lookup.count(work, asks, call.body["number"])
        if wait:
            raise errors.TooManyLookups(wait)
