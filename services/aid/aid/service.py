"""Aid under nameko: what it is made of, the queues it reads, what time brings."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aid.api.cases import CaseRoutes
from aid.api.worklist import WorklistRoutes
from aid.domain import rules
from aid.settings import Settings
from aid.tables import Agency, Case
from aid.use_cases import handlers, leads
from aid.use_cases.tools import Tools
from contracts.routes import ROUTES
from courier import waits
from courier.amqp import Delivery
from courier.partners.receiving import AGENCIES, receive_from_partner
from service_kit.entrypoints import every, receive, receive_each
from service_kit.partners import heard, validated
from service_kit.service import build_context, build_dependencies
from statute import Law

MIGRATIONS = Path(__file__).parent.parent / "migrations"
NAME = "aid"


def config(settings: Settings) -> dict[str, Any]:
    """Everything the service class is given, made once."""
    tools = Tools(
        jurisdiction=settings.jurisdiction,
        law=Law.load(settings.statute_folder),
        tables=rules.load(),
        caps=rules.caps(settings.caps_file),
        early_held=settings.early_held,
        offer_again_after=settings.offer_again_after,
    )
    context = build_context(NAME, settings, tools)
    given = build_dependencies(
        context,
        settings,
        events=handlers.EVENTS,
        letters=handlers.LETTERS,
        from_partner=validated("from_agency", leads.agency_said),
    )
    return given | {"agencies": heard(context, Agency, settings.our_agency)}


class AidService(CaseRoutes, WorklistRoutes):
    """Its routes, and the queues and sweeps below."""

    name = NAME
    rows = Case
    title = "救助 aid"
    migrations = MIGRATIONS

    @receive("aid.events.intake", together=True)
    def from_intake(self, deliveries: Sequence[Delivery]) -> None:
        """Applies intake's events, each petition's in order."""
        self.inbox.take_events("intake", deliveries)

    @receive_each("aid.agency.{}", "agencies", before=("aid.agencies",))
    def agencies(self, delivery: Delivery) -> None:
        """Applies what an agency says of its leads; what is wrong goes back to it by name."""
        receive_from_partner(self.inbox, delivery, AGENCIES, ROUTES[NAME].from_agencies)

    @every(waits.SWEEP_DUE)
    def offer_again(self) -> int:
        """Offers once more the leads that nobody signed for. Returns how many."""
        with self.context.begin(self.inbox.system) as work:
            return leads.offer_again(work)
