"""What is learnt from the office's own petitions: their texts, opened inside the service alone, and the line each got.

Nobody reads a text for it and none is written anywhere: what stays is weights, sealed (decision 026).
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import select

from contracts.vocabulary import Line
from courier.envelope import Actor
from courier.unit_of_work import ServiceContext, UnitOfWork
from intake.domain import learning
from intake.domain.learning import Example, Figures
from intake.domain.texts import folded
from intake.tables import Person, Petition
from intake.use_cases import classifying, people
from service_kit.vaults import vault_of
from vault import Sealed

NEWEST = 20_000  # petitions that are learnt from: what people write of changes
BATCH = 500
LEAST, LEAST_OF_LINE = 300, 30  # texts, without which nothing is learnt; of a line, without which it is not suggested


class TooFew(ValueError):  # noqa: N818 - what the texts are
    """There is not enough to learn from: a suggestion would be chance."""


def train(context: ServiceContext, actor: Actor) -> tuple[int, Figures]:
    """Learns from the newest petitions and keeps it: (version, figures), from the next preview on. Raises TooFew."""
    examples, labels = enough(list(_examples(context, actor)))
    figures = learning.measure(examples, labels)
    classifier = learning.fit(examples, labels, figures.sure, figures.floor)
    with context.begin(actor) as work:
        return classifying.keep(work, classifier, asdict(figures)), figures


def enough(examples: Sequence[Example]) -> tuple[list[Example], list[str]]:
    """Those of labels with texts enough, each text once, and these labels. Raises TooFew."""
    once = list({(folded(each.text), each.label): each for each in examples}.values())
    count = Counter(each.label for each in once)
    labels = sorted(label for label, texts in count.items() if texts >= LEAST_OF_LINE)
    kept = [each for each in once if each.label in labels]
    if len(labels) < 2 or len(kept) < LEAST:
        raise TooFew(f"{len(kept)} texts of {len(labels)} labels")
    return kept, labels


def _examples(context: ServiceContext, actor: Actor) -> Iterator[Example]:
    """The newest petitions, none that was said in secrecy or lies in an envelope."""
    after, left = None, NEWEST
    while left > 0:
        with context.begin(actor) as work:
            query = select(Petition).where(~Petition.secrecy, Petition.statement.is_not(None))
            if after is not None:
                query = query.where(Petition.number < after)
            found = work.session.scalars(query.order_by(Petition.number.desc()).limit(min(BATCH, left))).all()
            persons = _persons(work, found)
            vault_of(context).fetch_keys(work.session, [each.number for each in found])
            for each in found:
                if text := _text(work, each):
                    yield Example(text, Line(each.line), persons.get(each.number) or _digest(text))
        if len(found) < BATCH:
            return
        after, left = found[-1].number, left - len(found)


def _persons(work: UnitOfWork, petitions: Sequence[Petition]) -> dict[str, str]:
    """Number → who petitions, as a fingerprint: many texts of one person count as one person's."""
    query = select(Person.petition, Person.id_index, Person.phone_index)
    rows = work.session.execute(query.where(Person.petition.in_([each.number for each in petitions]), Person.seq == 1))
    known: dict[str, Any] = {row.petition: row.id_index or row.phone_index for row in rows}
    return {number: bytes(index).hex() for number, index in known.items() if index}


def _text(work: UnitOfWork, petition: Petition) -> str | None:
    try:
        parts = (people.disclose(work, petition, "title"), people.disclose(work, petition, "statement"))
    except Sealed:  # its key was destroyed: nothing is learnt of it
        return None
    return "\n".join(filter(None, parts))


def _digest(text: str) -> str:
    return hashlib.sha256(folded(text).encode()).hexdigest()
