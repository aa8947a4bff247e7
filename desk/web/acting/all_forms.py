"""Every form there is, by its name."""

from desk.web.acting import evidence, keys, meetings, moving, notices, others, plan, products, rooms, team, triage
from desk.web.acting.case import ActForm

_GROUPS = (triage, notices, meetings, plan, keys, team, rooms, products, others, evidence, moving)

FORMS: dict[str, ActForm] = {form.name: form for group in _GROUPS for form in group.FORMS}
