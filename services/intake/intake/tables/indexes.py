"""What petitions are found by. Each key is the vault's: a dump holds no word and no name, not even plainly hashed.

Rows go with the petition's data key, whoever destroys it: what cannot be read any more is not found either.
"""

from datetime import datetime

from sqlalchemy import DDL, ForeignKey, Index, Integer, event, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from intake.tables.base import Base


class ToIndex(Base):
    """A petition whose words are still to be indexed, from `at` on: later than now after it failed."""

    __tablename__ = "to_index"
    petition: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    __table_args__ = (Index("to_index_at", "at"),)


class WordIndex(Base):
    """One petition's words, keyed by its year; none of one that asked for secrecy. `version`: of what was written.

    There is a row for each that was indexed; further indexes of words refer to it.
    """

    __tablename__ = "word_index"
    petition: Mapped[str] = mapped_column(ForeignKey("petition.number"), primary_key=True)
    version: Mapped[int]
    words: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    __table_args__ = (
        # what is not merged yet is read by every search
        Index("word_index_words", "words", postgresql_using="gin", postgresql_with={"gin_pending_list_limit": 512}),
    )


class TextIndex(Base):
    """What tells that two petitions say the same: the bands of a text, the numbers of cases in it."""

    __tablename__ = "text_index"
    petition: Mapped[str] = mapped_column(ForeignKey("word_index.petition", ondelete="CASCADE"), primary_key=True)
    keys: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    __table_args__ = (
        Index("text_index_keys", "keys", postgresql_using="gin", postgresql_with={"gin_pending_list_limit": 512}),
    )


class WordCount(Base):
    """In how many petitions of its time a word stands, as of the last count; of the rare ones there is no row."""

    __tablename__ = "word_count"
    word: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    petitions: Mapped[int]


class WordsCounted(Base):
    """Of which times words were counted, over how many petitions."""

    __tablename__ = "word_counted"
    label: Mapped[str] = mapped_column(primary_key=True)
    petitions: Mapped[int]


_GONE = """
CREATE FUNCTION data_key_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM to_index WHERE petition = OLD.subject;
    DELETE FROM word_index WHERE petition = OLD.subject;
    UPDATE person SET id_index = NULL, phone_index = NULL, other_phones_index = NULL, name_index = NULL,
        unit_index = NULL, initials = NULL WHERE petition = OLD.subject;
    RETURN NULL;
END $$;
CREATE TRIGGER data_key_gone AFTER DELETE ON data_key FOR EACH ROW EXECUTE FUNCTION data_key_gone();
"""
# with the last of what it deletes from: the table it watches is every service's
event.listen(WordIndex.__table__, "after_create", DDL(_GONE))
