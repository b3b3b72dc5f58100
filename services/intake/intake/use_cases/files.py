"""A petition's files: in and out piece by piece, encrypted at rest; other agencies fetch them by one-time tokens.

What a token opens is decided each time anew, by one statement, from what has been heard of its referral: a grant that
comes late or a piece that is still to go finds the end just as well as the first request does.
"""

import hashlib
import hmac
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO, Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import aliased

from contracts import enclosure, plain
from courier import tables, waits
from courier.envelope import Actor
from courier.inbox import Message
from courier.unit_of_work import ServiceContext, UnitOfWork
from intake.domain import errors, states
from intake.tables import Contact, EndedReferral, File, FileGrant, FilePiece, Petition
from intake.use_cases import people, timeline
from service_kit.vaults import vault_of

PIECE = 256 * 1024
GRANTED_FOR = timedelta(days=30)
# the moves by which the agency has nothing to do with it any more
ENDING = frozenset(
    f"referral.{what}.v1" for what in ("returned", "passed_on", "recalled", "undelivered", "voided", "closed")
)


@dataclass(frozen=True, slots=True)
class Granted:
    """A file that may be handed out; `token`: the hash of the one-time token by which, none for an officer."""

    id: str
    petition: str
    size: int
    token: bytes | None = None
    claim: str | None = None  # which download of this token it is


def add(work: UnitOfWork, number: str, name: str, media_type: str, upload: IO[bytes], length: int) -> File:
    """What a petitioner gave. Raises IllegalMove, and what `keep` does. The caller holds the petition."""
    states.check("add-file", work.session.get_one(Petition, number).snapshot)
    file = keep(work, number, name, media_type, upload, length, None)
    file.referral = None  # an agency had the same: it is the petitioner's from now on, too
    return file


def keep(
    work: UnitOfWork, number: str, name: str, media_type: str, upload: IO[bytes], length: int, referral: str | None
) -> File:
    """Reads `length` bytes. The same content twice is one file. Raises Invalid; nothing is kept of what is refused.

    `referral`: with whose answer it comes. The caller holds the petition.
    """
    file, digest = _keep(work, number, {"petition": number, "referral": referral}, name, media_type, upload, length)
    if digest is not None:
        _tell(work, work.session.get_one(Petition, number), digest, file.size)
    return file


def add_to_entry(
    work: UnitOfWork, contact: Contact, name: str, media_type: str, upload: IO[bytes], length: int
) -> File:
    """As `add`, of what came by the petitioners' door, until it is decided. Raises FilesFull.

    The caller holds the contact.
    """
    if contact.outcome is not None:
        raise errors.FilesFull()
    file, _ = _keep(work, contact.id, {"contact": contact.id}, name, media_type, upload, length)
    its = select(func.count(), func.coalesce(func.sum(File.size), 0)).where(File.contact == contact.id)
    many, bytes_ = work.session.execute(its).one()  # whoever sends one again has sent no more
    if many > enclosure.MOST_OF_ENTRY or bytes_ > enclosure.LARGEST:
        raise errors.FilesFull()
    return file


def of_contact(work: UnitOfWork, contact: str) -> list[dict[str, Any]]:
    """As `of_petition`, of what is still the contact's alone."""
    its = select(File).where(File.contact == contact, File.petition.is_(None)).order_by(File.added_at, File.id)
    return [present(work, file) for file in work.session.scalars(its)]


def count_of_contact(work: UnitOfWork, contact: str) -> int:
    """How many came with it, wherever they are now."""
    return work.session.scalar(select(func.count()).where(File.contact == contact)) or 0


def take_in(work: UnitOfWork, contact: str, petition: Petition) -> None:
    """What came with a contact goes under the petition's key; what the petition has already stays the contact's."""
    its = select(File).where(File.contact == contact, File.petition.is_(None)).order_by(File.added_at, File.id)
    for file in work.session.scalars(its).all():
        digest = _sha256(work, file)
        known = work.session.scalar(select(File).where(_is(work, petition.number, digest)))
        if known is not None:
            known.referral = None  # an agency had the same: it is the petitioner's, too
            continue
        _seal_anew(work, file, petition.number)
        file.petition = petition.number
        _tell(work, petition, digest, file.size)


def give_back(work: UnitOfWork, contact: str) -> None:
    """What had gone into a petition that the contact does not belong to; tokens for it open nothing any more."""
    for file in work.session.scalars(select(File).where(File.contact == contact, File.petition.is_not(None))).all():
        work.session.execute(delete(FileGrant).where(FileGrant.file == file.id))
        _seal_anew(work, file, contact)
        file.petition = None


def of_petition(work: UnitOfWork, petition: Petition) -> list[dict[str, Any]]:
    """{sha256, size, media_type, name} of what the petitioner gave, in the order in which it came."""
    return [present(work, file) for file in petition.files]


def present(work: UnitOfWork, file: File) -> dict[str, Any]:
    """{sha256, size in bytes, media_type, name}."""
    # what was kept under an earlier rule leaves under this one
    name = plain.file_name(people.unseal(work, file.subject, f"file|name|{file.id}", bytes(file.name)))
    return {"sha256": _sha256(work, file), "size": file.size, "media_type": file.media_type, "name": name}


def find(work: UnitOfWork, number: str, digest: str) -> File:
    """The petition's file of this SHA-256 (hex), or that of a contact by its id. Raises NoSuchFile."""
    file = work.session.scalar(select(File).where(_is(work, number, digest)))
    if file is None:
        raise errors.NoSuchFile()
    return file


def granted(work: UnitOfWork, message: Message) -> None:
    """referral offers a file to an agency: its token opens it there, once; it may put an end to those before it."""
    data = message.data
    file = find(work, data["petition"], data["sha256"])
    work.session.add(
        FileGrant(
            token=hash_of(message.personal["token"]),
            file=file.id,
            agency=data["agency"],
            until=work.now + GRANTED_FOR,
            referral=data.get("referral"),
            granted_at=message.envelope.time,
            replaces=data.get("replaces", False),
        )
    )


def moved(work: UnitOfWork, message: Message) -> None:
    """A referral that ended takes its tokens with it; what was not delivered may be sent again, with new ones."""
    if message.envelope.type in ENDING:
        undelivered = message.envelope.type == "referral.undelivered.v1"
        _end(work, message.data["referral"], message.envelope.time if undelivered else None)


def barred(work: UnitOfWork, message: Message) -> None:
    """referral found that the agency may not have it, though it has it: what it did not fetch by then it does not get.

    Where the directory was wrong and is put right, it asks for the offer again and has new tokens.
    """
    _end(work, message.data["referral"], message.envelope.time)


def by_token(work: UnitOfWork, digest: str, token: str) -> Granted | None:
    """Claims the file a token opens, for this download alone. Raises FileBusy while another one has it.

    None for a token that is unknown, used, too old, withdrawn or of another file.
    """
    hashed, claim = hash_of(token), uuid.uuid4().hex
    file = work.session.scalar(select(File).join(FileGrant, FileGrant.file == File.id).where(FileGrant.token == hashed))
    if file is None or not hmac.compare_digest(_sha256(work, file), digest):
        return None
    grant = work.session.get_one(FileGrant, hashed)
    if states.withheld(work.session.get_one(Petition, file.subject).snapshot, grant.agency):
        # granted before it was held
        return None
    opens = and_(FileGrant.token == hashed, File.id == FileGrant.file, _is_good())
    free = or_(FileGrant.claimed_until.is_(None), FileGrant.claimed_until < func.now())
    claimed = work.session.execute(
        update(FileGrant)
        .where(opens, free)
        .values(claim=claim, claimed_until=func.now() + waits.DOWNLOAD_LEASE)
        .returning(File.id, File.size)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if claimed is not None:
        return Granted(claimed.id, file.subject, claimed.size, hashed, claim)
    if work.session.scalar(select(exists().where(opens))):
        raise errors.FileBusy()
    return None


def pieces(context: ServiceContext, actor: Actor, file: Granted, arrived: Callable[[], bool]) -> Iterator[bytes]:
    """A piece at a time, each in a transaction of its own: a slow reader holds no connection and no memory.

    A token is used up once all has `arrived` at the other end, which is waited for at the empty piece, and free again
    when the connection broke before. What was withdrawn meanwhile stops there.
    """
    whole = False
    try:
        with context.begin(actor) as work:
            last = work.session.scalar(select(func.max(FilePiece.seq)).where(FilePiece.file == file.id)) or 0
        for seq in range(last + 1):
            with context.begin(actor) as work:
                if file.token is not None:
                    _go_on(work, file)
                piece = work.session.get_one(FilePiece, (file.id, seq))
                label = _label(file.id, seq)
                plain = vault_of(work.context).open(work.session, file.petition, label, bytes(piece.sealed))
            yield plain
        yield b""
        whole = file.token is not None and arrived()
    finally:
        if file.token is not None:
            with context.begin(actor) as work:
                _let_go(work, file, whole)


def _seal_anew(work: UnitOfWork, file: File, subject: str) -> None:
    """Piece by piece: a whole file is never in memory."""
    vault, before = vault_of(work.context), file.subject
    digest, name = _sha256(work, file), people.unseal(work, before, f"file|name|{file.id}", bytes(file.name))
    seqs = select(FilePiece.seq).where(FilePiece.file == file.id).order_by(FilePiece.seq)
    for seq in work.session.scalars(seqs).all():
        its, label = (FilePiece.file == file.id) & (FilePiece.seq == seq), _label(file.id, seq)
        sealed = work.session.execute(select(FilePiece.sealed).where(its)).scalar_one()
        anew = vault.seal(work.session, subject, label, vault.open(work.session, before, label, bytes(sealed)))
        moved = update(FilePiece).where(its).values(sealed=anew)
        work.session.execute(moved.execution_options(synchronize_session=False))
    file.name = people.seal(work, subject, f"file|name|{file.id}", name)
    file.sealed_sha256 = people.seal(work, subject, sha256_label(file.id), digest)
    file.keyed = keyed(work, subject, digest)


def _keep(
    work: UnitOfWork,
    subject: str,
    whose: Mapping[str, str | None],
    name: str,
    media_type: str,
    upload: IO[bytes],
    length: int,
) -> tuple[File, str | None]:
    """The file, with its SHA-256 where it was not there before."""
    id_, whole, read, seq = uuid.uuid4().hex, hashlib.sha256(), 0, 0
    while read < length and (piece := upload.read(min(PIECE, length - read))):
        if seq == 0 and not piece.startswith(enclosure.BEGINNINGS[media_type]):
            raise errors.NotThatType()
        whole.update(piece)
        sealed = vault_of(work.context).seal(work.session, subject, _label(id_, seq), piece)
        work.session.add(FilePiece(file=id_, seq=seq, sealed=sealed))
        work.session.flush()
        work.session.expunge_all()
        read, seq = read + len(piece), seq + 1
    if read == 0 or read < length:
        raise errors.NotWhole()
    digest = whole.hexdigest()
    known = work.session.scalar(select(File).where(_is(work, subject, digest)))
    if known is not None:
        work.session.execute(delete(FilePiece).where(FilePiece.file == id_))
        return known, None
    file = File(
        id=id_,
        **whose,
        sha256=f"sealed:{id_}",
        size=read,
        media_type=media_type,
        name=people.seal(work, subject, f"file|name|{id_}", name),
        added_at=work.now,
        officer=work.actor.officer,
        keyed=keyed(work, subject, digest),
        sealed_sha256=people.seal(work, subject, sha256_label(id_), digest),
    )
    work.session.add(file)
    work.session.flush()
    return file, digest


def _tell(work: UnitOfWork, petition: Petition, digest: str, size: int) -> None:
    imprint = keyed(work, petition.number, digest).hex()
    timeline.record(work, petition, "petition.file_added.v1", sha256=None, digest=imprint, size=size)


def _end(work: UnitOfWork, referral: str, before: datetime | None) -> None:
    """For the tokens given before a moment; None: for good, whatever comes later."""
    ended = upsert(EndedReferral).values(referral=referral, before=before)
    later = func.greatest(EndedReferral.before, before)
    work.session.execute(
        ended.on_conflict_do_update(index_elements=["referral"], set_={"before": None})
        if before is None
        else ended.on_conflict_do_update(
            index_elements=["referral"], set_={"before": later}, where=EndedReferral.before.is_not(None)
        )
    )


def _is_good() -> ColumnElement[bool]:
    """Whether a grant may still be used, whoever is using it now. What is not known for certain is not given."""
    newer, ended, box = aliased(FileGrant), EndedReferral, tables.inbox
    return and_(
        FileGrant.used_at.is_(None),
        FileGrant.until >= func.now(),
        # of a grant from before it was said, nobody knows what ended
        FileGrant.referral.is_not(None),
        ~exists().where(
            ended.referral == FileGrant.referral, or_(ended.before.is_(None), ended.before >= FileGrant.granted_at)
        ),
        # what waits here or failed may be its end
        ~exists().where(box.c.source == "referral", box.c.subject == FileGrant.referral, box.c.version.is_not(None)),
        ~exists().where(
            newer.referral == FileGrant.referral,
            newer.file == FileGrant.file,
            newer.replaces,
            newer.granted_at > FileGrant.granted_at,
        ),
    )


def _go_on(work: UnitOfWork, file: Granted) -> None:
    """Says that the download still runs. Raises when it was withdrawn, or given to another that did not wait longer."""
    going = update(FileGrant).where(FileGrant.token == file.token, FileGrant.claim == file.claim, _is_good())
    going = going.values(claimed_until=func.now() + waits.DOWNLOAD_LEASE).execution_options(synchronize_session=False)
    if work.session.scalar(going.returning(FileGrant.token)) is None:
        # the answer has begun: only a connection that ends before the length it promised says that it is not whole
        raise ConnectionAbortedError("the file was withdrawn while it was fetched")


def _let_go(work: UnitOfWork, file: Granted, whole: bool) -> None:
    work.session.execute(
        update(FileGrant)
        .where(FileGrant.token == file.token, FileGrant.claim == file.claim)
        .values(claim=None, claimed_until=None, used_at=func.now() if whole else None)
    )


def keyed(work: UnitOfWork, number: str, digest: str) -> bytes:
    """What a file of this SHA-256 is known by in this petition: without its key nobody can try what was in a form."""
    return vault_of(work.context).imprint(work.session, number, "file", digest)


def sha256_label(file: str) -> str:
    """What the SHA-256 of a file is sealed as: its id is in it, so that no row can pass for another."""
    return f"file|sha256|{file}"


def _is(work: UnitOfWork, number: str, digest: str) -> ColumnElement[bool]:
    # in clear: of rows that `in_clear` has not come to
    its = or_(File.petition == number, and_(File.contact == number, File.petition.is_(None)))
    return and_(its, or_(File.keyed == keyed(work, number, digest), File.sha256 == digest))


def _sha256(work: UnitOfWork, file: File) -> str:
    if file.sealed_sha256 is None:
        return file.sha256
    return people.unseal(work, file.subject, sha256_label(file.id), bytes(file.sealed_sha256))


def _label(file: str, seq: int) -> str:
    return f"file_piece|sealed|{file}|{seq}"


def hash_of(token: str) -> bytes:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).digest()
