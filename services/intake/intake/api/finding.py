"""Finding, over HTTP: by a body alone, for an address with a name in it would lie in every log on the way."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from marshmallow import Schema, validate

from contracts import vocabulary as words
from contracts.fields import AgencyCode, Code, Count, Flag, WordOf
from contracts.given import Line
from contracts.vocabulary import FoundBy, PetitionState
from courier import waits
from intake.api import answers as said
from intake.api.base import PetitionApi
from intake.use_cases import finding
from web.call import Call
from web.route import http


class Find(Schema):
    """`q`: what is known, as it is typed: a number or its end, a partner's, an ID, a phone, a name, initials, words.

    `by`: what it is meant as, where that is said; else whatever it may be. The others narrow.
    """

    q = Line(100, required=True)
    by = WordOf(FoundBy)
    state = WordOf(PetitionState)
    open = Flag()
    kind = WordOf(words.Kind)
    line = WordOf(words.Line)
    service_point = Code()
    year = Count(validate=validate.Range(1949, 2099, error="应为四位年份"))
    agency = AgencyCode()


@contextmanager
def no_sooner() -> Iterator[None]:
    """Not by how long it took may somebody learn that there was something to pass over."""
    begun = time.monotonic()
    yield
    time.sleep(max(0.0, begun + waits.SEARCH_LEAST - time.monotonic()))


class FindRoutes(PetitionApi):
    """The route of the one search box."""

    @http("POST", "/find", action=finding.FIND, body=Find, answer=said.Finding,
          summary="查找信访件：按编号、姓名、拼音首字母、电话、身份证号、内容等；含已归档，至多 50 件")  # fmt: skip
    def find(self, call: Call) -> Any:
        """{hits, total, total_is_more, sentence}: cards of those in sight, each with why it was found.

        403 for whom a petition is about, and for words, by who may not read what was said.
        """
        asked = dict(call.body)
        typed, by = asked.pop("q"), asked.pop("by", None)
        if by in finding.OF_MATERIAL and (refused := self.access.may(call.officer, finding.READS)):
            raise self.access.deny(call.officer, finding.READS, refused, call.path)
        with no_sooner(), self.work(call) as work:
            return finding.shown(work, call.officer, finding.find(work, call.officer, typed, by, asked))
