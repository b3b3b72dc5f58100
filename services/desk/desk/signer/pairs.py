"""What two people have to agree on: an account, a password, a second factor. Who may, the table of rights says."""

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from authorization.table import may
from contracts.problems import Denied, Malformed
from desk.problems import NoAccount
from desk.signer import accounts
from desk.signer.accounts import now
from desk.signer.problems import AccountKnown, NoRequest, RequestWaits, SecondPerson
from desk.signer.seats import Seat
from desk.signer.tables import Account, Request, SecurityKey
from web.tokens import Officer

ASK, DECIDE = "office.change", "office.decide-roles"  # as of the office's own list and of its roles

KINDS_ZH: Mapping[str, str] = {
    "open": "开立账户",
    "password": "重置密码",
    "second_factor": "重置动态口令和安全密钥",
    "close": "注销账户",
    "link": "关联外部身份",
}
_LOCAL, _OUTSIDE = {"password"}, {"link"}  # what there is to ask for by one way to log in alone


def kinds(outside: bool) -> Mapping[str, str]:
    """What may be asked for, with its Chinese. `outside`: whether another says who logs in."""
    return {kind: zh for kind, zh in KINDS_ZH.items() if kind not in (_LOCAL if outside else _OUTSIDE)}


def listing(session: Session, seat: Seat, our_agency: str, outside: bool) -> dict[str, Any]:
    """{accounts, requests}: every account, and what waits; `can`: what who asks may do. Raises Denied for the rest."""
    asks, decides = (_may(seat, our_agency, each) is None for each in (ASK, DECIDE))
    if not asks and not decides:
        raise Denied(_may(seat, our_agency, ASK) or "", "the officer keeps no accounts")
    rows = session.scalars(select(Account).order_by(Account.login))
    signing = set(session.scalars(select(SecurityKey.login)))
    waiting = session.scalars(select(Request).where(Request.state == "asked").order_by(Request.asked_at))
    return {
        "accounts": [
            {
                "login": each.login,
                "officer": each.officer,
                "second_factor": each.code is not None or each.login in signing,
                "subject": each.subject,
            }
            for each in rows
        ],
        "requests": [_shown(each, seat, decides) for each in waiting],
        "kinds": kinds(outside) if asks else {},
    }


def ask(
    session: Session,
    seat: Seat,
    our_agency: str,
    kind: str,
    login: str,
    officer: str | None,
    subject: str | None = None,
) -> dict[str, Any]:
    """What waits now. Raises Denied, Malformed, NoAccount, AccountKnown, RequestWaits."""
    _check(seat, our_agency, ASK)
    account = session.get(Account, login)
    if kind == "open":
        if account is not None or officer is None:
            raise AccountKnown()
    elif account is None:
        raise NoAccount()
    if kind == "link" and subject is None:
        raise Malformed("请填写外部身份", "subject is missing", field="subject")
    if session.scalar(select(Request).where(Request.login == login, Request.kind == kind, Request.state == "asked")):
        raise RequestWaits()
    request = Request(id=uuid.uuid4().hex, kind=kind, login=login, state="asked", asked_by=seat.officer, asked_at=now())
    request.officer = account.officer if account is not None else officer or ""
    request.subject = subject if kind in ("open", "link") else None
    session.add(request)
    return _shown(request, seat, False)


def decide(session: Session, seat: Seat, our_agency: str, id_: str, approve: bool) -> dict[str, Any]:
    """What came of it; `password`, where there is a new one, shown this once. Raises Denied, NoRequest."""
    _check(seat, our_agency, DECIDE)
    request = session.get(Request, id_, with_for_update=True)
    if request is None or request.state != "asked":
        raise NoRequest()
    if seat.officer in (request.asked_by, request.officer):
        raise SecondPerson()
    request.state, request.decided_by, request.decided_at = "approved" if approve else "refused", seat.officer, now()
    once = _DONE[request.kind](session, request, seat.officer) if approve else None
    return _shown(request, seat, False) | {"password": once}


def _open(session: Session, request: Request, by: str) -> str | None:
    once = accounts.create(session, request.login, request.officer, by, subject=request.subject)
    return None if request.subject else once


def _link(session: Session, request: Request, by: str) -> str | None:
    accounts.link(session, request.login, by, request.subject or "")
    return None


def _password(session: Session, request: Request, by: str) -> str | None:
    return accounts.reset_password(session, request.login, by)


def _second_factor(session: Session, request: Request, by: str) -> str | None:
    accounts.reset_code(session, request.login, by)
    return None


def _close(session: Session, request: Request, by: str) -> str | None:
    accounts.close(session, request.login, by)
    return None


_DONE: Mapping[str, Callable[[Session, Request, str], str | None]] = {
    "open": _open,
    "password": _password,
    "second_factor": _second_factor,
    "close": _close,
    "link": _link,
}


def _may(seat: Seat, our_agency: str, action: str) -> str | None:
    return may(Officer(our_agency, seat.officer, seat.roles), action, our_agency)


def _check(seat: Seat, our_agency: str, action: str) -> None:
    if (sentence := _may(seat, our_agency, action)) is not None:
        raise Denied(sentence, f"the officer may not {action}")


def _shown(request: Request, seat: Seat, decides: bool) -> dict[str, Any]:
    return {
        "id": request.id,
        "kind": request.kind,
        "kind_zh": KINDS_ZH[request.kind],
        "login": request.login,
        "officer": request.officer,
        "subject": request.subject,
        "asked_by": request.asked_by,
        "asked_at": request.asked_at.isoformat(),
        "state": request.state,
        "can_decide": decides and seat.officer not in (request.asked_by, request.officer),
    }
