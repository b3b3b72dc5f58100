"""What its sender was told of what was sent to us, and by when it wants an answer."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    # what was submitted before was signed for as it was registered
    op.execute("""
ALTER TABLE petition ADD COLUMN answer_by date, ADD COLUMN sender_told text;
UPDATE petition SET sender_told = 'answer' WHERE submitted_by IS NOT NULL;
""")
