"""What waits to be printed or proved is a range of an index; until now each petition that is not closed was looked at.

Expands only. Triggers keep what is beside a reply, for older code moves and closes petitions, too. What is stored is
filled at once: the default says of the many replies of closed petitions what they are without touching them, and those
of the few that are not closed are written, once the triggers stand.
"""

from alembic import op

revision = "0050"
down_revision = "0049"


def upgrade() -> None:
    op.execute("""
ALTER TABLE reply ADD COLUMN department text, ADD COLUMN service_point text,
    ADD COLUMN open boolean NOT NULL DEFAULT false;
ALTER TABLE reply ALTER COLUMN open SET DEFAULT true;
CREATE FUNCTION reply_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT department, service_point INTO NEW.department, NEW.service_point FROM petition WHERE number = NEW.petition;
    RETURN NEW;
END $$;
CREATE TRIGGER reply_begins BEFORE INSERT ON reply FOR EACH ROW EXECUTE FUNCTION reply_begins();
CREATE FUNCTION reply_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE reply SET department = NEW.department, service_point = NEW.service_point, open = NEW.state <> 'closed'
    WHERE petition = NEW.number AND open;
    RETURN NULL;
END $$;
CREATE TRIGGER reply_follows AFTER UPDATE ON petition FOR EACH ROW
    WHEN (NEW.department IS DISTINCT FROM OLD.department OR NEW.service_point <> OLD.service_point
        OR NEW.state = 'closed' AND OLD.state <> 'closed')
    EXECUTE FUNCTION reply_follows();
UPDATE reply SET open = true, department = petition.department, service_point = petition.service_point
    FROM petition WHERE petition.number = reply.petition AND petition.state <> 'closed';
CREATE INDEX reply_unproved ON reply (issued_on, petition, seq) WHERE open AND proof IS NULL;
CREATE INDEX step_printed ON step (petition, (data ->> 'document'), at)
    WHERE type IN ('petition.printed.v1', 'petition.printed_nameless.v1');
""")
