"""Who petitions. What names or describes them is encrypted under the petition's data key, or by the safe's."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from intake.tables.base import Base
from vault.tables import record_keys


class Person(Base):
    """A petitioner; `seq` 1 is who is told. The two indexes are keyed hashes to find the same person by."""

    __tablename__ = "person"
    ref: Mapped[str] = mapped_column(primary_key=True)
    petition: Mapped[str]
    seq: Mapped[int] = mapped_column(default=1, server_default="1")
    name: Mapped[bytes]
    resident_id: Mapped[bytes | None]
    phone: Mapped[bytes | None]
    address: Mapped[bytes | None]
    id_index: Mapped[bytes | None]
    phone_index: Mapped[bytes | None]
    __table_args__ = (
        Index("person_id_index", "id_index", postgresql_where="id_index IS NOT NULL"),
        Index("person_phone_index", "phone_index", postgresql_where="phone_index IS NOT NULL"),
        UniqueConstraint("petition", "seq", name="person_of_petition"),
    )


class SealedPerson(Base):
    """Who asked for secrecy: a box for each person of a petition, closed by the safe's key; `seq` 1 the first's.

    No index finds a person here, not even a keyed one.
    """

    __tablename__ = "sealed_person"
    petition: Mapped[str] = mapped_column(ForeignKey("petition.number"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False, server_default="1")
    key_id: Mapped[str]
    person: Mapped[bytes]
    kept_at: Mapped[datetime]


record_keys(SealedPerson.__table__, "key_id", "sealed")
