"""The route of aid's worklist."""

from typing import Any

from aid.api.base import AidApi
from aid.use_cases.worklist import BOXES
from service_kit import worklist
from web.call import Call
from web.route import http


class WorklistRoutes(AidApi):
    """What waits here for who asks."""

    @http(
        "GET",
        "/worklist",
        action="worklist.read",
        query=worklist.query(BOXES),
        answer=worklist.Boxes,
        summary="待办：各栏件数和首页，或一栏",
    )
    def worklist(self, call: Call) -> Any:
        """{boxes}: all that this officer may see, each counted, with its first rows; with `box` that one, by pages."""
        return worklist.answer(self, call, BOXES)
