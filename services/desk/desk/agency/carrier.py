"""Hands in the files of an answer once the other side asks for them, until it has them or says why not.

Apart from the line: a large file on a slow network would keep the broker waiting. Killed at any point it begins anew; a
file that is there already is taken once more and changes nothing.
"""

import logging
import time
from datetime import UTC, datetime, timedelta
from threading import Thread

import requests
from sqlalchemy import Engine, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from contracts import enclosure
from desk.agency import enclosures, history
from desk.agency.tables import Enclosed, Heard
from vault import Safe

log = logging.getLogger(__name__)

WANTED = "referral.files_wanted.v1"
_LOOK, _PAUSE = 0.5, 5.0  # seconds between two looks, and after one that failed
_WAITS = (3.0, 60.0)
# a token may come before what it opens is known there
_PATIENCE = timedelta(minutes=10)


class Carrier:
    """`url`: where files are handed in."""

    def __init__(self, url: str, engine: Engine, safe: Safe):
        self.url, self.engine, self.safe = url, engine, safe

    def start(self) -> None:
        """On a thread of its own, until the process ends."""
        Thread(target=self.run, name="carrier", daemon=True).start()

    def run(self) -> None:
        """For ever; a database or a procuratorate that is away is waited for."""
        while True:
            try:
                all_went = self.carry()
            except (SQLAlchemyError, requests.RequestException) as fault:
                log.warning("a file was not handed in (%s)", type(fault).__name__)
                all_went = False
            except Exception:
                log.exception("handing in failed")
                all_went = False
            time.sleep(_LOOK if all_went else _PAUSE)

    def carry(self) -> bool:
        """Hands in everything that is asked for; False where something is to be tried again."""
        with Session(self.engine) as session:
            asked = select(Heard.matter).where(Heard.type == WANTED, Heard.content.is_not(None))
            waiting = select(Enclosed.said, Enclosed.sha256).where(
                Enclosed.content.is_not(None), Enclosed.refused.is_(None), Enclosed.matter.in_(asked)
            )
            files = session.execute(waiting.order_by(Enclosed.at, Enclosed.sha256)).all()
        went = [self._hand_in(said, sha256) for said, sha256 in files]  # one that waits keeps no other
        return all(went)

    def _hand_in(self, said: str, sha256: str) -> bool:
        with Session(self.engine) as session:
            file = session.get(Enclosed, (said, sha256))
            found = self._token(session, file) if file is not None else None
            if file is None or file.content is None or found is None:
                return True  # its answer is not taken yet
            content = self.safe.open(enclosures.label(said, sha256), file.key_id or "", file.content)
        token, asked_at = found
        headers = {"Authorization": f"Bearer {token}", "Content-Type": str(enclosure.media_type(content))}
        # nothing of the database is held while it goes
        answer = requests.put(f"{self.url}/files/{sha256}", data=content, headers=headers, timeout=_WAITS)
        at = datetime.now(UTC)
        early = answer.status_code == 403 and at - asked_at < _PATIENCE
        if early or answer.status_code in (408, 409, 429) or answer.status_code >= 500:
            return False
        became = {"handed_at": at, "key_id": None, "content": None} if answer.ok else {"refused": _sentence(answer)}
        with Session(self.engine) as session:
            its = update(Enclosed).where(Enclosed.said == said, Enclosed.sha256 == sha256)
            session.execute(its.values(became))
            session.commit()
        return True

    def _token(self, session: Session, file: Enclosed) -> tuple[str, datetime] | None:
        """By what it may be handed in, and since when; None while it is not asked for."""
        heard = select(Heard).where(Heard.type == WANTED, Heard.matter == file.matter, Heard.content.is_not(None))
        for each in session.scalars(heard.order_by(Heard.at.desc())):
            data = history.content(self.safe, each) or {}
            if data.get("message") == file.said:
                return next(((one["token"], each.at) for one in data["files"] if one["sha256"] == file.sha256), None)
        return None


def _sentence(answer: requests.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"检察院没有收下（{answer.status_code}）"
