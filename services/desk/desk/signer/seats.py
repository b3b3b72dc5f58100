"""What an officer's token may say, as intake's office data has it; asked for again after a minute at the latest."""

import time
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import requests

from contracts.problems import Unavailable
from contracts.vocabulary import Role
from desk.signer.problems import NoRole
from web.tokens import SIGNED_FOR, Officer, issue

FRESH = 55.0  # seconds; within the minute that is promised, the answer's way included
_WAITS = (1.0, 5.0)
OURSELVES = "signer"


@dataclass(frozen=True, slots=True)
class Seat:
    """An officer's roles and place; `second_factor`: whether one of the roles logs in with one."""

    officer: str
    roles: frozenset[str]
    department: str | None
    service_point: str | None
    second_factor: bool


class Seats:
    """Asks intake with a token of our own, which opens this and nothing else."""

    def __init__(self, intake: str, key: Path, jurisdiction: str, our_agency: str):
        self.intake, self.key, self.jurisdiction, self.our_agency = intake, key, jurisdiction, our_agency
        self.known: dict[str, tuple[float, Seat]] = {}
        self.lock = Lock()

    def of(self, number: str) -> Seat:
        """Raises NoRole for whom the office does not know, Unavailable where it cannot be asked."""
        with self.lock:
            at, seat = self.known.get(number, (0.0, None))
        if seat is None or time.monotonic() - at > FRESH:
            at, seat = time.monotonic(), self._ask(number)
            with self.lock:
                self.known[number] = at, seat
        return seat

    def token(self, seat: Seat, proved_at: int) -> str:
        """For minutes, of what the seat says now."""
        who = Officer(self.our_agency, seat.officer, seat.roles, seat.department, seat.service_point, proved_at)
        return issue(self.key, self.jurisdiction, who, SIGNED_FOR / 3600)

    def _ask(self, number: str) -> Seat:
        ours = Seat(OURSELVES, frozenset({Role.SYSTEM}), None, None, False)
        headers = {"Authorization": f"Bearer {self.token(ours, 0)}"}
        try:
            answer = requests.get(f"{self.intake}/officers/{number}/roles", headers=headers, timeout=_WAITS)
            said = answer.json()
        except (requests.RequestException, ValueError):
            raise Unavailable("暂时无法核对本院名册，请稍后重试", "the office's list cannot be asked") from None
        if answer.status_code == 404:
            raise NoRole()
        if not answer.ok:
            raise Unavailable("暂时无法核对本院名册，请稍后重试", "the office's list cannot be asked")
        # a role that nobody of ours can have is none: whoever answers in intake's place makes nobody everything
        roles = frozenset(each for each in said["roles"] if each not in (Role.ALL, Role.SYSTEM, Role.AGENCY))
        return Seat(number, roles, said["department"], said["service_point"], bool(said["second_factor"]))
