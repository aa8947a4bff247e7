"""The operator's page of machines: which tokens there are and when each was last used; make one, revoke one."""

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from desk.access.acts import DeskAct
from desk.access.forms import fields
from desk.access.routes import Routes, who
from desk.access.sessions import Sessions
from desk.assembly import House
from desk.token_keeping import LONGEST_DAYS, MadeToken, TokenKeeping, Wish, new_token_id, signing_of, state_of
from desk.web.acting.fields import Field, Kind, Option, Values, stakeholder
from desk.web.acting.saying import Problem, problem_of
from desk.web.pages import Pages
from leerp.errors import BadInputError, LeerpError
from leerp.machines import DEFAULT_PER_MINUTE, Scope

SAID = {"revoked": "The token is revoked; from now on it is good for nothing.", "before": "It was revoked before."}

_SCOPES = (
    Option(Scope.REPORT.value, "hand reports in"),
    Option(Scope.CONTRIBUTE.value, "hand contributions in"),
    Option(Scope.FEED.value, "fetch what was sent to it"),
)
_SIGNING = (
    Option("", "not signed"),
    Option(
        "hmac", "signed with a secret that both sides hold", "Standard Webhooks; it is made and shown with the token."
    ),
    Option(
        "rfc9421", "signed with its own Ed25519 key", "HTTP Message Signatures (RFC 9421); give the public half below."
    ),
)


def register(routes: Routes, *, house: House, pages: Pages, sessions: Sessions) -> None:  # noqa: ARG001 - as all parts
    """Add these pages."""
    part = TokenPages(house, pages)
    routes.add("GET", "/tokens", part.listing, act=DeskAct.KEEP_TOKENS)
    routes.add("POST", "/tokens", part.make, act=DeskAct.KEEP_TOKENS)
    routes.add("POST", "/tokens/{token}/revoke", part.revoke, act=DeskAct.KEEP_TOKENS)


class TokenPages:
    """The pages."""

    def __init__(self, house: House, pages: Pages) -> None:
        self._house = house
        self._pages = pages
        self._keeping = TokenKeeping(house)

    async def listing(self, request: Request, said: str = "") -> Response:
        """Every token, and the form for a new one."""
        return await self._page(request, said=SAID.get(said, ""))

    async def make(self, request: Request) -> Response:
        """Make a token; its secret stands on the answer to this form, and nowhere else."""
        values = Values(await request.form())
        try:
            wish = _wish(values)
            made = await self._keeping.make(wish, actor=who(request).actor, identifier=values.text("token"))
        except (LeerpError, ValidationError) as error:
            return await self._page(request, values=values, problem=problem_of(error, self._fields()))
        return await self._page(request, made=made)

    async def revoke(self, request: Request, token: str) -> Response:
        """Revoke a token, with a reason."""
        reason = (await fields(request)).get("reason", "")
        try:
            _, done = await self._keeping.revoke(token, reason=reason, actor=who(request).actor)
        except BadInputError:
            raise
        except LeerpError as error:
            return await self._page(request, problem=problem_of(error, ()))
        return RedirectResponse(f"/tokens?said={'revoked' if done else 'before'}", status_code=303)

    async def _page(
        self,
        request: Request,
        *,
        said: str = "",
        made: MadeToken | None = None,
        values: Values | None = None,
        problem: Problem | None = None,
    ) -> Response:
        now = self._house.rooms.wall_clock()
        form = self._fields()
        found = [(one, state_of(one, now), signing_of(one)) for one in await self._keeping.listing()]
        given = {field.name: field.given for field in form}
        shown = {
            "said": said,
            "made": made,
            "problem": problem,
            "found": sorted(found, key=lambda row: row[1] != "good"),
            "form": form,
            "typed": given if values is None else {**dict.fromkeys(given, ()), **values.typed},
            "token": new_token_id(),
        }
        status = problem.status if problem else 200
        return self._pages.page(request, "tokens.html", title="Tokens of machines", status=status, shown=shown)

    def _fields(self) -> tuple[Field, ...]:
        """The form for a new token."""
        return (
            stakeholder("source", "Whose it is", self._house.rooms.directory().stakeholders),
            Field(name="scope", label="What it is good for", kind=Kind.SEVERAL, options=_SCOPES),
            Field(name="days", label="For how many days", kind=Kind.NUMBER, given=("365",), least=1, most=LONGEST_DAYS),
            Field(
                name="per_minute",
                label="Requests a minute",
                kind=Kind.NUMBER,
                given=(str(DEFAULT_PER_MINUTE),),
                least=1,
                help="Each report of a batch counts.",
            ),
            Field(name="signing", label="Requests are", kind=Kind.ONE_OF, options=_SIGNING, given=("",)),
            Field(name="public_key", label="Its public key", kind=Kind.TEXT, help="Ed25519 in PEM.", longest=4_000),
            Field(name="signed_only", label="Refuse requests without a signature", kind=Kind.TICK),
            Field(name="note", label="What it is for", help="For this list."),
        )


def _wish(values: Values) -> Wish:
    signing, key = values.text("signing"), values.text("public_key")
    scopes = [one for one in values.several("scope") if one in set(Scope)]
    if not scopes:
        raise BadInputError("What it is good for: choose at least one")
    if (signing == "rfc9421") is not bool(key):
        raise BadInputError("Its public key: give it where requests are signed with it, and only there")
    return Wish(
        source=values.text("source"),
        scopes=tuple(Scope(one) for one in scopes),
        days=values.number("days", label="For how many days") or 0,
        per_minute=values.number("per_minute", label="Requests a minute") or 0,
        hmac=signing == "hmac",
        key=f"{key}\n".encode() if key else None,
        signed_only=values.ticked("signed_only"),
        note=values.maybe("note"),
    )
