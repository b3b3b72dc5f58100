"""What the petitioner was told, or could lawfully not be."""

from datetime import date, datetime

from sqlalchemy import DDL, CheckConstraint, ForeignKey, Index, Integer, event
from sqlalchemy.orm import Mapped, mapped_column

from authorization.placements import Beside
from intake.tables.base import Base

# older code moves and closes petitions, too
_FOLLOWS = """
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
"""


class Reply(Base, Beside):
    """What we told the petitioner, when and by which means.

    Triggers keep where its petition sits beside it, and `open`: that it has not been closed since. Both only leave out
    what cannot wait for who asks, of the few that wait and the many that were closed without a proof.
    """

    __tablename__ = "reply"
    petition: Mapped[str] = mapped_column(ForeignKey("petition.number"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[str]
    means: Mapped[str]
    issued_on: Mapped[date]
    officer: Mapped[str]
    text: Mapped[bytes]
    round: Mapped[int] = mapped_column(default=0, server_default="0")
    corrects: Mapped[int | None]  # which of them said something wrong, and stays as it was issued
    proof: Mapped[str | None]
    proved_on: Mapped[date | None]
    proved_by: Mapped[str | None]
    open: Mapped[bool] = mapped_column(default=True, server_default="true")
    __table_args__ = (
        Index("reply_unproved", "issued_on", "petition", "seq", postgresql_where="open AND proof IS NULL"),
        CheckConstraint("num_nonnulls(proof, proved_on, proved_by) IN (0, 3)", name="reply_proved_by_somebody"),
    )


event.listen(Reply.__table__, "after_create", DDL(_FOLLOWS))


class ReplyWaiver(Base):
    """What was owed and could not be told, lawfully, and who found so."""

    __tablename__ = "untellable"
    petition: Mapped[str] = mapped_column(ForeignKey("petition.number"), primary_key=True)
    round: Mapped[int] = mapped_column(Integer, primary_key=True)
    reply: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str]
    officer: Mapped[str]
    recorded_at: Mapped[datetime]
