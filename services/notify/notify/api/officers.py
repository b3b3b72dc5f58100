"""Notices to officers."""

from typing import Any

from contracts.fields import Code
from notify.api import answers as said
from notify.domain import errors
from notify.use_cases import officers
from service_kit.neighbour import Neighbour
from web.call import Call
from web.listing import Listing
from web.route import http

NOTICES = Listing("notices", officers.SORTS, "-at", {"holder": Code()})


class OfficerRoutes(Neighbour):
    """What officers were told of their clocks, and of what else waits for them."""

    @http("GET", "/officers/notices", action="officer-notice.read", query=NOTICES.query, answer=said.OfficerNotices,
          summary="时限提醒：本部门（或本院）的即时提醒和每日汇总")  # fmt: skip
    def officers_notices(self, call: Call) -> Any:
        """Answers what the officer's scope covers, of one holder (`me`: oneself) or all; UnknownHolder names those."""
        holder, known = call.query.get("holder"), officers.holders(self.context.tools)
        if holder not in (None, officers.ME, *known):
            raise errors.UnknownHolder(known)
        with self.work(call) as work:
            view = self.view(work, call)
            found = officers.notices(work, view, NOTICES.page(call))
            return found.answer(officers.rows(work, view, found.rows))
