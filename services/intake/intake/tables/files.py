"""What petitioners gave, who may fetch it once, and what agencies hand in with their answers."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from intake.tables.base import Base


class File(Base):
    """Something a petitioner gave, or an agency with its answer; its bytes are in pieces, encrypted each.

    `contact`: the one it came with by the petitioners' door; it is that one's alone until it goes into a petition.
    """

    __tablename__ = "file"
    id: Mapped[str] = mapped_column(primary_key=True)
    petition: Mapped[str | None] = mapped_column(ForeignKey("petition.number"))
    contact: Mapped[str | None] = mapped_column(ForeignKey("contact.id"))
    sha256: Mapped[str]  # of the release before, in clear; `sealed:` and the id from now on
    size: Mapped[int]
    media_type: Mapped[str]
    name: Mapped[bytes]
    added_at: Mapped[datetime]
    officer: Mapped[str]
    keyed: Mapped[bytes | None]  # the imprint of its SHA-256 under the petition's key, to find it by
    sealed_sha256: Mapped[bytes | None]
    referral: Mapped[str | None]  # with whose answer an agency handed it in; None: the petitioner gave it
    __table_args__ = (
        UniqueConstraint("petition", "sha256", name="file_once"),
        CheckConstraint("size BETWEEN 1 AND 20971520", name="file_size"),
        Index("file_keyed", "petition", "keyed"),
        CheckConstraint("petition IS NOT NULL OR contact IS NOT NULL", name="file_of_something"),
        Index("file_contact", "contact", postgresql_where=text("contact IS NOT NULL")),
        Index("file_in_clear", "id", postgresql_where=text("sha256 NOT LIKE 'sealed:%'")),
    )

    @property
    def subject(self) -> str:
        """Under whose key it is sealed."""
        return self.petition or str(self.contact)


class FilePiece(Base):
    """One piece of a file, at most 256 KiB before it is sealed; `seq` from 0, in the order of the bytes."""

    __tablename__ = "file_piece"
    file: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    sealed: Mapped[bytes]


class FileGrant(Base):
    """A one-time token by which another agency fetches a file; only its hash is kept.

    `granted_at`: when referral gave it; `replaces`: those given before open nothing any more. `claim`: the one download
    that has it now, until it ends or says nothing more.
    """

    __tablename__ = "file_grant"
    token: Mapped[bytes] = mapped_column(primary_key=True)
    file: Mapped[str] = mapped_column(ForeignKey("file.id"))
    agency: Mapped[str]
    until: Mapped[datetime]
    used_at: Mapped[datetime | None]
    referral: Mapped[str | None]
    granted_at: Mapped[datetime | None]
    replaces: Mapped[bool] = mapped_column(default=False, server_default="false")
    claim: Mapped[str | None]
    claimed_until: Mapped[datetime | None]
    __table_args__ = (Index("file_grant_referral", "referral", "file"),)


class AnswerFile(Base):
    """A file that an agency's answer names, in the order `seq`, and the hash of the token by which it comes in.

    `said`: its digest, size, type and name, sealed; `file`: once it is here.
    """

    __tablename__ = "answer_file"
    token: Mapped[bytes] = mapped_column(primary_key=True)
    petition: Mapped[str]
    message: Mapped[str]
    seq: Mapped[int] = mapped_column(Integer)
    agency: Mapped[str]
    said: Mapped[bytes]
    until: Mapped[datetime]
    file: Mapped[str | None] = mapped_column(ForeignKey("file.id"))
    __table_args__ = (
        ForeignKeyConstraint(
            ["petition", "message"], ["answer.petition", "answer.message"], name="answer_file_answer_fkey"
        ),
        Index("answer_file_answer", "petition", "message"),
    )


class EndedReferral(Base):
    """A referral whose agency has nothing to do with it any more: no token given with it opens anything.

    `before`: none that was given until then, since it may be sent again.
    """

    __tablename__ = "ended_referral"
    referral: Mapped[str] = mapped_column(primary_key=True)
    before: Mapped[datetime | None]
