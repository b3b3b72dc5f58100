"""Who is complained of."""

from sqlalchemy import ForeignKey, Integer
from sqlalchemy.orm import Mapped, mapped_column

from intake.tables.base import Base


class Respondent(Base):
    """Who is complained of: the unit by code, the person, and what they are there, only encrypted."""

    __tablename__ = "respondent"
    petition: Mapped[str] = mapped_column(ForeignKey("petition.number"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    unit: Mapped[str | None]
    name: Mapped[bytes | None]
    position: Mapped[bytes | None]
    official: Mapped[bool] = mapped_column(default=False, server_default="false")
