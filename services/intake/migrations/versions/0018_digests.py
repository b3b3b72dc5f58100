"""What only serves to know a repeat no longer tells a person: keyed or sealed, and kept for some days.

Expands only. `idempotency.digest`, `idempotency.answer` and `inbox.digest` belong to the code of before: without a key,
whoever has a dump can try all phone numbers. They are dropped in the release after. Until then each service's own timer
empties them in small batches, whoever wrote them: a migration has no keys, and one statement over all rows would hold
them.

- Once-only rests on the ids, (officer, key) and (source, message_id), which stay for ever.
- Older code that meets a row of the newer: of a request it finds an empty digest, says that the key was used for
  another body, and does nothing; of an outsider's message it finds no digest and takes it for a repeat.
- Newer code that meets a row of the older: of a request it says that it was carried out and the answer is no longer
  kept (410); an outsider's message is a repeat, whatever it says.
- An unreadable message's id was its digest: the timer makes it `keyed:…` and seals its body anew under that. Older code
  that receives the same body meanwhile keeps it a second time, and the timer takes that row away.
- The SHA-256 of a file and of a sealed letter is sealed the same way, by a timer of intake's own. Older code does not
  find a file of the newer by its digest, and cannot hand it on: what it would say keeps no contract.
"""

from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.execute("""
ALTER TABLE idempotency ALTER COLUMN digest SET DEFAULT ''::bytea, ADD COLUMN subject text, ADD COLUMN sealed bytea;
CREATE INDEX idempotency_sealed ON idempotency (created_at) WHERE sealed IS NOT NULL;
CREATE INDEX idempotency_in_clear ON idempotency (created_at) WHERE digest <> ''::bytea OR answer IS NOT NULL;
ALTER TABLE inbox ADD COLUMN keyed bytea;
CREATE INDEX inbox_keyed ON inbox (received_at) WHERE keyed IS NOT NULL;
CREATE INDEX inbox_unkeyed ON inbox (id)
    WHERE digest IS NOT NULL OR (kind = 'unreadable' AND message_id NOT LIKE 'keyed:%');
ALTER TABLE file ADD COLUMN keyed bytea, ADD COLUMN sealed_sha256 bytea;
CREATE INDEX file_keyed ON file (petition, keyed);
CREATE INDEX file_in_clear ON file (id) WHERE sha256 NOT LIKE 'sealed:%';
ALTER TABLE petition ADD COLUMN post_sealed bytea;
CREATE INDEX petition_post_in_clear ON petition (number) WHERE post_digest IS NOT NULL;
CREATE INDEX step_in_clear ON step (id) WHERE type = 'petition.file_added.v1' AND data ->> 'sha256' IS NOT NULL;
""")
