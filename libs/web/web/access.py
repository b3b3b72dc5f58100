"""Who asks, whether they may, what is answered. Use cases never see a request."""

import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.wrappers import Request, Response

from contracts import problems
from contracts.problems import Problem
from vault import Vault
from web.call import Admitted, Call, read
from web.route import Route
from web.tokens import Officer, Verifier

log = logging.getLogger(__name__)

NOBODY = Officer("-", "-", frozenset())
PROVED_FOR = 600.0  # seconds


@dataclass(slots=True)
class Access:
    """What a service decides: whose tokens, who may do what, where a denial is recorded, which faults pass by.

    `vault`: closes what is kept of requests.
    """

    verifier: Verifier
    vault: Vault
    may: Callable[[Officer, str], str | None]  # the sentence why not, or None
    denied: Callable[[Officer, str, str | None], None]
    counted: Callable[[str], None]  # a refusal of somebody we do not know: a count, for the trail must stay bounded
    is_transient: Callable[[BaseException], bool]
    describe: Callable[[BaseException], str]
    beside: Callable[[], Mapping[str, Any]] = dict  # what every answer to an officer says as well, now

    def answer(self, route: Route, admitted: Admitted, run: Callable[[Call], Any]) -> Response:
        """What `run` returns, or the problem it raises, as it is sent."""
        try:
            self._let_in(route, admitted)
            result = run(read(route, admitted, self.vault))
            if route.action is not None and isinstance(result, dict):
                # not in what is kept for a repeat, which may come when it is no longer so
                result = {**result, **self.beside()}
            return result if isinstance(result, Response) else _json(result, route.status)
        except Problem as problem:
            return self.refuse(problem)
        except Exception as fault:  # noqa: BLE001 - a stack trace must not leave the house
            log.error("%s %s: %s", route.method, route.path, self.describe(fault))
            if self.is_transient(fault):
                return self.refuse(
                    problems.Unavailable(
                        "系统正忙，请稍后重试，已填写的内容未保存", "busy; nothing was saved, try again"
                    )
                )
            return self.refuse(
                problems.Broken("系统内部出错，内容未保存，请联系运维人员", "an internal error; nothing saved")
            )

    def deny(self, officer: Officer, action: str, sentence: str, about: str | None = None) -> problems.Denied:
        """Records a denial and returns what to raise. `about` is kept as a keyed digest: numbers can all be tried."""
        log.warning("denied: officer %s, %s", officer.id, action)
        if officer is NOBODY:
            self.counted("nobody")
        else:
            self.denied(officer, action, about and self.vault.fingerprint("denied", about).hex())
        return problems.Denied(sentence, f"the officer may not {action}")

    def known(self, route: Route, request: Request) -> Officer:
        """Who asks, by the token's signature alone: nothing is read from whom nobody knows. Raises NoToken."""
        if route.action is None:
            return NOBODY
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise problems.NoToken(
                "请先登录：请求缺少 Authorization: Bearer 凭证", "no bearer token", field="Authorization"
            )
        return self.verifier.officer(token.strip())

    def _let_in(self, route: Route, admitted: Admitted) -> None:
        if route.action is None:
            return
        sentence = self.may(admitted.officer, route.action)
        if sentence is not None:
            raise self.deny(admitted.officer, route.action, sentence, admitted.request.path)
        proved_at = admitted.officer.proved_at
        # who has a token of the command line has shown more than a second factor
        if route.proved and proved_at is not None and time.time() - proved_at > PROVED_FOR:
            raise problems.NotProved()

    def refuse(self, problem: Problem) -> Response:
        """The answer that says the problem, with the headers its status asks for; some kinds are counted."""
        response = Response(problem.to_bytes(), status=problem.status, content_type=problems.MEDIA)
        if isinstance(problem, problems.TooSlow | problems.Crowded):
            self.counted(problem.code)
        if problem.status == 401:
            self.counted("no_token")
            response.headers["WWW-Authenticate"] = "Bearer"
        if problem.retry_after is not None:
            response.headers["Retry-After"] = str(problem.retry_after)
        return response


def _json(content: Any, status: int) -> Response:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return Response(text, status=status, content_type="application/json; charset=utf-8")
