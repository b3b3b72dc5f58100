"""The officers of our own office as intake tells them: one table and one handler in every service.

Letters come in no promised order, so the greatest revision wins. Intake keeps its own copy by the same function.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Boolean, Column, Integer, MetaData, Table, Text, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from courier.inbox import Message
from courier.work import Work
from gate.problems import Invalid

metadata = MetaData()

colleague = Table(
    "colleague",
    metadata,
    Column("officer", Text, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("department", Text),
    Column("service_point", Text),
    Column("roles", JSONB, nullable=False),
    Column("leads", JSONB, nullable=False),  # of a leader: the departments in their charge
    Column("active", Boolean, nullable=False),
)


def told(work: Work, message: Message) -> None:
    keep(work, message.data)


def keep(work: Work, entry: Mapping[str, Any]) -> None:
    """`entry`: what an officer's letter says. An older one than is known changes nothing."""
    values = {column.name: entry[column.name] for column in colleague.columns}
    statement = upsert(colleague).values(**values)
    work.session.execute(
        statement.on_conflict_do_update(
            index_elements=["officer"], set_=values, where=colleague.c.revision < statement.excluded.revision
        )
    )


class UnknownColleague(Invalid):
    def __init__(self, officer: str, known: list[str]):
        super().__init__(
            f"本院没有工号为 {officer} 的在岗人员；现有：{'、'.join(known)}", "no officer of ours has this number",
            field="officer", more={"known": known},
        )  # fmt: skip


def check(session: Session, officer: str) -> None:
    """Raises UnknownColleague for who does not work here. A service that was told of nobody takes any number."""
    known = dict(session.execute(select(colleague.c.officer, colleague.c.active).order_by(colleague.c.officer)).all())
    if known and not known.get(officer):
        raise UnknownColleague(officer, [number for number, active in known.items() if active])
