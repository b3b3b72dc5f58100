"""The vault's own tables, in every service's database: the data keys, and which keys closed what is stored."""

from typing import Any

from sqlalchemy import DDL, CheckConstraint, Column, DateTime, LargeBinary, MetaData, Table, Text, event, text

metadata = MetaData()

data_key = Table(
    "data_key",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
    Column("wrapped_by", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
)

key_used = Table(
    "key_used",
    metadata,
    Column("purpose", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("proof", LargeBinary),  # none until a service began with the key
    Column("retired_at", DateTime(timezone=True)),
    Column("retired_by", Text),
    CheckConstraint("(retired_at IS NULL) = (retired_by IS NULL)", name="key_used_retired"),
)

_NAMES_ITS_KEY = """
CREATE FUNCTION %(table)s_names_its_key() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE each text;
BEGIN
    FOR each IN SELECT DISTINCT %(named)s FROM added LOOP
        IF NOT EXISTS (SELECT FROM key_used WHERE purpose = '%(purpose)s' AND id = each AND retired_at IS NULL) THEN
            INSERT INTO key_used (purpose, id) VALUES ('%(purpose)s', each) ON CONFLICT DO NOTHING;
            IF EXISTS (SELECT FROM key_used WHERE purpose = '%(purpose)s' AND id = each AND retired_at IS NOT NULL) THEN
                RAISE EXCEPTION 'the key %% is retired', each;
            END IF;
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER %(table)s_added AFTER INSERT ON %(table)s
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION %(table)s_names_its_key();
CREATE TRIGGER %(table)s_changed AFTER UPDATE ON %(table)s
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION %(table)s_names_its_key();
"""


def record_keys(table: Any, named: str, purpose: str) -> None:
    """Declares the triggers by which every key id in a table's column `named` is in `key_used`, whoever writes it."""
    event.listen(table, "after_create", DDL(_NAMES_ITS_KEY, context={"named": named, "purpose": purpose}))


record_keys(data_key, "wrapped_by", "wrap")
