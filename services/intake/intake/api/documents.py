"""The routes of what is printed."""

from typing import Any

from werkzeug.wrappers import Response

from contracts.vocabulary import DocumentKind
from intake.api import answers as said
from intake.api.base import PetitionApi
from intake.domain import errors
from intake.use_cases import documents, timeline, walls
from web.call import Call
from web.route import http

# a page of ours runs nothing and fetches nothing, whatever was written into it
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


class DocumentRoutes(PetitionApi):
    """Routes of what is printed; each print that names the petitioner is on the timeline."""

    @http(
        "GET",
        "/petitions/<number>/documents",
        action="petition.print",
        answer=said.Printables,
        summary="现在可以打印的文书",
    )
    def documents(self, call: Call, number: str) -> Any:
        """{petition, documents}: the kinds that can be printed now."""
        with self.work(call) as work:
            found = documents.kinds(work, self._let_in(call, work, number))
            return {"petition": number, "documents": [{"kind": kind, "kind_zh": kind.zh} for kind in found]}

    @http("GET", "/petitions/<number>/documents/<kind>", action="petition.print", media="text/html",
          summary="打印文书：回执、告知书、引导单、答复书")  # fmt: skip
    def document(self, call: Call, number: str, kind: str) -> Any:
        """The page as HTML; blanks for what the officer may not read. 409 for what has not happened."""
        with self.work(call) as work:
            petition = self._let_in(call, work, number, lock=True)
            if kind not in set(DocumentKind):
                raise errors.NoSuchDocument([each.value for each in DocumentKind])
            reads = walls.view(work, call.officer, "petition.read-material").covers(petition.placement)
            page = documents.printed(work, petition, DocumentKind(kind), reads)
            if reads and documents.names(petition):
                timeline.record(work, petition, "petition.printed.v1", document=DocumentKind(kind))
            return Response(page, content_type="text/html; charset=utf-8", headers=_HEADERS)
