"""Products and packages (seed, VI): asked for, assigned, drafted from the pool, released like every other notice."""

from typing import Any

from activities.messages import Done
from activities.product_messages import AssignProduct, DraftFromPool, ProductKept, RequestProduct, WithdrawProduct
from activities.products import ProductActivities
from leerp.model import iso
from leerp.notices import NoticeKind
from leerp.product_acts import (
    PackageBuildAct,
    ProductAssignAct,
    ProductDraftAct,
    ProductRequestAct,
    ProductWithdrawAct,
)
from leerp.protocol import Act, Receipt, RefusalReason
from leerp.stakeholders import Role
from workflows import releasing
from workflows.agenda import look_soon
from workflows.calls import call
from workflows.incident import Incident
from workflows.refusing import need_reason, need_role, refuse
from workflows.relations import check_earlier


def check(incident: Incident, act: Act) -> None:
    """An officer or analyst, once launched."""
    need_role(act, Role.OFFICER, Role.ANALYST, Role.APPROVER)
    incident.need_launched()


def check_timed(incident: Incident, act: ProductRequestAct | ProductAssignAct) -> None:
    """The same, and a time that lies ahead."""
    check(incident, act)
    if act.due_at is not None and act.due_at <= incident.now():
        refuse(f"It is due at {iso(act.due_at)}, which has passed; give a later time.", RefusalReason.NOTHING_TO_DO)


async def request(incident: Incident, act: ProductRequestAct) -> Receipt:
    """Record what a stakeholder asks for."""

    async def deed() -> Receipt:
        said = act.model_dump(include={"kind", "requested_by", "due_at", "question", "reason"})
        wanted = RequestProduct.model_validate(incident.act_fact(act) | said)
        kept = await call(ProductActivities.request, wanted, refusable=True)
        look_soon(incident)
        sentence = f"{kept.product} is asked for: {kept.title}, due at {iso(kept.due_at)}; it needs an officer."
        return incident.receipt(kept.journal_seq, sentence)

    return await incident.perform(act, lambda: check_timed(incident, act), deed)


async def assign(incident: Incident, act: ProductAssignAct) -> Receipt:
    """Give a product to an officer."""

    async def deed() -> Receipt:
        said = act.model_dump(include={"product", "assigned_to", "due_at", "reason"})
        wanted = AssignProduct.model_validate(incident.act_fact(act) | said)
        kept = await call(ProductActivities.assign, wanted, refusable=True)
        look_soon(incident)
        return incident.receipt(kept.journal_seq, _assigned(kept))

    return await incident.perform(act, lambda: check_timed(incident, act), deed)


def _assigned(kept: ProductKept) -> str:
    sentence = f"{kept.product} is with {kept.officer}, due at {iso(kept.due_at)}."
    if kept.lacks:
        sentence += f" The directory gives {kept.officer} no skill in: {', '.join(kept.lacks)}."
    return sentence


def check_draft(incident: Incident, act: ProductDraftAct) -> None:
    """An officer or analyst; what it takes the place of is a product that stands."""
    check(incident, act)
    check_earlier(incident, act, NoticeKind.PRODUCT)


async def draft(incident: Incident, act: ProductDraftAct) -> Receipt:
    """Draft the notice that carries a product."""

    async def deed() -> Receipt:
        return await _from_pool(incident, act, NoticeKind.PRODUCT, product=act.product, statements=act.statements)

    return await incident.perform(act, lambda: check_draft(incident, act), deed)


def check_withdraw(incident: Incident, act: ProductWithdrawAct) -> None:
    """An officer or approver with a reason: somebody asked for it."""
    need_role(act, Role.OFFICER, Role.APPROVER)
    need_reason(act)
    incident.need_launched()


async def withdraw(incident: Incident, act: ProductWithdrawAct) -> Receipt:
    """Withdraw a product; a draft of it waits for release no more."""

    async def deed() -> Receipt:
        wanted = WithdrawProduct(**incident.act_fact(act), product=act.product, reason=act.reason)
        done: Done = await call(ProductActivities.withdraw, wanted, refusable=True)
        kept = [one for one in incident.state.drafts if one.subject != act.product]
        incident.change(drafts=tuple(kept))
        look_soon(incident)
        return incident.receipt(done.journal_seq, f"{act.product} is withdrawn.")

    return await incident.perform(act, lambda: check_withdraw(incident, act), deed)


def check_build(incident: Incident, act: PackageBuildAct) -> None:
    """An officer or analyst; what it takes the place of is a package that stands."""
    check(incident, act)
    check_earlier(incident, act, NoticeKind.PACKAGE)


async def build(incident: Incident, act: PackageBuildAct) -> Receipt:
    """Draft the package of a country."""

    async def deed() -> Receipt:
        return await _from_pool(incident, act, NoticeKind.PACKAGE, country=act.country, assigned=act.assigned)

    return await incident.perform(act, lambda: check_build(incident, act), deed)


async def _from_pool(
    incident: Incident,
    act: ProductDraftAct | PackageBuildAct,
    kind: NoticeKind,
    **of_what: Any,  # noqa: ANN401 - fields of the request
) -> Receipt:
    """Draft a notice from the pool, for the readers that the act names and nobody else."""
    wanted = DraftFromPool(
        **incident.act_fact(act),
        kind=kind,
        items=act.items,
        named=act.readers,
        only_named=True,
        relation=act.relation,
        earlier=act.earlier,
        reason=act.reason,
        **of_what,
    )
    return await releasing.draft(incident, wanted)
