"""What others tell intake; ends with the table event → handler."""

from collections.abc import Mapping

from contracts.vocabulary import ReferralKind, Reminder
from courier.inbox import Handler, Message
from courier.unit_of_work import UnitOfWork
from intake.domain import states
from intake.domain.tasks import Duty
from intake.tables import Answer, Petition
from intake.use_cases import (
    answer_files,
    commands,
    files,
    parties,
    people,
    placing,
    releases,
    reminders,
    tasks,
    timeline,
)
from intake.use_cases.directory import directory_told
from intake.use_cases.inbound import object_refused, ruling_told, submission_moved
from intake.use_cases.petitions import load, set_state
from intake.use_cases.tools import tools_of


def referral_moved(work: UnitOfWork, message: Message) -> None:
    """What happens to a referral is a line of the petition's timeline, and sometimes a step of the petition."""
    petition = load(work, message.data["petition"])
    timeline.hear(work, petition, message)
    commands.heard(petition, message.envelope.type, message.data)
    files.moved(work, message)
    if message.data.get("kind") in (ReferralKind.ASSIST, ReferralKind.NOTIFY_LEAD):
        # an assisting agency, or one that only got a copy: the petition does not follow it
        return
    match message.envelope.type:
        case "referral.accepted.v1" | "referral.deemed.v1":
            _follow(petition, "taken up")
        case "referral.passed_on.v1":
            # on another lane than its successor's: that may have ended already
            petition.referred_to = message.data["to"] if petition.awaits_answer else petition.referred_to
        case "referral.objected.v1":
            _remind(work, petition, Reminder.OBJECTION)
        case "referral.rework.v1":
            petition.awaits_answer = True
        case "referral.answered.v1":
            petition.awaits_answer = False
        case "referral.returned.v1" | "referral.recalled.v1" | "referral.undelivered.v1" | "referral.voided.v1":
            petition.awaits_answer, petition.referred_to = False, None
            _follow(petition, "given back")
    timeline.void_lapsed(work, petition)


def routing_refused(work: UnitOfWork, message: Message) -> None:
    """The ban: nothing left, and it is ours to send the lawful way."""
    petition, to = load(work, message.data["petition"]), message.data["to"]
    timeline.hear(work, petition, message)
    asked = commands.end(petition, "refer", to)
    if not asked and commands.end(petition, "involve", to):
        return
    if to == petition.referred_to:
        _not_handed_over(petition)
        timeline.void_lapsed(work, petition)
    # else what was to be said to who sent it to us


def command_refused(work: UnitOfWork, message: Message) -> None:
    """What an officer asked came too late, or cannot be: the petition stands where it stood before."""
    petition, data = load(work, message.data["petition"]), message.data
    timeline.hear(work, petition, message)
    command = data["command"]
    commands.end(petition, command, data["to"] if command in ("refer", "involve") else None)
    match command:
        case "refer" if data["to"] == petition.referred_to:
            _not_handed_over(petition)
        case "object":
            object_refused(petition, data["reason"])
    timeline.void_lapsed(work, petition)


def _not_handed_over(petition: Petition) -> None:
    petition.awaits_answer, petition.referred_to = False, None
    _follow(petition, "refused")


def _follow(petition: Petition, name: str) -> None:
    set_state(petition, states.consequence(name, *petition.state_and_before, petition.accepted))


def clock_told(work: UnitOfWork, message: Message) -> None:
    """A receiver that let its time run out is a line of the petition's timeline; a right that lapsed is no breach."""
    if message.data["rule"] in tools_of(work).law.packs.lapsing:
        return
    heard(work, message)


def coordination_asked(work: UnitOfWork, message: Message) -> None:
    """Nobody takes it: who follows the coordination up has a task; where nobody may be asked, the chief decides."""
    heard(work, message)
    petition, data = load(work, message.data["petition"]), message.data
    kind = "coordination" if data["to"] else "coordination_nobody"
    _remind(work, petition, Reminder.COORDINATION)
    tasks.open(work, petition, kind, origin=f"{kind}/{data['referral']}")


def _remind(work: UnitOfWork, petition: Petition, about: Reminder) -> None:
    """Whoever has it at the moment."""
    holder = tasks.whose(work, petition, Duty.DEPARTMENT)
    reminders.remind(work, petition, about, department=holder.department, officer=holder.officer)


def custody_told(work: UnitOfWork, message: Message) -> None:
    """Who holds it is a line of the timeline; where closing was asked, it is closed, or stays as it was."""
    petition = load(work, message.data["petition"])
    timeline.hear(work, petition, message)
    commands.heard(petition, message.envelope.type, message.data)
    match message.envelope.type:
        case "custody.ended.v1":
            _follow(petition, "custody ended")
            timeline.record(work, petition, "petition.closed.v1")
        case "custody.kept.v1":
            _follow(petition, "custody kept")
            timeline.record(work, petition, "petition.kept_open.v1", referral=message.data["referral"])


def heard(work: UnitOfWork, message: Message) -> None:
    """A line of the petition's timeline, and the end of what waited for it."""
    petition = load(work, message.data["petition"])
    timeline.hear(work, petition, message)
    commands.heard(petition, message.envelope.type, message.data)


def mediation_agreed(work: UnitOfWork, message: Message) -> None:
    """The days in which both sides may ask the court to confirm it run for the petition."""
    timeline.hear(work, load(work, message.data["petition"]), message, starts=True)


def answer_received(work: UnitOfWork, message: Message) -> None:
    """The text of an agency's answer, by letter, and the files that it names."""
    data = message.data
    load(work, data["petition"])
    work.session.add(
        Answer(
            petition=data["petition"],
            message=message.envelope.id,
            referral=data["referral"],
            result=data["result"],
            text=people.seal(work, data["petition"], f"answer|text|{message.envelope.id}", message.personal["text"]),
            received_at=work.now,
        )
    )
    answer_files.named(work, data["petition"], message.envelope.id, message.personal.get("files", ()))


EVENTS: Mapping[str, Handler] = {
    **{
        f"referral.{what}.v1": referral_moved
        for what in (
            "sent",
            "signed",
            "accepted",
            "deemed",
            "progressed",
            "objected",
            "overruled",
            "returned",
            "recalled",
            "undelivered",
            "suspended",
            "resumed",
            "passed_on",
            "rework",
            "material_added",
            "urged",
            "voided",
            "stopped",
        )
    },
    "referral.answered.v1": referral_moved,
    "referral.closed.v1": referral_moved,
    **{
        f"submission.{what}.v1": submission_moved
        for what in ("signed", "accepted", "deemed", "objected", "progressed", "answered")
    },
    "submission.overruled.v1": ruling_told,
    "submission.returned.v1": ruling_told,
    "routing.refused.v1": routing_refused,
    "routing.judged.v1": releases.judged,
    "command.refused.v1": command_refused,
    "clock.missed.v1": clock_told,
    "escalation.requested.v1": coordination_asked,
    "custody.moved.v1": custody_told,
    "custody.ended.v1": custody_told,
    "custody.kept.v1": custody_told,
    **{f"team.{what}.v1": heard for what in ("formed", "changed", "ended", "danger_told", "note_opened")},
    **{
        f"aid.{what}.v1": heard
        for what in (
            "opened",
            "determined",
            "granted",
            "refused",
            "lead_offered",
            "lead_by_hand",
            "lead_signed",
            "lead_answered",
            "lead_undelivered",
        )
    },
    **{
        f"proceeding.{what}.v1": heard
        for what in (
            "planned",
            "approved",
            "refused",
            "notified",
            "told",
            "invited",
            "answered",
            "adjourned",
            "cancelled",
            "held",
            "opined",
            "concluded",
            "resolved",
            "fulfilled",
            "unfulfilled",
            "mended",
        )
    },
    **{
        f"mediation.{what}.v1": heard
        for what in (
            "asked",
            "consented",
            "declined",
            "invited",
            "turned_down",
            "taken_on",
            "begun",
            "sat",
            "failed",
            "confirmation_asked",
            "confirmed",
            "unconfirmed",
            "performed",
            "unperformed",
            "withdrawn",
        )
    },
    "mediation.agreed.v1": mediation_agreed,
    **{f"task.{what}.v1": heard for what in ("set", "urged", "missed", "done", "impossible")},
    **{f"notice.{what}.v1": heard for what in ("sent", "delivered", "failed", "refused", "unknown", "impossible")},
}
LETTERS: Mapping[str, Handler] = {
    "placement.asked.v1": placing.asked,
    "parties.asked.v1": parties.asked,
    "answer.received.v1": answer_received,
    "directory.entry.v1": directory_told,
    "file.granted.v1": files.granted,
    "file.barred.v1": files.barred,
}
