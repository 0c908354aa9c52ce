"""What every request passes: host, password, size and owner on the way in; a policy for the browser on the way out."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "wenju"
LARGEST_BODY = 256 << 10  # bytes of a question with its history; uploads have a limit of their own
OPEN = ("/healthz", "/readyz")
# The browser itself refuses whatever is not ours; Gradio's page needs inline scripts and compiled templates.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
}


class TooLarge(Exception):
    """A body went beyond the limit while it was read."""


class Guard:
    """ASGI middleware. `hosts` are the names under which the page may be called, None any.

    `passwords` are those of the users by name; under the empty name stands one that opens to any name. Where there
    are none, everybody comes in. The owner of what is asked is the user whose own password was given, else the
    random name in the browser's cookie: a name that anyone may give proves nothing.
    """

    def __init__(self, app: ASGIApp, hosts: frozenset[str] | None, passwords: Mapping[str, str] | None = None) -> None:
        self._app = app
        self._hosts = hosts
        self._passwords = dict(passwords or {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it here with what is wrong."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        user = self._user(headers.get("authorization", "")) if self._passwords else ""
        refusal = self._refusal(scope["path"], headers, user)
        if refusal:
            await _refuse(send, *refusal)
            return
        owner = f"user:{user}" if user else owner_in(headers.get("cookie", ""))
        fresh = "" if owner else secrets.token_urlsafe(24)
        scope.setdefault("state", {})["owner"] = owner or fresh
        started = False

        async def answered(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                _finish(MutableHeaders(raw=message["headers"]), scope["path"], fresh)
            await send(message)

        limited = _limited(receive) if is_limited(scope["path"]) else receive
        try:
            await self._app(scope, limited, answered)
        except TooLarge:
            if not started:
                await _refuse(send, 413, "too_large", "请求太大：请缩短问题或对话")

    def _refusal(self, path: str, headers: dict[str, str], user: str | None) -> tuple[int, str, str] | None:
        host = headers.get("host", "").rsplit(":", 1)[0] if not headers.get("host", "").endswith("]") else "[::1]"
        if self._hosts is not None and host.strip("[]").lower() not in self._hosts:
            return 421, "wrong_host", "这个地址不是本机：请用 127.0.0.1 打开"
        if user is None and path not in OPEN:
            return 401, "password", "需要密码：见启动时终端里打印的一行"
        length = headers.get("content-length", "")
        if is_limited(path) and length.isdigit() and int(length) > LARGEST_BODY:
            return 413, "too_large", "请求太大：请缩短问题或对话"
        return None

    def _user(self, authorization: str) -> str | None:
        """The user whose password an Authorization header gives, empty for the nameless one; None where it is wrong."""
        kind, _, given = authorization.partition(" ")
        if kind.lower() == "bearer":
            fits = [name for name, password in self._passwords.items() if _same(given, password)]
            return fits[0] if fits else None
        try:
            name, _, password = base64.b64decode(given, validate=True).decode("utf-8", "replace").partition(":")
        except (binascii.Error, ValueError):
            return None
        name = name if name in self._passwords else ""
        is_right = name in self._passwords and _same(password, self._passwords[name])
        return name if kind.lower() == "basic" and is_right else None


def _same(given: str, password: str) -> bool:
    return secrets.compare_digest(given.encode("utf-8", "replace"), password.encode())


def is_limited(path: str) -> bool:
    """Whether a body sent to `path` is a small one by nature."""
    return path.startswith(("/api/", "/v1/"))


def owner_in(cookie: str) -> str:
    """The owner that a Cookie header names, or the empty string."""
    try:
        found = SimpleCookie(cookie).get(COOKIE)
    except CookieError:
        return ""
    value = found.value if found else ""
    return value if len(value) == 32 and value.replace("-", "").replace("_", "").isalnum() else ""


def _limited(receive: Receive) -> Receive:
    """`receive`, which gives up on a body that is larger than it said or did not say how large it is."""
    read = 0

    async def counted() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > LARGEST_BODY:
            raise TooLarge
        return message

    return counted


def _finish(headers: MutableHeaders, path: str, fresh: str) -> None:
    for name, value in HEADERS.items():
        headers[name] = value
    headers.setdefault("content-security-policy", POLICY)
    if fresh and headers.get("content-type", "").startswith("text/html"):
        year = 365 * 24 * 3600
        headers.append("set-cookie", f"{COOKIE}={fresh}; Path=/; Max-Age={year}; HttpOnly; SameSite=Lax")


async def _refuse(send: Send, status: int, code: str, message: str) -> None:
    body = json.dumps({"error": {"code": code, "message": message}}, ensure_ascii=False).encode()
    headers = [(b"content-type", b"application/json; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    if status == 401:
        headers.append((b"www-authenticate", b'Basic realm="Wenju", charset="UTF-8"'))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
