"""Exactly what one reader gets or has got: its text, its page as the reader sees it, and its files."""

from collections.abc import Sequence

from fastapi import HTTPException, Request, Response

from activities.contact_pins import previewed_directory
from activities.delivery_planning import planner_of
from desk.access import reads
from desk.access.acts import DeskAct
from desk.access.routes import Routes
from desk.access.sessions import Sessions
from desk.assembly import House
from desk.web.files import attachment, is_of, sandboxed
from desk.web.notices import PATH, Looked, as_if, looked_at
from desk.web.pages import Pages
from leerp.errors import BadInputError
from leerp.marking import Marking
from leerp.model import Message
from leerp.notices import VariantFile
from records import ledger, notice_pages


def register(routes: Routes, *, house: House, pages: Pages, sessions: Sessions) -> None:  # noqa: ARG001 - as all parts
    """Add these pages."""
    part = Variants(house, pages)
    sent, preview = f"{PATH}/sent/{{reader}}/{{channel}}", f"{PATH}/preview/{{reader}}"
    routes.add("GET", sent, part.sent, act=DeskAct.SEE_SENT)
    routes.add("GET", f"{sent}/files/{{file}}", part.sent_file, act=DeskAct.SEE_SENT)
    routes.add("GET", f"{sent}/shown/{{file}}", part.sent_shown, act=DeskAct.SEE_SENT)
    routes.add("GET", preview, part.preview, act=DeskAct.DRAFT)
    routes.add("GET", f"{preview}/files/{{file}}", part.preview_file, act=DeskAct.DRAFT)
    routes.add("GET", f"{preview}/shown/{{file}}", part.preview_shown, act=DeskAct.DRAFT)


class Shown(Message):
    """What one reader gets over one channel. `what`: how it is named in the record of who has read what."""

    reader: str
    channel: str
    subject: str
    marking: Marking
    files: tuple[VariantFile, ...]
    what: str


class Variants:
    """The pages."""

    def __init__(self, house: House, pages: Pages) -> None:
        self._house = house
        self._pages = pages

    async def sent(self, request: Request, reference: str, notice: str, reader: str, channel: str) -> Response:
        """The variant as it was sent to a reader."""
        looked, shown = await self._sent(request, reference, notice, reader, channel)
        return self._page(request, looked, shown, base=f"sent/{reader}/{channel}", words="As sent to")

    async def sent_file(
        self, request: Request, reference: str, notice: str, reader: str, channel: str, file: str
    ) -> Response:
        """One of its files, byte for byte."""
        _, shown = await self._sent(request, reference, notice, reader, channel)
        return attachment(_named(shown.files, file))

    async def sent_shown(
        self, request: Request, reference: str, notice: str, reader: str, channel: str, file: str
    ) -> Response:
        """Its page as the reader sees it."""
        _, shown = await self._sent(request, reference, notice, reader, channel)
        return sandboxed(_named(shown.files, file))

    async def preview(self, request: Request, reference: str, notice: str, reader: str) -> Response:
        """The variant as it would go to a reader."""
        looked, shown = await self._preview(request, reference, notice, reader)
        return self._page(request, looked, shown, base=f"preview/{reader}", words="As it would go to")

    async def preview_file(self, request: Request, reference: str, notice: str, reader: str, file: str) -> Response:
        """One of its files."""
        _, shown = await self._preview(request, reference, notice, reader)
        return attachment(_named(shown.files, file))

    async def preview_shown(self, request: Request, reference: str, notice: str, reader: str, file: str) -> Response:
        """Its page as the reader would see it."""
        _, shown = await self._preview(request, reference, notice, reader)
        return sandboxed(_named(shown.files, file))

    def _page(self, request: Request, looked: Looked, shown: Shown, *, base: str, words: str) -> Response:
        path = f"/incidents/{looked.notice.incident}/notices/{looked.notice.id}"
        text = next((file.content.decode("utf-8", "replace") for file in shown.files if is_of(file, "text/plain")), "")
        html = next((file.name for file in shown.files if is_of(file, "text/html")), None)
        more = {"variant": shown, "text": text, "html": html, "path": path, "base": f"{path}/{base}", "words": words}
        title = f"{words} {shown.reader}, {looked.notice.id}"
        query = as_if(request).query if base.startswith("preview/") else ""
        return self._pages.page(
            request,
            "notices/variant.html",
            title=title,
            shown=more,
            incident=looked.incident,
            notice=looked.notice,
            query=query,
        )

    async def _sent(
        self, request: Request, reference: str, notice: str, reader: str, channel: str
    ) -> tuple[Looked, Shown]:
        """What was kept for this line, for whoever is cleared for it; each look is written down before it is shown."""
        looked = await looked_at(self._house, request, reference, notice)
        async with self._house.store.reading() as connection:
            line = await notice_pages.line(connection, notice, reader=reader, channel=channel)
            files = await ledger.variant(connection, notice=notice, reader=reader, channel=channel)
        if line is None or line.planned.marking is None or not files:
            raise BadInputError(f"nothing of {notice} is kept for {reader} over {channel}")
        shown = Shown(
            reader=reader,
            channel=channel,
            subject=line.planned.subject,
            marking=line.planned.marking,
            files=files,
            what=f"variant {notice} {reader} {channel}",
        )
        return looked, await self._noted(looked, shown)

    async def _preview(self, request: Request, reference: str, notice: str, reader: str) -> tuple[Looked, Shown]:
        """What this reader would get now."""
        looked = await looked_at(self._house, request, reference, notice)
        directory = await previewed_directory(self._house.rooms)
        if directory.stakeholder(reader) is None:
            raise BadInputError(f"{reader}: not in the directory")
        as_released = looked.notice.model_copy(update=as_if(request).changes)
        async with self._house.store.reading() as connection:
            planner = await planner_of(
                connection, as_released, self._house.rooms, directory=directory, at=self._house.now()
            )
        plan = planner.preview(reader, channel=None)
        if plan.variant is None:
            raise BadInputError(f"{reader} would get nothing of {notice}: {plan.planned.withheld}")
        shown = Shown(
            reader=reader,
            channel=plan.planned.channel,
            subject=plan.variant.subject,
            marking=plan.variant.marking,
            files=plan.variant.files,
            what=f"preview {notice} {reader}",
        )
        return looked, await self._noted(looked, shown)

    async def _noted(self, looked: Looked, shown: Shown) -> Shown:
        if not looked.sight.may_read(shown.marking):
            raise HTTPException(403, "It is marked higher than your clearance; ask somebody who is cleared.")
        incident = looked.notice.incident
        await reads.note(self._house, looked.principal, what=shown.what, incident=incident, marking=shown.marking)
        return shown


def _named(files: Sequence[VariantFile], name: str) -> VariantFile:
    found = next((file for file in files if file.name == name), None)
    if found is None:
        raise BadInputError("there is no such file in it")
    return found
