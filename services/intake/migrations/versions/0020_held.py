"""What belongs to a guarded petition is held, and let go to one agency at a time. Links from before are looked at."""

from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.execute("""
        ALTER TABLE petition ADD COLUMN on_hold boolean NOT NULL DEFAULT false;
        -- older code beside this one writes links too: what it does not know of stays to be looked at
        ALTER TABLE link ADD COLUMN seen boolean NOT NULL DEFAULT false;
        CREATE INDEX link_to ON link ("to");
        CREATE INDEX link_unseen ON link (petition) WHERE NOT seen;
        CREATE TABLE release (
            id text PRIMARY KEY, petition text NOT NULL REFERENCES petition (number), agency text NOT NULL,
            reason bytea NOT NULL, confirmed boolean NOT NULL, state text NOT NULL, asked_by text NOT NULL,
            asked_at timestamptz NOT NULL,
            CONSTRAINT release_state CHECK (state IN ('asked', 'released', 'refused', 'void')));
        CREATE INDEX release_petition ON release (petition);
    """)
