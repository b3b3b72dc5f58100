"""What every answer says to the browser: nothing is kept, nothing comes from elsewhere, nobody frames it."""

from flask import Response, request

_CSP = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' data:; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
)
# a paper that a service drew, with its own style: it may show itself and nothing else
PAPER = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; base-uri 'none'; "
    "sandbox allow-modals"
)
# pages without a script
PLAIN = (
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def secure_plain(answer: Response) -> Response:
    """As `secure`, of a door whose pages have no script."""
    answer.headers["Content-Security-Policy"] = PLAIN
    return secure(answer)


def secure(answer: Response) -> Response:
    """The same answer with the headers."""
    headers = answer.headers
    headers.setdefault("Content-Security-Policy", _CSP)
    headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"  # without TLS no browser minds it
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["X-Frame-Options"] = "DENY"  # for who does not know frame-ancestors
    headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
    if request.endpoint != "static":
        headers["Cache-Control"] = "no-store"
    return answer


def is_ours(origin: str | None, site: str | None, host: str) -> bool:
    """Whether a form was sent by a page of ours: by Sec-Fetch-Site, or by Origin where the browser says no site."""
    if site is not None:
        return site == "same-origin"
    return origin is not None and origin.partition("://")[2] == host
