"""The route by which what is held is let go to one agency."""

from typing import Any

from marshmallow import Schema

from contracts.fields import AgencyCode, Flag
from contracts.given import Text
from contracts.vocabulary import Barred
from intake.api import answers as said
from intake.api.base import PetitionApi
from intake.use_cases import releases, walls
from web.call import Call
from web.route import http


class Release(Schema):
    """To whom, and why it may; `confirmed`: also where what it is held for hits that agency, or nobody knows whom."""

    to = AgencyCode(required=True)
    reason = Text(2_000, required=True)
    confirmed = Flag(load_default=False)


class ReleaseRoutes(PetitionApi):
    """The route without which nothing that is held leaves (docs/decisions/009)."""

    @http("POST", "/petitions/<number>/release", action="petition.release", body=Release, status=202,
          answer=said.PetitionSaid, summary="核对后发往一个单位；confirmed 为部门负责人或检察长再次确认")  # fmt: skip
    def release(self, call: Call, number: str) -> Any:
        """The petition; referral judges after. 403 in one and the same sentence, whatever the officer may not see."""
        with self.work(call) as work:
            petition = self._let_in(call, work, number, lock=True)
            action = "petition.confirm-release" if call.body["confirmed"] else "petition.release"
            view = walls.view(work, call.officer, action)
            if not (view.covers(petition.placement) and releases.knows(view, releases.because(work, petition))):
                # the sentence everybody gets: another would tell that there is something to see
                raise self.access.deny(call.officer, action, Barred.HELD.zh, call.path)
            # in the same transaction: what is linked meanwhile makes void what is asked here
            return call.once(
                work.session,
                lambda: self._described(work, call.officer, releases.ask(work, number, **call.body)),
            )
