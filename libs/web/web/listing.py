"""Lists: how one is declared, which page of it is asked for, how it is answered; every list has this one shape.

A page begins behind the last row of the one before (its sort key and number), never at a count of rows: what comes or
goes meanwhile makes no other row appear twice or be passed over, and the thousandth page costs what the first does.
"""

import base64
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from marshmallow import ValidationError, fields, validate
from sqlalchemy import ColumnElement, Select, func, literal, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from contracts.fields import Pattern
from contracts.problems import Malformed
from web.call import Call
from web.idempotency import OFFICE

COUNTED = 1000  # rows a total counts up to: beyond, nobody reads it as a number, and counting would cost the most
READ = 200  # up to so many they are counted by reading them: a statement more takes longer
USUAL, MOST = 50, 100
_LIMIT = re.compile(r"[1-9][0-9]?|100")

Key = ColumnElement[Any] | InstrumentedAttribute[Any]
Fields = Mapping[str, fields.Field[Any]]
Rows = Select[*tuple[Any, ...]]


class WrongCursor(Malformed):
    """Of another list, sort, filter or officer, or made up: told alike, so that trying tells nothing."""

    def __init__(self) -> None:
        super().__init__(
            "查询参数 after：翻页位置无效或不属于本次查询，请从第一页重新查询",
            "the cursor is not one of this query: begin with the first page",
            field="after",
        )


class _Limit(fields.Integer):
    """In a query, where everything is text."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if not isinstance(value, str) or not _LIMIT.fullmatch(value):
            raise ValidationError(f"应为 1 至 {MOST} 的整数")
        return int(value)


class _Cursor(Pattern):
    """What `next` of the page before said."""

    # the shortest is a nonce, a tag and a key
    pattern, zh = re.compile(r"[A-Za-z0-9_-]{40,600}"), "应为上一页 next 给出的翻页位置"


def paged() -> Fields:
    """What asks for a page: `limit` and `after`."""
    return {"limit": _Limit(load_default=USUAL, validate=validate.Range(1, MOST)), "after": _Cursor()}


def counted(session: Session, rows: Rows, most: int = COUNTED) -> tuple[int, bool]:
    """How many, counted up to `most`, and whether there are more."""
    each = rows.with_only_columns(literal(1), maintain_column_froms=True).limit(most + 1)
    found = session.scalar(select(func.count()).select_from(each.subquery())) or 0
    return min(found, most), found > most


@dataclass(frozen=True, slots=True)
class Found:
    """A page: its rows, the whole counted as far as it is, and the cursor of the page behind it, if there is one."""

    noun: str
    rows: Sequence[Any]
    total: int
    total_is_more: bool
    next: str | None

    def answer(self, shown: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
        """{<noun>: shown, total, total_is_more, next}; `shown`: each of the rows as a client reads it."""
        return {self.noun: list(shown), "total": self.total, "total_is_more": self.total_is_more, "next": self.next}


@dataclass(frozen=True, slots=True)
class Page:
    """What one request asks of a list: how many rows, in which order, behind which; `filters`: what narrows it.

    `counts`: up to how many rows the whole is counted.
    """

    noun: str
    call: Call
    keys: Sequence[Key]
    descending: bool
    filters: Mapping[str, Any]
    limit: int
    after: str | None
    asked: Mapping[str, Any]  # by name, all that a cursor is bound to
    counts: int = COUNTED

    def of(self, session: Session, rows: Rows) -> Found:
        """The page of `rows`, a select in no order, of those in sight alone. Raises WrongCursor.

        A row is the one entity that `rows` selects, else by its names what it selects.
        """
        query = rows.add_columns(*(key.label(f"key_{index}") for index, key in enumerate(self.keys)))
        query = query.order_by(*(key.desc() if self.descending else key.asc() for key in self.keys))
        if self.after is not None:
            query = query.where(self._behind(self._read(session, self.after)))
        first = self.after is None
        read = max(self.limit, self.counts) if first and self.counts <= READ else self.limit
        found = session.execute(query.limit(read + 1)).all()
        if first and (len(found) <= read or self.counts <= read):
            total, beyond = min(len(found), self.counts), len(found) > self.counts
        else:
            total, beyond = counted(session, rows, self.counts)
        more, found = len(found) > self.limit, found[: self.limit]
        alone = bool(found) and len(found[0]) == len(self.keys) + 1
        return Found(
            self.noun,
            [each[0] for each in found] if alone else found,
            total,
            beyond,
            self._write(session, found[-1][-len(self.keys) :]) if more else None,
        )

    def _behind(self, last: Sequence[Any]) -> ColumnElement[bool]:
        here, there = tuple_(*self.keys), tuple_(*(literal(value, key.type) for key, value in _typed(self.keys, last)))
        return here < there if self.descending else here > there

    def _label(self) -> str:
        asked = {name: str(value) for name, value in self.asked.items()}
        who = f"{self.call.officer.agency}/{self.call.officer.id}"
        return f"cursor|{self.call.path}|{who}|{json.dumps(asked, sort_keys=True)}"

    # sealed, for a sort key may be what no row shows, a score; and so that it opens for the very same question alone
    def _write(self, session: Session, last: Sequence[Any]) -> str:
        plain = json.dumps([each.isoformat() if isinstance(each, date) else each for each in last], ensure_ascii=False)
        sealed = self.call.vault.seal(session, OFFICE, self._label(), plain.encode())
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def _read(self, session: Session, cursor: str) -> Sequence[Any]:
        try:
            sealed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
            last: list[Any] = json.loads(self.call.vault.open(session, OFFICE, self._label(), sealed))
        except ValueError:  # Sealed is one
            raise WrongCursor() from None
        return last


def _typed(keys: Sequence[Key], values: Sequence[Any]) -> Iterable[tuple[Key, Any]]:
    for key, value in zip(keys, values, strict=True):
        kind = key.type.python_type
        yield key, kind.fromisoformat(value) if issubclass(kind, date) else value


@dataclass(frozen=True)
class Listing:
    """A list as its route declares it.

    `noun`: what its rows are called in the answer. `sorts`: word → the columns it sorts by, none of them NULL, the last
    unique. `usual`: the word where none is asked for, `-` before it for descending. `filters`: name → field.
    """

    noun: str
    sorts: Mapping[str, Sequence[Key]]
    usual: str
    filters: Fields

    @property
    def query(self) -> dict[str, fields.Field[Any]]:
        """What a route that answers it takes in its query; whatever else is given is refused."""
        words = [sign + word for word in self.sorts for sign in ("", "-")]
        return {
            **self.filters,
            "sort": fields.String(
                load_default=self.usual, validate=validate.OneOf(words, error="只能是 {choices} 之一")
            ),
            **paged(),
        }

    def page(self, call: Call) -> Page:
        """What this request asks for."""
        sort: str = call.query["sort"]
        asked = {name: value for name, value in call.query.items() if name not in ("after", "limit")}
        return Page(
            noun=self.noun,
            call=call,
            keys=self.sorts[sort.removeprefix("-")],
            descending=sort.startswith("-"),
            filters={name: value for name, value in asked.items() if name != "sort"},
            limit=call.query["limit"],
            after=call.query.get("after"),
            asked=asked,
        )
