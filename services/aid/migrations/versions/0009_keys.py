"""Which keys the rows need is known without looking at the rows: who starts without one is refused."""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.execute("""
CREATE TABLE key_used (
    purpose text NOT NULL, id text NOT NULL, proof bytea, retired_at timestamptz, retired_by text,
    PRIMARY KEY (purpose, id), CONSTRAINT key_used_retired CHECK ((retired_at IS NULL) = (retired_by IS NULL)));
CREATE FUNCTION data_key_names_its_key() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE each text;
BEGIN
    FOR each IN SELECT DISTINCT wrapped_by FROM added LOOP
        IF NOT EXISTS (SELECT FROM key_used WHERE purpose = 'wrap' AND id = each AND retired_at IS NULL) THEN
            INSERT INTO key_used (purpose, id) VALUES ('wrap', each) ON CONFLICT DO NOTHING;
            IF EXISTS (SELECT FROM key_used WHERE purpose = 'wrap' AND id = each AND retired_at IS NOT NULL) THEN
                RAISE EXCEPTION 'the key % is retired', each;
            END IF;
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
-- what is written while the older ids are counted is counted by the trigger
CREATE TRIGGER data_key_added AFTER INSERT ON data_key
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION data_key_names_its_key();
CREATE TRIGGER data_key_changed AFTER UPDATE ON data_key
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION data_key_names_its_key();
INSERT INTO key_used (purpose, id) SELECT DISTINCT 'wrap', wrapped_by FROM data_key ON CONFLICT DO NOTHING;
""")
