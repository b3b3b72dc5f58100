"""A petitioner is found by every number of theirs, not by the first alone.

Expands only: what older code writes beside this is found once `index fill` has run.
"""

from alembic import op

revision = "0052"
down_revision = "0050"


def upgrade() -> None:
    op.execute("""
ALTER TABLE person ADD other_phones_index bytea[];
CREATE INDEX person_other_phones_index ON person USING gin (other_phones_index) WITH (gin_pending_list_limit = 512)
    WHERE other_phones_index IS NOT NULL;
CREATE OR REPLACE FUNCTION data_key_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM to_index WHERE petition = OLD.subject;
    DELETE FROM word_index WHERE petition = OLD.subject;
    UPDATE person SET id_index = NULL, phone_index = NULL, other_phones_index = NULL, name_index = NULL,
        unit_index = NULL, initials = NULL WHERE petition = OLD.subject;
    RETURN NULL;
END $$;
""")
