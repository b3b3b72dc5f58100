"""What a registration so far would come to, shown while it is typed. Nothing is written and no petition is read.

What is suggested is suggested: the officer chooses, and an accusation is never chosen for them.
"""

from datetime import date
from typing import Any

from authorization.ban import BanSubject, BarredReceiver
from clock.clocks import starting
from contracts.vocabulary import Kind, Line
from courier.unit_of_work import UnitOfWork
from intake.domain import cues, lines, states
from intake.domain.cues import Accusation
from intake.tables import Contact
from intake.use_cases import admission, classifying, directory, drafts, office, placing, registration, routing
from intake.use_cases.drafts import DraftInput
from intake.use_cases.tools import tools_of
from statute import Law, day_of

SHOWN = 5  # cues of one text: what led to a suggestion, not a list of all that was said


def preview(work: UnitOfWork, draft: DraftInput, contact: Contact | None = None) -> dict[str, Any]:
    """{kinds, lines, duty_crime, admission, clocks, ban, walls, …}, as far as what is known goes.

    `contact`: the recorded one it comes from. Raises FromTheFuture, TooLongAgo and Invalid as registering does.
    """
    drafts.check(work, draft)
    text = "\n".join(filter(None, (draft.title, draft.statement)))
    accusation = cues.shipped().accusation(text)
    return {
        "kinds": _kinds(text, accusation),
        "duty_crime": any(each.official for each in draft.respondents)
        or (accusation is not None and accusation.duty_crime),
        "lines": [] if draft.line else classifying.suggest(work, text),
        "admission": _admission(draft, tools_of(work).law),
        "clocks": _clocks(work, draft, contact, _received_on(work, draft, contact)),
        **_whom_it_hits(work, draft, draft.kind or (Kind.ACCUSATION if accusation else None)),
    }


def _kinds(text: str, accusation: Accusation | None) -> list[dict[str, Any]]:
    """The kinds it may be, an accusation first; nothing where nothing says so."""
    found = [(Kind.ACCUSATION, list(accusation.words))] if accusation else []
    if other := cues.shipped().kind(text):
        found.append(other)
    return [{"kind": kind, "kind_zh": kind.zh, "words": words[:SHOWN]} for kind, words in found]


def _admission(draft: DraftInput, law: Law) -> dict[str, Any] | None:
    """What the line asks before acceptance; None: no line is chosen yet."""
    if draft.line is None:
        return None
    return admission.described(lines.shipped().sheet(Line(draft.line), draft.sub_line), law)


def _received_on(work: UnitOfWork, draft: DraftInput, contact: Contact | None) -> date:
    if contact is not None:
        return contact.received_on
    # why it was not today may be typed after the day
    return states.received_on(draft.received_on, day_of(work.now), draft.received_reason or "-", draft.old_matter)


def _clocks(work: UnitOfWork, draft: DraftInput, contact: Contact | None, received_on: date) -> list[dict[str, Any]]:
    """The periods that registering starts, the one of the reply first: what `follow` will write, unwritten."""
    law = tools_of(work).law
    facts = {name: getattr(draft, name) for name in ("anonymous", "kind", "line", "sub_line", "sealed_post")}
    facts |= {"received_on": received_on, "channel": contact.channel if contact else draft.channel}
    shown = []
    for rule, begins in starting(law, placing.REGISTERED, facts, day_of(work.now)):
        due = law.due(rule, begins)
        shown.append(
            {
                "rule": rule.id,
                "rule_zh": rule.zh,
                "source": rule.source.zh,
                "verified": rule.verified,
                "start": begins.isoformat(),
                "target": due.target.isoformat(),
                "due": due.due.isoformat(),
                "provisional": due.provisional,
                "sentence": law.why(rule, begins),
            }
        )
    return shown


def _whom_it_hits(work: UnitOfWork, draft: DraftInput, kind: Kind | None) -> dict[str, Any]:
    """Whom the ban keeps it from, and which colleagues stand outside it; `kind`: chosen, or else suggested."""
    hit = registration.hits(work, draft.respondents)
    matter = BanSubject(
        kind or Kind.CLAIM,
        draft.secrecy or draft.sealed_post,
        frozenset(hit.units),
        bool(hit.units) and hit.units_known,
    )
    named = [each for each in draft.respondents if each.is_named]
    barred = routing.barred(work, matter) if matter.guarded else {}
    names = directory.agency_names(work) if barred else {}
    officers = office.names(work, {each.officer for each in named if each.officer})
    departments = {each.code: each.name for each in office.departments(work)} if named else {}
    return {
        "ban": {
            "holds": matter.guarded,
            "known": barred is not None,
            "barred": [
                {
                    "agency": code,
                    "agency_zh": names[code],
                    "reason": reason,
                    "reason_zh": reason.zh,
                    "sentence": BarredReceiver(reason, ()).zh,
                }
                for code, reason in (barred or {}).items()
            ],
        },
        "concerns_us": hit.concerns_us,
        "unidentified": hit.unidentified,
        "walls": [
            {
                "officer": each.officer,
                "officer_name": officers.get(each.officer or ""),
                "department": each.department,
                "department_zh": departments.get(each.department or ""),
            }
            for each in named
        ],
    }
