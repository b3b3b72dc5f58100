"""The whole lifecycle: standing still and going back, material that is lacking, liability and resolution."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.execute("""
ALTER TABLE petition ADD COLUMN before text, ADD COLUMN counts_from date,
    ADD COLUMN accepted boolean NOT NULL DEFAULT false, ADD COLUMN resolution text, ADD COLUMN liability jsonb,
    ADD COLUMN lacking bytea;
UPDATE petition SET counts_from = received_on, accepted = department IS NOT NULL,
    before = CASE WHEN state = 'closing' THEN 'replied' END;
ALTER TABLE petition ALTER COLUMN counts_from SET NOT NULL,
    ADD CONSTRAINT petition_knows_way_back CHECK ((before IS NULL) = (state NOT IN ('suspended', 'closing')));
""")
