"""Role × action × scope for all services: one table of actions, one of how far each role sees. Deny by default.

A letter is a role: W window, H handler, D department head, L leader, C chief, S service point, V the chief's deputy,
A aid, O operations, Y a system of ours: the signer. Operations sees envelopes, never content. Every cell has a test.
"""

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache

from contracts.vocabulary import Role
from web.tokens import Officer

LETTERS: Mapping[str, Role] = {
    "W": Role.WINDOW,
    "H": Role.HANDLER,
    "D": Role.DEPARTMENT_HEAD,
    "L": Role.LEADER,
    "C": Role.CHIEF,
    "S": Role.STATION,
    "V": Role.DEPUTY,
    "A": Role.AID,
    "O": Role.OPERATIONS,
    "Y": Role.SYSTEM,
}

_ROWS = {
    # -- every service
    "operations.heads": "O",
    "operations.parked": "O",
    "operations.replay": "O",
    "operations.discard": "O",
    "worklist.read": "WHDLCSVA",
    # -- intake
    "operations.placements": "O",
    "petition.register": "WHS",
    "petition.list": "WHDLCS",
    "petition.read": "WHDLCS",
    "petition.read-material": "HDC",
    # name, title and a phone with stars: who registers must know whom they registered, who leads whom they meet
    "petition.read-card": "WHDLCSA",
    # of whatever petition: who grants aid is shown those alone for which it was asked
    "petition.read-any-card": "WHDLCS",
    # as far as the card goes; by whom it is about and by words, as far as the material does
    "petition.find": "WHDLCS",
    # an ID or a phone in full, each look on the trail: for who calls people and checks who they are. Leaders and the
    # chief decide on what was found, and need neither
    "petition.reveal": "WHDS",
    "clock.read": "WHDLCS",
    "clock.suspend": "C",
    "clock.resume": "HC",
    "clock.extend": "HDC",
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
    # a handler takes what nobody has, and gives back their own; to name another is for who may assign
    "petition.set-handler": "HDC",
    "petition.hand-over": "HDC",
    "petition.wall": "WHDC",
    "petition.unwall": "HDC",
    "petition.mark-hardship": "WH",
    "petition.ask-secrecy": "WHS",
    # who registers puts right what was typed wrongly; what moves a ban or a period is for who handles it, too
    "petition.correct": "WHS",
    "petition.correct-person": "WHS",
    "petition.record-death": "WHS",
    "petition.take-over": "WHS",
    "petition.appoint-guardian": "WHS",
    "petition.reclassify": "WHD",
    "petition.add-respondent": "WHD",
    "petition.remove-respondent": "WHD",
    "petition.correct-receipt": "WHD",
    "petition.void": "WHD",
    "petition.unvoid": "WHD",
    "petition.merge": "WHD",
    "petition.unmerge": "WHD",
    "petition.unlink": "WH",
    "petition.unprove": "HD",
    "petition.correct-reply": "WH",
    "petition.undo-act": "HD",
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
    # whom an undecided contact complains of nobody has said yet: those who handle petitions do not read it
    "contact.record": "WS",
    "contact.list": "WCS",
    "contact.read": "WCS",
    # what came with it by the petitioners' door, while nobody has decided what it becomes
    "contact.read-file": "WS",
    "contact.reveal": "WS",
    "contact.consult": "WS",
    "contact.join": "WS",
    "contact.split": "W",
    "contact.reconsider": "WS",
    "petition.link": "WH",
    # who registers asks what came before; of a text, a respondent or an issue only who may read what was said is told
    "petition.match": "WHDS",
    "petition.decide-match": "WH",
    # to let one agency have what is held; where it hits that agency itself, these alone
    "petition.release": "HDC",
    "petition.confirm-release": "DC",
    "petition.advise-admission": "WH",
    "petition.record-act": "HD",
    # also at a service point: who hands something in there is given a receipt there
    "petition.print": "WHDS",
    "petition.read-risk": "WHDLC",
    "petition.enter-risk": "WH",
    "petition.lower-risk": "LC",
    "petition.lead": "LC",
    "petition.tick-item": "HLC",
    "reception.plan": "WC",
    "reception.list": "WHDLC",
    "reception.book": "WH",
    # who receives on a day sees who comes, whatever their role
    "reception.decide": "WLC",
    "reception.read-visitors": "WC",
    "petition.list-led": "HDLC",
    # a task is seen by whose it is, too; ended by them, set and given by who leads
    "petition.add-task": "DLC",
    "task.list": "WHDLC",
    "task.end": "HDLC",
    "task.give": "DLC",
    "task.reopen": "DLC",
    "petition.renew-code": "WHS",
    "petition.owed": "WHDLCS",
    "petition.prove": "WH",
    "petition.record-untellable": "HD",
    # what one drafts and another approves: on whose desk it lies the office's list says, and a deputy may be a handler
    "approval.list": "WHDLC",
    "approval.read": "WHDLC",
    "approval.decide": "HDLC",
    "approval.withdraw": "WHDC",
    "approval.record-paper": "WHDLC",
    # who asked for secrecy: one asks, another approves, the first looks
    "sealed.ask": "H",
    "sealed.list": "CV",
    "sealed.decide": "CV",
    # of who reported a crime of office the chief alone (2016 年职务犯罪举报人规定 5(2))
    "sealed.decide-report": "C",
    "sealed.look": "H",
    # our own office: everybody knows who is here; a role is asked for by one and approved by another
    "office.read": "WHDLCSVAO",
    "office.change": "CO",
    # what a token may say: asked for by the signer, in a token of its own that opens nothing else
    "office.read-roles": "Y",
    "office.arrange-leave": "DCO",
    "office.list-requests": "CVO",
    "office.decide-roles": "CV",
    # -- referral
    "referral.read": "WHDLC",
    "referral.rule": "HC",
    "referral.recall": "H",
    "referral.rework": "HC",
    "referral.material": "WH",
    "referral.urge": "HC",
    "referral.void": "C",
    "referral.record": "WH",
    # what agencies and we wrote to each other: who may read what was said
    "referral.read-remarks": "HDC",
    # whom the ban bars tells whom it hits: who may not read the material may not read this
    "receivers.read": "HDC",
    "custody.read": "WHDLCS",
    "directory.read": "WHDLCSA",
    # mediation, hearing, meeting, talk: a handler prepares, the chief approves, the window may write down who was told.
    # Names, places and what was said: who may read the material
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
    # whom we may call in, and when rooms and they are taken: everybody may know; for what, who sees the petition
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
    # a counsellor's notes: written and read by the one who is, opened by others where they tell of danger
    "team.read": "WHDLC",
    "team.form": "HDC",
    "team.change": "HDC",
    "team.end": "HDC",
    "team.read-notes": "WHDLC",
    "team.write-note": "WHDLC",
    "team.open-note": "HDLC",
    # -- aid
    "aid.read": "WHDLCA",
    "aid.read-applicant": "CA",
    # who pays looks at the card and calls; the chief decides on what was found
    "aid.reveal": "A",
    "aid.grant": "C",
    "aid.refuse": "C",
    "aid.offer-lead": "A",
    # -- notify
    "officer-notice.read": "WHDLC",
    "notice.read": "WHDLCS",
    "notice.settle": "WH",
    "notice.record-call": "WH",
}

ACTIONS: Mapping[str, frozenset[Role]] = {
    action: frozenset(LETTERS[letter] for letter in letters) for action, letters in _ROWS.items()
}


class Scope(StrEnum):
    """How far a role sees. What is behind a wall is in none."""

    OFFICE = "office"  # every petition
    DEPARTMENT = "department"  # one's own department's, and those no department has yet
    SERVICE_POINT = "service_point"  # those registered at one's own service point


# operations is not here: it sees no petition
SCOPES: Mapping[Role, Scope] = {
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


def may(officer: Officer, action: str, our_agency: str) -> str | None:
    """None, or the sentence why not. Raises KeyError for an action that has no row."""
    if officer.agency != our_agency:
        return "只有本院人员可以使用本系统"
    roles = ACTIONS[action]
    if Role.ALL in officer.roles or officer.roles & roles:
        return None
    return f"此操作须由{'、'.join(sorted(role.zh for role in roles))}办理"


def scopes(officer: Officer, action: str) -> frozenset[Scope]:
    """How far each role sees that lets the officer do this; none when no role does."""
    return _scopes(officer.roles, action)


@lru_cache(4096)
def _scopes(roles: frozenset[str], action: str) -> frozenset[Scope]:
    granting = {role for role in SCOPES if role in roles and (role is Role.ALL or role in ACTIONS[action])}
    return frozenset(SCOPES[role] for role in granting)
