"""A petition's team, and its counsellor's notes."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from contracts.fields import Flag, Reference
from contracts.given import Text
from courier.unit_of_work import UnitOfWork
from referral.api import answers as said
from referral.api.base import Nothing, ReferralApi
from referral.use_cases import notes, teams
from service_kit.actions import Target
from web.call import Call
from web.route import http


def _people() -> fields.List[Any]:
    listed = Reference(metadata={"options": "/roster"})
    return fields.List(listed, load_default=list, validate=validate.Length(max=10))


class TeamOf(Schema):
    """Who is in it, all of them."""

    prosecutors = _people()
    lawyers = _people()
    counsellors = _people()

    @validates_schema
    def somebody(self, data: dict[str, Any], **_: Any) -> None:
        """A team of nobody is refused."""
        if not any(data.values()):
            raise ValidationError("请至少选择一人", "prosecutors")


class WriteNote(Schema):
    """`violence`: somebody is in danger: then others may open it."""

    text = Text(10_000, required=True)
    violence = Flag(load_default=False)


class TeamRoutes(ReferralApi):
    """Each act answers the team as it is after it."""

    @http("GET", "/petitions/<number>/team", action="team.read", answer=said.TeamOfPetition,
          summary="检察官、律师、心理咨询师团队")  # fmt: skip
    def team(self, call: Call, number: str) -> Any:
        """Answers who is in it, if it has one, and what may be done."""
        with self.work(call) as work:
            self.let_in(call, work, number)
            return self._team(work, call, number)

    @http("POST", "/petitions/<number>/team", action="team.form", body=TeamOf, status=201,
          answer=said.TeamOfPetition, summary="组成团队")  # fmt: skip
    def form_team(self, call: Call, number: str) -> Any:
        """Answers the team. 409 where it has one, or one of them must keep away."""
        return self._team_after(call, number, lambda work: teams.form(work, number, **call.body))

    @http("POST", "/petitions/<number>/team/change", action="team.change", body=TeamOf, answer=said.TeamOfPetition,
          summary="调整团队")  # fmt: skip
    def change_team(self, call: Call, number: str) -> Any:
        """Answers the team: who was not named has left it."""
        return self._team_after(call, number, lambda work: teams.change(work, number, **call.body))

    @http("POST", "/petitions/<number>/team/end", action="team.end", body=Nothing, answer=said.TeamOfPetition,
          summary="解散团队")  # fmt: skip
    def end_team(self, call: Call, number: str) -> Any:
        """Answers that it has none; who was in it stays on record."""
        return self._team_after(call, number, lambda work: teams.end(work, number))

    @http("GET", "/petitions/<number>/team/notes", action="team.read-notes", answer=said.Notes,
          summary="心理疏导记录：本人写的；他人标明有人身危险的只列出")  # fmt: skip
    def team_notes(self, call: Call, number: str) -> Any:
        """Answers what who asks wrote, and of others' that there is one that tells of danger."""
        with self.work(call) as work:
            self.let_in(call, work, number)
            opens = self._may(work, call, "team.open-note", number)
            return {
                "petition": number,
                "notes": [
                    each
                    | {"allowed_actions": self._opens(number, each["note"]) if each["text"] is None and opens else []}
                    for each in notes.of_petition(work, number)
                ],
                "allowed_actions": self._writes(work, call, number),
            }

    @http("POST", "/petitions/<number>/team/notes", action="team.write-note", body=WriteNote, status=201,
          answer=said.NoteWritten, summary="写心理疏导记录（只有本人可以看）")  # fmt: skip
    def write_note(self, call: Call, number: str) -> Any:
        """Answers its id. 409 for who is no counsellor of the team."""
        with self.work(call) as work:
            self.let_in(call, work, number)
            return call.once(work.session, lambda: {"note": notes.write(work, number, **call.body).id}, number)

    @http("POST", "/petitions/<number>/team/notes/<note>/open", action="team.open-note", body=Nothing,
          answer=said.NoteSaid, summary="查看标明有人身危险的心理疏导记录（留痕）")  # fmt: skip
    def open_note(self, call: Call, number: str, note: str) -> Any:
        """Answers what it says; each time is on the trail. 404 for what tells of no danger."""
        with self.work(call) as work:
            self.let_in(call, work, number)
            return notes.open_one(work, number, note)

    def _team_after(self, call: Call, number: str, act: Any) -> Any:
        with self.work(call) as work:
            self.let_in(call, work, number)
            self._ask_parties(work, number)
            call.once(work.session, lambda: {"team": act(work).id}, number)
            return self._team(work, call, number)

    def _team(self, work: UnitOfWork, call: Call, number: str) -> dict[str, Any]:
        team = teams.of_petition(work, number)
        acts = ["team.change", "team.end"] if team is not None else ["team.form"]
        if team is None and teams.is_over(work, number):
            acts = []
        checked, offered = self._ask_parties(work, number), []
        for action in acts:
            words = {} if action == "team.end" else teams.able(work, number)
            if self._may(work, call, action, number) and (action == "team.end" or any(words.values())):
                offered.append(self._offer(action, number, Target(words=words)))
        shown = teams.present(work, team) if team is not None else None
        return {"petition": number, "checked": checked, "team": shown, "allowed_actions": offered}

    def _writes(self, work: UnitOfWork, call: Call, number: str) -> list[dict[str, Any]]:
        writes = self._may(work, call, "team.write-note", number) and notes.is_counsellor(work, number)
        return [self._offer("team.write-note", number)] if writes else []

    def _opens(self, number: str, note: str) -> list[dict[str, Any]]:
        return [self._offer("team.open-note", number, Target(parts={"note": note}))]
