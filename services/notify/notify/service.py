"""Notify under nameko: what it is made of, the queues it reads, what time brings."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from authorization.placements import Tags
from contracts.routes import ROUTES
from courier import waits
from courier.amqp import Delivery
from courier.ops import metrics
from courier.partners.receiving import CHANNELS, receive_dead, receive_from_partner
from notify.api.notices import NoticeRoutes
from notify.api.officers import OfficerRoutes
from notify.api.worklist import WorklistRoutes
from notify.domain.states import QuietHours
from notify.domain.wording import OfficeCard
from notify.settings import Settings
from notify.tables import NoticeRow
from notify.use_cases import handlers, measured, officers, results, sending
from notify.use_cases.provider import Provider
from notify.use_cases.tools import Tools
from service_kit.entrypoints import Sending, every, receive, receive_each
from service_kit.partners import validated
from service_kit.runner import within
from service_kit.service import build_context, build_dependencies
from statute import Law

MIGRATIONS = Path(__file__).parent.parent / "migrations"
NAME = "notify"


def config(settings: Settings) -> dict[str, Any]:
    """Everything the service class is given, made once."""
    card = OfficeCard.load(settings.office_file)
    provider = Provider(
        url=settings.sms_url.rstrip("/"),
        account=settings.sms_account,
        secret=settings.sms_secret_file.read_bytes().strip(),
        signature=card.signature,
        timeout=(min(3.0, settings.sms_timeout), settings.sms_timeout),
        within=within,
    )
    tools = Tools(
        card=card,
        our_agency=settings.our_agency,
        law=Law.load(settings.statute_folder),
        quiet=QuietHours() if settings.sms_quiet_hours else None,
        provider=provider,
        settle_after=timedelta(seconds=settings.sms_settle_after),
        sms_carrier=settings.sms_carrier,
        tags=Tags.from_file(settings.placement_key_file),
        sms_a_day=settings.sms_a_day,
    )
    given = build_dependencies(
        build_context(NAME, settings, tools),
        settings,
        events=handlers.EVENTS,
        letters=handlers.LETTERS,
        from_partner=validated("from_channel", results.said),
        tell=results.tell_channel,
    )
    return given | {"channels": lambda: dict.fromkeys(ROUTES[NAME].channels, True)}


class NotifyService(NoticeRoutes, OfficerRoutes, WorklistRoutes):
    """Its routes, and the queues and sweeps below."""

    name = NAME
    rows = NoticeRow
    sending = Sending(gather=waits.GATHERED)
    title = "告知 notify"
    migrations = MIGRATIONS

    def counts(self) -> metrics.Counts:
        """Adds notices by state and age, and those that a number's limit puts off."""
        return {**super().counts(), **measured.COUNTS}

    # -- what others tell, what time brings ------------------------------------------------------------------------

    @receive("notify.letters", together=True, gather=waits.GATHERED)
    def letters(self, deliveries: Sequence[Delivery]) -> None:
        """Applies letters as every service does, a batch of them."""
        self.inbox.take_letters(deliveries)

    @receive("notify.events.intake", together=True, gather=waits.GATHERED)
    def from_intake(self, deliveries: Sequence[Delivery]) -> None:
        """Applies intake's events, each petition's in order."""
        self.inbox.take_events("intake", deliveries)

    @receive("notify.events.referral", together=True, gather=waits.GATHERED)
    def from_referral(self, deliveries: Sequence[Delivery]) -> None:
        """Applies referral's events, each lane's in order."""
        self.inbox.take_events("referral", deliveries)

    @receive("notify.events.aid", together=True, gather=waits.GATHERED)
    def from_aid(self, deliveries: Sequence[Delivery]) -> None:
        """Applies aid's events, each lane's in order."""
        self.inbox.take_events("aid", deliveries)

    @receive_each("notify.{}.results", "channels", before=("notify.results",))
    def results(self, delivery: Delivery) -> None:
        """Applies what an operator says of its tasks; what is wrong goes back to it by name."""
        receive_from_partner(self.inbox, delivery, CHANNELS, ("notice.result.v1",))

    @receive_each("notify.{}.late", "channels")
    def late(self, delivery: Delivery) -> None:
        """Answers an operator's message that the broker gave up on, as far as it is proved whose it is."""
        receive_dead(self.inbox, delivery, ROUTES)

    @every(waits.SWEEP_NOTICES_HANDED)
    def hand(self) -> int:
        """Gives due notices to their operators, or puts them off. Returns more than 0 when there may be more."""
        return sending.hand_due(self.context, self.inbox.system) // sending.MOST

    @every(waits.SWEEP_EACH_MINUTE)
    def overdue(self) -> int:
        """Makes unknown what an operator has been silent on for too long. Returns how many."""
        with self.context.begin(self.inbox.system) as work:
            return results.overdue_tasks(work)

    @every(waits.SWEEP_EACH_MINUTE)
    def digest(self) -> int:
        """Writes one holder's digest of a working day, if its morning has come. Returns 1 or 0."""
        with self.context.begin(self.inbox.system) as work:
            return officers.write_digest(work)

    @every(waits.SWEEP_NOTICES)
    def send(self) -> int:
        """Gives due notices to the provider, or puts them off. Returns more than 0 when there may be more."""
        return sending.send_due(self.context, self.inbox.system) // sending.MOST

    @every(waits.SWEEP_NOTICES_ASKED)
    def ask(self) -> int:
        """Asks the provider about a notice it has not said the end of. Returns 1, or 0 when none is due."""
        return results.settle_next(self.context, self.inbox.system)
