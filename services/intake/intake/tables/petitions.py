"""The petition itself. What names or describes a person is encrypted under its data key; the rest is plain."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, UniqueConstraint, and_, exists, or_, text
from sqlalchemy.orm import Mapped, column_property, foreign, mapped_column, relationship

from authorization.sight import Placement
from contracts.vocabulary import ApprovalState, ContactOutcome, Kind, Line, Party, PetitionState, ReplyKind
from intake.domain import reply_duty
from intake.domain.reply_duty import ReplyContext, Told
from intake.domain.states import MOVES, Snapshot
from intake.tables.acts import Act
from intake.tables.approvals import Approval
from intake.tables.base import Base
from intake.tables.contacts import Contact
from intake.tables.files import File
from intake.tables.leading import ChiefLed
from intake.tables.links import Link
from intake.tables.lookup import Rating
from intake.tables.people import Person, SealedPerson
from intake.tables.releases import Release, ReleaseState
from intake.tables.replies import Reply, ReplyWaiver
from intake.tables.respondents import Respondent
from intake.tables.risk import Risk
from intake.tables.timeline import Step
from intake.tables.walls import Wall

REPORT = "report"  # the sub-line 举报
_WENT_OUT = ("petition.referred.v1", "petition.involved.v1")


class Serial(Base):
    """The last number given in a year. Taken under a row lock, so that a rollback leaves no gap."""

    __tablename__ = "serial"
    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(Integer)


class Answer(Base):
    """What an agency answered about a referral."""

    __tablename__ = "answer"
    petition: Mapped[str] = mapped_column(ForeignKey("petition.number"), primary_key=True)
    message: Mapped[str] = mapped_column(primary_key=True)
    referral: Mapped[str]
    result: Mapped[str]
    text: Mapped[bytes]
    received_at: Mapped[datetime]


class Petition(Base):
    """One petition (件)."""

    __tablename__ = "petition"
    number: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int]
    serial: Mapped[int]
    state: Mapped[str]
    before: Mapped[str | None]  # where it goes back to from standing still or from closing
    kind: Mapped[str]
    line: Mapped[str]
    service_point: Mapped[str]
    concerns_us: Mapped[bool] = mapped_column(Boolean)
    # a colleague it concerns was registered without a number or department, and nobody has said since whose they are
    unidentified: Mapped[bool] = mapped_column(default=False, server_default="false")
    title: Mapped[bytes | None]
    statement: Mapped[bytes | None]
    post_number: Mapped[str | None]  # 机要编号: a duty-crime report is not typed in
    post_digest: Mapped[str | None]  # of the release before, in clear: emptied, and written no more
    post_sealed: Mapped[bytes | None]  # the digest of what lies in the envelope
    person: Mapped[str | None] = mapped_column(ForeignKey("person.ref"))
    anonymous: Mapped[bool] = mapped_column(Boolean)
    secrecy: Mapped[bool] = mapped_column(Boolean)
    reach: Mapped[str]
    group_size: Mapped[int]
    place: Mapped[str | None]
    registered_at: Mapped[datetime]
    received_on: Mapped[date]
    counts_from: Mapped[date]  # received, completed or reopened: what acceptance's periods count from
    department: Mapped[str | None]
    handler: Mapped[str | None]
    # 首办: with the first acceptance, and never another
    first_department: Mapped[str | None]
    first_handler: Mapped[str | None]
    # against us for the first time: one person of ours, named, from acceptance to end
    one_to_one: Mapped[bool] = mapped_column(default=False, server_default="false")
    accepted: Mapped[bool] = mapped_column(default=False, server_default="false")
    result: Mapped[str | None]
    adoption: Mapped[str | None]  # of a proposal, with its result
    resolution: Mapped[str | None]
    liability: Mapped[dict[str, Any] | None]
    lacking: Mapped[bytes | None]
    referred_to: Mapped[str | None]
    awaits_answer: Mapped[bool] = mapped_column(Boolean)
    hardship: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    aid_wish: Mapped[bool] = mapped_column(default=False, server_default="false")
    # times it was reopened: what was told before is told anew
    round: Mapped[int] = mapped_column(default=0, server_default="0")
    submitted_by: Mapped[str | None]
    submission: Mapped[str | None]
    answer_by: Mapped[date | None]  # the day its sender named
    sender_told: Mapped[str | None]  # our last move its sender heard of
    contact: Mapped[str | None]  # the one it was registered from
    sub_line: Mapped[str | None]
    # nothing leaves but to whom it was released
    on_hold: Mapped[bool] = mapped_column(default=False, server_default="false")
    route: Mapped[str | None]  # of the six of 条例 31; claims alone
    party: Mapped[str] = mapped_column(default=Party.INDIVIDUAL, server_default="individual")
    organisation: Mapped[bytes | None]
    pieces: Mapped[int | None]  # of what was handed in with it, as its receipt says
    pages: Mapped[int | None]
    # what another service has still to do: [{command, to, since, officer}], the earliest first
    pending: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    # how many of its approvals wait, or are signed: most have none, and need not be asked for them
    asks: Mapped[int] = mapped_column(default=0, server_default="0")
    # whoever it is about is held: no rest day lengthens a period of criminal procedure
    in_custody: Mapped[bool] = mapped_column(default=False, server_default="false")
    died_on: Mapped[date | None]  # who petitioned; `death`: by what it is known
    death: Mapped[bytes | None]
    heirs_until: Mapped[date | None]  # none once somebody goes on with it
    guardian: Mapped[int | None]  # which of its persons acts for the first; `incapacity`: by what it is known
    incapacity: Mapped[bytes | None]
    told: Mapped[int | None]  # which of its persons is told; none: the first
    placed: Mapped[bytes | None]  # SHA-256 of the placement that was told last
    respondents: Mapped[list[Respondent]] = relationship(order_by="Respondent.seq")
    walls: Mapped[list[Wall]] = relationship(order_by="Wall.seq")  # also those that were taken down
    answers: Mapped[list[Answer]] = relationship(order_by="Answer.received_at")
    replies: Mapped[list[Reply]] = relationship(order_by="Reply.seq")
    approvals: Mapped[list[Approval]] = relationship(order_by="Approval.asked_at, Approval.id")
    releases: Mapped[list[Release]] = relationship(order_by="Release.asked_at, Release.id")
    waivers: Mapped[list[ReplyWaiver]] = relationship(order_by="ReplyWaiver.recorded_at")
    sealed: Mapped[list[SealedPerson]] = relationship(
        order_by="SealedPerson.seq", primaryjoin="Petition.number == foreign(SealedPerson.petition)"
    )
    led: Mapped[ChiefLed | None] = relationship()
    risk: Mapped[Risk | None] = relationship()
    # only looked at: who adds one or changes what these are asked by does not find it here before the next transaction
    origin: Mapped[Contact | None] = relationship(
        primaryjoin=lambda: foreign(Petition.contact) == Contact.id, viewonly=True
    )
    joined: Mapped[list[Contact]] = relationship(
        primaryjoin=lambda: and_(
            foreign(Contact.petition) == Petition.number, Contact.outcome == ContactOutcome.JOINED
        ),
        order_by=(Contact.decided_at, Contact.id),
        viewonly=True,
    )
    persons: Mapped[list[Person]] = relationship(  # in the open
        primaryjoin=lambda: foreign(Person.petition) == Petition.number, order_by=Person.seq, viewonly=True
    )
    acts: Mapped[list[Act]] = relationship(order_by=(Act.done_on, Act.recorded_at, Act.id), viewonly=True)
    files: Mapped[list[File]] = relationship(  # of the petitioner
        primaryjoin=lambda: and_(File.petition == Petition.number, File.referral.is_(None)),
        order_by=(File.added_at, File.id),
        viewonly=True,
    )
    links: Mapped[list[Link]] = relationship(  # both ways, those that were undone as well
        primaryjoin=lambda: or_(Link.petition == Petition.number, Link.to == Petition.number),
        order_by=Link.petition,
        viewonly=True,
    )
    ratings: Mapped[list[Rating]] = relationship(order_by="Rating.seq", viewonly=True)
    # whether it was handed to others, or shown to them
    went_out: Mapped[bool] = column_property(
        exists().where(Step.petition == number, Step.type.in_(_WENT_OUT)).correlate_except(Step), deferred=True
    )
    __table_args__ = (
        UniqueConstraint("year", "serial", name="petition_number_once"),
        UniqueConstraint("submitted_by", "submission", name="petition_submission_once"),
        CheckConstraint("(statement IS NULL) <> (post_number IS NULL)", name="petition_statement_or_post"),
        # who asked for secrecy is in sealed_person; the rows from before are moved there by `sealed move`
        CheckConstraint(
            "CASE WHEN person IS NULL THEN anonymous OR secrecy ELSE NOT anonymous END",
            name="petition_person_or_anonymous",
        ),
        CheckConstraint("NOT (secrecy AND reach = 'sms')", name="petition_secrecy_no_sms"),
        CheckConstraint("route IS NULL OR kind = 'claim'", name="petition_route_of_claim"),
        CheckConstraint("adoption IN ('adopted', 'partly', 'not_adopted')", name="petition_adoption_known"),
        CheckConstraint("pieces > 0", name="petition_pieces"),
        CheckConstraint("pages > 0", name="petition_pages"),
        # a unit's name says who spoke: in secrecy it is in the safe
        CheckConstraint(
            "CASE WHEN organisation IS NULL THEN party <> 'organisation' OR secrecy ELSE party = 'organisation' END",
            name="petition_organisation",
        ),
        CheckConstraint("(before IS NULL) = (state NOT IN ('suspended', 'closing'))", name="petition_knows_way_back"),
        Index("petition_state", "state", "number"),
        Index("petition_unclosed", "received_on", "number", postgresql_where=text("state <> 'closed'")),
        Index("petition_received", "received_on", "number"),
        # in the order of the list, and what narrows it behind that: it is looked at in the index, not row by row among
        # all of a department's or point's
        Index("petition_department", "department", "number", "line", "kind", "state", "service_point"),
        Index("petition_service_point", "service_point", "number", "line", "kind", "state", "department"),
        Index("petition_handler", "handler", "number", postgresql_where=text("handler IS NOT NULL")),
        Index("petition_adoption", "adoption", "number", postgresql_where=text("adoption IS NOT NULL")),
        Index("petition_contact", "contact"),
        Index("petition_submission", "submission", postgresql_where=text("submission IS NOT NULL")),
        Index("petition_unplaced", "number", postgresql_where="placed IS NULL"),
        Index("petition_pending", "number", postgresql_where="pending <> '[]'::jsonb"),
        Index("petition_post_in_clear", "number", postgresql_where=text("post_digest IS NOT NULL")),
    )

    @property
    def is_report(self) -> bool:
        """举报: in an envelope, or of that sub-line; who opens it and what is told of it has rules of its own."""
        return self.post_number is not None or self.sub_line == REPORT

    @property
    def snapshot(self) -> Snapshot:
        """What the rules look at, as it is now; what is owed is asked only where closing may follow."""
        return Snapshot(
            number=self.number,
            state=self.state_and_before[0],
            kind=Kind(self.kind),
            secrecy=self.secrecy,
            sealed_post=self.post_number is not None,
            awaits_answer=self.awaits_answer,
            anonymous=self.anonymous,
            aid_asked=self.aid_wish,
            before=self.state_and_before[1],
            accepted=self.accepted,
            liability_reviewed=self.liability is not None,
            sender=self.submitted_by,
            sender_told=self.sender_told,
            # asked for only where it decides something: a list of others need not load their replies
            owed=self.owed if self.state_and_before[0] in MOVES["close"][0] else (),
            department=self.department,
            on_hold=self.on_hold,
            released=self.released if self.on_hold else frozenset(),
            waiting=frozenset(each.action for each in self.asked if not each.subject),
            signed=any(each.now_in is ApprovalState.SIGNED for each in self.asked),
            died=self.died_on is not None,
            heirless=self.heirs_until is not None,
        )

    @property
    def asked(self) -> list[Approval]:
        """What waits for an approval, or is signed and waits to be issued."""
        return [each for each in self.approvals if each.is_open] if self.asks else []

    def stand(self, approval: Approval, state: ApprovalState) -> None:
        """Where one of its approvals stands from now on; the one way to say so, since they are counted."""
        its = self.approvals  # before anything is half written: what asks the database writes first
        approval.state = state
        self.asks = sum(each.is_open for each in its)

    def without_asking(self, action: str) -> Snapshot:
        """What the rules look at, but for the approval that this action itself waits for."""
        return replace(self.snapshot, waiting=self.snapshot.waiting - {action})

    @property
    def standing(self) -> list[Wall]:
        """The walls that keep somebody away now."""
        return [wall for wall in self.walls if wall.lifted_at is None]

    @property
    def released(self) -> frozenset[str]:
        """The codes of the agencies it may go to though it is held."""
        return frozenset(each.agency for each in self.releases if each.state == ReleaseState.RELEASED)

    @property
    def corrected(self) -> frozenset[int]:
        """The places of the replies in whose stead another was issued: that they were told settles nothing."""
        return frozenset(each.corrects for each in self.replies if each.corrects is not None)

    @property
    def owed(self) -> tuple[ReplyKind, ...]:
        """What the petitioner must still be told in this round."""
        corrected = self.corrected
        its = [each for each in self.replies if each.round == self.round and each.seq not in corrected]
        told = [Told(ReplyKind(each.kind), each.proof is not None) for each in its]
        given_up = [ReplyKind(each.reply) for each in self.waivers if each.round == self.round]
        return reply_duty.owed(self.state_and_before[1] or self.state_and_before[0], self.anonymous, told, given_up)

    @property
    def matter(self) -> ReplyContext:
        """What it depends on by which means a reply may be told."""
        return ReplyContext(Kind(self.kind), Line(self.line), self.state_and_before[0], self.secrecy)

    @property
    def state_and_before(self) -> tuple[PetitionState, PetitionState | None]:
        """The state it stands in, and the one it goes back to from an interim one, else None."""
        return PetitionState(self.state), PetitionState(self.before) if self.before else None

    @property
    def placement(self) -> Placement:
        """Where it sits and who is walled off; `unnamed` while it concerns us and nobody has said whom."""
        return self.placed_behind(self.standing)

    def placed_behind(self, walls: Sequence[Wall]) -> Placement:
        """The same, if these walls were all that stand."""
        return Placement(
            department=self.department,
            service_point=self.service_point,
            walled_officers=frozenset(bytes(wall.officer) for wall in walls if wall.officer is not None),
            walled_departments=frozenset(wall.department for wall in walls if wall.department is not None),
            unnamed=self.concerns_us and (self.unidentified or not any(wall.says_whom for wall in walls)),
            handler=self.handler,
        )
