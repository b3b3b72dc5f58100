"""Who may do what, and how far each role sees: every cell of the one table, for every service."""

from itertools import product

import pytest

from authorization.table import ACTIONS, LETTERS, SCOPES, Scope, may, scopes
from contracts.vocabulary import Role
from tests.doors import CLASSES, routes
from web.tokens import Officer

# action → W window, H handler, D department head, L leader, C chief, S service point, V deputy, A aid, O operations,
# Y our own signer; the rest may nothing
CELLS = {
    "clock.read": "WHDLCS",
    "clock.suspend": "C",
    "clock.resume": "HC",
    "clock.extend": "HDC",
    "petition.register": "WHS",
    "petition.list": "WHDLCS",
    "petition.read": "WHDLCS",
    "petition.read-material": "HDC",
    "petition.read-card": "WHDLCSA",
    "petition.read-any-card": "WHDLCS",
    "petition.find": "WHDLCS",
    "petition.reveal": "WHDS",
    "petition.sign": "WH",
    "petition.object": "HD",
    "petition.tell-sender": "WH",
    "petition.answer-sender": "H",
    "petition.accept": "HD",
    "petition.not-accept": "HD",
    "petition.guide": "WH",
    "petition.ask-material": "WH",
    "petition.complete": "WH",
    "petition.add-file": "WHS",
    "petition.read-file": "HDC",
    "petition.refer": "H",
    "petition.involve": "H",
    "petition.assign": "DC",
    "petition.set-handler": "HDC",
    "petition.hand-over": "HDC",
    "petition.wall": "WHDC",
    "petition.unwall": "HDC",
    "petition.mark-hardship": "WH",
    "petition.ask-secrecy": "WHS",
    "petition.void": "WHD",
    "petition.unvoid": "WHD",
    "petition.merge": "WHD",
    "petition.unmerge": "WHD",
    "petition.unlink": "WH",
    "petition.unprove": "HD",
    "petition.correct-reply": "WH",
    "petition.undo-act": "HD",
    "contact.reconsider": "WS",
    "petition.correct": "WHS",
    "petition.correct-person": "WHS",
    "petition.record-death": "WHS",
    "petition.take-over": "WHS",
    "petition.appoint-guardian": "WHS",
    "petition.reclassify": "WHD",
    "petition.add-respondent": "WHD",
    "petition.remove-respondent": "WHD",
    "petition.correct-receipt": "WHD",
    "petition.conclude": "H",
    "petition.reply": "WH",
    "petition.issue": "WH",
    "petition.close": "H",
    "petition.review-liability": "H",
    "petition.resolve": "HD",
    "petition.suspend": "C",
    "petition.resume": "HC",
    "petition.withdraw": "WH",
    "petition.terminate": "HDC",
    "petition.reopen": "DC",
    "petition.backlog": "HDLC",
    "contact.record": "WS",
    "contact.list": "WCS",
    "contact.read": "WCS",
    "contact.read-file": "WS",
    "contact.reveal": "WS",
    "contact.consult": "WS",
    "contact.join": "WS",
    "contact.split": "W",
    "petition.link": "WH",
    "petition.match": "WHDS",
    "petition.decide-match": "WH",
    "petition.release": "HDC",
    "petition.confirm-release": "DC",
    "petition.advise-admission": "WH",
    "petition.record-act": "HD",
    "petition.print": "WHDS",
    "petition.read-risk": "WHDLC",
    "petition.enter-risk": "WH",
    "petition.lower-risk": "LC",
    "petition.lead": "LC",
    "petition.tick-item": "HLC",
    "reception.plan": "WC",
    "reception.list": "WHDLC",
    "reception.book": "WH",
    "reception.decide": "WLC",
    "reception.read-visitors": "WC",
    "petition.list-led": "HDLC",
    "petition.add-task": "DLC",
    "task.list": "WHDLC",
    "task.end": "HDLC",
    "task.give": "DLC",
    "task.reopen": "DLC",
    "petition.renew-code": "WHS",
    "petition.owed": "WHDLCS",
    "petition.prove": "WH",
    "petition.record-untellable": "HD",
    "approval.list": "WHDLC",
    "approval.read": "WHDLC",
    "approval.decide": "HDLC",
    "approval.withdraw": "WHDC",
    "approval.record-paper": "WHDLC",
    "sealed.ask": "H",
    "sealed.list": "CV",
    "sealed.decide": "CV",
    "sealed.decide-report": "C",
    "sealed.look": "H",
    "office.read": "WHDLCSVAO",
    "office.change": "CO",
    "office.read-roles": "Y",
    "office.arrange-leave": "DCO",
    "office.list-requests": "CVO",
    "office.decide-roles": "CV",
    "operations.heads": "O",
    "operations.parked": "O",
    "operations.replay": "O",
    "operations.discard": "O",
    "worklist.read": "WHDLCSVA",
    "operations.placements": "O",
    "referral.read": "WHDLC",
    "referral.rule": "HC",
    "referral.recall": "H",
    "referral.rework": "HC",
    "referral.material": "WH",
    "referral.urge": "HC",
    "referral.void": "C",
    "referral.record": "WH",
    "referral.read-remarks": "HDC",
    "receivers.read": "HDC",
    "custody.read": "WHDLCS",
    "directory.read": "WHDLCSA",
    "proceeding.read": "WHDLC",
    "proceeding.read-words": "HDC",
    "proceeding.propose": "HD",
    "proceeding.approve": "C",
    "proceeding.refuse": "C",
    "proceeding.join": "HD",
    "proceeding.leave": "HD",
    "proceeding.told": "WHD",
    "proceeding.consent": "WHD",
    "proceeding.record-answer": "WHD",
    "proceeding.plan": "HD",
    "proceeding.notify": "HD",
    "proceeding.adjourn": "HD",
    "proceeding.cancel": "HDC",
    "proceeding.hold": "HD",
    "proceeding.opine": "HD",
    "proceeding.conclude": "HD",
    "proceeding.mend": "HD",
    "proceeding.ask": "HD",
    "proceeding.invite": "HD",
    "proceeding.begin": "HD",
    "proceeding.record": "HD",
    "proceeding.ask-confirmation": "HD",
    "proceeding.decide-confirmation": "HD",
    "proceeding.withdraw": "WHD",
    "proceeding.resolve": "HD",
    "proceeding.urge-task": "HDC",
    "proceeding.end-task": "HD",
    "roster.read": "WHDLC",
    "roster.enter": "WDC",
    "roster.recuse": "WHDC",
    "roster.remove": "WDC",
    "room.add": "WC",
    "room.close": "WC",
    "booking.read": "WHDLC",
    "booking.hold": "WHDC",
    "booking.hold-office": "WHDC",
    "booking.confirm": "WHDC",
    "booking.cancel": "WHDC",
    "team.read": "WHDLC",
    "team.form": "HDC",
    "team.change": "HDC",
    "team.end": "HDC",
    "team.read-notes": "WHDLC",
    "team.write-note": "WHDLC",
    "team.open-note": "HDLC",
    "aid.read": "WHDLCA",
    "aid.read-applicant": "CA",
    "aid.reveal": "A",
    "aid.grant": "C",
    "aid.refuse": "C",
    "aid.offer-lead": "A",
    "officer-notice.read": "WHDLC",
    "notice.read": "WHDLCS",
    "notice.settle": "WH",
    "notice.record-call": "WH",
}
FAR = {
    Role.WINDOW: Scope.OFFICE,
    Role.HANDLER: Scope.DEPARTMENT,
    Role.DEPARTMENT_HEAD: Scope.DEPARTMENT,
    Role.LEADER: Scope.OFFICE,
    Role.CHIEF: Scope.OFFICE,
    Role.STATION: Scope.SERVICE_POINT,
    Role.DEPUTY: Scope.OFFICE,
    Role.AID: Scope.OFFICE,
    Role.ALL: Scope.OFFICE,
}


@pytest.mark.parametrize("action", sorted(ACTIONS))
@pytest.mark.parametrize("role", list(Role))
def test_every_cell(role: Role, action: str) -> None:
    """Deny by default; `all` may everything; another agency's officer nothing; who may, sees as far as the role."""
    letters = {LETTERS[letter] for letter in CELLS[action]}
    expected = role is Role.ALL or role in letters
    officer = Officer("A00", "1", frozenset({role}))
    assert expected == (may(officer, action, "A00") is None)
    assert may(Officer("A09", "1", frozenset({role})), action, "A00")
    # operations may some things and sees no petition
    assert ({FAR[role]} if expected and role in FAR else set()) == scopes(officer, action)
    assert FAR == SCOPES


def test_a_role_lends_its_sight_only_to_what_it_may_do() -> None:
    """Who is window officer and handler at once refers no petition of another department: the window may not refer."""
    both = Officer("A00", "1", frozenset({Role.WINDOW, Role.HANDLER}))
    assert {Scope.DEPARTMENT} == scopes(both, "petition.refer")
    assert {Scope.DEPARTMENT, Scope.OFFICE} == scopes(both, "petition.read")


def test_every_route_of_every_service_has_its_row() -> None:
    """A route whose action is not in the table would be open or closed by accident."""
    asked = {route.action for _, route in routes() if route.action}
    assert asked <= set(ACTIONS)
    assert set(CELLS) == set(ACTIONS)


def test_what_is_open_is_known() -> None:
    """A route that asks for no token is on this list, or somebody left it open by accident."""
    open_ = {(service, route.path) for service, route in routes() if route.action is None}
    expected = set(product(CLASSES, ("/health/live", "/health/ready", "/openapi.json", "/metrics")))
    expected |= {("intake", path) for path in ("/lookup", "/lookup/rating", "/files/<sha256>")}
    # what petitioners write at their door, and what becomes of it, by its code
    expected |= {("intake", path) for path in ("/online", "/online/lookup", "/online/files")}
    # what visitors are told, the same for everybody
    expected |= {("intake", path) for path in ("/guides", "/guides/page", "/guides/<guide>", "/guides/<guide>/page")}
    assert expected | {("notify", "/provider/receipts")} == open_
