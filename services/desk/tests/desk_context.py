"""A signer on an empty database, an office whose list says one thing of everybody, and one who tries to log in."""

import secrets
import time
import uuid
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from desk import codes
from desk.signer import accounts, grants
from desk.signer.seats import Seat, Seats

RIGHT = "月落乌啼霜满天江枫渔火"
STEPS = ("password", "wrong password", "code", "wrong code", "same code", "change", "weak change", "unlock", "end")


class Listed(Seats):
    """An office whose list says one thing of everybody."""

    proves, roles = False, frozenset({"handler"})

    def of(self, number: str) -> Seat:
        return Seat(number, self.roles, "D05", None, self.proves)


class Person:
    """One with an account, who tries; and what they have shown so far."""

    def __init__(self, signer: FlaskClient, engine: Engine, proves: bool, changes: bool):
        self.signer, self.engine, self.proves, self.changes = signer, engine, proves, changes
        self.login, self.password, self.grant = uuid.uuid4().hex, RIGHT, secrets.token_hex()
        self.passed, self.proved, self.key, self.last = False, False, b"", ""
        with Session(engine) as session:
            self.password = accounts.create(session, self.login, self.login, "test", None if changes else RIGHT)
            session.commit()

    def ask(self, path: str, **body: str) -> Any:
        return self.signer.post(path, json={"grant": self.grant, **body})

    def rest(self, what: str) -> None:
        """What a clock would bring: the wait after a failure is over, the next code is another."""
        with self.engine.begin() as connection:
            connection.execute(text("DELETE FROM attempt"))
            if what == "code":
                connection.execute(text("UPDATE account SET code_step = 0"))

    def try_(self, what: str) -> None:
        self.rest(what)
        match what:
            case "password" | "wrong password" if not self.passed:
                given_ = self.password if what == "password" else "wrong"
                answer = self.ask("/grants", login=self.login, password=given_)
                self.passed = what == "password"
                assert (200 if self.passed else 401) == answer.status_code
            case "code" | "wrong code" | "same code":
                self.code(what)
            case "change" | "weak change":
                new = uuid.uuid4().hex + "霜满天" if what == "change" else "password1234"
                answer = self.ask("/grants/password", password=self.password, new=new)
                if self.passed and (self.proved or not self.needs):
                    assert (200 if what == "change" else 422) == answer.status_code
                    self.password, self.changes = (new, False) if what == "change" else (self.password, self.changes)
                else:
                    assert answer.status_code == 401
            case "unlock":
                answer = self.ask("/grants/unlock", password=self.password)
                assert (200 if self.passed else 401) == answer.status_code
            case "end":
                self.ask("/grants/end", id=grants.digest(self.grant).hex())
                self.grant, self.passed, self.proved = secrets.token_hex(), False, False

    @property
    def needs(self) -> bool:
        return self.proves or bool(self.last)

    def code(self, what: str) -> None:
        begun = self.ask("/grants/code")
        assert (200 if self.passed else 401) == begun.status_code
        if not self.passed:
            return
        if "secret" in begun.json:
            self.key = bytes.fromhex(begun.json["secret"])
        right = codes.code(self.key, int(time.time()) // codes.STEP)
        given_ = {"code": right, "wrong code": "0000000", "same code": self.last or "0000000"}[what]
        whole = self.token() == 200
        password = {"password": self.password} if whole and "secret" in begun.json else {}
        answer = self.ask("/grants/code", code=given_, **password)
        assert (200 if what == "code" else 401) == answer.status_code, what
        if what == "code":
            self.proved, self.last = True, given_

    def token(self) -> int:
        status: int = self.ask("/tokens").status_code
        return status
