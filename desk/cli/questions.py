"""`leerp question`: what readers ask about their notices, and the answers."""

from cyclopts import App

from activities.acts import new_act_id
from activities.asking import Asking
from desk.assembly import open_house
from desk.cli.common import AsOfficer, who_acts
from desk.cli.running import Answer
from leerp.settings import Settings
from records import questions


def add_to(app: App) -> None:
    """Add these commands."""
    group = App(name="question", help="What readers ask about their notices at the desk: list, answer.")
    group.command(show, name="list")
    group.command(answer)
    app.command(group)


async def show(reference: str) -> Answer:
    """List the questions about notices of an incident, with what was answered."""
    lines, data = [], []
    async with open_house(Settings()) as house, house.store.reading() as connection:
        asking = Asking(house.rooms)
        for one in await questions.of_incident(connection, reference):
            words, answered = await asking.said(connection, one)
            lines += [f"{one.id} {one.reader} about {one.notice}: {words}"]
            lines += [f"  {one.answered_by}: {answered}" if answered else "  not answered yet"]
            data.append({**one.model_dump(mode="json"), "question": words, "answer_text": answered})
    return Answer(data=data, lines=lines or [f"{reference}: nobody has asked anything"])


async def answer(reference: str, question: str, text: str, *, officer: AsOfficer = None) -> Answer:
    """Answer a question; the reader who asked finds it on its own page of the desk, and nobody else does."""
    async with open_house(Settings()) as house:
        actor = who_acts(house, officer)
        entry = await Asking(house.rooms).answer(
            reference, question, actor=actor, text=text, act=new_act_id(), at=house.now()
        )
    return Answer(data=entry, lines=[f"{reference}: {question} is answered (journal entry {entry.seq})"])
