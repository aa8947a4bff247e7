"""The cookie that binds the second half of a ceremony to the browser that began it."""

from starlette.requests import HTTPConnection
from starlette.responses import Response

from records.people_ceremonies import LIFETIME


class CeremonyCookie:
    """`strict`: it is not sent when the browser comes back from elsewhere, as it does from a provider."""

    def __init__(self, name: str, *, secure: bool, strict: bool) -> None:
        self._name = f"__Host-{name}" if secure else name
        self._secure = secure
        self._strict = strict

    def put(self, response: Response, token: str) -> None:
        """Have the browser keep the token for as long as it is good."""
        response.set_cookie(
            self._name,
            token,
            max_age=int(LIFETIME.total_seconds()),
            httponly=True,
            samesite="strict" if self._strict else "lax",
            secure=self._secure,
            path="/",
        )

    def of(self, request: HTTPConnection) -> str:
        """The token that the browser has kept; empty without one."""
        return request.cookies.get(self._name, "")

    def clear(self, response: Response) -> None:
        """Have the browser forget it."""
        response.delete_cookie(self._name, path="/", secure=self._secure, httponly=True)
