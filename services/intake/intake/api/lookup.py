"""What a petitioner asks without an officer: progress by number and code, a rating; and an officer's new code."""

from typing import Any

from intake.api import schemas
from intake.api.base import Desk
from intake.domain import errors
from intake.use_cases import lookup
from service_kit.entrypoints import every
from web.call import Call
from web.route import http


class LookupRoutes(Desk):
    @http("POST", "/lookup", action=None, body=schemas.Lookup, summary="凭编号和查询码查询进展（无须登录）")
    def lookup(self, call: Call) -> Any:
        self._count(call)
        with self.work(call) as work:
            return lookup.progress(work, lookup.find(work, call.body["number"], call.body["code"]))

    @http("POST", "/lookup/rating", action=None, body=schemas.Rate, status=201, summary="评价一次答复（无须登录）")
    def rate(self, call: Call) -> Any:
        self._count(call)
        with self.work(call) as work:
            petition = lookup.find(work, call.body["number"], call.body["code"], lock=True)
            lookup.rate(work, petition, call.body["seq"], call.body["stars"], call.body["text"])
            return lookup.progress(work, petition)

    @http("POST", "/petitions/<number>/query-code", action="petition.renew-code", body=schemas.Nothing, status=201,
          summary="重新签发查询码（只显示一次，原查询码作废）")  # fmt: skip
    def renew_code(self, call: Call, number: str) -> Any:
        with self.work(call) as work:
            self._let_in(call, work, number, lock=True)
            # never by key: the answer would be kept, and with it the code
            return {"number": number, "query_code": lookup.renew(work, number)}

    @every(600.0)
    def forget_lookups(self) -> int:
        with self.office.begin(self.inbox.system) as work:
            lookup.forget(work)
        return 0

    def _count(self, call: Call) -> None:
        """In a transaction of its own: a try that is refused has been made."""
        with self.work(call) as work:
            asks = lookup.address(call.headers.get("X-Forwarded-For", ""), call.address, lookup.proxies(work))
            wait = lookup.count(work, asks, call.body["number"])
        if wait:
            raise errors.TooManyLookups(wait)
