"""What comes by the petitioners' door: a contact with a code to come back with, files before there is a petition.

Expands only: who asks for secrecy there is in the safe before there is a petition, under the contact's id.
"""

from alembic import op

revision = "0056"
down_revision = "0055"


def upgrade() -> None:
    op.execute("""
ALTER TABLE contact ADD code bytea, ADD kind text, ADD secrecy boolean NOT NULL DEFAULT false;
CREATE UNIQUE INDEX contact_code ON contact (code) WHERE code IS NOT NULL;
ALTER TABLE file ALTER petition DROP NOT NULL, ADD contact text REFERENCES contact (id),
    ADD CONSTRAINT file_of_something CHECK (petition IS NOT NULL OR contact IS NOT NULL);
CREATE INDEX file_contact ON file (contact) WHERE contact IS NOT NULL;
ALTER TABLE sealed_person DROP CONSTRAINT sealed_person_petition_fkey;
""")
