"""Cases that a leader leads."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from intake.tables.base import Base


class ChiefLed(Base):
    """包案: which leader leads it, and the day on which each item of the county's list was done."""

    __tablename__ = "chief_led"
    petition: Mapped[str] = mapped_column(ForeignKey("petition.number"), primary_key=True)
    leader: Mapped[str | None]  # not named yet when it comes with acceptance
    since: Mapped[datetime]
    done: Mapped[dict[str, Any]] = mapped_column(default=dict)
