"""The directory of agencies as referral tells it: each service's copy, with the columns it needs."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.dialects.postgresql import insert as upsert

from courier.unit_of_work import UnitOfWork


def keep(work: UnitOfWork, agency: type[Any], told: Mapping[str, Any]) -> None:
    """Takes over what a letter tells of an agency into the service's own table. An older revision changes nothing.

    The same one told again with its edges does: an older copy of the service may have taken it without them.
    """
    columns = [column.key for column in inspect(agency).columns if column.key != "code"]
    statement = upsert(agency).values(code=told["agency"], **{name: told.get(name) for name in columns})
    known, new = agency.revision, statement.excluded.revision
    work.session.execute(
        statement.on_conflict_do_update(
            index_elements=["code"],
            set_={name: statement.excluded[name] for name in columns},
            where=known <= new if "edges" in told else known < new,
        )
    )


def active(work: UnitOfWork, agency: type[Any]) -> list[Any]:
    """Those that something can go to or be about today."""
    return list(work.session.scalars(select(agency).where(agency.active).order_by(agency.code)))
