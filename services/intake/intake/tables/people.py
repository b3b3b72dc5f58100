"""Who petitions. What names or describes them is encrypted under the petition's data key, or by the safe's."""

from datetime import datetime

from sqlalchemy import Index, Integer, LargeBinary, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from intake.tables.base import Base
from vault.tables import record_keys


class Person(Base):
    """A petitioner; `seq` 1 is who is told. The indexes are keyed hashes to find the same person by.

    Of the name, the unit it speaks for and the initials they are keyed by the petition's year: a name that is common in
    one year stands for no name of another.
    """

    __tablename__ = "person"
    ref: Mapped[str] = mapped_column(primary_key=True)
    petition: Mapped[str]
    seq: Mapped[int] = mapped_column(default=1, server_default="1")
    role: Mapped[str | None]  # none: written by older code, which knew of petitioners alone
    name: Mapped[bytes]
    resident_id: Mapped[bytes | None]
    phone: Mapped[bytes | None]
    address: Mapped[bytes | None]
    other_phones: Mapped[bytes | None]  # called where nobody answers at the first
    safe_contact: Mapped[bytes | None]  # that nobody else reads: then no other is used
    id_index: Mapped[bytes | None]
    phone_index: Mapped[bytes | None]
    other_phones_index: Mapped[list[bytes] | None] = mapped_column(ARRAY(LargeBinary))
    name_index: Mapped[bytes | None]
    unit_index: Mapped[bytes | None]
    initials: Mapped[list[int] | None] = mapped_column(ARRAY(Integer))
    __table_args__ = (
        Index("person_id_index", "id_index", postgresql_where="id_index IS NOT NULL"),
        Index("person_phone_index", "phone_index", postgresql_where="phone_index IS NOT NULL"),
        Index(
            "person_other_phones_index",
            "other_phones_index",
            postgresql_using="gin",
            postgresql_with={"gin_pending_list_limit": 512},
            postgresql_where="other_phones_index IS NOT NULL",
        ),
        Index("person_name_index", "name_index", postgresql_where="name_index IS NOT NULL"),
        Index("person_unit_index", "unit_index", postgresql_where="unit_index IS NOT NULL"),
        Index(
            "person_initials",
            "initials",
            postgresql_using="gin",
            postgresql_with={"gin_pending_list_limit": 512},
            postgresql_where="initials IS NOT NULL",
        ),
        UniqueConstraint("petition", "seq", name="person_of_petition"),
    )


class SealedPerson(Base):
    """Who asked for secrecy: a box for each person of a petition, closed by the safe's key; `seq` 1 the first's.

    No index finds a person here, not even a keyed one. Before there is a petition, the contact's id stands for it.
    """

    __tablename__ = "sealed_person"
    petition: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False, server_default="1")
    key_id: Mapped[str]
    person: Mapped[bytes]
    kept_at: Mapped[datetime]


record_keys(SealedPerson.__table__, "key_id", "sealed")
