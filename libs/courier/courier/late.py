"""What a transaction need not wait for: rows are written behind it, and a gapless number is taken at its end.

A row's INSERT that answers nothing waits, and goes out in one message with all others before the next statement that
must see it, or before the commit. What it does wrong (a key that is there already) is raised then. Order is kept: only
a SELECT of tables that no row waits for goes ahead.

A gapless number is a row that stays locked until the commit: nobody else gets a number meanwhile. So it is taken when
everything else is ready, and until then another of the same shape stands for it in whatever is made of it; what cannot
be made before it is known (what is sealed, a keyed hash) is stood in for as well. When it is known it is put in place
of what stood for it: in the rows that wait, in what is asked later, in the objects of the session.
"""

import json
import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from sqlalchemy import Dialect, Engine, Table, event, insert, inspect
from sqlalchemy.orm import Session

__all__ = ["AHEAD", "WAITS"]

# options of a statement: a transaction's `Late` itself; it goes before what waits; it may wait
LATE, AHEAD, WAITS = "courier.late", "courier.ahead", "courier.waits"
_SEND = "-- what waits"
MOST = 256 * 1024  # bytes that may wait: a file's pieces are not gathered in memory
_Take = Callable[[int], Sequence[str]]


class Late:
    """What waits in one transaction, and what stands for what is not known yet."""

    def __init__(self, session: Session):
        self._session = session
        self._rows: list[bytes] = []
        self._tables: set[str] = set()
        self._depth = 0
        self._asked: dict[Any, tuple[_Take, list[str]]] = {}
        self._makes: list[tuple[bytes, Callable[[], bytes]]] = []
        self._known: dict[str | bytes, str | bytes] = {}
        self._texts: list[tuple[bytes, bytes]] = []
        self._is_stale = False
        session.info[LATE] = self
        session.connection(execution_options={LATE: self})

    # -- numbers

    @contextmanager
    def numbers(self) -> Iterator[None]:
        """Numbers asked for in here are taken when the outermost such block ends, with all that is made in it."""
        self._depth += 1
        try:
            yield
            self._session.flush()
        finally:
            self._depth -= 1
        if not self._depth:
            # also what was made with what stood for a number after it had been taken for who asked
            self._is_stale = bool(self._known)
            self.settle()

    def number(self, series: Any, shape: str, take: _Take) -> str:
        """Stands for the next number of a series until it is taken; at once where nobody put it off.

        `shape`: any number of it. `take`: so many of the series' next, in order, by one statement that holds the lock.
        """
        if not self._depth:
            return take(1)[0]
        digits = re.sub("[0-9]", lambda _: secrets.choice("0123456789"), shape)
        stands = re.sub("[0-9]", "0", digits, count=1)  # no year begins like that
        self._asked.setdefault(series, (take, []))[1].append(stands)
        return stands

    def waits(self, text: str | bytes) -> bool:
        """Whether something in it is not known yet."""
        if not self._asked:
            return False
        said = text if isinstance(text, bytes) else text.encode()
        return any(form in said for _, stood in self._asked.values() for each in stood for form in _forms(each))

    def made(self, of: str | bytes, make: Callable[[], bytes]) -> bytes:
        """What `make` makes of a text; 32 random bytes stand for it while something in the text is not known yet.

        `make` puts what is known by then in place of what stood for it.
        """
        if not self.waits(of):
            return make()
        stands = secrets.token_bytes(32)
        self._makes.append((stands, make))
        return stands

    def put(self, text: str) -> str:
        """The text with what is known in place of what stood for it."""
        return self.put_bytes(text.encode()).decode() if self._texts else text

    def put_in(self, answer: dict[str, Any]) -> dict[str, Any]:
        """As `put`, of what is JSON."""
        found: dict[str, Any] = json.loads(self.put(json.dumps(answer)))
        return found

    def put_bytes(self, text: bytes) -> bytes:
        """As `put`."""
        for stood, known in self._texts:
            text = text.replace(stood, known)
        return text

    def settle(self) -> bool:
        """Takes the numbers that were asked for; whether there were any.

        From here on nobody else gets one until the transaction ends.
        """
        asked, self._asked = self._asked, {}
        for take, stood in asked.values():
            for each, number in zip(stood, take(len(stood)), strict=True):
                self._known[each] = number
                self._texts += zip(_forms(each), _forms(number), strict=True)
        makes, self._makes = self._makes, []
        for stood_for, make in makes:
            self._known[stood_for] = found = make()
            self._texts.append((stood_for.hex().encode(), found.hex().encode()))
        if asked:
            self._rows = [self.put_bytes(row) for row in self._rows]
            self._is_stale = True
        self._freshen()
        return bool(asked)

    def _freshen(self) -> None:
        """The session's objects say what is known; while they are written they must stay as they are."""
        if not self._is_stale or self._session._flushing:
            return
        self._is_stale = False
        for state in [*self._session.identity_map.all_states(), *map(inspect, self._session.new)]:
            for name, value in list(state.dict.items()):
                if isinstance(value, str | bytes) and value in self._known:
                    state.dict[name] = self._known[value]
            if state.key is not None and any(each in self._known for each in state.key[1]):
                identity = tuple(self._known.get(each, each) for each in state.key[1])
                self._session.identity_map.safe_discard(state)
                state.key = (state.key[0], identity, *state.key[2:])
                self._session.identity_map.replace(state)

    # -- rows

    def write(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Rows of one table, all with the same columns; what they refer to is written. No id of theirs is asked for."""
        connection = self._session.connection()
        head, values, processors = _insert(table, tuple(rows[0]), connection.dialect)
        cursor: Any = connection.connection.cursor()
        each = [
            cursor.mogrify(values, {name: process(row[name]) if process else row[name] for name, process in processors})
            for row in rows
        ]
        cursor.close()
        self._rows.append(self.put_bytes(head + b", ".join(each)))
        self._tables.add(table.name)
        if self._is_full(0):
            self.send()

    def send(self) -> None:
        """Writes what waits. Raises what any of its statements does."""
        self.settle()
        if self._rows:
            self._session.connection().exec_driver_sql(_SEND)

    def execute(self, cursor: Any, statement: str, parameters: Any, context: Any) -> bool:
        """A statement of the transaction, in the driver's place; False: the driver is to do it."""
        if context.execution_options.get(AHEAD):
            return False
        if statement.startswith("ROLLBACK TO"):
            self._forget()
        if cursor.name is not None or isinstance(parameters, list):
            # by several messages, or a cursor of the database's
            self.send()
            for row in parameters if isinstance(parameters, list) else [parameters or {}]:
                if self._texts:
                    row.update({name: self._put_value(cursor, value, context.dialect) for name, value in row.items()})
            return False
        asks = b"" if statement == _SEND else self.put_bytes(cursor.mogrify(statement, parameters))
        if _answers_nothing(context) and not self._is_full(len(asks)):
            self._rows.append(asks)
            self._tables.add(context.compiled.statement.table.name)
            return True
        if self._rows and not (statement.lstrip().startswith("SELECT") and self._tables.isdisjoint(_words(statement))):
            self.settle()
            rows, self._rows, self._tables = self._rows, [], set()
            asks = b";\n".join([*rows, self.put_bytes(asks)])
        self._freshen()
        if asks:
            cursor.execute(asks)
        return True

    def _put_value(self, cursor: Any, value: Any, dialect: Any) -> Any:
        # of what the driver will send of it: bytes and what is nested as well as texts
        sent = cursor.mogrify("%s", (value,))
        return value if (put := self.put_bytes(sent)) == sent else dialect.dbapi.extensions.AsIs(put.decode())

    def _is_full(self, more: int) -> bool:
        # not within a block of numbers: what waits from before must not have one taken before the rest is ready
        return not self._depth and sum(map(len, self._rows)) + more > MOST

    def _forget(self) -> None:
        # what was sent is taken back by the database
        self._rows, self._tables, self._asked, self._makes = [], set(), {}, []


def listen(engine: Engine) -> None:
    """Whatever is asked through the engine by a transaction that has a `Late` goes by it; once more adds nothing."""
    event.listen(engine, "do_execute", _execute)
    event.listen(engine, "do_executemany", _execute)
    event.listen(engine, "do_execute_no_params", _execute_alone)


def _execute_alone(cursor: Any, statement: str, context: Any) -> bool:
    return _execute(cursor, statement, None, context)


def _execute(cursor: Any, statement: str, parameters: Any, context: Any) -> bool:
    late: Late | None = context.execution_options.get(LATE)
    return late is not None and late.execute(cursor, statement, parameters, context)


def _answers_nothing(context: Any) -> bool:
    return bool(context.execution_options.get(WAITS)) or (
        context.isinsert and context.compiled is not None and not context.compiled.effective_returning
    )


@lru_cache(256)
def _insert(table: Table, names: tuple[str, ...], dialect: Dialect) -> tuple[bytes, str, list[tuple[str, Any]]]:
    """The statement before its values, a row's values, and what makes each what the driver takes, where it must."""
    compiled = str(insert(table).inline().compile(dialect=dialect, column_keys=names))
    head, values = compiled.split("VALUES", 1)
    processors = [(name, table.c[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in names]
    return f"{head}VALUES".encode(), values, processors


@lru_cache(1024)
def _words(statement: str) -> frozenset[str]:
    """More than the tables that it asks, and all of these."""
    return frozenset(re.findall(r"(?<!\.)\b\w+", statement))


@lru_cache(1024)
def _forms(text: str) -> Sequence[bytes]:
    """As it is, within JSON, and within an address; each once."""
    return list(dict.fromkeys([text.encode(), json.dumps(text)[1:-1].encode(), quote(text, safe="").encode()]))
