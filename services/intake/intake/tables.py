"""Intake's tables. What names or describes a person is encrypted under the petition's data key; the rest is plain."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from authorization.ban import Member
from authorization.sight import Placement
from contracts.vocabulary import AgencyKind, EdgeKind, Kind, Line, Party, PetitionState, ReplyKind, Transport
from intake.domain import reply_duty
from intake.domain.reply_duty import Matter, Told
from intake.domain.states import MOVES, Standing

# a line that tells the SHA-256 of a file, as older code wrote it
STEP_IN_CLEAR = "type = 'petition.file_added.v1' AND data ->> 'sha256' IS NOT NULL"


class Base(DeclarativeBase):
    type_annotation_map = {
        str: Text,
        bytes: LargeBinary,
        datetime: DateTime(timezone=True),
        date: Date,
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
    }


class Serial(Base):
    """The last number given in a year. Taken under a row lock, so that a rollback leaves no gap."""

    __tablename__ = "serial"
    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(Integer)


class Person(Base):
    """A petitioner; `seq` 1 is who is told. The two indexes are keyed hashes to find the same person by."""

    __tablename__ = "person"
    ref: Mapped[str] = mapped_column(primary_key=True)
    petition: Mapped[str]
    seq: Mapped[int] = mapped_column(Integer, default=1)
    name: Mapped[bytes]
    resident_id: Mapped[bytes | None]
    phone: Mapped[bytes | None]
    address: Mapped[bytes | None]
    id_index: Mapped[bytes | None]
    phone_index: Mapped[bytes | None]
    __table_args__ = (
        Index("person_id_index", "id_index", postgresql_where="id_index IS NOT NULL"),
        Index("person_phone_index", "phone_index", postgresql_where="phone_index IS NOT NULL"),
        UniqueConstraint("petition", "seq", name="person_of_petition"),
    )


class Contact(Base):
    """One letter, call, visit, online message or fax (件次).

    Undecided, answered or split it is sealed under a key of its own; in a petition, under the petition's.
    """

    __tablename__ = "contact"
    id: Mapped[str] = mapped_column(primary_key=True)
    petition: Mapped[str | None]  # the one it became or joined; several came of one that was split
    channel: Mapped[str]
    service_point: Mapped[str]
    received_on: Mapped[date]
    received_reason: Mapped[bytes | None]
    recorded_at: Mapped[datetime]
    officer: Mapped[str]
    outcome: Mapped[str | None]
    joining: Mapped[str | None]
    name: Mapped[bytes | None]
    phone: Mapped[bytes | None]
    text: Mapped[bytes | None]
    answer: Mapped[bytes | None]
    group_size: Mapped[int] = mapped_column(Integer, default=1)
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    __table_args__ = (
        CheckConstraint(
            "(petition IS NOT NULL) = coalesce(outcome IN ('registered', 'joined'), false)", name="contact_in_petition"
        ),
        CheckConstraint("(joining IS NOT NULL) = coalesce(outcome = 'joined', false)", name="contact_joining"),
        Index("contact_petition", "petition"),
        Index("contact_recorded", "recorded_at", "id"),
    )


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
    unidentified: Mapped[bool] = mapped_column(Boolean, default=False)
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
    accepted: Mapped[bool] = mapped_column(Boolean, default=False)
    result: Mapped[str | None]
    resolution: Mapped[str | None]
    liability: Mapped[dict[str, Any] | None]
    lacking: Mapped[bytes | None]
    referred_to: Mapped[str | None]
    awaits_answer: Mapped[bool] = mapped_column(Boolean)
    hardship: Mapped[list[Any]] = mapped_column(default=list)
    aid_wish: Mapped[bool] = mapped_column(Boolean, default=False)
    round: Mapped[int] = mapped_column(Integer, default=0)  # times it was reopened: what was told before is told anew
    submitted_by: Mapped[str | None]
    submission: Mapped[str | None]
    answer_by: Mapped[date | None]  # the day its sender named
    sender_told: Mapped[str | None]  # our last move its sender heard of
    contact: Mapped[str | None]  # the one it was registered from
    sub_line: Mapped[str | None]
    on_hold: Mapped[bool] = mapped_column(Boolean, default=False)  # nothing leaves but to whom it was released
    route: Mapped[str | None]  # of the six of 条例 31; claims alone
    party: Mapped[str] = mapped_column(default=Party.INDIVIDUAL)
    organisation: Mapped[bytes | None]
    # what another service has still to do: [{command, to, since, officer}], the earliest first
    pending: Mapped[list[Any]] = mapped_column(default=list)
    placed: Mapped[bytes | None]  # SHA-256 of the placement that was told last
    respondents: Mapped[list["Respondent"]] = relationship(order_by="Respondent.seq")
    walls: Mapped[list["Wall"]] = relationship(order_by="Wall.seq")
    answers: Mapped[list["Answer"]] = relationship(order_by="Answer.received_at")
    replies: Mapped[list["Reply"]] = relationship(order_by="Reply.seq")
    ratings: Mapped[list["Rating"]] = relationship(order_by="Rating.seq", viewonly=True)
    releases: Mapped[list["Release"]] = relationship(order_by="Release.asked_at, Release.id")
    untellable: Mapped[list["Untellable"]] = relationship(order_by="Untellable.recorded_at")
    sealed: Mapped[list["SealedPerson"]] = relationship(order_by="SealedPerson.seq")
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
        # a unit's name says who spoke: in secrecy it is in the safe
        CheckConstraint(
            "CASE WHEN organisation IS NULL THEN party <> 'organisation' OR secrecy ELSE party = 'organisation' END",
            name="petition_organisation",
        ),
        CheckConstraint("(before IS NULL) = (state NOT IN ('suspended', 'closing'))", name="petition_knows_way_back"),
        Index("petition_state", "state", "number"),
        Index("petition_department", "department", "number"),
        Index("petition_service_point", "service_point", "number"),
        Index("petition_contact", "contact"),
        Index("petition_unplaced", "number", postgresql_where="placed IS NULL"),
        Index("petition_pending", "number", postgresql_where="pending <> '[]'::jsonb"),
        Index("petition_post_in_clear", "number", postgresql_where=text("post_digest IS NOT NULL")),
    )

    @property
    def standing(self) -> Standing:
        return Standing(
            number=self.number,
            state=self.stands[0],
            kind=Kind(self.kind),
            secrecy=self.secrecy,
            sealed_post=self.post_number is not None,
            awaits_answer=self.awaits_answer,
            anonymous=self.anonymous,
            aid_asked=self.aid_wish,
            before=self.stands[1],
            accepted=self.accepted,
            liability_reviewed=self.liability is not None,
            sender=self.submitted_by,
            sender_told=self.sender_told,
            # asked for only where it decides something: a list of others need not load their replies
            owed=self.owed if self.stands[0] in MOVES["close"][0] else (),
            on_hold=self.on_hold,
            released=self.released if self.on_hold else frozenset(),
        )

    @property
    def released(self) -> frozenset[str]:
        return frozenset(each.agency for each in self.releases if each.state == ReleaseState.RELEASED)

    @property
    def owed(self) -> tuple[ReplyKind, ...]:
        """What the petitioner must still be told in this round."""
        told = [Told(ReplyKind(each.kind), each.proof is not None) for each in self.replies if each.round == self.round]
        given_up = [ReplyKind(each.reply) for each in self.untellable if each.round == self.round]
        return reply_duty.owed(self.stands[1] or self.stands[0], self.anonymous, told, given_up)

    @property
    def matter(self) -> Matter:
        return Matter(Kind(self.kind), Line(self.line), self.stands[0], self.secrecy)

    @property
    def stands(self) -> tuple[PetitionState, PetitionState | None]:
        return PetitionState(self.state), PetitionState(self.before) if self.before else None

    @property
    def placement(self) -> Placement:
        return Placement(
            department=self.department,
            service_point=self.service_point,
            walled_officers=frozenset(bytes(wall.officer) for wall in self.walls if wall.officer is not None),
            walled_departments=frozenset(wall.department for wall in self.walls if wall.department is not None),
            unnamed=self.concerns_us and (self.unidentified or not self.walls),
        )


class Wall(Base):
    """Who of our own office is kept away: the officer by keyed hash, the department by code."""

    __tablename__ = "wall"
    petition: Mapped[str] = mapped_column(ForeignKey("petition.number"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    officer: Mapped[bytes | None]
    tag: Mapped[bytes | None]  # what the other services are told; none: put up before they were told anything
    department: Mapped[str | None]
    reason: Mapped[str]
    recorded_at: Mapped[datetime]
    __table_args__ = (
        Index("wall_untagged", "petition", postgresql_where="officer IS NOT NULL AND tag IS NULL"),
        CheckConstraint(
            "(reason = 'nobody_named') = (officer IS NULL AND department IS NULL)", name="wall_names_somebody"
        ),
    )


class Respondent(Base):
    """Who is complained of: the unit by code, the person only encrypted."""

    __tablename__ = "respondent"
    petition: Mapped[str] = mapped_column(ForeignKey("petition.number"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    unit: Mapped[str | None]
    name: Mapped[bytes | None]


class Answer(Base):
    """What an agency answered about a referral."""

    __tablename__ = "answer"
    petition: Mapped[str] = mapped_column(ForeignKey("petition.number"), primary_key=True)
    message: Mapped[str] = mapped_column(primary_key=True)
    referral: Mapped[str]
    result: Mapped[str]
    text: Mapped[bytes]
    received_at: Mapped[datetime]


class Reply(Base):
    """What we told the petitioner, when and by which means."""

    __tablename__ = "reply"
    petition: Mapped[str] = mapped_column(ForeignKey("petition.number"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[str]
    means: Mapped[str]
    issued_on: Mapped[date]
    officer: Mapped[str]
    text: Mapped[bytes]
    round: Mapped[int] = mapped_column(Integer, default=0)
    proof: Mapped[str | None]
    proved_on: Mapped[date | None]
    proved_by: Mapped[str | None]
    __table_args__ = (
        CheckConstraint("num_nonnulls(proof, proved_on, proved_by) IN (0, 3)", name="reply_proved_by_somebody"),
    )


class Step(Base):
    """One line of a petition's timeline: what happened here and, told by events, elsewhere."""

    __tablename__ = "step"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    petition: Mapped[str]
    at: Mapped[datetime]
    type: Mapped[str]
    agency: Mapped[str]
    officer: Mapped[str]
    data: Mapped[dict[str, Any]]
    __table_args__ = (
        Index("step_petition", "petition", "at", "id"),
        Index("step_in_clear", "id", postgresql_where=text(STEP_IN_CLEAR)),
    )


class Agency(Base):
    """The directory as referral tells it; the greatest revision wins."""

    __tablename__ = "agency"
    code: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[int]
    name: Mapped[str]
    kind: Mapped[str]
    transport: Mapped[str]
    active: Mapped[bool] = mapped_column(Boolean)
    parent: Mapped[str | None]
    edges: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True))  # [{kind, to}]; None: older code told it

    @property
    def member(self) -> Member:
        edges = tuple((EdgeKind(each["kind"]), each["to"]) for each in self.edges or ())
        return Member(self.code, AgencyKind(self.kind), Transport(self.transport), self.parent, edges, self.active)


class File(Base):
    """Something a petitioner gave; its bytes are in pieces, encrypted each."""

    __tablename__ = "file"
    id: Mapped[str] = mapped_column(primary_key=True)
    petition: Mapped[str] = mapped_column(ForeignKey("petition.number"))
    sha256: Mapped[str]  # of the release before, in clear; `sealed:` and the id from now on
    size: Mapped[int]
    media_type: Mapped[str]
    name: Mapped[bytes]
    added_at: Mapped[datetime]
    officer: Mapped[str]
    keyed: Mapped[bytes | None]  # the imprint of its SHA-256 under the petition's key, to find it by
    sealed_sha256: Mapped[bytes | None]
    __table_args__ = (
        UniqueConstraint("petition", "sha256", name="file_once"),
        Index("file_keyed", "petition", "keyed"),
        Index("file_in_clear", "id", postgresql_where=text("sha256 NOT LIKE 'sealed:%'")),
    )


class FilePiece(Base):
    __tablename__ = "file_piece"
    file: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    sealed: Mapped[bytes]


class FileGrant(Base):
    """A one-time token by which another agency fetches a file; only its hash is kept.

    `granted_at`: when referral gave it; `replaces`: those given before open nothing any more. `claim`: the one download
    that has it now, until it ends or says nothing more.
    """

    __tablename__ = "file_grant"
    token: Mapped[bytes] = mapped_column(primary_key=True)
    file: Mapped[str] = mapped_column(ForeignKey("file.id"))
    agency: Mapped[str]
    until: Mapped[datetime]
    used_at: Mapped[datetime | None]
    referral: Mapped[str | None]
    granted_at: Mapped[datetime | None]
    replaces: Mapped[bool] = mapped_column(Boolean, default=False)
    claim: Mapped[str | None]
    claimed_until: Mapped[datetime | None]
    __table_args__ = (Index("file_grant_referral", "referral", "file"),)


class EndedReferral(Base):
    """A referral whose agency has nothing to do with it any more: no token given with it opens anything.

    `before`: none that was given until then, since it may be sent again.
    """

    __tablename__ = "ended_referral"
    referral: Mapped[str] = mapped_column(primary_key=True)
    before: Mapped[datetime | None]


class Link(Base):
    """One petition belongs to another. The parts of one letter are each linked to each."""

    __tablename__ = "link"
    petition: Mapped[str] = mapped_column(ForeignKey("petition.number"), primary_key=True)
    to: Mapped[str] = mapped_column(ForeignKey("petition.number"), primary_key=True)
    reason: Mapped[str]
    recorded_at: Mapped[datetime]
    officer: Mapped[str]
    # whether what it means for both was worked out: not by the code that knew of no holds
    seen: Mapped[bool] = mapped_column(Boolean, default=False)
    __table_args__ = (
        CheckConstraint('petition <> "to"', name="link_to_another"),
        Index("link_to", "to"),
        Index("link_unseen", "petition", postgresql_where="NOT seen"),
    )


class ReleaseState(StrEnum):
    ASKED = "asked"  # referral judges
    RELEASED = "released"
    REFUSED = "refused"
    VOID = "void"  # something more belongs to it since: it is looked at anew


class Release(Base):
    """What is held may go to one agency: who asked, why; `confirmed`: also where it hits that agency."""

    __tablename__ = "release"
    id: Mapped[str] = mapped_column(primary_key=True)
    petition: Mapped[str] = mapped_column(ForeignKey("petition.number"))
    agency: Mapped[str]
    reason: Mapped[bytes]
    confirmed: Mapped[bool] = mapped_column(Boolean)
    state: Mapped[str]
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    __table_args__ = (
        CheckConstraint("state IN ('asked', 'released', 'refused', 'void')", name="release_state"),
        Index("release_petition", "petition"),
    )


class Advised(Base):
    """What the answers to a line's questions came to, as it was told."""

    __tablename__ = "advised"
    petition: Mapped[str] = mapped_column(ForeignKey("petition.number"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    sheet: Mapped[str]
    answers: Mapped[dict[str, Any]]
    result: Mapped[str]
    reasons: Mapped[list[Any]]
    recorded_at: Mapped[datetime]
    officer: Mapped[str]


class Act(Base):
    """What was done: the file read, the petitioner heard; the record is encrypted."""

    __tablename__ = "act"
    id: Mapped[str] = mapped_column(primary_key=True)
    petition: Mapped[str] = mapped_column(ForeignKey("petition.number"))
    kind: Mapped[str]
    done_on: Mapped[date]
    people: Mapped[list[Any]]  # our officers' numbers
    record: Mapped[bytes]
    recorded_at: Mapped[datetime]
    officer: Mapped[str]
    __table_args__ = (Index("act_petition", "petition", "done_on"),)


class ChiefLed(Base):
    """包案: which leader leads it, and the day on which each item of the county's list was done."""

    __tablename__ = "chief_led"
    petition: Mapped[str] = mapped_column(ForeignKey("petition.number"), primary_key=True)
    leader: Mapped[str | None]  # not named yet when it comes with acceptance
    since: Mapped[datetime]
    done: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Reception(Base):
    """A leader's day for receiving people."""

    __tablename__ = "reception"
    id: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date]
    leader: Mapped[str]
    places: Mapped[int] = mapped_column(Integer)
    __table_args__ = (UniqueConstraint("day", "leader", name="reception_once"),)


class Booking(Base):
    """A petition's place; seq 1 to the reception's places."""

    __tablename__ = "booking"
    reception: Mapped[str] = mapped_column(ForeignKey("reception.id"), primary_key=True)
    petition: Mapped[str] = mapped_column(ForeignKey("petition.number"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer)
    recorded_at: Mapped[datetime]
    officer: Mapped[str]
    __table_args__ = (UniqueConstraint("reception", "seq", name="booking_place"),)


class Risk(Base):
    """How much care a petition needs. The score and what it was scored from stay in this table."""

    __tablename__ = "risk"
    petition: Mapped[str] = mapped_column(ForeignKey("petition.number"), primary_key=True)
    colour: Mapped[str]
    score: Mapped[int] = mapped_column(Integer)
    entered: Mapped[list[Any]]
    seen: Mapped[list[Any]]
    overdue: Mapped[bool] = mapped_column(Boolean)
    scored_at: Mapped[datetime]
    lowered_at: Mapped[int | None] = mapped_column(Integer)  # the score at which a person lowered it
    lowered_by: Mapped[str | None]
    lowered_why: Mapped[bytes | None]
    __table_args__ = (Index("risk_colour", "colour", "score"),)


class SealedPerson(Base):
    """Who asked for secrecy: a box for each person of a petition, `seq` 1 the first petitioner's, closed by the safe's
    key. No index finds a person here, not even a keyed one."""

    __tablename__ = "sealed_person"
    petition: Mapped[str] = mapped_column(ForeignKey("petition.number"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    key_id: Mapped[str]
    person: Mapped[bytes]
    kept_at: Mapped[datetime]


class Opening(Base):
    """An officer's request to see who asked for secrecy, and what another officer decided of it."""

    __tablename__ = "opening"
    id: Mapped[str] = mapped_column(primary_key=True)
    petition: Mapped[str] = mapped_column(ForeignKey("petition.number"))
    purpose: Mapped[str]
    reason: Mapped[bytes]
    state: Mapped[str]
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("decided_by <> asked_by", name="opening_two_people"),
        CheckConstraint("(state = 'asked') = (decided_by IS NULL)", name="opening_is_decided"),
        CheckConstraint("(state = 'approved') = (expires_at IS NOT NULL)", name="opening_expires"),
        Index("opening_waits", "asked_at", postgresql_where="state = 'asked'"),
    )


class Untellable(Base):
    """What was owed and could not be told, lawfully, and who found so."""

    __tablename__ = "untellable"
    petition: Mapped[str] = mapped_column(ForeignKey("petition.number"), primary_key=True)
    round: Mapped[int] = mapped_column(Integer, primary_key=True)
    reply: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str]
    officer: Mapped[str]
    recorded_at: Mapped[datetime]


class QueryCode(Base):
    """The keyed hash of what a petitioner looks progress up with; the code itself is nowhere."""

    __tablename__ = "query_code"
    petition: Mapped[str] = mapped_column(ForeignKey("petition.number"), primary_key=True)
    code: Mapped[bytes] = mapped_column(unique=True)
    issued_at: Mapped[datetime]


class LookupTry(Base):
    """How often an address or a number was tried in a slot of time; both only as keyed hashes."""

    __tablename__ = "lookup_try"
    bucket: Mapped[bytes] = mapped_column(primary_key=True)
    slot: Mapped[datetime] = mapped_column(primary_key=True)
    tries: Mapped[int] = mapped_column(Integer)


class Rating(Base):
    """What a petitioner thinks of a reply; the words are encrypted."""

    __tablename__ = "rating"
    petition: Mapped[str] = mapped_column(ForeignKey("petition.number"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    stars: Mapped[int] = mapped_column(Integer)
    text: Mapped[bytes | None]
    rated_at: Mapped[datetime]
    __table_args__ = (
        ForeignKeyConstraint(["petition", "seq"], ["reply.petition", "reply.seq"], name="rating_of_a_reply"),
        CheckConstraint("stars BETWEEN 1 AND 5", name="rating_stars"),
    )


class Department(Base):
    """A department of our own office; one that is closed stays, for what it had."""

    __tablename__ = "department"
    code: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(Integer)
    name: Mapped[str]
    active: Mapped[bool] = mapped_column(Boolean)


class DepartmentRevision(Base):
    __tablename__ = "department_revision"
    department: Mapped[str] = mapped_column(ForeignKey("department.code"), primary_key=True)
    revision: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    recorded_at: Mapped[datetime]
    by: Mapped[str]
    name: Mapped[str]
    active: Mapped[bool] = mapped_column(Boolean)


class OfficerRow(Base):
    """A colleague: where they sit and what they may; the name is sealed under a subject of their own."""

    __tablename__ = "officer"
    number: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(Integer)
    name: Mapped[bytes]
    department: Mapped[str | None] = mapped_column(ForeignKey("department.code"))
    service_point: Mapped[str | None]
    deputy: Mapped[str | None]  # another officer's number
    roles: Mapped[list[Any]]
    leads: Mapped[list[Any]]  # of a leader: the departments in their charge (分管)
    since: Mapped[date]
    until: Mapped[date | None]  # the last day
    active: Mapped[bool] = mapped_column(Boolean)  # what the others were told of `until`
    __table_args__ = (
        CheckConstraint("until >= since", name="officer_ends_after_it_begins"),
        CheckConstraint("deputy <> number", name="officer_deputy_is_another"),
        Index("officer_ends", "until", postgresql_where="active AND until IS NOT NULL"),
    )


class OfficerRevision(Base):
    """What an officer was from a moment on, and who said so."""

    __tablename__ = "officer_revision"
    officer: Mapped[str] = mapped_column(ForeignKey("officer.number"), primary_key=True)
    revision: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    recorded_at: Mapped[datetime]
    by: Mapped[str]
    name: Mapped[bytes]
    entry: Mapped[dict[str, Any]]


class RoleRequest(Base):
    """What roles somebody asked for an officer, and what another decided: neither who asked nor whom it is about."""

    __tablename__ = "role_request"
    id: Mapped[str] = mapped_column(primary_key=True)
    officer: Mapped[str] = mapped_column(ForeignKey("officer.number"))
    roles: Mapped[list[Any]]  # all that the officer is to have
    state: Mapped[str]
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("decided_by NOT IN (asked_by, officer)", name="role_request_two_people"),
        CheckConstraint("(state = 'asked') = (decided_by IS NULL)", name="role_request_is_decided"),
        # two that wait would undo each other, in the order in which they happen to be approved
        Index("role_request_waits", "officer", unique=True, postgresql_where="state = 'asked'"),
    )


DDL_1 = """
CREATE TABLE serial (year integer PRIMARY KEY, last integer NOT NULL);
CREATE TABLE person (
    ref text PRIMARY KEY, petition text NOT NULL, name bytea NOT NULL, resident_id bytea, phone bytea, address bytea,
    id_index bytea, phone_index bytea);
CREATE INDEX person_id_index ON person (id_index) WHERE id_index IS NOT NULL;
CREATE INDEX person_phone_index ON person (phone_index) WHERE phone_index IS NOT NULL;
CREATE TABLE contact (
    id text PRIMARY KEY, petition text, channel text NOT NULL, service_point text NOT NULL, received_on date NOT NULL,
    received_reason bytea, recorded_at timestamptz NOT NULL, officer text NOT NULL);
CREATE TABLE petition (
    number text PRIMARY KEY, year integer NOT NULL, serial integer NOT NULL, state text NOT NULL, kind text NOT NULL,
    line text NOT NULL, title bytea, statement bytea, post_number text, post_digest text,
    person text REFERENCES person (ref), anonymous boolean NOT NULL, secrecy boolean NOT NULL, reach text NOT NULL,
    group_size integer NOT NULL, place text, registered_at timestamptz NOT NULL, received_on date NOT NULL,
    reply_by date NOT NULL, outcome_by date NOT NULL, department text, handler text, result text, referred_to text,
    awaits_answer boolean NOT NULL, submitted_by text, submission text,
    CONSTRAINT petition_number_once UNIQUE (year, serial),
    CONSTRAINT petition_submission_once UNIQUE (submitted_by, submission),
    CONSTRAINT petition_statement_or_post CHECK ((statement IS NULL) <> (post_number IS NULL)),
    CONSTRAINT petition_person_or_anonymous CHECK (anonymous = (person IS NULL)),
    CONSTRAINT petition_secrecy_no_sms CHECK (NOT (secrecy AND reach = 'sms')));
CREATE INDEX petition_state ON petition (state, number);
CREATE TABLE respondent (
    petition text NOT NULL REFERENCES petition (number), seq integer NOT NULL, unit text, name bytea,
    PRIMARY KEY (petition, seq));
CREATE TABLE answer (
    petition text NOT NULL REFERENCES petition (number), message text NOT NULL, referral text NOT NULL,
    result text NOT NULL, text bytea NOT NULL, received_at timestamptz NOT NULL, PRIMARY KEY (petition, message));
CREATE TABLE reply (
    petition text NOT NULL REFERENCES petition (number), seq integer NOT NULL, kind text NOT NULL,
    means text NOT NULL, issued_on date NOT NULL, officer text NOT NULL, text bytea NOT NULL,
    PRIMARY KEY (petition, seq));
CREATE TABLE step (
    id bigserial PRIMARY KEY, petition text NOT NULL, at timestamptz NOT NULL, type text NOT NULL,
    agency text NOT NULL, officer text NOT NULL, data jsonb NOT NULL);
CREATE INDEX step_petition ON step (petition, at, id);
CREATE TABLE agency (
    code text PRIMARY KEY, revision integer NOT NULL, name text NOT NULL, kind text NOT NULL,
    transport text NOT NULL, active boolean NOT NULL);
"""

DDL_2 = """
ALTER TABLE petition ADD COLUMN hardship jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN aid_wish boolean NOT NULL DEFAULT false;
"""

DDL_3 = """
ALTER TABLE petition DROP COLUMN reply_by, DROP COLUMN outcome_by;
"""

# a petition from before knows its point from its contact, and whether it concerns us from its respondents' units:
# which unit is ours only the environment says, so those are left to be walled by hand
DDL_4 = """
ALTER TABLE petition ADD COLUMN service_point text, ADD COLUMN concerns_us boolean NOT NULL DEFAULT false;
UPDATE petition SET service_point = coalesce(
    (SELECT service_point FROM contact WHERE contact.petition = petition.number ORDER BY recorded_at LIMIT 1), '12309');
ALTER TABLE petition ALTER COLUMN service_point SET NOT NULL, ALTER COLUMN concerns_us DROP DEFAULT;
CREATE INDEX petition_department ON petition (department, number);
CREATE INDEX petition_service_point ON petition (service_point, number);
CREATE TABLE wall (
    petition text NOT NULL REFERENCES petition (number), seq integer NOT NULL, officer bytea, department text,
    reason text NOT NULL, recorded_at timestamptz NOT NULL, PRIMARY KEY (petition, seq),
    CONSTRAINT wall_names_somebody CHECK (
        (reason = 'nobody_named') = (officer IS NULL AND department IS NULL)));
"""

DDL_5 = """
ALTER TABLE petition ADD COLUMN before text, ADD COLUMN counts_from date,
    ADD COLUMN accepted boolean NOT NULL DEFAULT false, ADD COLUMN resolution text, ADD COLUMN liability jsonb,
    ADD COLUMN lacking bytea;
UPDATE petition SET counts_from = received_on, accepted = department IS NOT NULL,
    before = CASE WHEN state = 'closing' THEN 'replied' END;
ALTER TABLE petition ALTER COLUMN counts_from SET NOT NULL,
    ADD CONSTRAINT petition_knows_way_back CHECK ((before IS NULL) = (state NOT IN ('suspended', 'closing')));
"""

# what was submitted before was signed for as it was registered
DDL_6 = """
ALTER TABLE petition ADD COLUMN answer_by date, ADD COLUMN sender_told text;
UPDATE petition SET sender_told = 'answer' WHERE submitted_by IS NOT NULL;
"""

# a piece is written before its file: only at its end it is known whether it is let in
DDL_7 = """
CREATE TABLE file (
    id text PRIMARY KEY, petition text NOT NULL REFERENCES petition (number), sha256 text NOT NULL,
    size integer NOT NULL, media_type text NOT NULL, name bytea NOT NULL, added_at timestamptz NOT NULL,
    officer text NOT NULL, CONSTRAINT file_once UNIQUE (petition, sha256),
    CONSTRAINT file_size CHECK (size BETWEEN 1 AND 20971520));
CREATE TABLE file_piece (
    file text NOT NULL, seq integer NOT NULL, sealed bytea NOT NULL, PRIMARY KEY (file, seq));
CREATE TABLE file_grant (
    token bytea PRIMARY KEY, file text NOT NULL REFERENCES file (id), agency text NOT NULL,
    until timestamptz NOT NULL, used_at timestamptz);
"""

# until now every contact was made by a registration, and every petition had one
DDL_8 = """
ALTER TABLE contact ADD COLUMN outcome text, ADD COLUMN joining text, ADD COLUMN name bytea, ADD COLUMN phone bytea,
    ADD COLUMN text bytea, ADD COLUMN answer bytea, ADD COLUMN group_size integer NOT NULL DEFAULT 1,
    ADD COLUMN decided_at timestamptz, ADD COLUMN decided_by text;
UPDATE contact SET outcome = 'registered', decided_at = recorded_at, decided_by = officer WHERE petition IS NOT NULL;
-- said for an older copy of this service, which registers beside the newer while one follows the other
ALTER TABLE contact ALTER COLUMN outcome SET DEFAULT 'registered',
    ADD CONSTRAINT contact_in_petition CHECK (
        (petition IS NOT NULL) = coalesce(outcome IN ('registered', 'joined'), false)),
    ADD CONSTRAINT contact_joining CHECK ((joining IS NOT NULL) = coalesce(outcome = 'joined', false));
CREATE INDEX contact_petition ON contact (petition);
CREATE INDEX contact_recorded ON contact (recorded_at, id);
ALTER TABLE petition ADD COLUMN contact text;
UPDATE petition SET contact = (SELECT id FROM contact WHERE contact.petition = petition.number LIMIT 1);
CREATE INDEX petition_contact ON petition (contact);
CREATE TABLE link (
    petition text NOT NULL REFERENCES petition (number), "to" text NOT NULL REFERENCES petition (number),
    reason text NOT NULL, recorded_at timestamptz NOT NULL, officer text NOT NULL, PRIMARY KEY (petition, "to"),
    CONSTRAINT link_to_another CHECK (petition <> "to"));
"""

DDL_9 = """
ALTER TABLE person ADD COLUMN seq integer NOT NULL DEFAULT 1,
    ADD CONSTRAINT person_of_petition UNIQUE (petition, seq);
ALTER TABLE petition ADD COLUMN sub_line text, ADD COLUMN route text,
    ADD COLUMN party text NOT NULL DEFAULT 'individual', ADD COLUMN organisation bytea,
    ADD CONSTRAINT petition_route_of_claim CHECK (route IS NULL OR kind = 'claim'),
    ADD CONSTRAINT petition_organisation CHECK ((organisation IS NOT NULL) = (party = 'organisation'));
CREATE TABLE advised (
    petition text NOT NULL REFERENCES petition (number), seq integer NOT NULL, sheet text NOT NULL,
    answers jsonb NOT NULL, result text NOT NULL, reasons jsonb NOT NULL, recorded_at timestamptz NOT NULL,
    officer text NOT NULL, PRIMARY KEY (petition, seq));
CREATE TABLE act (
    id text PRIMARY KEY, petition text NOT NULL REFERENCES petition (number), kind text NOT NULL,
    done_on date NOT NULL, people jsonb NOT NULL, record bytea NOT NULL, recorded_at timestamptz NOT NULL,
    officer text NOT NULL);
CREATE INDEX act_petition ON act (petition, done_on);
CREATE TABLE chief_led (
    petition text PRIMARY KEY REFERENCES petition (number), leader text, since timestamptz NOT NULL,
    done jsonb NOT NULL);
CREATE TABLE reception (
    id text PRIMARY KEY, day date NOT NULL, leader text NOT NULL, places integer NOT NULL,
    CONSTRAINT reception_once UNIQUE (day, leader));
CREATE TABLE booking (
    reception text NOT NULL REFERENCES reception (id), petition text NOT NULL REFERENCES petition (number),
    seq integer NOT NULL, recorded_at timestamptz NOT NULL, officer text NOT NULL,
    PRIMARY KEY (reception, petition), CONSTRAINT booking_place UNIQUE (reception, seq));
"""

DDL_10 = """
CREATE TABLE risk (
    petition text PRIMARY KEY REFERENCES petition (number), colour text NOT NULL, score integer NOT NULL,
    entered jsonb NOT NULL, seen jsonb NOT NULL, overdue boolean NOT NULL, scored_at timestamptz NOT NULL,
    lowered_at integer, lowered_by text, lowered_why bytea);
CREATE INDEX risk_colour ON risk (colour, score);
"""

# older code still writes who asked for secrecy into `person` for as long as it runs: both are let in
DDL_11 = """
ALTER TABLE petition DROP CONSTRAINT petition_person_or_anonymous,
    ADD CONSTRAINT petition_person_or_anonymous CHECK (
        CASE WHEN person IS NULL THEN anonymous OR secrecy ELSE NOT anonymous END);
CREATE TABLE sealed_person (
    petition text PRIMARY KEY REFERENCES petition (number), key_id text NOT NULL, person bytea NOT NULL,
    kept_at timestamptz NOT NULL);
CREATE TABLE opening (
    id text PRIMARY KEY, petition text NOT NULL REFERENCES petition (number), purpose text NOT NULL,
    reason bytea NOT NULL, state text NOT NULL, asked_by text NOT NULL, asked_at timestamptz NOT NULL,
    decided_by text, decided_at timestamptz, expires_at timestamptz,
    CONSTRAINT opening_two_people CHECK (decided_by <> asked_by),
    CONSTRAINT opening_is_decided CHECK ((state = 'asked') = (decided_by IS NULL)),
    CONSTRAINT opening_expires CHECK ((state = 'approved') = (expires_at IS NOT NULL)));
CREATE INDEX opening_waits ON opening (asked_at) WHERE state = 'asked';
"""

DDL_12 = """
ALTER TABLE petition ADD COLUMN round integer NOT NULL DEFAULT 0;
ALTER TABLE reply ADD COLUMN round integer NOT NULL DEFAULT 0, ADD COLUMN proof text, ADD COLUMN proved_on date,
    ADD COLUMN proved_by text,
    ADD CONSTRAINT reply_proved_by_somebody CHECK (num_nonnulls(proof, proved_on, proved_by) IN (0, 3));
CREATE TABLE untellable (
    petition text NOT NULL REFERENCES petition (number), round integer NOT NULL, reply text NOT NULL,
    reason text NOT NULL, officer text NOT NULL, recorded_at timestamptz NOT NULL,
    PRIMARY KEY (petition, round, reply));
"""

DDL_13 = """
CREATE TABLE query_code (
    petition text PRIMARY KEY REFERENCES petition (number), code bytea NOT NULL UNIQUE, issued_at timestamptz NOT NULL);
CREATE TABLE lookup_try (
    bucket bytea NOT NULL, slot timestamptz NOT NULL, tries integer NOT NULL, PRIMARY KEY (bucket, slot));
CREATE TABLE rating (
    petition text NOT NULL REFERENCES petition (number), seq integer NOT NULL, stars integer NOT NULL, text bytea,
    rated_at timestamptz NOT NULL, PRIMARY KEY (petition, seq),
    CONSTRAINT rating_of_a_reply FOREIGN KEY (petition, seq) REFERENCES reply (petition, seq),
    CONSTRAINT rating_stars CHECK (stars BETWEEN 1 AND 5));
"""
