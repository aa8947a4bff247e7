"""Making people's acts, the same for the command line and for the pages: what is kept first, and what is then sent."""

from collections.abc import Mapping

from activities.acts import Acts, new_act_id
from activities.permissions import record_late
from desk.assembly import House
from leerp.assessments import Assessment
from leerp.errors import BadInputError
from leerp.formats.strict import yaml_model, yaml_of
from leerp.marking import Marking, join_all
from leerp.meetings import Minutes
from leerp.model import Model
from leerp.notices import Relation
from leerp.plans import Action, ActionFile
from leerp.products import Question, StatementsFile
from leerp.protocol import Act, ActName, Actor, Receipt
from leerp.restrictions import ConsentAct


class Maker:
    """Makes acts. The engine is looked for when it is first needed, and its client finds its way back by itself."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._acts: Acts | None = None

    async def perform(
        self,
        name: ActName,
        reference: str,
        act_type: type[Act],
        fields: Mapping[str, object],
        *,
        actor: Actor,
        act: str = "",
    ) -> Receipt:
        """The receipt of an act with these fields; `act`: its id, so that the same act twice is one act.

        Raises pydantic's ValidationError for fields that are none, RefusedError with the reason, ServiceMissingError.
        """
        made = act_type.model_validate({"act": act or new_act_id(), "actor": actor} | dict(fields))
        if isinstance(made, ConsentAct):
            late = await self._recorded_late(reference, made)
            if late is not None:
                return late
        if self._acts is None:
            self._acts = await self._house.acts()
        return await self._acts.perform(name, reference, made, at=self._house.now())

    async def _recorded_late(self, reference: str, act: ConsentAct) -> Receipt | None:
        """The provider's word where the incident has ended and no workflow takes it any more; None where it runs."""
        rooms = self._house.rooms
        if not (await rooms.incident(reference)).status.ended:
            return None
        recorded = await record_late(rooms, reference, act, at=self._house.now())
        verb = "permits" if act.given else "does not permit"
        where = act.notice or "every notice of the incident"
        sentence = f"Recorded: {act.provider} {verb} {recorded.readers} readers of {where} its information."
        sentence += f" {reference} has ended: nothing is sent for it."
        return Receipt(incident=reference, journal_seq=recorded.journal_seq, sentence=sentence, notice=act.notice)

    async def keep(self, document: Model, *, marking: Marking) -> str:
        """Keep what an act names; its SHA-256."""
        content = document.model_dump_json().encode()
        return await self._house.intake.keep_document(content, media_type="application/json", marking=marking.banner)

    async def keep_assessment(self, text: str, marking: Marking) -> str:
        """Keep a tactical assessment."""
        return await self.keep(Assessment(text=text, marking=marking), marking=marking)

    async def keep_question(self, text: str, marking: Marking) -> str:
        """Keep what exactly a product is to answer."""
        return await self.keep(Question(text=text, marking=marking), marking=marking)

    async def keep_actions(self, actions: Action | ActionFile) -> str:
        """Keep an action or several."""
        parts = actions.actions if isinstance(actions, ActionFile) else (actions,)
        return await self.keep(actions, marking=join_all(action.marking for action in parts))

    async def keep_minutes(self, minutes: Minutes) -> str:
        """Keep the minutes of a meeting."""
        return await self.keep(minutes, marking=minutes.whole_marking)

    async def keep_statements(self, statements: StatementsFile) -> str:
        """Keep an analyst's statements."""
        return await self.keep(statements, marking=statements.whole_marking)


def read_actions(content: bytes, *, name: str) -> Action | ActionFile:
    """An action or several, as a YAML or JSON file has them; BadInputError with the file and what is wrong in it."""
    several = isinstance(value := yaml_of(content, name=name), dict) and "actions" in value
    return yaml_model(ActionFile, content, name=name) if several else yaml_model(Action, content, name=name)


def related(replaces: str | None, corrects: str | None) -> dict[str, object]:
    """The fields of an act that drafts in the place of an earlier notice."""
    if replaces and corrects:
        raise BadInputError("give --replaces or --corrects, not both")
    if not (replaces or corrects):
        return {}
    return {"relation": Relation.REPLACES if replaces else Relation.CORRECTS, "earlier": replaces or corrects}
