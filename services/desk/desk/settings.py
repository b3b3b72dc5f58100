"""What each of the desk's processes is told by its environment; what is missing is said by name.

The desk asks the services over HTTP and knows no broker, so that it reads nothing of what a service is told.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from environs import Env, FileAwareEnv, validate


def environment() -> Env:
    """The process's variables, or the files they name. Reading one that is missing or wrong raises EnvError."""
    return FileAwareEnv(strip_whitespace=True)


def _services(env: Env) -> Mapping[str, str]:
    """Name → address, of `intake=http://… referral=http://…`."""
    return dict(each.split("=", 1) for each in env.str("SERVICE_URLS").split())


def _login(env: Env) -> str:
    return env.str("LOGIN", "local", validate=validate.OneOf(["local", "oidc", "certificate"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeSettings:
    """Of the officers' door."""

    database_url: str
    key_file: Path  # closes drafts
    http_address: str
    signer_socket: Path
    services: Mapping[str, str]
    office: str  # its name, as the header of each page has it
    outside: bool = False  # whether another says who logs in

    @classmethod
    def from_environment(cls) -> "OfficeSettings":
        """Raises environs.EnvError naming the variable."""
        env = environment()
        return cls(
            database_url=env.str("DATABASE_URL"),
            key_file=env.path("DESK_KEY_FILE"),
            http_address=env.str("HTTP_ADDRESS"),
            signer_socket=env.path("SIGNER_SOCKET"),
            services=_services(env),
            office=env.str("OFFICE_NAME", "人民检察院"),
            outside=_login(env) != "local",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerSettings:
    """Of who signs tokens and keeps accounts."""

    database_url: str
    key_file: Path  # closes second factors
    signing_key_file: Path
    signer_socket: Path
    services: Mapping[str, str]
    jurisdiction: str
    our_agency: str
    login: str  # local, oidc, certificate: who says who logs in
    desk: str  # https://host of the pages, as browsers have it; empty: no security keys
    issuer: str
    client: str
    client_secret: str
    acr: frozenset[str]  # what the provider calls a login with two factors
    authority: Path | None  # who may have signed its certificate
    gateway_socket: Path | None

    @classmethod
    def from_environment(cls) -> "SignerSettings":
        """Raises environs.EnvError naming the variable."""
        env = environment()
        return cls(
            database_url=env.str("DATABASE_URL"),
            key_file=env.path("ACCOUNTS_KEY_FILE"),
            signing_key_file=env.path("SIGNING_KEY_FILE"),
            signer_socket=env.path("SIGNER_SOCKET"),
            services=_services(env),
            jurisdiction=env.str("JURISDICTION"),
            our_agency=env.str("OUR_AGENCY"),
            login=(login := _login(env)),
            desk=env.str("DESK_URL", "").rstrip("/"),
            issuer=env.str("OIDC_ISSUER") if login == "oidc" else "",
            client=env.str("OIDC_CLIENT") if login == "oidc" else "",
            client_secret=env.str("OIDC_CLIENT_SECRET") if login == "oidc" else "",
            acr=frozenset(env.str("OIDC_ACR", "").split()),
            authority=env.path("OIDC_CA_FILE", None),
            gateway_socket=env.path("GATEWAY_SOCKET") if login == "certificate" else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicSettings:
    """Of the petitioners' door: it has no secret."""

    http_address: str
    intake: str
    office: str
    online: bool = False  # whether petitioners can write to the office there

    @classmethod
    def from_environment(cls) -> "PublicSettings":
        """Raises environs.EnvError naming the variable."""
        env = environment()
        return cls(
            http_address=env.str("HTTP_ADDRESS"),
            intake=_services(env)["intake"],
            office=env.str("OFFICE_NAME", "人民检察院"),
            online=env.str("ONLINE_ENTRIES", "off", validate=validate.OneOf(["on", "off"])) == "on",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencySettings:
    """Of the door of an agency without a system: everything in it is that agency's own."""

    code: str
    name: str
    database_url: str
    key_file: Path  # closes what was heard and said
    amqp_url: str  # as the agency's user
    http_address: str
    files_url: str  # where files are fetched
    office: str  # the procuratorate's name
    our_agency: str
    directory_file: Path | None  # who is there to pass a matter on to

    @classmethod
    def from_environment(cls) -> "AgencySettings":
        """Raises environs.EnvError naming the variable."""
        env = environment()
        return cls(
            code=env.str("AGENCY_CODE"),
            name=env.str("AGENCY_NAME"),
            database_url=env.str("DATABASE_URL"),
            key_file=env.path("AGENCY_KEY_FILE"),
            amqp_url=env.str("AMQP_URL"),
            http_address=env.str("HTTP_ADDRESS"),
            files_url=env.str("FILES_URL").rstrip("/"),
            office=env.str("OFFICE_NAME", "人民检察院"),
            our_agency=env.str("OUR_AGENCY", ""),
            directory_file=env.path("DIRECTORY_FILE", None),
        )
