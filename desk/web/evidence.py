"""The evidence of an incident: every item with its chain of custody, what is known of it, and the way to its bytes."""

from fastapi import HTTPException, Request, Response

from activities.evidence import EvidenceActs, Standing
from desk.access import reads
from desk.access.acts import DeskAct, may
from desk.access.forms import fields
from desk.access.reading import Sight
from desk.access.routes import Routes, who
from desk.access.sessions import Sessions
from desk.access.sight import sight_of
from desk.assembly import House
from desk.web.acting.evidence import NATIONAL_LAW
from desk.web.acting.form_pages import visible
from desk.web.files import attachment
from desk.web.pages import Pages
from desk.web.telling import said
from leerp.errors import RefusedError
from leerp.evidence import EvidenceItem
from leerp.marking import Marking
from leerp.notices import VariantFile
from records import evidence
from records.incidents import StoredIncident

DOORS = (
    ("evidence-add", DeskAct.HANDLE_EVIDENCE, "Take a file in"),
    ("evidence-check", DeskAct.HANDLE_EVIDENCE, "Hash every item again"),
    ("evidence-hand-over", DeskAct.HAND_OVER_EVIDENCE, "Record a hand-over"),
)
"""What can be done with evidence as a whole."""

ITEM_DOORS = (
    ("evidence-describe", DeskAct.HANDLE_EVIDENCE, "Say what is known of it"),
    ("evidence-status", DeskAct.HANDLE_EVIDENCE, "Set its status"),
    ("evidence-hand-over", DeskAct.HAND_OVER_EVIDENCE, "Record that it was handed over"),
)
"""What can be done with one item."""


def register(routes: Routes, *, house: House, pages: Pages, sessions: Sessions) -> None:  # noqa: ARG001 - as all parts
    """Add these pages; the forms that they lead to are acts (desk/web/acting/evidence.py)."""
    part = EvidencePages(house, pages)
    path = "/incidents/{reference}/evidence"
    routes.add("GET", path, part.listing, act=DeskAct.SEE_INCIDENT)
    routes.add("GET", f"{path}/{{item}}", part.one, act=DeskAct.SEE_INCIDENT)
    routes.add("POST", f"{path}/{{item}}/content", part.content, act=DeskAct.HANDLE_EVIDENCE)


class EvidencePages:
    """The pages."""

    def __init__(self, house: House, pages: Pages) -> None:
        self._house = house
        self._pages = pages
        self._acts = EvidenceActs(house.rooms)

    async def listing(self, request: Request, reference: str, done: str | None = None) -> Response:
        """The items, each with its chain of custody. `done`: the journal entry of what the person has just done."""
        incident, _ = await self._inside(request, reference)
        async with self._house.store.reading() as connection:
            shown = {
                "incident": incident,
                "items": await evidence.of_incident(connection, reference),
                "stamps": await evidence.stamps_of(connection, reference),
                "doors": _doors(request, DOORS),
                "receipt": await said(connection, reference, done),
            }
        return self._pages.page(request, "evidence.html", title=f"Evidence of {reference}", shown=shown)

    async def one(self, request: Request, reference: str, item: str, done: str | None = None) -> Response:
        """One item: its custody, the ten conditions, and what people said of it. Its content is not shown."""
        incident, sight = await self._inside(request, reference)
        standing, marking = await self._standing(reference, item)
        _need_cleared(sight, marking)
        await reads.note(
            self._house, who(request), what=f"evidence {standing.item.id}", incident=reference, marking=marking
        )
        async with self._house.store.reading() as connection:
            receipt = await said(connection, reference, done)
        return self._item_page(request, incident, standing, receipt=receipt)

    async def content(self, request: Request, reference: str, item: str) -> Response:
        """The bytes of an item as a file, once it is recorded that this person took them, and why."""
        incident, sight = await self._inside(request, reference)
        standing, marking = await self._standing(reference, item)
        _need_cleared(sight, marking)
        reason = (await fields(request)).get("reason", "").strip()[:2_000]
        try:
            content = await self._acts.show(reference, item, actor=who(request).actor, reason=reason)
        except RefusedError as error:
            return self._item_page(request, incident, standing, problem=error.sentence)
        return attachment(
            VariantFile(name=_name(standing.item), media_type="application/octet-stream", content=content)
        )

    def _item_page(
        self, request: Request, incident: StoredIncident, standing: Standing, *, receipt: str = "", problem: str = ""
    ) -> Response:
        shown = {
            "incident": incident,
            "one": standing.item,
            "known": standing.description.model_dump(mode="json", exclude_none=True),
            "judgements": standing.judgements,
            "law": NATIONAL_LAW,
            "doors": _doors(request, ITEM_DOORS),
            "takes_out": may(who(request).roles, DeskAct.HANDLE_EVIDENCE),
            "receipt": receipt,
            "problem": problem,
        }
        status = 409 if problem else 200
        return self._pages.page(request, "evidence-item.html", title=standing.item.id, status=status, shown=shown)

    async def _standing(self, reference: str, item: str) -> tuple[Standing, Marking]:
        """An item and its marking; BadInputError when the incident has none of this id."""
        standing = await self._acts.standing(reference, item)
        async with self._house.store.reading() as connection:
            return standing, await evidence.marking(connection, reference, standing.item)

    async def _inside(self, request: Request, reference: str) -> tuple[StoredIncident, Sight]:
        """The incident, for whoever sees what is in it."""
        sight = await sight_of(self._house, who(request))
        async with self._house.store.reading() as connection:
            return await visible(connection, reference, sight), sight


def _doors(request: Request, doors: tuple[tuple[str, DeskAct, str], ...]) -> list[tuple[str, str]]:
    """The forms that this person may open, with the words of their links."""
    roles = who(request).roles
    return [(name, words) for name, act, words in doors if may(roles, act)]


def _need_cleared(sight: Sight, marking: Marking) -> None:
    if not sight.may_read(marking):
        raise HTTPException(403, "This item is marked higher than your clearance; ask somebody who is cleared.")


def _name(item: EvidenceItem) -> str:
    """What the file is called: by its id, for what its name was is part of its content."""
    return f"{item.id}.bin"
