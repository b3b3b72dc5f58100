"""The guides that visitors get: open to anybody, as data and as pages to read and to print."""

from dataclasses import asdict
from typing import Any

from werkzeug.wrappers import Response

from courier.unit_of_work import UnitOfWork
from intake.api import answers as said
from intake.api.base import PetitionApi
from intake.domain import errors, guide_page, guides
from intake.domain.guide_page import Place
from intake.domain.guides import Guide
from intake.use_cases import directory
from intake.use_cases.tools import tools_of
from statute import day_of
from web.call import Call
from web.route import http

# nothing of anybody in it: it may be kept for an hour; it runs nothing and fetches nothing
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "public, max-age=3600",
}


class GuideRoutes(PetitionApi):
    """Open: what is told here names nobody, and is the same for everybody."""

    @http("GET", "/guides", answer=said.Guides, action=None, summary="办事指南（无须登录）")
    def visitors_guides(self, call: Call) -> Any:
        """{guides}: id, title and whom it is for, of each line and sub-line."""
        with self.work(call) as work:
            found = [_guide(work, each) for each in guides.ids()]
            return {"guides": [{"guide": each.id, "title": each.zh, "about": each.about} for each in found]}

    @http(
        "GET",
        "/guides/<guide>",
        answer=said.GuideSaid,
        action=None,
        summary="一份办事指南：带什么、到哪里、期限、流程（无须登录）",
    )
    def visitors_guide(self, call: Call, guide: str) -> Any:
        """What to bring, where, what is asked first, which periods run, the steps. 404 for no line of ours."""
        with self.work(call) as work:
            found, place = _guide(work, guide), _place(work)
            return {
                "guide": found.id,
                "title": found.zh,
                "about": found.about,
                "department": found.department,
                "bring": list(found.bring),
                "where": [{"name": name, "tier": tier} for name, tier in place.points],
                "phone": place.phone,
                "checks": [
                    {
                        "ask": each.ask,
                        "law": each.law.zh,
                        "verified": each.law.verified,
                        "verified_zh": each.law.unverified_zh,
                    }
                    for each in found.checks
                ],
                "terms": [asdict(each) | {"verified_zh": _verified(each.verified)} for each in found.terms],
                "steps": [
                    {
                        "title": each.title,
                        "text": each.text,
                        "term": each.term and each.term.rule,
                        "otherwise": [{"when": when, "to": to} for when, to in each.aside],
                    }
                    for each in found.steps
                ],
            }

    @http("GET", "/guides/page", action=None, media="text/html", summary="办事指南目录（网页，无须登录）")
    def guides_page(self, call: Call) -> Any:
        """The list as a page."""
        with self.work(call) as work:
            return _html(guide_page.index(_place(work), [_guide(work, each) for each in guides.ids()]))

    @http("GET", "/guides/<guide>/page", action=None, media="text/html",
          summary="一份办事指南和流程图（网页，可打印，无须登录）")  # fmt: skip
    def guide_page(self, call: Call, guide: str) -> Any:
        """The guide as a page to read and print, its way drawn."""
        with self.work(call) as work:
            return _html(guide_page.html(_place(work), _guide(work, guide)))


def _guide(work: UnitOfWork, id_: str) -> Guide:
    if id_ not in guides.ids():
        raise errors.NoSuchGuide()
    law = tools_of(work).law
    return guides.build(id_, guides.periods(law.packs.in_force(day_of(work.now)), id_), law)


def _place(work: UnitOfWork) -> Place:
    tools = tools_of(work)
    office = directory.agency_names(work).get(tools.our_agency, "人民检察院")
    return Place(office, tools.card.phone, guides.where(tools.service_points.known.values()))


def _verified(verified: bool) -> str | None:
    return None if verified else "未核验"


def _html(page: str) -> Response:
    return Response(page, content_type="text/html; charset=utf-8", headers=_HEADERS)
