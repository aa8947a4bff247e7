"""The page that is shown to whoever is not signed in: the ways in that this centre has."""

from dataclasses import dataclass
from urllib.parse import quote

from fastapi import Request, Response

from desk.access.forms import own_path
from desk.access.passkeys import party_of
from desk.assembly import House
from desk.web.pages import Pages
from leerp.identity import Identity

SIGN_IN = "Sign in with the link that leerp up printed, or ask the operator for one; each link works once."


@dataclass(frozen=True)
class SignInPage:
    """Shows the ways in. `identity`: which of them the centre has."""

    pages: Pages
    house: House
    identity: Identity

    def show(self, request: Request, *, status: int = 200, sentence: str = "", next_path: str = "") -> Response:
        """The page; `next_path`: where to go once signed in."""
        going_on = own_path(next_path)
        return self.pages.page(
            request,
            "sign-in.html",
            status=status,
            title="Sign in",
            sentence=sentence or SIGN_IN,
            next=going_on,
            next_quoted=quote(going_on, safe=""),
            passwords=self.identity.passwords,
            passkeys=self.identity.passkeys and party_of(self.house.settings.public_url, request) is not None,
            provider=self.identity.oidc.name if self.identity.oidc else "",
            signed_in_already=request.headers.get("sec-fetch-site") == "cross-site",
        )

    def instead_of(self, request: Request, *, sentence: str = "") -> Response:
        """The page in the place of one that needs somebody signed in; it leads back there."""
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        back = here if request.method in ("GET", "HEAD") and here != "/" else ""
        return self.show(request, status=401, sentence=sentence, next_path=back)
