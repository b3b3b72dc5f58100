"""A provider of OpenID Connect as a province has one, by Authlib's server: PKCE is demanded, and a client's secret."""

import time
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin, grants
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import OpenIDCode, UserInfo
from flask import Flask, jsonify, request
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from werkzeug.serving import make_server

CLIENT, SECRET = "fengqiao", "only-for-tests"


class _Client(ClientMixin):  # type: ignore[misc]
    def __init__(self, back: str):
        self.back = back

    def get_client_id(self) -> str:
        return CLIENT

    def get_default_redirect_uri(self) -> str:
        return self.back

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == self.back

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass
class _Code(AuthorizationCodeMixin):  # type: ignore[misc]
    code: str
    subject: str
    redirect_uri: str
    scope: str
    nonce: str | None
    code_challenge: str | None
    code_challenge_method: str | None

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str | None:
        return self.nonce

    def get_auth_time(self) -> None:
        return None

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


@dataclass
class DeskProvider:
    """Knows who sits before the browser: `subject`. `claims`: what else it says; `key`: what it signs by.

    `ends`: where one logs out, where that is said; `tls`: files of its certificate and of that one's key.
    """

    back: str
    subject: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    key: Any = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "k1", "alg": "RS256"}))
    published: Any = None
    asked: list[dict[str, str]] = field(default_factory=list)
    codes: dict[str, _Code] = field(default_factory=dict)
    url: str = ""
    ends: str | None = None
    tls: tuple[str, str] | None = None

    def __post_init__(self) -> None:
        self.published = self.published or self.key
        self.server = make_server("127.0.0.1", 0, self._app(), threaded=True, ssl_context=self.tls)
        self.url = f"http{'s' if self.tls else ''}://127.0.0.1:{self.server.port}"
        Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def token(self, nonce: str | None) -> str:
        """What it says of who is there; `claims` over what would be right."""
        now = int(time.time())
        said = {"iss": self.url, "aud": CLIENT, "sub": self.subject, "iat": now, "exp": now + 60, "nonce": nonce}
        header = {"alg": self.key.alg, "kid": "k1"}
        return jwt.encode(header, said | self.claims, self.key, algorithms=[self.key.alg])

    def _app(self) -> Flask:
        app, provider = Flask("provider"), self
        client = _Client(self.back)

        class CodeGrant(grants.AuthorizationCodeGrant):  # type: ignore[misc]
            def save_authorization_code(self, code: str, asking: Any) -> None:
                asked = asking.payload.data
                provider.codes[code] = _Code(
                    code,
                    asking.user.sub,
                    asking.payload.redirect_uri,
                    asking.payload.scope,
                    asked.get("nonce"),
                    asked.get("code_challenge"),
                    asked.get("code_challenge_method"),
                )

            def query_authorization_code(self, code: str, client: Any) -> _Code | None:
                return provider.codes.get(code)

            def delete_authorization_code(self, authorization_code: _Code) -> None:
                provider.codes.pop(authorization_code.code, None)

            def authenticate_user(self, authorization_code: _Code) -> UserInfo:
                return UserInfo(sub=authorization_code.subject)

        class Connect(OpenIDCode):  # type: ignore[misc]
            def process_token(self, grant: Any, response: Any) -> Any:
                token = response[1] if isinstance(response, tuple) else response
                token["id_token"] = provider.token(grant.request.authorization_code.nonce)
                return token

            def exists_nonce(self, nonce: str, request: Any) -> bool:
                return False

            def get_jwt_config(self, *_: Any) -> dict[str, Any]:
                return {}

            def generate_user_info(self, user: Any, scope: str) -> UserInfo:
                return UserInfo(sub=user.sub)

        server = AuthorizationServer(
            app,
            query_client=lambda name: client if name == CLIENT else None,
            save_token=lambda token, request: None,
        )
        server.register_grant(CodeGrant, [Connect(require_nonce=True), CodeChallenge(required=True)])

        @app.get("/authorize")
        def authorize() -> Any:
            provider.asked.append(request.args.to_dict())
            user = UserInfo(sub=provider.subject)
            grant = server.get_consent_grant(end_user=user)
            return server.create_authorization_response(grant_user=user, grant=grant)

        @app.post("/token")
        def token() -> Any:
            return server.create_token_response()

        @app.get("/.well-known/openid-configuration")
        def metadata() -> Any:
            ends = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
            said = {"issuer": provider.url} | {name: f"{provider.url}/{end}" for name, end in ends.items()}
            return jsonify(said | ({"end_session_endpoint": provider.ends} if provider.ends else {}))

        @app.get("/keys")
        def keys() -> Any:
            return jsonify(KeySet([provider.published]).as_dict(private=False))

        return app
