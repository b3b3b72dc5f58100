"""What officers are told of clocks: at once, or once a day."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("""
CREATE TABLE officer_item (
    cause text PRIMARY KEY, holder text NOT NULL, notice text, petition text NOT NULL, sentence text NOT NULL,
    told_at timestamptz NOT NULL);
CREATE INDEX officer_item_waiting ON officer_item (holder) WHERE notice IS NULL;
CREATE INDEX officer_item_of ON officer_item (notice);
CREATE TABLE officer_notice (
    id text PRIMARY KEY, holder text NOT NULL, digest_of date, not_before timestamptz NOT NULL,
    made_at timestamptz NOT NULL,
    CONSTRAINT officer_notice_one_digest_a_day UNIQUE (holder, digest_of));
CREATE INDEX officer_notice_of ON officer_notice (holder, not_before);
""")
