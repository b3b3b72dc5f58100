"""Notices to officers."""

from typing import Any

from contracts.fields import Code
from notify.api import answers as said
from notify.domain import errors
from notify.use_cases import officers
from service_kit.neighbour import Neighbour
from web.call import Call
from web.route import http


class OfficerRoutes(Neighbour):
    """What officers were told of their clocks."""

    @http("GET", "/officers/notices", action="officer-notice.read", query={"holder": Code()},
          answer=said.OfficerNotices,
          summary="时限提醒：本部门（或本院）的即时提醒和每日汇总，至多 100 条")  # fmt: skip
    def officers_notices(self, call: Call) -> Any:
        """Answers what the officer's scope covers, of one holder or of all; UnknownHolder names those."""
        holder, known = call.query.get("holder"), officers.holders(self.context.tools)
        if holder is not None and holder not in known:
            raise errors.UnknownHolder(known)
        with self.work(call) as work:
            view = self.view(work, call)
            return {"notices": officers.notices(work, view, holder, 100)}
