"""The keys by which petitions are indexed: the vault's fingerprints, of names and words those of one time alone.

By them a dump tells which rows say the same within that time, and of no two times.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from courier.unit_of_work import UnitOfWork
from intake.domain import finding, identity
from intake.tables import Serial
from service_kit.vaults import vault_of
from statute import day_of


def of_person(work: UnitOfWork, year: int, person: Mapping[str, str | None], unit: str | None) -> dict[str, Any]:
    """What one who petitions in the open is found by; `unit`: for which they speak."""
    name = person["name"] or ""
    # of the numbers alone: found by whoever writes the extension otherwise
    phones = [phone_number(work, each) for each in identity.numbers(person)]
    return {
        "id_index": resident_id(work, person["resident_id"]) if person["resident_id"] else None,
        "phone_index": phones[0] if phones else None,
        "other_phones_index": sorted(phones[1:]) or None,
        "name_index": named(work, year, name),
        "unit_index": of_unit(work, year, unit) if unit else None,
        "initials": sorted(of_initials(work, year, each) for each in finding.initials(name)),
    }


def resident_id(work: UnitOfWork, number: str) -> bytes:
    """Of whatever year: there is one such person."""
    return vault_of(work.context).fingerprint("resident_id", number)


def phone_number(work: UnitOfWork, number: str) -> bytes:
    """Of whatever year, as of an ID; E.164, without extension."""
    return vault_of(work.context).fingerprint("phone", number)


def named(work: UnitOfWork, year: int, name: str) -> bytes:
    """Of a person's name, in petitions of that year."""
    return vault_of(work.context).fingerprint(f"name|{year}", finding.name(name))


def of_unit(work: UnitOfWork, year: int, name: str) -> bytes:
    """Of the name of an organisation that petitions."""
    return vault_of(work.context).fingerprint(f"unit|{year}", finding.name(name))


def of_initials(work: UnitOfWork, year: int, initials: str) -> int:
    """Of up to three letters."""
    return _short(work, f"initials|{year}", initials)


def of_words(work: UnitOfWork, label: str, words: Iterable[str]) -> list[int]:
    """Of pairs of characters, in petitions of that label."""
    return [_short(work, f"word|{label}", each) for each in words]


def of_respondent(work: UnitOfWork, label: str, name: str) -> int:
    """Of whom a petition is about; it stands among the words."""
    return _short(work, f"respondent|{label}", finding.name(name))


def of_case(work: UnitOfWork, number: str) -> int:
    """Of the number of a case or paper that a text names, of whatever year; it stands among the text's bands."""
    return _short(work, "case", number)


def text_key(work: UnitOfWork) -> bytes:
    """By what texts are hashed to be compared, of whatever year."""
    return vault_of(work.context).fingerprint("texts", "")


def label(registered_at: datetime) -> str:
    """The quarter whose words it is among: what is common fills a shorter list, and the newest is read first."""
    day = day_of(registered_at)
    return f"{day.year}Q{(day.month + 2) // 3}"


def labels(years: Sequence[int]) -> list[str]:
    """Of these years, in the same order, the newest quarter of each first."""
    return [f"{year}Q{quarter}" for year in years for quarter in (4, 3, 2, 1)]


def years(work: UnitOfWork) -> list[int]:
    """Those in which petitions got numbers, the newest first."""
    return list(work.session.scalars(select(Serial.year).order_by(Serial.year.desc())))


def _short(work: UnitOfWork, purpose: str, value: str) -> int:
    # four bytes: of a hundred words of a petition one in forty million is taken for another, at half the disk of eight
    return int.from_bytes(vault_of(work.context).fingerprint(purpose, value)[:4], signed=True)
