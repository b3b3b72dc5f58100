"""The files of a petition."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

from werkzeug.wrappers import Response

from contracts import enclosure, plain
from contracts.fields import Text
from intake.api import answers as said
from intake.api.base import PetitionApi
from intake.domain import errors
from intake.use_cases import answer_files, files
from web.call import Call
from web.route import http


class FileRoutes(PetitionApi):
    """Routes of files: into a petition, out to an officer; by token once to another agency, and in from one."""

    @http("POST", "/petitions/<number>/files", action="petition.add-file", query={"name": Text()}, status=201,
          takes=tuple(enclosure.BEGINNINGS),
          answer=said.FileSaid,
          summary=f"上传材料（请求内容即文件，至多 {enclosure.LARGEST_ZH}；name 为文件名）")  # fmt: skip
    def add_file(self, call: Call, number: str) -> Any:
        """{sha256, size, media_type, name}; the same content a second time is the file there is."""
        try:
            name = plain.file_name_given(call.query.get("name", ""))
        except plain.NotPlain as fault:
            raise errors.WrongField("name", str(fault), "a file name is needed, in UTF-8") from None
        with self.work(call) as work:
            self._let_in(call, work, number, lock=True)
            assert call.upload is not None
            return files.present(work, files.add(work, number, name, call.media, call.upload, call.length))

    @http("GET", "/petitions/<number>/files/<sha256>", action="petition.read-file", media="application/octet-stream",
          summary="一份材料")  # fmt: skip
    def read_file(self, call: Call, number: str, sha256: str) -> Any:
        """The bytes, opened piece by piece while they leave. 404 for a SHA-256 of which the petition has no file."""
        with self.work(call) as work:
            self._let_in(call, work, number)
            file = files.find(work, number, sha256)
            found = files.Granted(file.id, number, file.size)
            actor = work.actor
        return streamed(found, files.pieces(self.context, actor, found, call.arrived))

    @http("GET", "/files/<sha256>", action=None, media="application/octet-stream",
          summary="其他单位凭移送中的一次性凭证领取材料")  # fmt: skip
    def fetch_file(self, call: Call, sha256: str) -> Any:
        """The bytes, for who holds a token. 403 when it opens nothing, whatever the reason; 409 while it is in use."""
        token = call.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        with self.work(call) as work:
            found = files.by_token(work, sha256, token)
            actor = work.actor
        if found is None:
            sentence = "凭证无效、已经用过、已过期，或者移送已经结束；刚收到移送的请稍后再试，凭证失效的可请求重发移送"
            raise self.access.deny(call.officer, "file.fetch", sentence, call.path)
        return streamed(found, files.pieces(self.context, actor, found, call.arrived))

    @http("PUT", "/files/<sha256>", action=None, status=201, takes=tuple(enclosure.BEGINNINGS), answer=said.FileSaid,
          summary="其他单位凭一次性凭证交来反馈中写明的材料（请求内容即文件）")  # fmt: skip
    def hand_in_file(self, call: Call, sha256: str) -> Any:
        """{sha256, size, media_type, name}, once more for a repeat. 403 for a token that awaits nothing such."""
        token = call.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        assert isinstance(call.upload, BytesIO)
        with self.work(call) as work:
            file = answer_files.hand_in(work, sha256, token, call.media, call.upload)
            if file is not None:
                return files.present(work, file)
        sentence = "凭证无效、已过期，或者不是反馈中写明的材料；刚收到凭证的请稍后再试"
        raise self.access.deny(call.officer, "file.hand-in", sentence, call.path)


def streamed(file: files.Granted, pieces: Iterator[bytes]) -> Response:
    """Never shown in a browser of ours: what a petitioner gave may be a page with a script in it."""
    headers = {
        "Content-Length": str(file.size),
        "Content-Disposition": "attachment",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(pieces, content_type="application/octet-stream", headers=headers)
