"""The routes of what is printed."""

from typing import Any

from marshmallow import Schema
from werkzeug.wrappers import Response

from contracts.given import Typed
from contracts.vocabulary import DocumentKind
from courier.unit_of_work import UnitOfWork
from intake.api import answers as said
from intake.api.base import PetitionApi
from intake.domain import errors
from intake.tables import Petition
from intake.use_cases import cards, documents, lookup, timeline
from web.call import Call
from web.route import http

# a page of ours runs nothing and fetches nothing, whatever was written into it
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


class PrintReceipt(Schema):
    """`query_code`: as it was shown when the petition was registered, or a new one was given."""

    query_code = Typed(required=True)


class DocumentRoutes(PetitionApi):
    """Routes of what is printed; each print is on the timeline, one that names the petitioner as that."""

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
        """The page as HTML; blanks for what the officer is not shown. 409 for what has not happened."""
        with self.work(call) as work:
            petition = self._let_in(call, work, number, lock=True)
            if kind not in set(DocumentKind):
                raise errors.NoSuchDocument([each.value for each in DocumentKind])
            return self._page(call, work, petition, DocumentKind(kind))

    @http("POST", "/petitions/<number>/receipt", action="petition.print", body=PrintReceipt, media="text/html",
          summary="打印附查询码的收件回执：查询码由持有人填入，不保存")  # fmt: skip
    def receipt(self, call: Call, number: str) -> Any:
        """The receipt as HTML with the code that registration or renewal showed once. 422 for another code."""
        with self.work(call) as work:
            petition = self._let_in(call, work, number, lock=True)
            code = lookup.check(work, number, call.body["query_code"])
            return self._page(call, work, petition, DocumentKind.RECEIPT, code)

    def _page(
        self, call: Call, work: UnitOfWork, petition: Petition, kind: DocumentKind, code: str | None = None
    ) -> Response:
        showing = cards.showing_of(work, call.officer, petition)
        page = documents.printed(work, petition, kind, showing, code)
        said = "petition.printed.v1" if showing.names else "petition.printed_nameless.v1"
        timeline.record(work, petition, said, document=kind)
        return Response(page, content_type="text/html; charset=utf-8", headers=_HEADERS)
