"""`leerp evidence`: originals with their chain of custody, what they may be used as, and bags that verify anywhere."""

import sys
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from activities.evidence import EvidenceActs, NewFile, Standing
from activities.evidence_export import Exports, Wish
from activities.evidence_stamping import Stamping
from desk.assembly import House, open_house, time_here
from desk.bag_verifying import Verified, verify_bag
from desk.bags import need_free, write_bag
from desk.cli.common import AsOfficer, Reason, who_acts
from desk.cli.running import REFUSED, SMALL_FILE, Answer, read_file, write_file
from leerp.errors import BadInputError
from leerp.evidence import MAX_EVIDENCE_BYTES, Basis, BasisKind, Description, EvidenceStatus
from leerp.formats.strict import yaml_model
from leerp.marking import Level, Marking, Tlp
from leerp.notices import Mode
from leerp.settings import Settings
from leerp.timestamps import MAX_CERTIFICATES_BYTES
from notifications.evidence.authority import Authority, AuthoritySettings, load_authority
from notifications.evidence.bagit import BagFaultError
from records import incidents

NATIONAL_LAW = "Whether a court admits it is a matter of national law; a status is what a named person has found."

Item = Annotated[str, Parameter(help="The id of the item, or of the report or contribution whose bytes it is.")]
Items = Annotated[tuple[str, ...], Parameter(name="--item", negative="", help="Only this item; may be repeated.")]


def add_to(app: App) -> None:
    """Add these commands."""
    group = App(name="evidence", help="Evidence: originals, custody, status, timestamps, export, verify.")
    group.command(list_items, name="list")
    group.command(add)
    group.command(describe)
    group.command(custody)
    group.command(show)
    group.command(check)
    group.command(status)
    group.command(timestamp)
    group.command(export)
    group.command(transfer)
    group.command(verify)
    app.command(group)


async def list_items(reference: str) -> Answer:
    """List the evidence of an incident: every report and contribution, and every file that was added."""
    async with open_house(Settings()) as house:
        items = await EvidenceActs(house.rooms).listing(reference)
    rows = [
        (one.id, one.of or one.origin.value, one.source, one.status.value, len(one.custody), one.marking)
        for one in items
    ]
    header = ("item", "of", "from", "status", "records", "marking")
    lines = [] if items else [f"{reference} has no evidence"]
    return Answer(data=items, lines=lines, header=header if items else (), rows=rows)


async def add(  # noqa: PLR0913 - a command has its options
    reference: str,
    file: str,
    *,
    from_: Annotated[str, Parameter(name="--from", help="The stakeholder who gave it.")],
    basis: Annotated[BasisKind, Parameter(help="On what ground it was taken or given.")],
    authority: Annotated[str, Parameter(help="Who ordered, consented to or gave it.")],
    basis_reference: str | None = None,
    basis_at: Annotated[str | None, Parameter(help="When that was, with its offset from UTC; now without it.")] = None,
    basis_until: str | None = None,
    derived_from: Annotated[tuple[str, ...], Parameter(negative="", help="An item it was made from.")] = (),
    description: Annotated[Path | None, Parameter(help="What else is known of it (YAML or JSON).")] = None,
    level: Level | None = None,
    tlp: Literal["clear", "green", "amber", "amber+strict", "red"] = "amber",
    reason: Reason = "",
    officer: AsOfficer = None,
) -> Answer:
    """Keep a file as evidence, with the lawful basis on which it was taken in.

    Without --level it is marked as high as the whole incident. An item made from others is never marked lower than
    they are. `leerp schema evidence-description` says what a description may hold.
    """
    content = read_file(file, limit=MAX_EVIDENCE_BYTES)
    ground = {"kind": basis, "authority": authority, "reference": basis_reference, "valid_until": basis_until}
    told = Description(basis=Basis.model_validate(ground | {"given_at": basis_at or time_here(Settings())}))
    whole = (_description(description) if description else Description()).with_later(told)
    marking = None if level is None else Marking(level=level, tlp=Tlp(f"TLP:{tlp.upper()}"))
    new = NewFile(Path(file).name, content, from_, marking=marking, derived_from=derived_from)
    async with open_house(Settings()) as house:
        actor = who_acts(house, officer)
        item = await EvidenceActs(house.rooms).add(reference, new, description=whole, actor=actor, reason=reason)
    return Answer(data=item, lines=[f"{reference}: {item.id} is kept, {item.size_bytes} bytes, SHA-256 {item.sha256}"])


async def describe(reference: str, item: Item, file: Path, *, reason: Reason = "", officer: AsOfficer = None) -> Answer:
    """Record what more is known of an item, from a YAML or JSON file.

    `leerp schema evidence-description` says what it may hold: basis, capture, owner_consent, conversion and so on.
    """
    description = _description(file)
    async with open_house(Settings()) as house:
        actor = who_acts(house, officer)
        acts = EvidenceActs(house.rooms)
        standing = await acts.describe(reference, item, description, actor=actor, reason=reason)
    return _checklist(standing)


async def custody(reference: str, item: Item) -> Answer:
    """Show the chain of custody of an item and the ten conditions. Its content is not shown."""
    async with open_house(Settings()) as house:
        standing = await EvidenceActs(house.rooms).standing(reference, item)
    found = standing.item
    head = [
        f"{found.id}: {found.origin.value} of {found.source}, {found.marking}",
        f"SHA-256 {found.sha256}; status {found.status.value}. {NATIONAL_LAW}",
        *(f"  {one.verdict.value:<15} {one.condition.value}: {one.why}" for one in standing.judgements),
    ]
    rows = [
        (one.seq, one.at[:19], one.actor, one.action.value, one.tool, " ".join(one.detail.values())[:60], one.reason)
        for one in found.custody
    ]
    return Answer(
        data=_standing(standing), lines=head, header=("entry", "at", "who", "what", "tool", "", "why"), rows=rows
    )


async def show(
    reference: str, item: Item, *, out: str | None = None, reason: Reason = "", officer: AsOfficer = None
) -> Answer:
    """Show the content of an item, or write it to --out. That you looked, and why, is recorded first."""
    async with open_house(Settings()) as house:
        actor = who_acts(house, officer)
        content = await EvidenceActs(house.rooms).show(reference, item, actor=actor, reason=reason)
    if out is not None:
        write_file(out, content)
        return Answer(data={"bytes": len(content), "file": out}, lines=[f"{len(content)} bytes written to {out}"])
    text = content.decode("utf-8", "backslashreplace")
    if on_terminal():
        text = "".join(sign if sign.isprintable() or sign in "\n\t" else "\N{REPLACEMENT CHARACTER}" for sign in text)
    return Answer(data={"bytes": len(content), "text": text}, lines=[text])


def on_terminal() -> bool:
    """Whether what is printed goes to a terminal, which would obey what it is shown."""
    return sys.stdout.isatty()


async def check(reference: str, *, reason: Reason = "", officer: AsOfficer = None) -> Answer:
    """Hash the stored bytes of every item again and record what was found. Exit code 1 if one is not what came in."""
    async with open_house(Settings()) as house:
        actor = who_acts(house, officer)
        acts = EvidenceActs(house.rooms)
        changed = [one.id for one in await acts.check(reference, actor=actor, reason=reason)]
        total = len(await acts.listing(reference))
    data = {"items": total, "changed": changed}
    if changed:
        return Answer(data=data, lines=[f"NOT what came in: {', '.join(changed)}"], code=REFUSED)
    return Answer(data=data, lines=[f"{total} items, each is what came in"])


async def status(
    reference: str, item: Item, to: EvidenceStatus, *, reason: Reason = "", officer: AsOfficer = None
) -> Answer:
    """Say what an item may be used as; a higher status is refused while a condition stands in its way."""
    async with open_house(Settings()) as house:
        actor = who_acts(house, officer)
        standing = await EvidenceActs(house.rooms).set_status(reference, item, to, actor=actor, reason=reason)
    return Answer(data=_standing(standing), lines=[f"{standing.item.id} is {to.value}. {NATIONAL_LAW}"])


async def timestamp(
    reference: str | None = None,
    *,
    all_: Annotated[
        bool, Parameter(name="--all", negative="", help="Every incident in which something happened.")
    ] = False,
    tsa: Annotated[str | None, Parameter(help="The authority's address; else that in timestamps.yaml.")] = None,
    ca_file: Annotated[Path | None, Parameter(help="Its certificates (PEM); else those in timestamps.yaml.")] = None,
    reason: Reason = "the journal as it stands",
    officer: AsOfficer = None,
) -> Answer:
    """Have the head of the journal stamped by a timestamp authority (RFC 3161), and verify what it says."""
    if (reference is None) != all_:
        raise BadInputError("name one incident, or --all")
    async with open_house(Settings()) as house:
        actor = who_acts(house, officer)
        authority = Authority(_authority(house, tsa, ca_file))
        stamping = Stamping(house.rooms, authority.stamp)
        wanted = [reference] if reference else [one for one in await _incidents(house) if await stamping.due(one)]
        stamps = [(one, await stamping.stamp(one, actor=actor, reason=reason)) for one in wanted]
    lines = [f"{one}: entry {stamp.seq} is stamped {stamp.at} by {stamp.tsa}" for one, stamp in stamps]
    data = [{"incident": one, **stamp.model_dump(mode="json")} for one, stamp in stamps]
    return Answer(
        data=data[0] if reference else data, lines=lines or ["nothing has happened since the last timestamps"]
    )


async def export(  # noqa: PLR0913 - a command has its options
    reference: str,
    *,
    out: Path,
    for_: Annotated[str | None, Parameter(name="--for", help="The stakeholder it is for.")] = None,
    item: Items = (),
    extract: Annotated[bool, Parameter(negative="", help="Without the journal, and nothing of other items.")] = False,
    restrictions_read: Annotated[bool, Parameter(negative="", help="You have read the restrictions (H3).")] = False,
    again: Annotated[str | None, Parameter(help="An earlier export (X-…), to be made once more as it was.")] = None,
    reason: Reason = "",
    officer: AsOfficer = None,
) -> Answer:
    """Take evidence out for a reader who may have it: a BagIt folder with originals, custody, journal and CASE/UCO.

    The journal speaks of everything in the incident, so it goes only to a reader who may see all of it; --extract
    makes a bag for others. That it was taken out is recorded before anything is written.
    """
    if (for_ is None) == (again is None):
        raise BadInputError("say for whom it is (--for STAKEHOLDER), or which export you want again (--again X-…)")
    need_free(out)
    wish = Wish(reader=for_ or "", items=item, extract=extract, restrictions_read=restrictions_read, again=again)
    async with open_house(Settings()) as house:
        actor = who_acts(house, officer)
        prepared = await Exports(house.rooms).prepare(reference, wish, actor=actor, reason=reason)
        payload = await write_bag(prepared, out)
    size = sum(one.size for one in payload.values())
    data = {
        "export": prepared.export.id,
        "for": prepared.export.reader,
        "items": list(prepared.export.items),
        "files": len(payload),
        "bytes": size,
        "out": str(out),
    }
    lines = [
        (
            f"{prepared.export.id}: {len(prepared.items)} items for {prepared.export.reader} in {out}"
            f" ({len(payload)} files, {size} bytes)"
        ),
        f"marked {prepared.export.marking}",
        NATIONAL_LAW,
    ]
    return Answer(data=data, lines=lines)


async def transfer(  # noqa: PLR0913 - a command has its options
    reference: str,
    *,
    to: Annotated[str, Parameter(help="The stakeholder it was handed to.")],
    via: Annotated[str, Parameter(help="Over which way, and into whose hands.")],
    item: Items,
    restrictions_read: Annotated[bool, Parameter(negative="", help="You have read the restrictions (H3).")] = False,
    reason: Reason = "",
    officer: AsOfficer = None,
) -> Answer:
    """Record that items were handed over, to whom and over which way."""
    wish = Wish(reader=to, items=item, restrictions_read=restrictions_read)
    async with open_house(Settings()) as house:
        actor = who_acts(house, officer)
        items = await Exports(house.rooms).transfer(reference, wish, via=via, actor=actor, reason=reason)
    return Answer(data=items, lines=[f"{one.id}: handed to {to}, recorded" for one in items])


def verify(folder: Path, *, ca_file: Path | None = None) -> Answer:
    """Verify an exported bag: needs no database, no network and no configuration. Exit code 1 names the first fault.

    --ca-file: the certificates of the timestamp authority, from the authority itself and not from the bag.
    """
    ca = read_file(str(ca_file), limit=MAX_CERTIFICATES_BYTES) if ca_file else None
    if not folder.is_dir():
        raise BadInputError(f"{folder}: is no folder; name the folder of a bag")
    try:
        found = verify_bag(folder, ca=ca)
    except BagFaultError as error:
        data = {"valid": False, "file": error.file, "why": error.sentence}
        return Answer(data=data, lines=[f"{folder}/{error.sentence}"], code=REFUSED)
    except OSError as error:
        raise BadInputError(f"{folder}: cannot be read ({error.strerror})") from error
    return Answer(data=_verified(found, own=ca is None), lines=_said(folder, found, own=ca is None))


def _verified(found: Verified, *, own: bool) -> dict[str, object]:
    return {
        "valid": True,
        "incident": found.incident,
        "export": found.export.id,
        "for": found.export.reader,
        "extract": found.export.extract,
        "items": len(found.items),
        "entries": found.entries,
        "timestamps": [
            {"entry": stamp.seq, "at": stamped.at.isoformat(), "tsa": stamped.tsa} for stamp, stamped in found.stamps
        ],
        "entries_after_last_timestamp": found.after,
        "certificates": "bag" if own else "given",
    }


def _said(folder: Path, found: Verified, *, own: bool) -> list[str]:
    lines = [f"{folder}: {len(found.items)} items of {found.incident}, every byte is as it was taken out"]
    if found.export.extract:
        return [*lines, "It is an extract: no journal and no timestamp seal it. Ask the centre where that matters."]
    lines.append(f"The journal's {found.entries} entries are a whole chain, and custody follows from it.")
    if not found.stamps:
        return [*lines, "No timestamp: nothing outside the centre says that the journal is older than today."]
    stamp, stamped = found.stamps[-1]
    lines.append(
        f"{stamped.tsa} has stamped entry {stamp.seq} at {stamped.at.isoformat()}; {found.after} entries came after."
    )
    own_word = "The certificates were taken from the bag; get them from the authority and give them with --ca-file."
    return [*lines, own_word] if own else lines


def _authority(house: House, tsa: str | None, ca_file: Path | None) -> AuthoritySettings:
    """The configured authority, with what was said on the command line in its place. In an exercise there is none."""
    if house.rooms.mode is Mode.EXERCISE:
        raise BadInputError(
            "an exercise has no timestamps: its journal would reach an authority outside (DESIGN rule 10)"
        )
    path = house.settings.config / "timestamps.yaml"
    configured = load_authority(path)
    if configured is None and (tsa is None or ca_file is None):
        raise BadInputError(f"no timestamp authority is known: write {path}, or give --tsa URL and --ca-file FILE")
    known = configured or AuthoritySettings(url=tsa or "", ca_file=ca_file or Path())
    return known.model_copy(update={"url": tsa or known.url, "ca_file": ca_file or known.ca_file})


async def _incidents(house: House) -> list[str]:
    async with house.store.reading() as connection:
        found = await incidents.listing(connection, include_ended=True)
    return [one.reference for one in found if one.mode is house.rooms.mode]


def _description(file: Path) -> Description:
    return yaml_model(Description, read_file(str(file), limit=SMALL_FILE), name=str(file))


def _checklist(standing: Standing) -> Answer:
    lines = [f"{one.verdict.value:<15} {one.condition.value}: {one.why}" for one in standing.judgements]
    return Answer(data=_standing(standing), lines=[f"{standing.item.id}: recorded", *lines])


def _standing(standing: Standing) -> dict[str, object]:
    return {
        "item": standing.item,
        "description": standing.description,
        "conditions": list(standing.judgements),
        "note": NATIONAL_LAW,
    }
