"""Files that came with a referral: fetched once with the offer's token, compared, kept closed as long as the offer."""

import hashlib
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import requests
from flask import Blueprint, Response, request

from contracts import enclosure
from desk.agency import history
from desk.agency.door import door, refused
from desk.agency.tables import Fetched, Matter

pages = Blueprint("files", __name__)
_WAITS = (3.0, 20.0)


class _NotFetched(Exception):  # noqa: N818 - what the file is
    """Says why, in a sentence."""


@pages.get("/file")
def one() -> Any:
    """Its bytes, never shown in the browser as a page: what a petitioner gave may have a script in it."""
    number, sha256 = request.args.get("number", ""), request.args.get("sha256", "")
    with door().sessions() as session:
        matter, offered = session.get(Matter, number), history.offer(session, door().safe, number)
        file = next((each for each in (offered or {}).get("files") or [] if each["sha256"] == sha256), None)
        if matter is None or file is None:
            return refused("没有这份材料，或者已按保存期限删除", 404)
        row = session.get(Fetched, (number, sha256))
        if row is None:
            try:
                content = _fetch(file)
            except _NotFetched as fault:
                return refused(str(fault), 503)
            key_id, closed = door().safe.close(_label(number, sha256), content)
            until = matter.begun_at + timedelta(days=matter.retain_days)
            session.merge(Fetched(matter=number, sha256=sha256, key_id=key_id, content=closed, forget_at=until))
            session.commit()
        else:
            content = door().safe.open(_label(number, sha256), row.key_id, row.content)
    answer = Response(content, content_type="application/octet-stream")
    # a header takes no Chinese as it is (RFC 8187)
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(str(file['name']), safe='')}"
    return answer


def _fetch(file: dict[str, Any]) -> bytes:
    address = f"{door().settings.files_url}/files/{file['sha256']}"
    try:
        with requests.get(
            address, headers={"Authorization": f"Bearer {file['token']}"}, timeout=_WAITS, stream=True
        ) as answer:
            if answer.status_code == 403:
                raise _NotFetched("领取凭证已失效：请由管理员在“账户”页请求重发，收到后再领取")
            if answer.status_code == 409:
                raise _NotFetched("这份材料正在领取，请过一会儿再试")
            if not answer.ok:
                raise _NotFetched("检察院暂时没有回应，请稍后再试")
            content = bytearray()
            for piece in answer.iter_content(64 * 1024):
                content += piece
                if len(content) > enclosure.LARGEST:
                    raise _NotFetched(f"材料超过 {enclosure.LARGEST_ZH}，没有领取")
    except requests.RequestException:
        raise _NotFetched("检察院暂时没有回应，请稍后再试") from None
    if hashlib.sha256(content).hexdigest() != file["sha256"]:
        raise _NotFetched("收到的材料与摘要不符，没有保存；请告知检察院")
    return bytes(content)


def _label(number: str, sha256: str) -> str:
    return f"fetched|content|{number}|{sha256}"
