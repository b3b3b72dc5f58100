"""What petitions are found by: names beside IDs and phones, words, the numbers that partners gave.

Expands only: what older code registers beside this is found once `index fill` has run.
"""

from alembic import op

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    op.execute("""
ALTER TABLE person ADD COLUMN name_index bytea, ADD COLUMN unit_index bytea, ADD COLUMN initials integer[];
CREATE INDEX person_name_index ON person (name_index) WHERE name_index IS NOT NULL;
CREATE INDEX person_unit_index ON person (unit_index) WHERE unit_index IS NOT NULL;
CREATE INDEX person_initials ON person USING gin (initials) WITH (gin_pending_list_limit = 512)
    WHERE initials IS NOT NULL;
CREATE INDEX petition_submission ON petition (submission) WHERE submission IS NOT NULL;
CREATE INDEX step_referral ON step ((data ->> 'referral'))
    WHERE type IN ('referral.sent.v1', 'submission.signed.v1', 'submission.objected.v1');
CREATE TABLE to_index (petition text PRIMARY KEY, at timestamptz NOT NULL DEFAULT now());
CREATE INDEX to_index_at ON to_index (at);
CREATE TABLE word_index (
    petition text PRIMARY KEY REFERENCES petition (number), version integer NOT NULL, words integer[] NOT NULL);
CREATE INDEX word_index_words ON word_index USING gin (words) WITH (gin_pending_list_limit = 512);
CREATE FUNCTION data_key_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM to_index WHERE petition = OLD.subject;
    DELETE FROM word_index WHERE petition = OLD.subject;
    UPDATE person SET id_index = NULL, phone_index = NULL, name_index = NULL, unit_index = NULL, initials = NULL
        WHERE petition = OLD.subject;
    RETURN NULL;
END $$;
CREATE TRIGGER data_key_gone AFTER DELETE ON data_key FOR EACH ROW EXECUTE FUNCTION data_key_gone();
""")
