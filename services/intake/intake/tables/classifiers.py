"""What was learnt from the office's own texts, by version: the newest counts."""

from datetime import datetime
from typing import Any

from sqlalchemy import Integer
from sqlalchemy.orm import Mapped, mapped_column

from intake.tables.base import Base


class Classifier(Base):
    """Weights by which a line is suggested, sealed under a key of their own: what they tell of texts goes with it."""

    __tablename__ = "classifier"
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    trained_at: Mapped[datetime]
    officer: Mapped[str]  # who ran the training
    figures: Mapped[dict[str, Any]]  # how many texts, and how often it was right on those it had not seen
    weights: Mapped[bytes]
