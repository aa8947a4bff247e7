"""Acts on notices: draft, release, tell more readers, take back, and what their providers say."""

from temporalio import workflow

from leerp.protocol import ActName, InformAct, Receipt, ReleaseAct, WarnAct
from leerp.restrictions import ConsentAct, OverrideAct, RecallAct
from workflows import coordination, permitting, recalling, releasing, warning
from workflows.acts import Acts


class NoticeActs(Acts):
    """Acts on notices."""

    @workflow.update(name=ActName.WARN)
    async def warn(self, act: WarnAct) -> Receipt:
        """Draft a fresh early warning or an update."""
        return await warning.draft(self.incident, act)

    @warn.validator
    def _check_warn(self, act: WarnAct) -> None:
        warning.check_draft(self.incident, act)

    @workflow.update(name=ActName.RELEASE)
    async def release(self, act: ReleaseAct) -> Receipt:
        """Release a drafted notice."""
        return await releasing.release(self.incident, act)

    @release.validator
    def _check_release(self, act: ReleaseAct) -> None:
        releasing.check_release(self.incident, act)

    @workflow.update(name=ActName.INFORM)
    async def inform(self, act: InformAct) -> Receipt:
        """Send the launch notice to readers who join late."""
        return await coordination.inform(self.incident, act)

    @inform.validator
    def _check_inform(self, act: InformAct) -> None:
        coordination.check_inform(self.incident, act)

    @workflow.update(name=ActName.RECALL)
    async def recall(self, act: RecallAct) -> Receipt:
        """Take a released notice back."""
        return await recalling.recall(self.incident, act)

    @recall.validator
    def _check_recall(self, act: RecallAct) -> None:
        recalling.check(self.incident, act)

    @workflow.update(name=ActName.CONSENT)
    async def consent(self, act: ConsentAct) -> Receipt:
        """Record what a provider said of its information."""
        return await permitting.consent(self.incident, act)

    @consent.validator
    def _check_consent(self, act: ConsentAct) -> None:
        permitting.check_consent(self.incident, act)

    @workflow.update(name=ActName.OVERRIDE)
    async def override(self, act: OverrideAct) -> Receipt:
        """Lift the restrictions of providers against an imminent threat to life."""
        return await permitting.override(self.incident, act)

    @override.validator
    def _check_override(self, act: OverrideAct) -> None:
        permitting.check_override(self.incident, act)
