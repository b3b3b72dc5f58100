"""Why a message was set aside is a column; until now it was read from the beginning of the reason, a sentence.

Expands only. Older code beside this writes the reason alone: a trigger says the cause for it, from the class with which
it begins its sentence. The trigger costs nothing where the cause is written (decision 017), and goes in the release
after. What is done needs no cause, so only what is open is filled.
"""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.execute("""
ALTER TABLE inbox ADD COLUMN cause text CONSTRAINT inbox_cause CHECK (cause IN (
    'not_yet', 'too_early', 'failed', 'lasting', 'out_of_chain', 'rejected', 'unreadable'));
CREATE FUNCTION inbox_cause_of(kind text, reason text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN reason IS NULL THEN NULL WHEN kind = 'unreadable' THEN 'unreadable'
        ELSE CASE split_part(reason, ':', 1) WHEN 'NotYet' THEN 'not_yet' WHEN 'TooEarly' THEN 'too_early'
            WHEN 'Park' THEN 'lasting' WHEN 'OutOfChain' THEN 'out_of_chain' WHEN 'Reject' THEN 'rejected'
            ELSE 'failed' END END $$;
CREATE FUNCTION inbox_cause() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN NEW.cause := inbox_cause_of(NEW.kind, NEW.reason); RETURN NEW; END $$;
UPDATE inbox SET cause = inbox_cause_of(kind, reason) WHERE state <> 'done' AND reason IS NOT NULL;
CREATE TRIGGER inbox_cause_inserted BEFORE INSERT ON inbox FOR EACH ROW
    WHEN (NEW.reason IS NOT NULL AND NEW.cause IS NULL) EXECUTE FUNCTION inbox_cause();
CREATE TRIGGER inbox_cause_updated BEFORE UPDATE OF reason ON inbox FOR EACH ROW
    WHEN (NEW.reason IS DISTINCT FROM OLD.reason AND NEW.cause IS NOT DISTINCT FROM OLD.cause)
    EXECUTE FUNCTION inbox_cause();
""")
