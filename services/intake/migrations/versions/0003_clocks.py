"""What is owed by when is a clock's to say, and no column of the petition."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    # the clocks'
    op.execute("""
CREATE TABLE clock (
    id text PRIMARY KEY, petition text NOT NULL, referral text, rule text NOT NULL, pack text NOT NULL,
    length integer NOT NULL, unit text NOT NULL, duty text NOT NULL, holder text NOT NULL, start date NOT NULL,
    due date NOT NULL, target date NOT NULL, provisional boolean NOT NULL,
    extension integer NOT NULL DEFAULT 0, extended_by text, suspensions jsonb NOT NULL DEFAULT '[]',
    suspended_since date, suspended_for text, state text NOT NULL, started_at timestamptz NOT NULL,
    started_by text NOT NULL, missed_at timestamptz, stopped_at timestamptz, stopped_by text, next_at timestamptz,
    CONSTRAINT clock_state CHECK (state IN ('running', 'suspended', 'missed', 'stopped')),
    CONSTRAINT clock_ends_after_it_starts CHECK (due > start),
    CONSTRAINT clock_extension_is_approved CHECK ((extension = 0) = (extended_by IS NULL)),
    CONSTRAINT clock_suspended_since CHECK ((state = 'suspended') = (suspended_since IS NOT NULL)),
    CONSTRAINT clock_missed_at CHECK (state <> 'missed' OR missed_at IS NOT NULL),
    CONSTRAINT clock_stopped_by CHECK ((state = 'stopped') = (stopped_by IS NOT NULL)),
    CONSTRAINT clock_only_a_running_one_fires CHECK (state = 'running' OR next_at IS NULL));
-- one running clock of a rule for one matter: an event that comes twice cannot start a second
CREATE UNIQUE INDEX clock_one_of_a_rule ON clock (COALESCE(referral, petition), rule) WHERE state <> 'stopped';
CREATE INDEX clock_due ON clock (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX clock_petition ON clock (petition);
CREATE TABLE clock_level (
    clock text NOT NULL REFERENCES clock (id), level text NOT NULL, seq integer NOT NULL, at timestamptz NOT NULL,
    fired_at timestamptz, PRIMARY KEY (clock, level));
CREATE FUNCTION clock_fires_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.fired_at IS NOT NULL THEN RAISE EXCEPTION 'a level fires once'; END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER clock_fires_once BEFORE UPDATE OR DELETE ON clock_level
    FOR EACH ROW EXECUTE FUNCTION clock_fires_once();
CREATE TABLE clock_watch (
    one boolean PRIMARY KEY CHECK (one), epoch integer NOT NULL, ticked_at timestamptz, halted_at timestamptz,
    halted_from timestamptz, resumed_by text);
INSERT INTO clock_watch VALUES (true, 1);
""")
    # intake's own
    op.execute("""
ALTER TABLE petition DROP COLUMN reply_by, DROP COLUMN outcome_by;
""")
