"""One incident as a form about it sees it, for one person."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from desk.access.acts import DeskAct
from desk.access.principals import Principal
from desk.access.reading import HIDDEN, Sight
from desk.assembly import House
from desk.making import Maker
from desk.web.acting.fields import FEW, Field, Kind, Option, Values, stakeholder
from leerp.errors import BadInputError
from leerp.marking import Level, Marking, Tlp
from leerp.notices import NoticeKind
from leerp.protocol import Act, ActName, Receipt
from leerp.stakeholders import Directory
from records import notices
from records.incidents import StoredIncident

TLPS = tuple(Option(tlp.value, tlp.value) for tlp in Tlp)
LEVELS = tuple(Option(level.value, level.full) for level in Level)


@dataclass(frozen=True)
class Case:
    """What a form is made of. `asked`: what the page's address sets beforehand, such as which notice it is about."""

    house: House
    connection: AsyncConnection
    principal: Principal
    sight: Sight
    incident: StoredIncident
    asked: Mapping[str, str] = field(default_factory=dict)

    @property
    def reference(self) -> str:
        """The incident's reference."""
        return self.incident.reference

    @property
    def directory(self) -> Directory:
        """Everybody."""
        return self.house.rooms.directory()

    def given(self, name: str, *otherwise: str) -> tuple[str, ...]:
        """What the address sets for a field, else something else."""
        asked = self.asked.get(name)
        return (asked,) if asked else otherwise

    def readers(self, name: str, label: str, *, help: str = "", required: bool = False) -> Field:  # noqa: A002
        """A field for stakeholders: boxes where there are few, else their ids."""
        everybody = self.directory.stakeholders
        given = tuple(one for value in self.given(name) for one in value.replace(",", " ").split())
        if len(everybody) > FEW:
            more = f"{help} Their ids, with spaces between.".strip()
            text = (" ".join(given),) if given else ()
            return Field(name=name, label=label, kind=Kind.NAMES, help=more, given=text, required=required)
        options = tuple(Option(one.id, one.id, one.name) for one in everybody)
        return Field(name=name, label=label, kind=Kind.SEVERAL, help=help, options=options, given=given)

    def reader(self, name: str, label: str, *, help: str = "", groups: Iterable[str] = ()) -> Field:  # noqa: A002
        """A field for one stakeholder."""
        wanted = set(groups)
        everybody = [one for one in self.directory.stakeholders if not wanted or one.group in wanted]
        return stakeholder(name, label, everybody, help=help, given=self.given(name))

    def officer(self, name: str, label: str, *, required: bool = True) -> Field:
        """A field for one officer of the centre."""
        options = tuple(Option(one.id, f"{one.id} ({one.name})") for one in self.directory.officers)
        first = Option("", "choose" if required else "nobody")
        return Field(
            name=name,
            label=label,
            kind=Kind.CHOICE,
            options=(first, *options),
            given=self.given(name),
            required=required,
        )

    def shown(self, text: str, marking: Marking) -> str:
        """A text if this person may read what is marked so, else that it is not for this person."""
        return text if self.sight.may_read(marking) else HIDDEN

    async def sent(self, *kinds: NoticeKind) -> tuple[Option, ...]:
        """The released notices, of these kinds if any are given, the newest first."""
        found = await notices.of_incident(self.connection, self.reference)
        return tuple(
            Option(one.id, f"{one.kind.value.replace('_', ' ')} of {one.issued_at:%Y-%m-%d %H:%M} UTC, {one.id}")
            for one in reversed(found)
            if one.released and (not kinds or one.kind in kinds)
        )

    async def relation(self, *kinds: NoticeKind) -> tuple[Field, ...]:
        """The fields for what a draft does to an earlier notice of its kind; none where none was sent."""
        sent = await self.sent(*kinds)
        if not sent:
            return ()
        ways = (Option("", "neither"), Option("replaces", "it replaces"), Option("corrects", "it corrects"))
        named = self.given("earlier")
        return (
            Field(name="relation", label="An earlier one", kind=Kind.ONE_OF, options=ways, given=("",)),
            Field(
                name="earlier",
                label="Which one",
                kind=Kind.CHOICE,
                options=(Option("", "none"), *sent),
                given=named,
                help="Whoever has the earlier one is told so; whom it has not reached yet gets the new one alone.",
            ),
        )


class Sheet(NamedTuple):
    """A form as it stands now.

    `stake`: what it is about, as terms and what they say. `confirm`: who else must confirm. `impossible`: why it cannot
    be done now; then there is nothing to fill in. `template`: a page of its own, given `more`.
    `reads`: what of it is marked content, and how it is marked: each look is recorded before it is shown.
    """

    fields: tuple[Field, ...] = ()
    stake: tuple[tuple[str, str], ...] = ()
    confirm: str = ""
    impossible: str = ""
    template: str = "acts/form.html"
    more: Mapping[str, object] = {}
    reads: tuple[tuple[str, Marking], ...] = ()


class Made(NamedTuple):
    """What came of an act: the number of its journal entry, and the notice that it drafted or was about.

    `page`: where else than on the incident's own page it is seen, as a path under that.
    """

    seq: int | None
    notice: str | None = None
    page: str = ""


@dataclass(frozen=True)
class Making:
    """An act that is being made from what was typed. `act`: its id, minted with the form."""

    house: House
    maker: Maker
    principal: Principal
    sight: Sight
    reference: str
    values: Values
    act: str

    async def perform(self, name: ActName, act_type: type[Act], fields: Mapping[str, object]) -> Made:
        """Send an act of the protocol with its reason."""
        fields = {"reason": self.values.text("reason"), **fields}
        receipt: Receipt = await self.maker.perform(
            name, self.reference, act_type, fields, actor=self.principal.actor, act=self.act
        )
        return Made(receipt.journal_seq, receipt.notice)

    def related(self) -> dict[str, object]:
        """What the draft does to an earlier notice."""
        relation, earlier = self.values.maybe("relation"), self.values.maybe("earlier")
        if earlier and not relation:
            raise BadInputError("Say whether it replaces or corrects the earlier notice, or name none")
        return {"relation": relation, "earlier": earlier} if relation else {}

    def marking(self) -> Marking:
        """The marking that was chosen for a text."""
        chosen = {"level": self.values.text("level"), "tlp": self.values.text("tlp")}
        return Marking.model_validate(chosen)


def marking_fields(incident: StoredIncident, *, of: str = "the text") -> tuple[Field, ...]:
    """The fields for the marking of what is written: that of the incident, to begin with."""
    level, tlp = incident.marking.level.value, incident.marking.tlp.value
    return (
        Field(name="level", label=f"Level of {of}", kind=Kind.CHOICE, options=LEVELS, given=(level,), required=True),
        Field(name="tlp", label=f"TLP of {of}", kind=Kind.CHOICE, options=TLPS, given=(tlp,), required=True),
    )


@dataclass(frozen=True, kw_only=True)
class ActForm:
    """An act as a form. `name`: in its address. `about`: what it does, in a sentence or two.

    `sheet` makes the form for a case, and `make` the act of what was typed into it; without it the page only shows.
    """

    name: str
    act: ActName | DeskAct
    title: str
    button: str
    about: str
    sheet: Callable[[Case], Awaitable[Sheet]]
    make: Callable[[Making], Awaitable[Made]] | None
