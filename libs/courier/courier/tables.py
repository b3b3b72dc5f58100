"""Courier's own tables, in every service's database. The bad states are impossible here, not checked for in code."""

from sqlalchemy import (
    DDL,
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    event,
    text,
)

from courier.faults import Cause

__all__ = ["events", "inbox", "lane"]

metadata = MetaData()

CAUSES = ", ".join(f"'{each}'" for each in Cause)

# rows of the inbox with a digest by which whoever has a dump can try what it was made of
UNKEYED = "digest IS NOT NULL OR (kind = 'unreadable' AND message_id NOT LIKE 'keyed:%')"

# rows of the inbox of which something is left to let go, some time after their senders were told
TOLD = "told_at IS NOT NULL AND (state = 'parked' OR kind = 'unreadable')"

# Append-only: the service's own trail. One event is one version of its subject; `body` is the very bytes that travel.
events = Table(
    "events",
    metadata,
    Column("subject", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    PrimaryKeyConstraint("subject", "version", name="events_pkey"),  # two writers cannot both append version n
    CheckConstraint("version > 0", name="events_version_positive"),
    Index("events_recorded_at", "recorded_at"),
)

# What is unsent, and nothing else: a row is deleted when the broker has confirmed it.
outbox = Table(
    "outbox",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=True),
    Column("exchange", Text, nullable=False),
    Column("routing_key", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("version", Integer),  # an event: its body is in `events`
    Column("body", LargeBinary),  # a letter: sealed with the subject's key
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("next_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("reason", Text),
    CheckConstraint("(version IS NULL) <> (body IS NULL)", name="outbox_event_or_letter"),
    Index("outbox_lane", "exchange", "subject", "id"),
)

# What waits for a version, is to be retried or is parked; and the ids of letters and agency messages that were done,
# which have no version to tell a repeat by.
inbox = Table(
    "inbox",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False),  # event · letter · agency · unreadable
    Column("source", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("version", Integer),
    Column("message_id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("queue", Text),  # of an unreadable one: where it came, and who the broker says sent it
    Column("sender", Text),
    Column("body", LargeBinary),
    Column("digest", LargeBinary),  # of the release before, which hashed without a key: emptied, and written no more
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("received_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("next_at", DateTime(timezone=True)),
    Column("reason", Text),
    Column("cause", Text),  # of what is open: a `Cause`
    # what an outsider's message said, keyed, for some time: the same id over another body is a mistake, no repeat
    Column("keyed", LargeBinary),
    Column("told_at", DateTime(timezone=True)),  # its sender heard that it was not taken
    UniqueConstraint("source", "message_id", name="inbox_once"),
    UniqueConstraint("source", "subject", "version", name="inbox_one_version"),
    CheckConstraint("state IN ('done', 'waiting', 'retry', 'parked')", name="inbox_state"),
    CheckConstraint(f"cause IN ({CAUSES})", name="inbox_cause"),
    CheckConstraint("(state = 'done') = (body IS NULL)", name="inbox_done_keeps_no_body"),
    CheckConstraint("state <> 'retry' OR next_at IS NOT NULL", name="inbox_retry_has_time"),
    Index("inbox_due", "next_at", postgresql_where=text("state = 'retry'")),
    Index("inbox_waiting", "source", "subject", "version", postgresql_where=text("state = 'waiting'")),
    # the ids that are done may be millions: what is open is counted and listed without them
    Index("inbox_open", "state", "id", postgresql_where=text("state <> 'done'")),
    Index("inbox_keyed", "received_at", postgresql_where=text("keyed IS NOT NULL")),
    Index("inbox_unkeyed", "id", postgresql_where=text(UNKEYED)),
    Index("inbox_told", "told_at", postgresql_where=text(TOLD)),
)

# How much an outsider sent within the hour or day that has begun, of each kind that there is a quota for.
spent = Table(
    "spent",
    metadata,
    Column("source", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("begins", DateTime(timezone=True), nullable=False),
    Column("times", Integer, nullable=False),
    PrimaryKeyConstraint("source", "what", name="spent_pkey"),
)

# How far each subject of each source was applied: the lane itself says what is done.
lane = Table(
    "lane",
    metadata,
    Column("source", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("applied", Integer, nullable=False),
    Column("held_at", DateTime(timezone=True)),  # the next version failed and holds the lane since then
    Column("asked_at", DateTime(timezone=True)),  # the source was last asked for a missing version
    # the event applied last, by the version it had: code from before these columns moves `applied` alone
    Column("last_version", Integer),
    Column("last_digest", LargeBinary),
    Column("last_time", DateTime(timezone=True)),
    PrimaryKeyConstraint("source", "subject", name="lane_pkey"),
    Index("lane_held", "held_at", postgresql_where=text("held_at IS NOT NULL")),
)

# What was handed to an agency and has not ended: kept sealed, so that it can be offered again with the same id.
handed = Table(
    "handed",
    metadata,
    Column("message_id", Text, primary_key=True),
    Column("agency", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("handed_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("again_at", DateTime(timezone=True)),  # no receipt by then: offered again; none: it was signed for
    Column("times", Integer, nullable=False, server_default=text("1")),
    Index("handed_agency", "agency", "handed_at"),
    Index("handed_subject", "subject"),
    Index("handed_due", "again_at", postgresql_where=text("again_at IS NOT NULL")),
)

# What a person decided never to apply, who it was and why: their words may name somebody, so they are sealed.
discarded = Table(
    "discarded",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),  # the inbox row's
    Column("kind", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("version", Integer),
    Column("message_id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("fault", Text),
    Column("said", LargeBinary, nullable=False),
    Column("officer", Text, nullable=False),
    Column("discarded_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
)

# what older code beside this sets aside gets its cause from how its reason begins: decision 017
_CAUSE_OF_OLDER = """
CREATE FUNCTION inbox_cause_of(kind text, reason text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN reason IS NULL THEN NULL WHEN kind = 'unreadable' THEN 'unreadable'
        ELSE CASE split_part(reason, ':', 1) WHEN 'NotYet' THEN 'not_yet' WHEN 'TooEarly' THEN 'too_early'
            WHEN 'Park' THEN 'lasting' WHEN 'OutOfChain' THEN 'out_of_chain' WHEN 'Reject' THEN 'rejected'
            ELSE 'failed' END END $$;
CREATE FUNCTION inbox_cause() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN NEW.cause := inbox_cause_of(NEW.kind, NEW.reason); RETURN NEW; END $$;
CREATE TRIGGER inbox_cause_inserted BEFORE INSERT ON inbox FOR EACH ROW
    WHEN (NEW.reason IS NOT NULL AND NEW.cause IS NULL) EXECUTE FUNCTION inbox_cause();
CREATE TRIGGER inbox_cause_updated BEFORE UPDATE OF reason ON inbox FOR EACH ROW
    WHEN (NEW.reason IS DISTINCT FROM OLD.reason AND NEW.cause IS NOT DISTINCT FROM OLD.cause)
    EXECUTE FUNCTION inbox_cause();
"""
event.listen(inbox, "after_create", DDL(_CAUSE_OF_OLDER))  # type: ignore[no-untyped-call]

DDL_1 = """
CREATE TABLE events (
    subject text NOT NULL, version integer NOT NULL, id text NOT NULL, type text NOT NULL,
    recorded_at timestamptz NOT NULL, body bytea NOT NULL, digest bytea NOT NULL,
    CONSTRAINT events_pkey PRIMARY KEY (subject, version),
    CONSTRAINT events_version_positive CHECK (version > 0));
CREATE INDEX events_recorded_at ON events (recorded_at);
CREATE FUNCTION events_append_only() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the trail is append-only'; END $$;
CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION events_append_only();
CREATE TABLE outbox (
    id bigserial PRIMARY KEY, exchange text NOT NULL, routing_key text NOT NULL, subject text NOT NULL,
    message_id text NOT NULL, version integer, body bytea, created_at timestamptz NOT NULL DEFAULT now(),
    attempts integer NOT NULL DEFAULT 0, next_at timestamptz NOT NULL DEFAULT now(), reason text,
    CONSTRAINT outbox_event_or_letter CHECK ((version IS NULL) <> (body IS NULL)));
CREATE INDEX outbox_lane ON outbox (exchange, subject, id);
CREATE TABLE inbox (
    id bigserial PRIMARY KEY, kind text NOT NULL, source text NOT NULL, subject text NOT NULL, version integer,
    message_id text NOT NULL, type text NOT NULL, body bytea, state text NOT NULL,
    attempts integer NOT NULL DEFAULT 0, received_at timestamptz NOT NULL DEFAULT now(), next_at timestamptz,
    reason text,
    CONSTRAINT inbox_once UNIQUE (source, message_id),
    CONSTRAINT inbox_one_version UNIQUE (source, subject, version),
    CONSTRAINT inbox_state CHECK (state IN ('done', 'waiting', 'retry', 'parked')),
    CONSTRAINT inbox_done_keeps_no_body CHECK ((state = 'done') = (body IS NULL)),
    CONSTRAINT inbox_retry_has_time CHECK (state <> 'retry' OR next_at IS NOT NULL));
CREATE INDEX inbox_due ON inbox (next_at) WHERE state = 'retry';
CREATE INDEX inbox_waiting ON inbox (source, subject, version) WHERE state = 'waiting';
CREATE TABLE lane (
    source text NOT NULL, subject text NOT NULL, applied integer NOT NULL, held_at timestamptz, asked_at timestamptz,
    CONSTRAINT lane_pkey PRIMARY KEY (source, subject));
"""

DDL_2 = """
ALTER TABLE inbox ADD COLUMN digest bytea;
CREATE TABLE handed (
    message_id text PRIMARY KEY, agency text NOT NULL, type text NOT NULL, subject text NOT NULL, body bytea NOT NULL,
    handed_at timestamptz NOT NULL DEFAULT now(), again_at timestamptz, times integer NOT NULL DEFAULT 1);
CREATE INDEX handed_agency ON handed (agency, handed_at);
CREATE INDEX handed_subject ON handed (subject);
CREATE INDEX handed_due ON handed (again_at) WHERE again_at IS NOT NULL;
"""

DDL_3 = """
ALTER TABLE inbox ADD COLUMN queue text, ADD COLUMN sender text;
CREATE INDEX inbox_open ON inbox (state, id) WHERE state <> 'done';
CREATE INDEX lane_held ON lane (held_at) WHERE held_at IS NOT NULL;
CREATE TABLE discarded (
    id bigint PRIMARY KEY, kind text NOT NULL, source text NOT NULL, subject text NOT NULL, version integer,
    message_id text NOT NULL, type text NOT NULL, fault text, said bytea NOT NULL, officer text NOT NULL,
    discarded_at timestamptz NOT NULL DEFAULT now());
"""
