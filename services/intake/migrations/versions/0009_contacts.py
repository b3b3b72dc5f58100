"""Contacts apart from petitions: answered, joined, split; and petitions linked to each other."""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    # until now every contact was made by a registration, and every petition had one
    op.execute("""
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
""")
