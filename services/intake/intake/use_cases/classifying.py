"""The line that is suggested for a text, by what was learnt from the office's own. Untrained, nothing is."""

from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from contracts.vocabulary import Certainty, Line
from courier.unit_of_work import ServiceContext, UnitOfWork
from intake.domain.classifier import Broken, Classifier
from intake.tables import Classifier as Kept
from service_kit.vaults import vault_of
from vault import Sealed

KEPT = 2  # versions: the one that counts, and the one before it


def suggest(work: UnitOfWork, text: str) -> list[dict[str, Any]]:
    """The first two lines, each with how sure and the words that led to it; nothing where it would be a guess."""
    classifier = latest(work.context, work.session)
    found = classifier.suggest(text) if classifier is not None and text else []
    return [
        {
            "line": (line := Line(each.label)),
            "line_zh": line.zh,
            "certainty": (how := Certainty.LIKELY if each.likely >= classifier.sure else Certainty.POSSIBLE),
            "certainty_zh": how.zh,
            "words": list(each.words),
        }
        for each in found
        if classifier is not None
    ]


def latest(context: ServiceContext, session: Session) -> Classifier | None:
    """The newest, opened once; None: there is none, or it does not open, of which `broken` tells."""
    trained = context.tools.trained
    version = session.scalar(select(Kept.version).order_by(Kept.version.desc()).limit(1))
    if version is None:
        trained.version, trained.classifier = 0, None
    elif version != trained.version:
        trained.version, trained.classifier = version, _opened(context, session, version)
    found: Classifier | None = trained.classifier
    return found


def broken(context: ServiceContext, session: Session) -> int:
    """1 where the newest weights are not what was kept: nothing is suggested until they are trained anew."""
    return int(latest(context, session) is None and context.tools.trained.version > 0)


def keep(work: UnitOfWork, classifier: Classifier, figures: dict[str, Any]) -> int:
    """Counts from the next preview on, in every copy of the service. Returns its version; the oldest is destroyed."""
    session, vault = work.session, vault_of(work.context)
    newest = session.scalar(select(Kept.version).order_by(Kept.version.desc()).limit(1).with_for_update()) or 0
    version = newest + 1
    sealed = vault.seal(session, subject_of(version), _label(version), classifier.dump())
    session.add(Kept(version=version, trained_at=work.now, officer=work.actor.officer, figures=figures, weights=sealed))
    for old in session.scalars(select(Kept.version).where(Kept.version <= version - KEPT)).all():
        session.execute(delete(Kept).where(Kept.version == old))
        vault.destroy(session, subject_of(old))
    return version


def subject_of(version: int) -> str:
    """Whose data key closes the weights."""
    return f"classifier/{version}"


def _opened(context: ServiceContext, session: Session, version: int) -> Classifier | None:
    sealed = session.scalar(select(Kept.weights).where(Kept.version == version))
    try:
        found = Classifier.load(vault_of(context).open(session, subject_of(version), _label(version), sealed or b""))
    except (Broken, Sealed):
        return None
    return found if set(found.labels) <= set(Line) else None


def _label(version: int) -> str:
    return f"classifier|weights|{version}"
