"""Intake under nameko: what it is made of, the queues it reads, what time brings."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from contracts.routes import ROUTES
from courier import waits
from courier.amqp import Delivery
from courier.ops import metrics
from courier.partners.receiving import AGENCIES, receive_from_partner
from courier.unit_of_work import ServiceContext
from intake.api.acts import ActRoutes
from intake.api.approvals import ApprovalRoutes
from intake.api.assignments import AssignmentRoutes
from intake.api.cards import CardRoutes
from intake.api.contacts import ContactRoutes
from intake.api.corrections import CorrectionRoutes
from intake.api.deadlines import DeadlineRoutes
from intake.api.documents import DocumentRoutes
from intake.api.files import FileRoutes
from intake.api.finding import FindRoutes
from intake.api.guides import GuideRoutes
from intake.api.inbound import InboundRoutes
from intake.api.lines import LineRoutes
from intake.api.lookup import LookupRoutes
from intake.api.matches import MatchRoutes
from intake.api.office import OfficeRoutes
from intake.api.online import OnlineRoutes
from intake.api.persons import PersonRoutes
from intake.api.petitions import PetitionRoutes
from intake.api.placing import PlacingRoutes
from intake.api.receptions import ReceptionRoutes
from intake.api.registration import RegistrationRoutes
from intake.api.releases import ReleaseRoutes
from intake.api.replies import ReplyRoutes
from intake.api.reveals import RevealRoutes
from intake.api.risk import RiskRoutes
from intake.api.sealed import SealedRoutes
from intake.api.tasks import TaskRoutes
from intake.api.undoing import UndoingRoutes
from intake.api.walls import WallRoutes
from intake.api.words import WordRoutes
from intake.api.worklist import WorklistRoutes
from intake.domain import cues
from intake.settings import Settings
from intake.tables import Agency
from intake.use_cases import (
    classifying,
    commands,
    handlers,
    holding,
    in_clear,
    indexes,
    links,
    office,
    online,
    people,
    placing,
    receptions,
    registration,
    searches,
    tasks,
    tools,
    word_counts,
)
from service_kit.entrypoints import every, receive, receive_each
from service_kit.partners import heard, validated
from service_kit.service import build_context, build_dependencies
from service_kit.timed import Timed, timed

MIGRATIONS = Path(__file__).parent.parent / "migrations"
NAME = "intake"


def context_of(settings: Settings) -> ServiceContext:
    """The service's context, for the commands of one shot too."""
    return build_context(NAME, settings, tools.load(settings))


def config(settings: Settings) -> dict[str, Any]:
    """Everything the service class is given, made once."""
    context = context_of(settings)
    cues.shipped()  # what it learns at first would make somebody at the window wait
    given = build_dependencies(
        context,
        settings,
        events=handlers.EVENTS,
        letters=handlers.LETTERS,
        from_partner=validated("from_agency", registration.submitted),
    )
    given["stores"].append(people.boxes(context.tools.safe))
    return given | timed(context, given["access"]) | {"agencies": heard(context, Agency, settings.our_agency)}


class IntakeService(
    RegistrationRoutes,
    PetitionRoutes,
    InboundRoutes,
    CorrectionRoutes,
    UndoingRoutes,
    PersonRoutes,
    WallRoutes,
    AssignmentRoutes,
    FileRoutes,
    DeadlineRoutes,
    PlacingRoutes,
    ContactRoutes,
    LineRoutes,
    ReleaseRoutes,
    ActRoutes,
    RiskRoutes,
    TaskRoutes,
    ReceptionRoutes,
    GuideRoutes,
    DocumentRoutes,
    SealedRoutes,
    ReplyRoutes,
    ApprovalRoutes,
    CardRoutes,
    FindRoutes,
    MatchRoutes,
    RevealRoutes,
    LookupRoutes,
    OnlineRoutes,
    OfficeRoutes,
    WorklistRoutes,
    WordRoutes,
    Timed,
):
    """What nameko runs: the routes of every noun, the sweeps of time, and a method for each queue."""

    name = NAME
    title = "登记受理 intake"
    migrations = MIGRATIONS

    # -- what time brings ---------------------------------------------------------------------------------------

    @every(waits.SWEEP_EACH_MINUTE)
    def end_officers(self) -> int:
        """Tells the other services of officers whose last day has passed. Returns how many."""
        return office.end(self.context, self.inbox.system)

    @every(waits.SWEEP_EACH_MINUTE)
    def take_off_who_left(self) -> int:
        """Takes off who left or moved what they still handle; returns how many petitions fell back."""
        with self.context.begin(self.inbox.system) as work:
            return holding.take_off_all(work)

    @every(waits.SWEEP_EACH_MINUTE)
    def close_what_is_in_clear(self) -> int:
        """Encrypts a batch of what older code kept in clear. Returns how many rows it was."""
        with self.context.begin(self.inbox.system) as work:
            return in_clear.close(work)

    @every(waits.SWEEP_DUE)
    def hold_linked(self) -> int:
        """Holds what links of older code should have held, as it knew of no holds. Returns how many petitions."""
        return links.hold_unseen(self.context, self.inbox.system)

    @every(waits.SWEEP_EACH_MINUTE)
    def settle_commands(self) -> int:
        """Takes off what is pending although an older copy heard its end. Returns how many petitions."""
        with self.context.begin(self.inbox.system) as work:
            return commands.settle(work)

    @every(waits.SWEEP_EACH_MINUTE)
    def settle_tasks(self) -> int:
        """Gives tasks whose officer or department is no more to whom they are now. Returns how many."""
        with self.context.begin(self.inbox.system) as work:
            return tasks.settle_stray(work)

    @every(waits.SWEEP_EACH_MINUTE)
    def tell_overdue_tasks(self) -> int:
        """Tells of tasks whose day has passed, each once. Returns of how many petitions."""
        with self.context.begin(self.inbox.system) as work:
            return tasks.tell_overdue(work)

    @every(waits.SWEEP_INDEX)
    def index_words(self) -> int:
        """Indexes what was said in petitions registered since. Returns how many; 0 too when it was not a full batch.

        Those that come at the same time are indexed together, a moment later.
        """
        with self.context.begin(self.inbox.system) as work:
            done = indexes.write(work)
        return done if done == indexes.BATCH else 0

    @every(waits.SWEEP_ROOM)
    def count_words(self) -> int:
        """Counts how common words are, where many more petitions have come since. Returns in how many quarters."""
        with self.context.begin(self.inbox.system) as work:
            return word_counts.count(work)

    @every(waits.SWEEP_ROOM)
    def forget_visitors(self) -> int:
        """Forgets who had a place on a reception day long over. Returns how many."""
        with self.context.begin(self.inbox.system) as work:
            return receptions.forget(work)

    @every(waits.SWEEP_ROOM)
    def forget_searches(self) -> int:
        """Destroys by what older searches for a person could be proved. Returns of how many months."""
        with self.context.begin(self.inbox.system) as work:
            return searches.forget(work)

    # -- whose eyes ----------------------------------------------------------------------------------------------

    @every(waits.SWEEP_PLACEMENTS)
    def tell_placements(self) -> int:
        """Tells the others, for a batch of petitions, where they sit, if nobody told them yet. Returns how many."""
        with self.context.begin(self.inbox.system) as work:
            return placing.tell_earlier(work)

    def out_of_sight(self, session: Session) -> int:
        """How many petitions no other service shows to anybody, because it was not told of them."""
        return placing.untold(session)

    def counts(self) -> metrics.Counts:
        """With what has waited too long, for another service or for an officer, and whether lines can be suggested."""
        late = "Petitions that wait for another service for more than ten minutes."
        undecided = f"What petitioners wrote online and nobody has decided, counted to {online.UNDECIDED}."
        overdue = "What of it has waited for longer than ONLINE_WAITS_HOURS."
        unread = "1 where the weights by which lines are suggested cannot be read."
        own: metrics.Counts = {
            "commands_overdue": (late, commands.overdue),
            "online_undecided": (undecided, online.undecided),
            "online_overdue": (overdue, partial(online.overdue, self.context.tools.online_waits)),
            "classifier_broken": (unread, partial(classifying.broken, self.context)),
        }
        return {**super().counts(), **own}

    # -- what others tell ----------------------------------------------------------------------------------------

    @receive("intake.events.referral", together=True)
    def from_referral(self, deliveries: Sequence[Delivery]) -> None:
        """What became of what was handed on, and what referral refused."""
        self.inbox.take_events("referral", deliveries)

    @receive("intake.events.aid", together=True)
    def from_aid(self, deliveries: Sequence[Delivery]) -> None:
        """How the aid goes that was asked for; lines of the timeline."""
        self.inbox.take_events("aid", deliveries)

    @receive("intake.events.notify", together=True, gather=waits.GATHERED)
    def from_notify(self, deliveries: Sequence[Delivery]) -> None:
        """What became of notices to petitioners; lines of the timeline."""
        self.inbox.take_events("notify", deliveries)

    @receive_each("intake.agency.{}", "agencies", before=("intake.agencies",))
    def agencies(self, delivery: Delivery) -> None:
        """What agencies' own systems hand in; what is wrong with it is answered to its sender."""
        receive_from_partner(self.inbox, delivery, AGENCIES, ROUTES[NAME].from_agencies)
