"""Every call to a service goes through here: with the officer's own token, bounded waits, one trace a page."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import local
from typing import IO, Any

import requests

WAITS = (1.0, 5.0)  # seconds: to be connected, and for each part of an answer
UPLOAD_WAITS = (1.0, 60.0)
_POOL = ThreadPoolExecutor(8, thread_name_prefix="read")
_OWN = local()


class Refused(Exception):  # noqa: N818 - what was asked for is
    """A service's RFC 9457 problem, as it wrote it."""

    def __init__(self, status: int, problem: Mapping[str, Any], retry_after: str = "60"):
        super().__init__(f"{status} {problem.get('type', '')}")
        self.status, self.problem, self.retry_after = status, problem, retry_after

    @property
    def code(self) -> str:
        """The last part of the problem's type."""
        return str(self.problem.get("type", "")).rpartition(":")[2]

    @property
    def asks_who(self) -> bool:
        """Whether the login or a second factor is to be given anew: what no view answers by itself."""
        return self.code in ("no-token", "second-factor")

    @property
    def sentence(self) -> str:
        """As it is to be shown: a field's path before it is no word for a person, who sees the field."""
        return str(self.problem.get("detail") or "请求未被接受").removeprefix(f"{self.problem.get('field')}：")

    @property
    def title(self) -> str:
        """What kind of refusal it is."""
        return str(self.problem.get("title") or "请求未被接受")

    @property
    def errors(self) -> Mapping[str, str]:
        """Dotted path of a field → the sentence beside it."""
        listed = {each["field"]: each["detail"] for each in self.problem.get("errors", ())}
        alone = {str(self.problem["field"]): self.sentence} if self.problem.get("field") else {}
        return listed or alone


class Away(Exception):  # noqa: N818 - what it is
    """A service that does not answer, or says that it is not able to now."""

    def __init__(self, service: str):
        super().__init__(service)
        self.service, self.retry_after = service, 5


@dataclass(slots=True)
class Client:
    """What one page asks. `token`: the officer's in whose name, asked for once the first call needs it; None: nobody's.

    `forwarded`: who asked, where a limit is counted by address.
    """

    services: Mapping[str, str]
    token: Callable[[], str] | None
    forwarded: str | None = None
    trace: str = field(default_factory=lambda: f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01")
    halted: bool = False  # an answer said that no clock fires
    _token: str | None = None

    def get(self, service: str, path: str, **query: Any) -> dict[str, Any]:
        """The answer. Raises Refused, Away."""
        return self._json(self.send("GET", service, path, params=query))

    def post(self, service: str, path: str, body: Mapping[str, Any], key: str | None = None) -> dict[str, Any]:
        """The answer; `key`: the same for whoever sends the same form again. Raises Refused, Away."""
        return self._json(self.send("POST", service, path, json=body, key=key))

    def many(self, *reads: tuple[str, str] | tuple[str, str, Mapping[str, Any]]) -> list[Any]:
        """The answers of several reads at once, in their order; of one that failed its Refused or Away."""
        self._authorization()  # before, or each would ask for a token

        def one(read: Sequence[Any]) -> Any:
            try:
                return self.get(read[0], read[1], **(read[2] if len(read) > 2 else {}))
            except (Refused, Away) as fault:
                return fault

        return list(_POOL.map(one, reads))

    def send(
        self,
        method: str,
        service: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Mapping[str, Any] | None = None,
        upload: tuple[IO[bytes], str] | None = None,
        key: str | None = None,
    ) -> requests.Response:
        """Whatever is answered below 400. `upload`: a file and its media type. Raises Refused, Away."""
        headers = self._authorization() | {"traceparent": self.trace} | ({"Idempotency-Key": key} if key else {})
        data = None
        if upload is not None:
            data, headers["Content-Type"] = upload
        try:
            answer = _session().request(
                method,
                self.services[service] + path,
                params=params,
                json=json,
                data=data,
                headers=headers,
                timeout=UPLOAD_WAITS if upload else WAITS,
                allow_redirects=False,
            )
        except requests.RequestException:
            raise Away(service) from None
        if answer.status_code in (500, 502, 503, 504):
            raise Away(service)
        if answer.status_code >= 400:
            raise Refused(answer.status_code, _object(answer), answer.headers.get("Retry-After", "60"))
        return answer

    def _json(self, answer: requests.Response) -> dict[str, Any]:
        content = _object(answer)
        self.halted = self.halted or bool(content.get("clocks_halted"))
        return content

    def _authorization(self) -> dict[str, str]:
        asks = {"X-Forwarded-For": self.forwarded} if self.forwarded else {}
        if self.token is None:
            return asks
        if self._token is None:
            self._token = self.token()
        return asks | {"Authorization": f"Bearer {self._token}"}


def _session() -> requests.Session:
    """One a thread: connections are kept, and nothing of an answer's cookies or a machine's proxies is."""
    if not hasattr(_OWN, "session"):
        _OWN.session = requests.Session()
        _OWN.session.trust_env = False
    session: requests.Session = _OWN.session
    return session


def _object(answer: requests.Response) -> dict[str, Any]:
    try:
        content = answer.json()
    except ValueError:
        content = None
    return content if isinstance(content, dict) else {}
