"""The agencies and what became of their entries."""

from typing import Any

from contracts.vocabulary import AgencyKind, Transport
from referral.api import answers as said
from referral.api.base import ReferralApi
from referral.use_cases import views
from web.call import Call
from web.route import http


class DirectoryRoutes(ReferralApi):
    """Reads only; the directory itself is changed by its file."""

    @http("GET", "/agencies", action="directory.read", answer=said.Agencies, summary="单位名录")
    def agencies(self, call: Call) -> Any:
        """Answers every agency there is or was, by code."""
        with self.work(call) as work:
            return {
                "agencies": [
                    {
                        "code": agency.code,
                        "name": agency.name,
                        "kind": agency.kind,
                        "kind_zh": AgencyKind(agency.kind).zh,
                        "parent": agency.parent,
                        "edges": agency.edges,
                        "transport": agency.transport,
                        "transport_zh": Transport(agency.transport).zh,
                        "own_system": agency.own_system,
                        "competence": agency.competence,
                        "active": agency.active,
                    }
                    for agency in views.agencies(work)
                ]
            }

    @http(
        "GET",
        "/agencies/<code>/revisions",
        action="directory.read",
        answer=said.Revisions,
        summary="一个单位在名录中的历次变更",
    )
    def revisions(self, call: Call, code: str) -> Any:
        """Answers its entries, the oldest first, each with since when and by whom; 404 where it never was one."""
        with self.work(call) as work:
            return {
                "agency": code,
                "revisions": [
                    {"revision": each.revision, "since": each.since.isoformat(), "by": each.by, **each.entry}
                    for each in views.revisions(work, code)
                ],
            }
