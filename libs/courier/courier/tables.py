"""Delivery's tables, in every service's database. The bad states are impossible here, not checked for in code."""

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
    # what a partner's message said, keyed, for some time: the same id over another body is a mistake, no repeat
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
    # a lane is written when it is made, and again in the same transaction: into the same page where there is room
    postgresql_with={"fillfactor": 50},
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
event.listen(inbox, "after_create", DDL(_CAUSE_OF_OLDER))

_EVENTS_APPEND_ONLY = """
CREATE FUNCTION events_append_only() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the trail is append-only'; END $$;
CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION events_append_only();
"""
event.listen(events, "after_create", DDL(_EVENTS_APPEND_ONLY))
