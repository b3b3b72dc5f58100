"""How the office is reached, and its departments: the county's card, as notify has it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from contracts import office_file


@dataclass(frozen=True, slots=True)
class OfficeCard:
    """The office's own phone, and each department's name and phone by code."""

    phone: str = "12309"
    departments: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # code → name and phone
    second_factor: frozenset[str] = frozenset(office_file.SECOND_FACTOR)  # the roles that log in with one
    triage: str | None = None  # the officer who alone reads what comes by the petitioners' door

    @classmethod
    def load(cls, path: Path | None) -> "OfficeCard":
        """Without a file the national number, and departments by their code."""
        if path is None:
            return cls()
        file = office_file.read(path)
        departments = {each.code: (each.name, each.phone) for each in file.departments}
        return cls(file.phone, departments, frozenset(file.second_factor), file.triage)

    def department(self, code: str | None) -> tuple[str, str]:
        """(name, phone) for who is told whom to ask: an unknown code is its own name, none is the office."""
        return self.departments.get(code or "", (code or "本院", self.phone))
