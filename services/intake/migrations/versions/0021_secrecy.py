"""Who asks for secrecy may be several, each in a box, and a unit whose name is in the safe too."""

from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    # older code writes the first box and no other
    op.execute("""
ALTER TABLE sealed_person ADD COLUMN seq integer NOT NULL DEFAULT 1, DROP CONSTRAINT sealed_person_pkey,
    ADD PRIMARY KEY (petition, seq);
ALTER TABLE petition DROP CONSTRAINT petition_organisation,
    ADD CONSTRAINT petition_organisation CHECK (
        CASE WHEN organisation IS NULL THEN party <> 'organisation' OR secrecy ELSE party = 'organisation' END);
""")
