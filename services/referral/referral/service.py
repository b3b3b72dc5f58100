"""Referral under nameko: what it is made of, the queues it reads, what time brings."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from contracts.routes import ROUTES
from courier import waits
from courier.amqp import Delivery
from courier.partners.receiving import AGENCIES, receive_dead, receive_from_partner
from courier.unit_of_work import ServiceContext
from referral.api.bookings import BookingRoutes
from referral.api.custody import CustodyRoutes
from referral.api.directory import DirectoryRoutes
from referral.api.proceedings import ProceedingRoutes
from referral.api.referrals import ReferralRoutes
from referral.api.roster import RosterRoutes
from referral.api.teams import TeamRoutes
from referral.api.worklist import WorklistRoutes
from referral.settings import Settings
from referral.tables import Agency, Referral
from referral.use_cases import bookings, handlers, meeting_tasks, offers, overdue, replies
from referral.use_cases.tools import Tools
from service_kit.entrypoints import every, receive, receive_each
from service_kit.partners import heard
from service_kit.service import build_context, build_dependencies
from service_kit.timed import timed
from statute import Law

MIGRATIONS = Path(__file__).parent.parent / "migrations"
NAME = "referral"


def context_of(settings: Settings) -> ServiceContext:
    """The service's context, for the commands of one shot too."""
    tools = Tools(
        our_agency=settings.our_agency,
        jurisdiction=settings.jurisdiction,
        law=Law.load(settings.statute_folder),
        early_held=settings.early_held,
        offer_again_after=settings.offer_again_after,
    )
    return build_context(NAME, settings, tools)


def config(settings: Settings) -> dict[str, Any]:
    """Everything the service class is given, made once."""
    context = context_of(settings)
    given = build_dependencies(
        context,
        settings,
        events=handlers.EVENTS,
        letters=handlers.LETTERS,
        from_partner=replies.agency_said,
    )
    return given | timed(context, given["access"]) | {"agencies": heard(context, Agency, settings.our_agency)}


class ReferralService(
    ReferralRoutes,
    ProceedingRoutes,
    CustodyRoutes,
    DirectoryRoutes,
    WorklistRoutes,
    RosterRoutes,
    BookingRoutes,
    TeamRoutes,
):
    """Its routes, and the queues and sweeps below."""

    name = NAME
    rows = Referral
    title = "移交 referral"
    migrations = MIGRATIONS

    # -- what others tell ----------------------------------------------------------------------------------------

    @receive("referral.events.intake", together=True)
    def from_intake(self, deliveries: Sequence[Delivery]) -> None:
        """Applies intake's events, each petition's in order."""
        self.inbox.take_events("intake", deliveries)

    @receive_each("referral.agency.{}", "agencies", before=("referral.agencies", "agency.unrouted"))
    def replies(self, delivery: Delivery) -> None:
        """Applies what an agency says; what is wrong goes back to it by name."""
        # also what comes under a key that nobody bound: it is answered with message.rejected
        receive_from_partner(self.inbox, delivery, AGENCIES, ROUTES[NAME].from_agencies)

    @receive_each("agency.{}.late", "agencies")
    def late(self, delivery: Delivery) -> None:
        """Answers an agency's message that the broker gave up on, as far as it is proved whose it is."""
        receive_dead(self.inbox, delivery, ROUTES)

    # -- what time brings ----------------------------------------------------------------------------------------

    @every(waits.SWEEP_RARELY)
    def pursue(self) -> int:
        """Where days ran out: urges, asks for coordination, takes silence for consent. Returns how many."""
        return overdue.pursue(self.context, self.inbox.system)

    @every(waits.SWEEP_RARELY)
    def pursue_tasks(self) -> int:
        """Tasks of meetings whose day has passed: told, and urged. Returns how many."""
        return meeting_tasks.pursue(self.context, self.inbox.system)

    @every(waits.SWEEP_DUE)
    def offer_again(self) -> int:
        """Offers once more what nobody signed for. Returns how many."""
        with self.context.begin(self.inbox.system) as work:
            return offers.offer_again(work)

    @every(waits.SWEEP_DUE)
    def expire_bookings(self) -> int:
        """Frees what was held and not confirmed in time. Returns how many rooms and people."""
        with self.context.begin(self.inbox.system) as work:
            return bookings.expire(work)
