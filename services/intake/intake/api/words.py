"""What a client needs to draw any page: every word with its Chinese, and the divisions of country and county."""

import hashlib
import json
from functools import cache
from typing import Any

from marshmallow import fields
from werkzeug.wrappers import Response

from clock.tables import State
from contracts import vocabulary
from contracts.fields import Code, Flag
from contracts.vocabulary import Word
from intake.domain import errors
from intake.domain.places import Place
from intake.use_cases.tools import tools_of
from service_kit.service import Service
from statute import Duty
from web.answers import Answer
from web.call import Call
from web.route import http


class Said(Answer):
    """A word, and what an officer reads for it."""

    value = fields.String()
    label = fields.String()


class Vocabulary(Answer):
    """Enumeration, as the OpenAPI documents name it in `x-vocabulary` → its words in their order."""

    vocabulary = fields.Dict(keys=fields.String(), values=fields.List(fields.Nested(Said)))


class PlaceSaid(Answer):
    """`under`: the code of the one it belongs to; `more`: whether others belong to it."""

    code = fields.String()
    name = fields.String()
    under = fields.String()
    more = Flag()


class PlacesSaid(Answer):
    """The divisions that belong to `under`."""

    under = fields.Nested(PlaceSaid)
    places = fields.List(fields.Nested(PlaceSaid))


class WordRoutes(Service):
    """Routes that are the same for everybody who works here, and change with a release or the county's file."""

    @http("GET", "/vocabulary", action="office.read", answer=Vocabulary,
          summary="全部用语及其中文（各服务通用）；按 ETag 缓存")  # fmt: skip
    def vocabulary(self, call: Call) -> Any:
        """{vocabulary: {enumeration: [{value, label}]}}, for all services; 304 for who has it by its ETag."""
        page, tag = _page()
        asked = {each.strip().removeprefix("W/") for each in call.headers.get("If-None-Match", "").split(",")}
        headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
        if tag in asked:
            return Response(status=304, headers=headers)
        return Response(page, content_type="application/json; charset=utf-8", headers=headers)

    @http("GET", "/places", action="office.read", query={"under": Code()}, answer=PlacesSaid,
          summary="行政区划：某一区划下的各区划，默认本县；000000 为全国")  # fmt: skip
    def places(self, call: Call) -> Any:
        """{under, places}: by code. 422 for a code that is none."""
        with self.work(call) as work:
            tools = tools_of(work)
            known = tools.places
            under = known.find(call.query.get("under", tools.jurisdiction))
            if under is None:
                raise errors.WrongField("under", "没有这个行政区划代码", "no such division")
            found = known.under(under.code)
            return {
                "under": _place(under, bool(found)),
                "places": [_place(each, more) for each, more in found],
            }


def _place(place: Place, more: bool) -> dict[str, Any]:
    return {"code": place.code, "name": place.name, "under": place.under, "more": more}


@cache
def _page() -> tuple[bytes, str]:
    words: dict[str, Any] = {"ClockState": State, "Duty": Duty}
    words |= {
        name: each for name, each in vars(vocabulary).items() if isinstance(each, type) and issubclass(each, Word)
    }
    said = {
        name: [{"value": word.value, "label": word.zh} for word in each]
        for name, each in sorted(words.items())
        if each is not Word
    }
    page = json.dumps({"vocabulary": said}, ensure_ascii=False).encode()
    return page, f'"{hashlib.sha256(page).hexdigest()[:32]}"'
