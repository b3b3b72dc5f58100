"""Referral's tables: the directory, the referrals, and who holds what since when."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, DateTime, Index, Integer, LargeBinary, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from authorization.ban import BY_HAND, Matter, Member
from contracts.vocabulary import AgencyKind, EdgeKind, Kind, ReferralKind, ReferralState, Transport
from referral.domain.states import Standing


class Base(DeclarativeBase):
    type_annotation_map = {
        str: Text,
        bytes: LargeBinary,
        datetime: DateTime(timezone=True),
        list[Any]: JSONB,
        dict[str, Any]: JSONB,
    }


class Agency(Base):
    """An agency of the directory. `edges`: [{kind, to}] beside the parent (指导, 双管, 派驻)."""

    __tablename__ = "agency"
    code: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[int]
    name: Mapped[str]
    kind: Mapped[str]
    parent: Mapped[str | None]
    edges: Mapped[list[Any]]
    transport: Mapped[str]
    own_system: Mapped[bool] = mapped_column(Boolean)
    active: Mapped[bool] = mapped_column(Boolean)
    competence: Mapped[list[Any]] = mapped_column(default=list)  # [{why, kinds, lines, places}]
    told: Mapped[list[Any]] = mapped_column(default=list)  # the services that know this revision

    @property
    def has_queue(self) -> bool:
        return self.active and Transport(self.transport).queued

    @property
    def by_hand(self) -> bool:
        """What goes there goes in an envelope; what it says is written down by an officer."""
        return self.active and self.transport in BY_HAND

    @property
    def member(self) -> Member:
        edges = tuple((EdgeKind(edge["kind"]), edge["to"]) for edge in self.edges)
        return Member(self.code, AgencyKind(self.kind), Transport(self.transport), self.parent, edges, self.active)


class AgencyRevision(Base):
    """An agency as it was from a moment on: which edges barred whom on a day is still to be seen."""

    __tablename__ = "agency_revision"
    agency: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    since: Mapped[datetime]
    by: Mapped[str]
    entry: Mapped[dict[str, Any]]


class ChangeRequest(Base):
    """A change of the directory that the broker does not know yet; `provision` carries it out and says what came."""

    __tablename__ = "change_request"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    agency: Mapped[str]
    change: Mapped[str]  # add · remove
    requested_at: Mapped[datetime]
    requested_by: Mapped[str]
    done_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    __table_args__ = (
        CheckConstraint("change IN ('add', 'remove')", name="change_request_change"),
        # a later wish replaces an earlier one: two open ones could contradict each other
        Index("change_request_open", "agency", unique=True, postgresql_where="done_at IS NULL"),
    )


class Serial(Base):
    """The last number given in a year; under a row lock, so that a rollback leaves no gap."""

    __tablename__ = "serial"
    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last: Mapped[int]


class Referral(Base):
    """One handover. Its material travels in the letter to the agency and is kept sealed until it has ended."""

    __tablename__ = "referral"
    number: Mapped[str] = mapped_column(primary_key=True)
    petition: Mapped[str]
    kind: Mapped[str]
    agency: Mapped[str]
    state: Mapped[str]
    purpose: Mapped[str]
    requested_by: Mapped[str]  # the letter of intake that asked: one letter, one referral
    created_at: Mapped[datetime]
    objection: Mapped[str | None]
    result: Mapped[str | None]
    statutory: Mapped[bool] = mapped_column(Boolean)
    predecessor: Mapped[str | None]  # passed on by who had it before
    urged: Mapped[int]
    offer: Mapped[bytes | None]  # sealed: what it carries, for a successor
    inbound: Mapped[bool] = mapped_column(Boolean, default=False)  # sent to us: `agency` is the sender
    submission: Mapped[str | None]  # the sender's own number
    __table_args__ = (
        UniqueConstraint("requested_by", name="referral_one_per_request"),
        CheckConstraint("inbound = (submission IS NOT NULL)", name="referral_inbound_has_its_number"),
        Index("referral_petition", "petition"),
        Index("referral_submission", "agency", "submission", unique=True, postgresql_where="inbound"),
        Index("referral_unanswered", "number", postgresql_where="state IN ('sent', 'signed')"),
    )

    @property
    def now_in(self) -> ReferralState:
        return ReferralState(self.state)

    @property
    def of_kind(self) -> ReferralKind:
        return ReferralKind(self.kind)

    @property
    def standing(self) -> Standing:
        return Standing(self.now_in, self.of_kind, self.statutory, self.inbound)


class Escalation(Base):
    """提请协调: a matter nobody takes; who is asked, why, and how many days each agency had it."""

    __tablename__ = "escalation"
    id: Mapped[str] = mapped_column(primary_key=True)
    petition: Mapped[str]
    referral: Mapped[str]
    reason: Mapped[str]
    agency: Mapped[str | None]  # nobody: the ban leaves none, and the chief decides
    days: Mapped[list[Any]]  # [[agency, days]]
    requested_at: Mapped[datetime]
    __table_args__ = (
        UniqueConstraint("referral", "reason", name="escalation_once"),
        Index("escalation_petition", "petition"),
    )


class Guarded(Base):
    """What the routing ban and custody know of a petition since its registration: no name, no text."""

    __tablename__ = "guarded"
    petition: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    line: Mapped[str]
    secret: Mapped[bool] = mapped_column(Boolean)
    units: Mapped[list[Any]]  # of the respondents
    all_known: Mapped[bool] = mapped_column(Boolean)
    place: Mapped[str | None]  # its division code
    sender: Mapped[str | None]  # who sent it to us: it holds the petition until we sign
    held: Mapped[bool] = mapped_column(Boolean, default=False)  # by a link: nothing leaves but to `released`
    released: Mapped[list[Any]] = mapped_column(default=list)
    ended: Mapped[bool] = mapped_column(Boolean, default=False)  # with us, by whatever way

    @property
    def matter(self) -> Matter:
        units, released = frozenset(self.units), frozenset(self.released)
        return Matter(Kind(self.kind), self.secret, units, self.all_known, self.held, released, self.ended)


class Custody(Base):
    """A range ends where the next begins, so neither a gap nor an overlap can be written."""

    __tablename__ = "custody"
    petition: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    agency: Mapped[str | None]  # nobody: custody ended, and nothing follows
    since: Mapped[datetime]
    __table_args__ = (
        UniqueConstraint("petition", "since", name="custody_one_at_a_time"),
        CheckConstraint("seq > 0", name="custody_seq_positive"),
        CheckConstraint("seq > 1 OR agency IS NOT NULL", name="custody_begins_with_somebody"),
    )


DDL_1 = """
CREATE TABLE agency (
    code text PRIMARY KEY, revision integer NOT NULL, name text NOT NULL, kind text NOT NULL, parent text,
    edges jsonb NOT NULL, transport text NOT NULL, own_system boolean NOT NULL, active boolean NOT NULL);
CREATE TABLE serial (year integer PRIMARY KEY, last integer NOT NULL);
CREATE TABLE referral (
    number text PRIMARY KEY, petition text NOT NULL, kind text NOT NULL, agency text NOT NULL, state text NOT NULL,
    purpose text NOT NULL, requested_by text NOT NULL, created_at timestamptz NOT NULL, sign_by date NOT NULL,
    objection text, result text,
    CONSTRAINT referral_one_per_request UNIQUE (requested_by));
CREATE INDEX referral_petition ON referral (petition);
CREATE TABLE custody (
    petition text NOT NULL, seq integer NOT NULL, agency text, since timestamptz NOT NULL,
    PRIMARY KEY (petition, seq),
    CONSTRAINT custody_one_at_a_time UNIQUE (petition, since),
    CONSTRAINT custody_seq_positive CHECK (seq > 0),
    CONSTRAINT custody_begins_with_somebody CHECK (seq > 1 OR agency IS NOT NULL));
CREATE FUNCTION custody_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE last custody%ROWTYPE;
BEGIN
    SELECT * INTO last FROM custody WHERE petition = NEW.petition ORDER BY seq DESC LIMIT 1;
    IF NEW.seq <> COALESCE(last.seq, 0) + 1 OR NEW.since <= last.since OR (last.seq IS NOT NULL AND last.agency IS NULL)
    THEN RAISE EXCEPTION 'custody out of order' USING ERRCODE = 'check_violation', CONSTRAINT = 'custody_in_order';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER custody_in_order BEFORE INSERT ON custody FOR EACH ROW EXECUTE FUNCTION custody_in_order();
CREATE FUNCTION custody_append_only() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'custody is append-only'; END $$;
CREATE TRIGGER custody_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON custody
    FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only();
"""

DDL_2 = """
ALTER TABLE agency ADD COLUMN told jsonb NOT NULL DEFAULT '["intake", "notify"]';
ALTER TABLE agency ALTER COLUMN told DROP DEFAULT;
CREATE TABLE change_request (
    id serial PRIMARY KEY, agency text NOT NULL, change text NOT NULL, requested_at timestamptz NOT NULL,
    requested_by text NOT NULL, done_at timestamptz, outcome text,
    CONSTRAINT change_request_change CHECK (change IN ('add', 'remove')));
CREATE UNIQUE INDEX change_request_open ON change_request (agency) WHERE done_at IS NULL;
"""

DDL_3 = """
ALTER TABLE referral DROP COLUMN sign_by;
"""

DDL_4 = """
ALTER TABLE referral ADD COLUMN statutory boolean NOT NULL DEFAULT false;
ALTER TABLE referral ALTER COLUMN statutory DROP DEFAULT;
ALTER TABLE referral ADD COLUMN predecessor text REFERENCES referral (number);
ALTER TABLE referral ADD COLUMN urged integer NOT NULL DEFAULT 0;
ALTER TABLE referral ALTER COLUMN urged DROP DEFAULT;
ALTER TABLE referral ADD COLUMN offer bytea;
"""

DDL_5 = """
CREATE TABLE guarded (
    petition text PRIMARY KEY, kind text NOT NULL, line text NOT NULL, secret boolean NOT NULL, units jsonb NOT NULL,
    all_known boolean NOT NULL);
"""

# the sender's number is its own words, and like them names nobody
DDL_6 = """
ALTER TABLE referral ADD COLUMN inbound boolean NOT NULL DEFAULT false, ADD COLUMN submission text,
    ADD CONSTRAINT referral_inbound_has_its_number CHECK (inbound = (submission IS NOT NULL));
CREATE UNIQUE INDEX referral_submission ON referral (agency, submission) WHERE inbound;
ALTER TABLE guarded ADD COLUMN sender text, ADD COLUMN place text;
ALTER TABLE agency ADD COLUMN competence jsonb NOT NULL DEFAULT '[]';
CREATE TABLE agency_revision (
    agency text NOT NULL, revision integer NOT NULL, since timestamptz NOT NULL, by text NOT NULL, entry jsonb NOT NULL,
    PRIMARY KEY (agency, revision));
INSERT INTO agency_revision SELECT code, revision, now(), 'migration', to_jsonb(agency) - '{code,revision,told}'::text[]
FROM agency;
CREATE TABLE escalation (
    id text PRIMARY KEY, petition text NOT NULL, referral text NOT NULL REFERENCES referral (number),
    reason text NOT NULL, agency text, days jsonb NOT NULL, requested_at timestamptz NOT NULL,
    CONSTRAINT escalation_once UNIQUE (referral, reason));
CREATE INDEX escalation_petition ON escalation (petition);
CREATE INDEX referral_unanswered ON referral (number) WHERE state IN ('sent', 'signed');
"""
