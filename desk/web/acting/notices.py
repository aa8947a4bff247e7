"""Forms about notices and the end: warn, release, inform, recall, consent, override, close."""

from desk.web.acting import proposals
from desk.web.acting.case import ActForm, Case, Made, Making, Sheet
from desk.web.acting.fields import Field, Kind, Option, reason
from leerp.errors import BadInputError
from leerp.notices import NoticeKind, PrivatePartyGround
from leerp.protocol import ActName, CloseAct, InformAct, ReleaseAct, WarnAct
from leerp.restrictions import ConsentAct, OverrideAct, RecallAct
from records import consents, notices
from records.incidents import StoredIncident

GIVEN = (Option("yes", "permits it"), Option("no", "does not permit it, or takes a permission back"))
PEOPLE_SAY = "Who said so, and how, as in: duty officer of the bureau, by telephone."


def waits_for_release(incident: StoredIncident, notice: str) -> bool:
    """Whether a draft waits: of those that were drafted, what was replaced or dropped waits no more."""
    return any(line.startswith(f"notice {notice} ") for line in incident.waiting_for)


async def _warn_sheet(case: Case) -> Sheet:
    warned = bool(await case.sent(NoticeKind.EARLY_WARNING))
    kinds = (
        Option("early_warning", "an early warning"),
        Option("update", "an update", "" if warned else "Possible once an early warning has gone out."),
    )
    given = case.given("kind", "update" if warned else "early_warning")
    return Sheet(
        fields=(
            Field(name="kind", label="Draft", kind=Kind.ONE_OF, options=kinds, given=given, required=True),
            Field(
                name="next_update_at",
                label="Readers hear again until (UTC)",
                kind=Kind.TIME,
                help="Said in the notice; leave it empty to promise nothing.",
            ),
            *await case.relation(NoticeKind.UPDATE, NoticeKind.EARLY_WARNING),
            reason(required=False),
        ),
        confirm="It is a draft: nothing goes out before it is released.",
    )


async def _warn(making: Making) -> Made:
    values = making.values
    fields = {"kind": values.text("kind"), "next_update_at": values.time("next_update_at", label="Until")}
    return await making.perform(ActName.WARN, WarnAct, {**fields, **making.related()})


async def _release_sheet(case: Case) -> Sheet:
    found = await notices.of_incident(case.connection, case.reference)
    waiting = [one for one in found if not one.released and waits_for_release(case.incident, one.id)]
    links = [
        (f"/incidents/{case.reference}/notices/{one.id}", f"{one.kind.value.replace('_', ' ')} {one.id}")
        for one in waiting
    ]
    nothing = "" if waiting else "No draft waits for release."
    return Sheet(impossible=nothing, template="acts/release.html", more={"drafts": links})


async def release(making: Making, notice: str) -> Made:
    """Release a draft as it was looked at."""
    values = making.values
    fields = {
        "notice": notice,
        "restrictions_read": values.ticked("restrictions_read"),
        "ground": values.maybe("ground"),
    }
    return await making.perform(ActName.RELEASE, ReleaseAct, fields)


def ground_field(given: str = "") -> Field:
    """On what ground private parties get personal data too."""
    options = (
        Option("", "none: they do not get it"),
        *(Option(one.value, _GROUNDS[one]) for one in PrivatePartyGround),
    )
    return Field(name="ground", label="Ground for private parties", kind=Kind.CHOICE, options=options, given=(given,))


_GROUNDS = {
    PrivatePartyGround.DATA_SUBJECT_INTEREST: "undoubtedly in the interest of the data subject",
    PrivatePartyGround.IMMINENT_CRIME: "absolutely necessary to prevent an imminent crime",
    PrivatePartyGround.PUBLIC_DATA: "publicly available personal data",
    PrivatePartyGround.INSUFFICIENT_INFORMATION: "what a private party gave is not enough to find the national units",
}


async def _inform_sheet(case: Case) -> Sheet:
    field = case.readers("readers", "Who joins", help="From now on they get what the others get.", required=True)
    return Sheet(fields=(field, reason(required=True)), confirm="The launch notice goes to them at once.")


async def _inform(making: Making) -> Made:
    return await making.perform(ActName.INFORM, InformAct, {"readers": making.values.several("readers")})


async def _recall_sheet(case: Case) -> Sheet:
    sent = await case.sent()
    two = ActName.RELEASE in case.incident.policy.four_eyes
    return Sheet(
        fields=(
            Field(
                name="notice", label="Notice", kind=Kind.CHOICE, options=sent, given=case.given("notice"), required=True
            ),
            reason(required=True, help="Whom it has reached is told it; the record keeps it."),
        ),
        confirm="It takes as many people as its release did."
        + (" Your word proposes it; a second person releases the recall." if two else ""),
        impossible="" if sent else "Nothing was sent that could be taken back.",
    )


async def _recall(making: Making) -> Made:
    return await making.perform(ActName.RECALL, RecallAct, {"notice": making.values.text("notice")})


async def _consent_sheet(case: Case) -> Sheet:
    sent = await case.sent()
    asked = await consents.questions(case.connection, case.reference)
    ended = case.incident.status.ended
    return Sheet(
        fields=(
            case.reader("provider", "Provider", help="Whose information it is."),
            Field(
                name="given",
                label="Its word",
                kind=Kind.ONE_OF,
                options=GIVEN,
                given=case.given("given"),
                required=True,
            ),
            Field(
                name="notice",
                label="For",
                kind=Kind.CHOICE,
                options=(Option("", "every notice of the incident"), *sent),
                given=case.given("notice"),
            ),
            case.readers("readers", "Readers", help="None named: everybody the provider was asked about."),
            Field(name="via", label="Said by", help=PEOPLE_SAY, required=True),
            reason(required=False),
        ),
        stake=tuple(("Waits for", line) for line in asked),
        confirm="The incident has ended: it is written down, and nothing is sent for it." if ended else "",
    )


def yes_or_no(making: Making, name: str = "given") -> bool:
    """Which of the two was chosen; BadInputError where neither was."""
    chosen = making.values.text(name)
    if chosen not in ("yes", "no"):
        raise BadInputError("Choose one of the two answers")
    return chosen == "yes"


async def _consent(making: Making) -> Made:
    values = making.values
    fields = {"provider": values.text("provider"), "given": yes_or_no(making), "notice": values.maybe("notice")}
    fields |= {"readers": values.several("readers"), "via": values.text("via")}
    return await making.perform(ActName.CONSENT, ConsentAct, fields)


async def _override_sheet(case: Case) -> Sheet:
    sent = await case.sent()
    waiting = await proposals.override(case.connection, case.reference)
    two = ActName.OVERRIDE in case.incident.policy.four_eyes
    readers = case.readers("readers", "Member States that get it", required=True)
    given = case.given("notice")
    if waiting is not None and not given:
        named = waiting.data.get("readers")
        given = (str(waiting.data["notice"]),)
        listed = tuple(str(one) for one in named) if isinstance(named, list) else ()
        text = listed if readers.kind is Kind.SEVERAL else (" ".join(listed),)
        readers = Field(**{**vars(readers), "given": text})
    return Sheet(
        fields=(
            Field(name="notice", label="Notice", kind=Kind.CHOICE, options=sent, given=given, required=True),
            readers,
            reason(
                required=True, help="Every provider concerned is told it at the same time, and the record keeps it."
            ),
        ),
        stake=_proposed(waiting),
        confirm=proposals.confirming(waiting, two=two, principal=case.principal, directory=case.directory),
        impossible="" if sent else "Nothing was sent whose restrictions could be lifted.",
    )


def _proposed(waiting: proposals.Proposal | None) -> tuple[tuple[str, str], ...]:
    return (("Proposed", waiting.sentence),) if waiting else ()


async def _override(making: Making) -> Made:
    fields = {"notice": making.values.text("notice"), "readers": making.values.several("readers")}
    return await making.perform(ActName.OVERRIDE, OverrideAct, fields)


async def _close_sheet(case: Case) -> Sheet:
    waiting = await proposals.closure(case.connection, case.reference)
    two = ActName.CLOSE in case.incident.policy.four_eyes
    outcomes = (
        Option("operational_success", "operational success", "The threat is contained."),
        Option("normal_procedure", "normal procedure", "It is no emergency any more, or was none."),
    )
    given = case.given("outcome", *([str(waiting.data["choice"])] if waiting else []))
    return Sheet(
        fields=(
            Field(name="outcome", label="Outcome", kind=Kind.ONE_OF, options=outcomes, given=given, required=True),
            reason(required=True),
        ),
        stake=_proposed(waiting),
        confirm=proposals.confirming(waiting, two=two, principal=case.principal, directory=case.directory)
        + " The closure notice goes to exactly those who were told of the launch.",
    )


async def _close(making: Making) -> Made:
    return await making.perform(ActName.CLOSE, CloseAct, {"outcome": making.values.text("outcome")})


FORMS = (
    ActForm(
        name="warn",
        act=ActName.WARN,
        title="Draft an early warning or an update",
        button="Draft it",
        about="Drafts it afresh from what is known now, in the place of a draft of the same kind.",
        sheet=_warn_sheet,
        make=_warn,
    ),
    ActForm(
        name="release",
        act=ActName.RELEASE,
        title="Release a draft",
        button="",
        about="Each draft has a page where you see what every reader gets, and release it there.",
        sheet=_release_sheet,
        make=None,
    ),
    ActForm(
        name="inform",
        act=ActName.INFORM,
        title="Tell readers who join late",
        button="Send them the launch notice",
        about="Sends the launch notice to stakeholders who have not had it.",
        sheet=_inform_sheet,
        make=_inform,
    ),
    ActForm(
        name="recall",
        act=ActName.RECALL,
        title="Take a notice back",
        button="Take it back",
        about="Whom it has reached is told so and why, and it goes to nobody else.",
        sheet=_recall_sheet,
        make=_recall,
    ),
    ActForm(
        name="consent",
        act=ActName.CONSENT,
        title="Record what a provider permits",
        button="Record its word",
        about="Whether a provider permits that readers get its H2 information (Regulation (EU) 2016/794 Art. 19(2)).",
        sheet=_consent_sheet,
        make=_consent,
    ),
    ActForm(
        name="override",
        act=ActName.OVERRIDE,
        title="Life-threat override",
        button="Lift the restrictions",
        about="Sends a notice to Member States whatever its providers have restricted: only where it is absolutely"
        " necessary to prevent an imminent threat to life (Regulation (EU) 2016/794 Art. 22(2)).",
        sheet=_override_sheet,
        make=_override,
    ),
    ActForm(
        name="close",
        act=ActName.CLOSE,
        title="Close the protocol",
        button="Close it",
        about="The threat is contained, or it is no emergency any more.",
        sheet=_close_sheet,
        make=_close,
    ),
)
