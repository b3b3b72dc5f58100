"""The agencies' names, as referral tells them."""

from sqlalchemy.orm import Mapped, mapped_column

from notify.tables.base import Base


class Agency(Base):
    """The directory as referral tells it; the greatest revision wins."""

    __tablename__ = "agency"
    code: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[int]
    name: Mapped[str]
