"""What intake's use cases need beyond the database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from authorization.placements import Tags
from courier.unit_of_work import UnitOfWork
from intake.domain import approvals, leading, tasks
from intake.domain.approvals import Rule
from intake.domain.classifier import Classifier
from intake.domain.office_card import OfficeCard
from intake.domain.places import Places
from intake.domain.scoring import Scheme
from intake.domain.service_points import ServicePoints
from intake.domain.tasks import TaskKind
from intake.settings import Settings
from statute import Law
from vault import Safe


@dataclass(slots=True)
class Trained:
    """The classifier that was read last, not opened anew for each text. None: there is none, or it is broken."""

    version: int = 0
    classifier: Classifier | None = None


@dataclass(frozen=True, slots=True)
class Tools:
    """The county's data, the law, the keys of the safe and of placements: read at the start, the same for all."""

    our_agency: str
    jurisdiction: str
    law: Law
    places: Places
    area_code: str
    service_points: ServicePoints
    card: OfficeCard
    scheme: Scheme
    rules: Mapping[str, Rule]  # of the actions that another has to approve
    checklist: Mapping[str, str]  # what a leader does in a case they lead
    task_kinds: Mapping[str, TaskKind]  # those that no colour of risk opens
    visitors_kept: timedelta  # how long after a reception day we know who came without a petition
    searches_kept: timedelta  # how long it can be proved for whom somebody searched
    safe: Safe
    tags: Tags  # what stands for an officer in a placement
    repeat_within: timedelta  # how long after its end the same matter of the same person is a repeat
    heirs_within: timedelta  # how long after a death was recorded somebody may go on with it, before nobody is left
    online_waits: timedelta  # how long what came online may wait to be decided before somebody is called
    sealed_open: timedelta  # how long an approved opening shows who asked for secrecy
    proxies: int = 0  # of ours between a petitioner's browser and us
    trained: Trained = field(default_factory=Trained)

    @property
    def tasks(self) -> Mapping[str, TaskKind]:
        """Every kind of task, by id: the county's, and what its colours of risk open."""
        of_risk = (kind for each in self.scheme.tasks.values() for kind in each)
        return dict(self.task_kinds) | {kind.id: kind for kind in of_risk}


def load(settings: Settings) -> Tools:
    """Everything that is read once, from the files that the settings name. Raises what each file is refused with."""
    return Tools(
        our_agency=settings.our_agency,
        jurisdiction=settings.jurisdiction,
        law=Law.load(settings.statute_folder),
        places=Places.load(settings.divisions_file),
        area_code=settings.area_code,
        service_points=ServicePoints.load(settings.service_points_file),
        card=OfficeCard.load(settings.office_file),
        scheme=Scheme.load(settings.risk_file),
        rules=approvals.load(settings.approvals_file),
        checklist=leading.checklist(settings.chief_led_file),
        task_kinds=tasks.kinds(settings.tasks_file),
        visitors_kept=settings.visitors_kept,
        searches_kept=settings.searches_kept,
        safe=Safe.from_file(settings.sealed_key_file),
        tags=Tags.from_file(settings.placement_key_file),
        repeat_within=settings.repeat_within,
        heirs_within=settings.heirs_within,
        online_waits=settings.online_waits,
        sealed_open=timedelta(hours=settings.sealed_open_hours),
        proxies=settings.lookup_proxies,
    )


def tools_of(work: UnitOfWork) -> Tools:
    """The context's tools, typed."""
    tools: Tools = work.context.tools
    return tools
