"""Who is a party to a petition, for who must keep away (条例 28(3)): asked of intake, kept as hashes, let go with it.

No name stays here. A name is hashed under the petition's own key, and once that is destroyed proves nothing.
"""

import re
import unicodedata
from collections.abc import Collection
from datetime import UTC, datetime

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert as upsert

from courier import waits
from courier.inbox import Message
from courier.unit_of_work import UnitOfWork
from referral.tables import Parties
from service_kit.vaults import vault_of

# after these it has other parties, or others are named than before
CHANGES = frozenset(f"petition.{what}.v1" for what in ("corrected", "taken_over", "guarded", "merged", "parted"))
_BETWEEN = re.compile(r"[\s、，,；;/()（）]+")


def known(work: UnitOfWork, petition: str) -> Collection[bytes] | None:
    """Their hashes; None: intake has not told yet."""
    found = work.session.get(Parties, petition, populate_existing=True)
    return None if found is None or found.keyed is None else frozenset(map(bytes, found.keyed))


def ask(work: UnitOfWork, petition: str) -> None:
    """Asks intake, once in a while until it has told."""
    row = upsert(Parties).values(petition=petition, as_of=datetime.fromtimestamp(0, UTC), asked_at=work.now)
    again = Parties.asked_at < work.now - waits.PARTIES_ASKED
    asked = row.on_conflict_do_update(index_elements=["petition"], set_={"asked_at": work.now}, where=again)
    if work.session.scalar(asked.returning(Parties.petition)) is not None:
        work.letter("intake", "parties.asked.v1", "-", data={"petition": petition})


def told(work: UnitOfWork, message: Message) -> None:
    """By letter: the names of who petitions and of whom it is about."""
    petition, at = message.data["petition"], message.data["at"]
    names = {part for name in message.personal["names"] for part in (name, *_BETWEEN.split(name)) if part}
    keyed = sorted({imprint(work, petition, name) for name in names})
    newer = update(Parties).where(Parties.petition == petition, Parties.as_of <= at)
    work.session.execute(newer.values(keyed=keyed, as_of=at))


def changed(work: UnitOfWork, message: Message) -> None:
    """What was told may be out of date: whoever is called in next waits until it is told anew."""
    its = update(Parties).where(Parties.petition == message.data["petition"])
    work.session.execute(its.values(keyed=None, as_of=message.envelope.time))


def forget(work: UnitOfWork, petition: str) -> None:
    """Nobody is called in for it any more."""
    work.session.execute(delete(Parties).where(Parties.petition == petition))


def imprint(work: UnitOfWork, petition: str, name: str) -> bytes:
    """A name as it is compared, in any width and with any blanks, under the petition's key."""
    plain = "".join(unicodedata.normalize("NFKC", name).split()).casefold()
    return vault_of(work.context).imprint(work.session, petition, "party", plain)
