"""A petition belongs to a service point and a department, and colleagues it concerns are kept away from it."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    # a petition from before knows its point from its contact, and whether it concerns us from its respondents' units:
    # which unit is ours only the environment says, so those are left to be walled by hand
    op.execute("""
ALTER TABLE petition ADD COLUMN service_point text, ADD COLUMN concerns_us boolean NOT NULL DEFAULT false;
UPDATE petition SET service_point = coalesce(
    (SELECT service_point FROM contact WHERE contact.petition = petition.number ORDER BY recorded_at LIMIT 1), '12309');
ALTER TABLE petition ALTER COLUMN service_point SET NOT NULL, ALTER COLUMN concerns_us DROP DEFAULT;
CREATE INDEX petition_department ON petition (department, number);
CREATE INDEX petition_service_point ON petition (service_point, number);
CREATE TABLE wall (
    petition text NOT NULL REFERENCES petition (number), seq integer NOT NULL, officer bytea, department text,
    reason text NOT NULL, recorded_at timestamptz NOT NULL, PRIMARY KEY (petition, seq),
    CONSTRAINT wall_names_somebody CHECK (
        (reason = 'nobody_named') = (officer IS NULL AND department IS NULL)));
""")
