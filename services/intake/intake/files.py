"""A petition's files: in and out piece by piece, encrypted at rest; other agencies fetch them by one-time tokens."""

import hashlib
import hmac
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import IO, Any

from sqlalchemy import delete, func, select

from courier.envelope import Actor
from courier.inbox import Message
from courier.work import Office, Work
from intake import domain, errors, people, timeline
from intake.tables import File, FileGrant, FilePiece, Petition

PIECE = 256 * 1024
GRANTED_FOR = timedelta(days=30)
# what is let in → how it begins: what says it is a picture and is a program is turned away
BEGINNINGS = {
    "application/pdf": (b"%PDF-",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "audio/mpeg": (b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2"),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": (b"PK\x03\x04",),
}


@dataclass(frozen=True, slots=True)
class Granted:
    """A file that may be handed out; `token`: the hash of the one-time token by which, none for an officer."""

    id: str
    petition: str
    size: int
    token: bytes | None


def add(work: Work, number: str, name: str, media_type: str, upload: IO[bytes], length: int) -> File:
    """Reads `length` bytes. The same content twice is one file. Raises Invalid; nothing is kept of what is refused.

    The caller holds the petition.
    """
    domain.check("add-file", work.session.get_one(Petition, number).standing)
    id_, whole, read, seq = uuid.uuid4().hex, hashlib.sha256(), 0, 0
    while read < length and (piece := upload.read(min(PIECE, length - read))):
        if seq == 0 and not piece.startswith(BEGINNINGS[media_type]):
            raise errors.NotThatType()
        whole.update(piece)
        sealed = people.vault_of(work).seal(work.session, number, _label(id_, seq), piece)
        work.session.add(FilePiece(file=id_, seq=seq, sealed=sealed))
        work.session.flush()
        work.session.expunge_all()
        read, seq = read + len(piece), seq + 1
    if read == 0 or read < length:
        raise errors.NotWhole()
    digest = whole.hexdigest()
    known = work.session.scalar(select(File).where(File.petition == number, File.sha256 == digest))
    if known is not None:
        work.session.execute(delete(FilePiece).where(FilePiece.file == id_))
        return known
    file = File(
        id=id_,
        petition=number,
        sha256=digest,
        size=read,
        media_type=media_type,
        name=people.seal(work, number, f"file|name|{id_}", name),
        added_at=work.now,
        officer=work.actor.officer,
    )
    work.session.add(file)
    work.session.flush()
    petition = work.session.get_one(Petition, number)
    timeline.record(work, petition, "petition.file_added.v1", sha256=digest, size=read)
    return file


def of_petition(work: Work, number: str) -> list[dict[str, Any]]:
    """{sha256, size, media_type, name}, in the order in which they came."""
    found = work.session.scalars(select(File).where(File.petition == number).order_by(File.added_at, File.id))
    return [present(work, file) for file in found]


def present(work: Work, file: File) -> dict[str, Any]:
    name = people.unseal(work, file.petition, f"file|name|{file.id}", bytes(file.name))
    return {"sha256": file.sha256, "size": file.size, "media_type": file.media_type, "name": name}


def find(work: Work, number: str, digest: str) -> File:
    file = work.session.scalar(select(File).where(File.petition == number, File.sha256 == digest))
    if file is None:
        raise errors.NoSuchFile()
    return file


def granted(work: Work, message: Message) -> None:
    """referral offers a file to an agency: its token opens it there, once."""
    data = message.data
    file = find(work, data["petition"], data["sha256"])
    token = _hash(message.personal["token"])
    work.session.add(FileGrant(token=token, file=file.id, agency=data["agency"], until=work.now + GRANTED_FOR))


def by_token(work: Work, digest: str, token: str) -> Granted | None:
    """The file a token opens; None for a token that is unknown, used or too old, or of another file."""
    grant = work.session.get(FileGrant, _hash(token))
    if grant is None or grant.used_at is not None or grant.until < work.now:
        return None
    file = work.session.get_one(File, grant.file)
    if not hmac.compare_digest(file.sha256, digest):
        return None
    if domain.withheld(work.session.get_one(Petition, file.petition).standing, grant.agency):
        # granted before it was held
        return None
    return Granted(file.id, file.petition, file.size, grant.token)


def pieces(office: Office, actor: Actor, file: Granted) -> Iterator[bytes]:
    """A piece at a time, each in a transaction of its own: a slow reader holds no connection and no memory.

    A token is used up with the last piece, before that is handed out: who has the whole cannot have it again, and who
    was cut off before may try again.
    """
    with office.begin(actor) as work:
        last = work.session.scalar(select(func.max(FilePiece.seq)).where(FilePiece.file == file.id)) or 0
    for seq in range(last + 1):
        with office.begin(actor) as work:
            if seq == last and file.token is not None:
                work.session.get_one(FileGrant, file.token, with_for_update=True).used_at = work.now
            piece = work.session.get_one(FilePiece, (file.id, seq))
            label = _label(file.id, seq)
            plain = people.vault_of(work).open(work.session, file.petition, label, bytes(piece.sealed))
        yield plain


def _label(file: str, seq: int) -> str:
    return f"file_piece|sealed|{file}|{seq}"


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
