"""Digests that older code wrote in clear: sealed or taken away, a batch at a time. For the release after to drop."""

from sqlalchemy import func, select, text, update

from courier.unit_of_work import UnitOfWork
from intake.tables import STEP_IN_CLEAR, File, Petition, Step
from intake.use_cases import files, people


def close(work: UnitOfWork, limit: int = 200) -> int:
    """How many; 0 when nothing was left."""
    return _files(work, limit) + _posts(work, limit) + _steps(work, limit)


def _files(work: UnitOfWork, limit: int) -> int:
    plain = select(File).where(File.sha256.not_like("sealed:%")).limit(limit).with_for_update(skip_locked=True)
    found = work.session.scalars(plain).all()
    for file in found:
        file.keyed = files.keyed(work, file.subject, file.sha256)
        file.sealed_sha256 = people.seal(work, file.subject, files.sha256_label(file.id), file.sha256)
        file.sha256 = f"sealed:{file.id}"
    return len(found)


def _posts(work: UnitOfWork, limit: int) -> int:
    plain = select(Petition).where(Petition.post_digest.is_not(None)).limit(limit).with_for_update(skip_locked=True)
    found = work.session.scalars(plain).all()
    for petition in found:
        petition.post_sealed = people.seal(work, petition.number, "petition|post_sealed", petition.post_digest)
        petition.post_digest = None
    return len(found)


def _steps(work: UnitOfWork, limit: int) -> int:
    """Older code tells the line with this member, so it stays, and is null."""
    plain = select(Step.id).where(text(STEP_IN_CLEAR)).limit(limit).with_for_update(skip_locked=True)
    ids = work.session.scalars(plain).all()
    said = {"data": func.jsonb_set(Step.data, "{sha256}", "null")}
    work.session.execute(update(Step).where(Step.id.in_(ids)).values(said))
    return len(ids)
