"""What of a registration was wrong: put right, with what stood there before, who did it, when and why.

Never here: the number, who handled it first, when something was signed, what was issued, what was concluded, the trail.
No event holds what was corrected; the ban's and the periods' own events say what those go by from now on. What stood
before is under the petition's key; of who asked for secrecy it stays in the safe, beside what is right.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from clock import clocks
from clock.clocks import OPEN, counts_from
from clock.tables import Clock
from contracts import masked
from contracts.masked import BETWEEN
from contracts.vocabulary import (
    Corrected,
    IdPaper,
    Kind,
    Line,
    Party,
    PartyRole,
    Reach,
    Shift,
    WallReason,
)
from courier.unit_of_work import UnitOfWork
from intake.domain import errors, states
from intake.tables import Correction, Petition, Step
from intake.use_cases import (
    holding,
    indexes,
    kept,
    leading,
    links,
    outdated,
    people,
    registration,
    respondents,
    risk,
    rule_changes,
    timeline,
    walls,
)
from intake.use_cases.outdated import ALWAYS_HANDED, PERSONAL
from intake.use_cases.people import PetitionerInput
from intake.use_cases.petitions import load
from intake.use_cases.registration import RespondentInput
from intake.use_cases.tools import tools_of
from statute import day_of

_RECEIPT, _RESPONDENTS = "petition.receipt_corrected.v1", "petition.respondents_corrected.v1"
_MATTER = (Corrected.TITLE, Corrected.PLACE, Corrected.PARTY, Corrected.ORGANISATION, Corrected.GROUP_SIZE)
_PHONES = frozenset({Corrected.PHONE, Corrected.OTHER_PHONES, Corrected.SAFE_CONTACT})
_MASKS = {"resident_id": masked.resident_id, "phone": masked.phone, "other_phones": masked.phones}
RIGHT = "更正后"  # the note on a box in the safe that says what is right
_IN_THE_SAFE = frozenset({*people.KEPT, "organisation"})


def correct(
    work: UnitOfWork,
    number: str,
    reason: str,
    title: str | None = None,
    place: str | None = None,
    party: Party | None = None,
    organisation: str | None = None,
    group_size: int | None = None,
) -> Petition:
    """What it is called, where it plays, for whom or how many they come; what is None stays as it is.

    Raises NothingWrong, PostHoldsAll, Invalid naming the field.
    """
    petition = load(work, number)
    states.check("correct", petition.snapshot)
    if petition.post_number is not None and title is not None:
        raise errors.PostHoldsAll("title")
    registration.check_codes(work, None, None, (), place, None)
    was: dict[Corrected, Any] = {
        Corrected.TITLE: people.disclose(work, petition, "title"),
        Corrected.PLACE: petition.place,
        Corrected.PARTY: petition.party,
        Corrected.ORGANISATION: people.disclose(work, petition, "organisation"),
        Corrected.GROUP_SIZE: petition.group_size,
    }
    typed = (title, place, party and party.value, organisation, group_size)
    given: dict[Corrected, Any] = dict(zip(_MATTER, typed, strict=True))
    if party is not None and party is not Party.ORGANISATION and was[Corrected.ORGANISATION] is not None:
        given[Corrected.ORGANISATION] = ""
    wrong = _differs(was, given)
    if {Corrected.PARTY, Corrected.ORGANISATION} & set(wrong):
        unit = given[Corrected.ORGANISATION] if Corrected.ORGANISATION in wrong else was[Corrected.ORGANISATION]
        _check_party(work, petition, party or Party(petition.party), unit)
    secret = petition.secrecy and Corrected.ORGANISATION in wrong
    if secret:
        people.conceal(work, petition, {"organisation": organisation, "note": RIGHT})
    kept.keep(
        work, petition, wrong, None if secret else {each: was[each] for each in wrong}, None if secret else reason
    )
    if Corrected.TITLE in wrong:
        petition.title = people.seal(work, number, "petition|title", title)
        indexes.later(work, number)
    if Corrected.PLACE in wrong:
        petition.place = place
    if Corrected.PARTY in wrong and party is not None:
        petition.party = party
    if Corrected.ORGANISATION in wrong and not petition.secrecy:
        petition.organisation = people.seal(work, number, "petition|organisation", organisation)
        _rewrite(work, petition, 1, {})
    if Corrected.GROUP_SIZE in wrong and group_size is not None:
        petition.group_size = group_size
        risk.score(work, petition)
    timeline.record(work, petition, "petition.corrected.v1", what=wrong)
    _tell_agency(work, petition, {each: given[each] for each in wrong})
    return petition


def correct_person(
    work: UnitOfWork,
    number: str,
    person: int,
    reason: str,
    name: str | None = None,
    resident_id: str | None = None,
    phone: str | None = None,
    address: str | None = None,
    sms_consent: bool | None = None,
    paper: IdPaper | None = None,
    drop: Collection[Corrected] = (),
    other_phones: Sequence[str] | None = None,
    safe_contact: str | None = None,
) -> Petition:
    """One who petitions, 1 the first; what is None stays, what is in `drop` is not known any more.

    Of who asked for secrecy nobody is shown anything: what is right goes into the safe, beside what was.
    Raises NoSuchPerson, NothingWrong, Invalid naming the field.
    """
    petition = load(work, number)
    states.check("correct-person", petition.snapshot)
    given = {
        Corrected.NAME: name,
        Corrected.RESIDENT_ID: resident_id,
        Corrected.PHONE: phone,
        Corrected.OTHER_PHONES: None if other_phones is None else BETWEEN.join(other_phones),
        Corrected.SAFE_CONTACT: safe_contact,
        Corrected.ADDRESS: address,
        **dict.fromkeys(drop, ""),
    }
    if petition.secrecy:
        return _correct_sealed(work, petition, person, given)
    persons = people.all_of(work, petition)
    if not 1 <= person <= len(persons):
        raise errors.NoSuchPerson()
    was = {each: persons[person - 1][each.value] for each in given}
    whole = {each: was[each] if value is None else value or None for each, value in given.items()}
    # as they say now, else as they said
    sms = Reach(petition.reach) is Reach.SMS if sms_consent is None else sms_consent
    checked = _checked(work, whole, sms, paper)
    right = {each: checked.personal[each.value] for each in given}
    wrong = [each for each in given if right[each] != was[each]]
    others = [_checked(work, {Corrected(name): each[name] for name in people.KEPT}, sms) for each in persons]
    reached = [_is_reached(petition, seq, each["role"]) for seq, each in enumerate(persons, 1)]
    every = [others, [*others[: person - 1], checked, *others[person:]]]
    before, now = (people.told([each for each, it in zip(of, reached, strict=True) if it]) for of in every)
    reach = Reach(petition.reach) if now is None else people.reach(now, secrecy=False)
    if reach is not Reach(petition.reach):
        wrong = wrong if _PHONES & set(wrong) else [*wrong, Corrected.SMS_CONSENT]
    if not wrong:
        raise errors.NothingWrong()
    kept.keep(work, petition, wrong, {each: was.get(each, petition.reach) for each in wrong}, reason, person)
    _rewrite(work, petition, person, {each.value: right[each] for each in given})
    changed = {} if reach is Reach(petition.reach) else {"reach": reach}
    petition.reach, petition.told = reach, petition.told if now is None else people.place(every[1], now)
    timeline.record(work, petition, "petition.corrected.v1", what=wrong, **changed)
    if now is not None and (changed or before is None or before.phones != now.phones):
        people.give_contact(work, petition, now)
    _tell_whom_it_names(work, petition, person, wrong, right)
    return petition


def reclassify(
    work: UnitOfWork, number: str, kind: Kind, line: Line, sub_line: str | None, reason: str, by: str
) -> Petition:
    """Another kind or line, which the ban and the periods go by from now on; `by`: who asked for it.

    Raises NothingWrong, UnknownSubLine.
    """
    petition = load(work, number)
    states.check("reclassify", petition.snapshot)
    registration.check_codes(work, line, sub_line, (), None, None)
    was = {Corrected.KIND: petition.kind, Corrected.LINE: petition.line, Corrected.SUB_LINE: petition.sub_line}
    right = {Corrected.KIND: kind.value, Corrected.LINE: line.value, Corrected.SUB_LINE: sub_line}
    wrong = [each for each in was if was[each] != right[each]]
    if not wrong:
        raise errors.NothingWrong()
    kept.keep(work, petition, wrong, {each: was[each] for each in wrong}, reason, by=by)
    petition.kind, petition.line, petition.sub_line = kind, line, sub_line
    if kind is not Kind.CLAIM:
        petition.route = None
    timeline.record(work, petition, "petition.reclassified.v1", kind=kind, line=line, sub_line=sub_line)
    rule_changes.settle(work, petition, "petition.reclassified.v1")
    if kind is Kind.ACCUSATION:
        # what belongs to it is held, and whoever was to be helped decides anew what leaves
        links.hold_if_needed(work, petition)
        if petition.aid_wish:
            work.letter("aid", "applicant.sealed.v1", number, data={"petition": number})
    if petition.accepted:
        leading.on_acceptance(work, petition)
    return petition


def add_respondent(work: UnitOfWork, number: str, respondent: RespondentInput, reason: str) -> Petition:
    """Somebody else it is about: from now on the ban bars their unit, and a wall keeps a colleague away.

    Raises PostHoldsAll, Invalid naming the field.
    """
    petition = load(work, number)
    states.check("add-respondent", petition.snapshot)
    if petition.post_number is not None and (respondent.name or respondent.position):
        raise errors.PostHoldsAll("respondent.name")
    registration.check_respondent(work, respondent, "respondent")
    seq = place(work, petition)
    kept.keep(work, petition, [Corrected.ADDED], {}, reason, seq)
    if registration.hits(work, (respondent,)).unidentified:
        petition.unidentified = True
    petition.respondents.append(respondents.kept(work, number, seq, respondent))
    if respondent.is_named:
        concerned = (respondent.officer, respondent.department, WallReason.CONCERNED)
        walls.keep_away(work, petition, *concerned, identifies=False)
    tell_units(work, petition)
    return petition


def remove_respondent(work: UnitOfWork, number: str, respondent: int, reason: str, by: str) -> Petition:
    """It is not about them: the ban bars their unit no more. A wall stays, until it is taken down by its own approval.

    Raises NoSuchRespondent.
    """
    petition = load(work, number)
    states.check("remove-respondent", petition.snapshot)
    opened = next((each for each in respondents.opened(work, petition) if each.seq == respondent), None)
    if opened is None:
        raise errors.NoSuchRespondent()
    was = {"unit": opened.unit, "name": opened.name, "position": opened.position}
    kept.keep(work, petition, [Corrected.REMOVED], was, reason, respondent, by)
    forget(work, petition, [respondent])
    return petition


def correct_receipt(
    work: UnitOfWork, number: str, shift: Shift, received_on: date, postmark: date, reason: str, by: str
) -> Petition:
    """It came on another day, as a postmark shows: every period that counts from that day counts anew.

    Later than before, it gives us time: whoever calls has the chief's approval. Raises WrongField, TooLongAgo.
    """
    petition = load(work, number)
    states.check("correct-receipt", petition.snapshot)
    _check_receipt(petition, shift, received_on, postmark)
    ends = ends_if(work, petition, received_on)
    was = {Corrected.RECEIVED_ON: petition.received_on.isoformat(), "ends": ends}
    kept.keep(work, petition, [Corrected.RECEIVED_ON], was, reason, by=by)
    moved = counting(work, petition)
    if petition.counts_from == petition.received_on:
        petition.counts_from = received_on
    petition.received_on = received_on
    facts: dict[str, Any] = {"received_on": received_on, "counts_from": petition.counts_from, "postmark": postmark}
    timeline.record(work, petition, _RECEIPT, **facts)
    restart(work, petition, moved, _RECEIPT)
    return petition


def restart(work: UnitOfWork, petition: Petition, moved: Sequence[Clock], event: str) -> None:
    """These count from its day of receipt as it is by now; the event that moved it is said."""
    law, matter = tools_of(work).law, timeline.subject(work, petition)
    for each in moved:
        if (clock := clocks.find(work, each.id, petition.number)) is not None:
            clocks.restart(work, law, matter, clock, petition.received_on, event)


def ends_if(work: UnitOfWork, petition: Petition, received_on: date) -> str:
    """Each period that counts from the day of receipt with its last day as it is, and as it would be: for who approves.

    程序性回复 2026-12-03 → 2026-12-08；…
    """
    law = tools_of(work).law
    found = []
    for clock in counting(work, petition):
        rule = clocks.rule_of(law, clock)
        found.append(f"{rule.zh} {clock.due} → {clocks.due_of(law, clock, rule, received_on).due}")
    return "；".join(found) or "没有自收到之日起算且未办完的时限"


def shifts(petition: Petition) -> list[Shift]:
    """Where its day of receipt can lie: never after it was registered."""
    later = petition.received_on < day_of(petition.registered_at)
    return [Shift.EARLIER, Shift.LATER] if later else [Shift.EARLIER]


def take_in(work: UnitOfWork, petition: Petition) -> None:
    """It asked for secrecy: what stood before of who petitions goes into the safe, and with it why it was wrong."""
    query = select(Correction).where(Correction.petition == petition.number, Correction.was.is_not(None))
    for each in work.session.scalars(query.order_by(Correction.seq)):
        was = kept.opened(work, each, "was")
        personal = {name: was.pop(name) for name in _IN_THE_SAFE & was.keys()}
        if personal:
            people.conceal(work, petition, {**personal, "note": "更正前"})
            each.was, each.reason = kept.sealed(work, petition, "was", each.seq, was or None), None


def of_petition(work: UnitOfWork, petition: Petition, reads: bool) -> list[dict[str, Any]]:
    """The earliest first. `reads`: whether what stood before, why it was wrong and who has it is shown."""
    query = select(Correction).where(Correction.petition == petition.number).order_by(Correction.seq)
    found = work.session.scalars(query).all()
    had = outdated.holders(work, petition, found) if found and reads else {}
    return [
        {
            "seq": each.seq,
            "what": each.what,
            "what_zh": "、".join(Corrected(what).zh for what in each.what),
            "of_seq": each.of_seq,
            "at": each.recorded_at.isoformat(),
            "officer": each.officer,
            "approved_by": each.approved_by,
            "since": _since(found, each, petition).isoformat(),
            "was": _shown(kept.opened(work, each, "was")) if reads else None,
            "reason": kept.opened(work, each, "reason") if reads else None,
            "had": had.get(each.seq, []),
        }
        for each in found
    ]


# -- what stood there


def _shown(was: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """With stars where the petition itself has them."""
    if was is None:
        return None
    return {name: _MASKS[name](value) if value and name in _MASKS else value for name, value in was.items()}


def _since(every: Sequence[Correction], its: Correction, petition: Petition) -> datetime:
    """When what was wrong began to stand there."""
    before = [
        each.recorded_at
        for each in every
        if each.seq < its.seq and each.of_seq == its.of_seq and set(each.what) & set(its.what)
    ]
    return max(before, default=petition.registered_at)


# -- who petitions


def _is_reached(petition: Petition, seq: int, role: str | None) -> bool:
    """What the dead had left reaches nobody, whatever is put right of it; nor who has a guardian."""
    if petition.died_on is not None:
        return role == PartyRole.HEIR
    return petition.guardian in (None, seq)


def _differs(was: Mapping[Corrected, Any], given: Mapping[Corrected, Any]) -> list[Corrected]:
    wrong = [each for each, value in given.items() if value is not None and (value or None) != was[each]]
    if not wrong:
        raise errors.NothingWrong()
    return wrong


def _check_party(work: UnitOfWork, petition: Petition, party: Party, organisation: str | None) -> None:
    """As at registration, with whoever is named; how many lie in the safe is not looked at. Raises Invalid."""
    somebody = PetitionerInput("-", None, None, None, sms_consent=False)
    roles = [each["role"] or PartyRole.PETITIONER for each in people.all_of(work, petition)[1:]]
    others = [replace(somebody, role=PartyRole(each)) for each in roles if each != PartyRole.HEIR]
    if petition.secrecy and party is Party.JOINT:
        others = [somebody]
    people.check_party(party, None if petition.anonymous else somebody, others, organisation or None)


def _checked(
    work: UnitOfWork, whole: Mapping[Corrected, str | None], sms_consent: bool, paper: IdPaper | None = None
) -> people.CheckedPetitioner:
    given = PetitionerInput(
        whole.get(Corrected.NAME) or "-",
        whole.get(Corrected.RESIDENT_ID),
        whole.get(Corrected.PHONE),
        whole.get(Corrected.ADDRESS),
        sms_consent,
        paper or IdPaper.RESIDENT_ID,
        other_phones=[each for each in (whole.get(Corrected.OTHER_PHONES) or "").split(BETWEEN) if each],
        safe_contact=whole.get(Corrected.SAFE_CONTACT),
    )
    return people.checked(given, day_of(work.now), tools_of(work).area_code)


def _correct_sealed(
    work: UnitOfWork, petition: Petition, person: int, given: Mapping[Corrected, str | None]
) -> Petition:
    if person != 1:
        raise errors.NoSuchPerson()
    right = {each: value for each, value in given.items() if value is not None}
    if not right:
        raise errors.NothingWrong()
    checked = _checked(work, {each: value or None for each, value in right.items()}, sms_consent=False)
    people.conceal(work, petition, {each.value: checked.personal[each.value] for each in right} | {"note": RIGHT})
    wrong = sorted(right, key=list(Corrected).index)
    kept.keep(work, petition, wrong, None, None, person)
    timeline.record(work, petition, "petition.corrected.v1", what=wrong)
    return petition


def _rewrite(work: UnitOfWork, petition: Petition, seq: int, right: Mapping[str, str | None]) -> None:
    person = people.all_of(work, petition)[seq - 1] | dict(right)
    people.correct(work, petition, seq, person, people.disclose(work, petition, "organisation"))


def _tell_whom_it_names(
    work: UnitOfWork,
    petition: Petition,
    person: int,
    wrong: Collection[Corrected],
    right: Mapping[Corrected, str | None],
) -> None:
    """Who has the old is told: aid whom to help, who holds it now what it was handed; of whom they were told."""
    number, place = petition.number, outdated.named(work, petition)

    def named(type_: str) -> bool:
        at = timeline.last_at(work, petition, type_)
        return at is not None and person == place(at)

    if petition.aid_wish and PERSONAL & set(wrong) and named("petition.hardship_marked.v1"):
        personal = {each.value: right[each] for each in right.keys() & PERSONAL} | {"case_number": None}
        work.letter("aid", "applicant.corrected.v1", number, data={"petition": number}, personal=personal)
    if named("petition.referred.v1"):
        _tell_agency(work, petition, {each: right[each] for each in wrong if each in right})


def _tell_agency(work: UnitOfWork, petition: Petition, right: Mapping[Corrected, Any]) -> None:
    """Only what was handed to it: who holds the petition is told what of that was wrong, as a supplement."""
    if not states.sends_on(petition.snapshot, petition.referred_to):
        return
    its = select(Step.data).where(Step.petition == petition.number, Step.type == "petition.referred.v1")
    handed = work.session.scalars(its.order_by(Step.id.desc()).limit(1)).first() or {}
    carried = set(handed.get("carries", ())) | {each.value for each in ALWAYS_HANDED}
    said = [f"{each.zh}更正为：{value or '（无）'}" for each, value in right.items() if each.value in carried]
    if said:
        text = "更正：" + "；".join(said)
        data = {"petition": petition.number}
        work.letter("referral", "material.added.v1", petition.number, data=data, personal={"text": text})


# -- whom it is about


def place(work: UnitOfWork, petition: Petition) -> int:
    """The next respondent's. None is given twice: what was asked for one who is gone is of nobody who comes later."""
    of = {Corrected.ADDED.value, Corrected.REMOVED.value}
    query = select(Correction).where(Correction.petition == petition.number)
    gone = [each.of_seq or 0 for each in work.session.scalars(query) if of & set(each.what)]
    return 1 + max([0, *gone, *(each.seq for each in petition.respondents)])


def forget(work: UnitOfWork, petition: Petition, seqs: Collection[int]) -> None:
    """It is not about those of these places any more; everybody who asks the ban hears of whom it is now."""
    for each in petition.respondents:
        if each.seq in seqs:
            work.session.delete(each)
    work.session.flush()
    work.session.expire(petition, ["respondents"])
    tell_units(work, petition)


def tell_units(work: UnitOfWork, petition: Petition) -> None:
    """Whom it is about has changed: everybody who asks the ban hears of whom it is now."""
    work.session.flush()
    every = [
        RespondentInput(each.unit, each.name, position=each.position) for each in respondents.opened(work, petition)
    ]
    hit, did = registration.hits(work, every), petition.concerns_us
    petition.concerns_us = hit.concerns_us
    petition.unidentified = petition.unidentified and hit.concerns_us
    if petition.placement.unnamed and petition.handler is not None:
        holding.give(work, petition, petition.department, None)
    timeline.record(work, petition, _RESPONDENTS, respondent_units=list(hit.units), respondents_known=hit.units_known)
    if petition.concerns_us is not did:
        # what is against us has other periods: 规则 555, 556
        rule_changes.settle(work, petition, _RESPONDENTS)
    risk.score(work, petition)
    indexes.later(work, petition.number)


# -- the day it came


def _check_receipt(petition: Petition, shift: Shift, received_on: date, postmark: date) -> None:
    registered = day_of(petition.registered_at)
    states.received_on(received_on, registered, "postmark")
    if received_on == petition.received_on:
        raise errors.NothingWrong()
    if (received_on < petition.received_on) != (shift is Shift.EARLIER):
        raise errors.WrongField("shift", f"所填日期并没有{shift.zh}", "the day lies on the other side")
    if postmark > received_on:
        raise errors.WrongField("postmark", "凭证日期不能晚于收到日期", "the postmark is after the day of receipt")


def counting(work: UnitOfWork, petition: Petition) -> list[Clock]:
    """Of its periods the open ones that count from the day of receipt, not from one on which it was completed since."""
    law = tools_of(work).law
    return [
        each
        for each in clocks.of_petition(work, petition.number)
        if each.referral is None
        and each.now_in in OPEN
        and each.start == petition.received_on
        and counts_from(law, each, "received_on")
    ]
