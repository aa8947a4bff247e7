"""Products and packages on an engine: from the act to the file that its reader holds."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pysequoia import Sig, Tsk, verify

from activities.planned_deliveries import digest
from desk.assembly import wall_clock
from leerp.errors import RefusedError
from leerp.incidents import IncidentView
from leerp.journal import JournalKind
from leerp.marking import Marking
from leerp.notices import DeliveryState, NoticeKind, Section
from leerp.product_acts import (
    PackageBuildAct,
    ProductAssignAct,
    ProductDraftAct,
    ProductRequestAct,
    ProductWithdrawAct,
)
from leerp.products import ProductState, Statement, StatementsFile
from leerp.protocol import ActName, ReleaseAct
from leerp.restrictions import RecallAct
from notifications.forms.bundle import FILE, MANIFEST, SIGNATURE, unpacked
from records import ledger, products
from tests.conftest import OpenDrill
from tests.drill import APPROVER, Drill
from tests.secret_files import secret_file

ANALYST = "operational-analyst-1"


@pytest.fixture
def centre_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tsk:
    """The centre's key, named in the settings."""
    key = Tsk.generate("European Cybercrime Centre <ecc@ec3.example>")
    monkeypatch.setenv("LEERP_SIGNING_KEY_FILE", str(secret_file(tmp_path / "key.asc", str(key))))
    return key


async def launched(drill: Drill) -> None:
    """Launched, with two contributions in the pool."""
    await drill.classified()
    await drill.launched()
    await drill.sent(NoticeKind.LAUNCH_EXTERNAL)
    await drill.contribute(1, "poc-no")
    await drill.contribute(2, "csirt-lu")
    await drill.until(lambda view: len(view.contributions) == 2, "contributions")


async def asked(drill: Drill, kind: str, **more: Any) -> str:
    """A product that an analyst has; its id."""
    await drill.act(ActName.PRODUCT_REQUEST, ProductRequestAct, kind=kind, requested_by="poc-no", **more)
    product = (await drill.view()).products[-1].id
    await drill.act(ActName.PRODUCT_ASSIGN, ProductAssignAct, product=product, assigned_to=ANALYST)
    return product


async def statements(drill: Drill) -> str:
    """An analyst's statement, kept as a document."""
    file = StatementsFile(statements=(Statement(section=Section.ASSESSMENT, text="One author.", marking=Marking()),))
    content = file.model_dump_json().encode()
    return await drill.house.intake.keep_document(content, media_type="application/json", marking="BPL")


def outbox(drill: Drill, notice: str) -> dict[str, dict[str, bytes]]:
    """What each reader was sent of a notice."""
    found: dict[str, dict[str, bytes]] = {}
    for file in (drill.house.settings.home / "outbox").rglob("*"):
        if file.is_file() and notice in file.parts:
            found.setdefault(file.parts[file.parts.index(notice) + 1], {})[file.name] = file.read_bytes()
    return found


def states(view: IncidentView) -> list[ProductState]:
    """How far the products are."""
    return [one.state for one in view.products]


async def overdue(drill: Drill) -> None:
    """A product that nobody looks at: the incident's own clock raises it."""
    past = wall_clock() - timedelta(minutes=1)
    with pytest.raises(RefusedError, match="has passed; give a later time"):
        await asked(drill, "situation-report", due_at=past)
    product = await asked(drill, "situation-report", due_at=wall_clock() + timedelta(seconds=2))

    def raised(view: IncidentView) -> bool:
        return any(product in line and "overdue" in line for line in view.waiting_for)

    await drill.until(raised, "the overdue product")
    assert (await drill.kinds())[JournalKind.INVESTIGATION_PRODUCT_OVERDUE] == 1


async def test_a_product_from_the_question_to_its_reader(open_drill: OpenDrill) -> None:
    """Overdue, it raises itself; drafted anew, released with four eyes, sent to whoever asked, recalled."""
    async with open_drill() as drill:
        await launched(drill)
        await overdue(drill)
        first, other = await asked(drill, "cross-match-report"), await asked(drill, "situation-report")
        document = await statements(drill)
        stale = await drill.act(ActName.PRODUCT_DRAFT, ProductDraftAct, product=first, statements=document)
        beside = await drill.act(ActName.PRODUCT_DRAFT, ProductDraftAct, product=other)
        fresh = await drill.act(ActName.PRODUCT_DRAFT, ProductDraftAct, product=first, statements=document)
        waiting = " ".join((await drill.view()).waiting_for)
        assert str(stale.notice) not in waiting  # the fresh draft takes the place of the one of the same product
        assert str(beside.notice) in waiting
        await drill.act(ActName.PRODUCT_WITHDRAW, ProductWithdrawAct, product=other)
        assert str(beside.notice) not in " ".join((await drill.view()).waiting_for)
        await drill.release(NoticeKind.PRODUCT)
        await drill.sent(NoticeKind.PRODUCT)
        assert await drill.readers(NoticeKind.PRODUCT) == ("poc-no",)
        (files,) = outbox(drill, str(fresh.notice)).values()
        text = files["message.txt"].decode()
        assert "One author." in text
        assert "There is a hit between information of csirt-lu and information of poc-no." in text
        assert states(await drill.view())[1:] == [ProductState.RELEASED, ProductState.WITHDRAWN]
        with pytest.raises(RefusedError, match="was released as"):
            await drill.act(ActName.PRODUCT_DRAFT, ProductDraftAct, product=first)
        back = await drill.act(ActName.RECALL, RecallAct, notice=fresh.notice)
        await drill.act(ActName.RELEASE, ReleaseAct, notice=back.notice, who=APPROVER)
        await drill.until(lambda view: states(view)[1] is ProductState.WITHDRAWN, "the recall")


async def test_a_package_is_signed_once_and_sent_as_it_is_kept(open_drill: OpenDrill, centre_key: Tsk) -> None:
    """The ledger's digest is that of the very bytes in the reader's hands, and the signature in them holds.

    While the key is away nothing is built, and nothing that was built goes out unsigned; it goes when the key is back.
    """
    async with open_drill() as drill:
        await launched(drill)
        built = await drill.act(ActName.PACKAGE_BUILD, PackageBuildAct, country="NO", readers=["poc-no"])
        assert "NOT SIGNED" not in built.sentence
        spain = await drill.act(ActName.PACKAGE_BUILD, PackageBuildAct, country="ES")
        waiting = " ".join((await drill.view()).waiting_for)
        assert str(built.notice) in waiting  # packages of two countries stand beside each other
        assert str(spain.notice) in waiting
        file = drill.house.settings.signing_key_file
        assert file is not None
        away = file.rename(file.with_suffix(".away"))
        with pytest.raises(RefusedError, match="cannot be signed, and was not built"):
            await drill.act(ActName.PACKAGE_BUILD, PackageBuildAct, country="FR")
        await drill.release(NoticeKind.PACKAGE)
        await asyncio.sleep(1)
        assert outbox(drill, str(built.notice)) == {}
        away.rename(file)
        await drill.sent(NoticeKind.PACKAGE)
        ((reader, files),) = outbox(drill, str(built.notice)).items()
        assert reader == "poc-no"
        found = unpacked(files[FILE])
        certificate = centre_key.extract_certificate()
        signature = Sig.from_bytes(found[SIGNATURE])
        assert verify(bytes=found[MANIFEST], store=lambda _: [certificate], signature=signature).valid_sigs
        async with drill.house.store.reading() as connection:
            (line,) = await ledger.deliveries(connection, notice=str(built.notice))
            kept = await ledger.variant(connection, notice=str(built.notice), reader=line.reader, channel=line.channel)
            packages = await products.packages(connection, drill.reference)
        assert line.state is DeliveryState.SENT
        assert line.variant_sha256 == digest(kept)
        assert {file.name: file.content for file in kept} == {file.name: files[file.name] for file in kept}
        assert [(one.country, one.signed, one.released) for one in packages] == [
            ("NO", True, True),
            ("ES", True, False),
        ]
        assert json.loads(found[MANIFEST])["notice"] == built.notice
