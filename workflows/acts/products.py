"""Acts of step VI: products and packages."""

from temporalio import workflow

from leerp.product_acts import (
    PackageBuildAct,
    ProductAssignAct,
    ProductDraftAct,
    ProductRequestAct,
    ProductWithdrawAct,
)
from leerp.protocol import ActName, Receipt
from workflows import products
from workflows.acts import Acts


class ProductActs(Acts):
    """Ask for products, assign, draft and withdraw them; build packages."""

    @workflow.update(name=ActName.PRODUCT_REQUEST)
    async def product_request(self, act: ProductRequestAct) -> Receipt:
        """Record what a stakeholder asks for."""
        return await products.request(self.incident, act)

    @product_request.validator
    def _check_product_request(self, act: ProductRequestAct) -> None:
        products.check_timed(self.incident, act)

    @workflow.update(name=ActName.PRODUCT_ASSIGN)
    async def product_assign(self, act: ProductAssignAct) -> Receipt:
        """Give a product to an officer."""
        return await products.assign(self.incident, act)

    @product_assign.validator
    def _check_product_assign(self, act: ProductAssignAct) -> None:
        products.check_timed(self.incident, act)

    @workflow.update(name=ActName.PRODUCT_DRAFT)
    async def product_draft(self, act: ProductDraftAct) -> Receipt:
        """Draft the notice that carries a product."""
        return await products.draft(self.incident, act)

    @product_draft.validator
    def _check_product_draft(self, act: ProductDraftAct) -> None:
        products.check_draft(self.incident, act)

    @workflow.update(name=ActName.PRODUCT_WITHDRAW)
    async def product_withdraw(self, act: ProductWithdrawAct) -> Receipt:
        """Withdraw a product."""
        return await products.withdraw(self.incident, act)

    @product_withdraw.validator
    def _check_product_withdraw(self, act: ProductWithdrawAct) -> None:
        products.check_withdraw(self.incident, act)

    @workflow.update(name=ActName.PACKAGE_BUILD)
    async def package_build(self, act: PackageBuildAct) -> Receipt:
        """Draft the package of a country."""
        return await products.build(self.incident, act)

    @package_build.validator
    def _check_package_build(self, act: PackageBuildAct) -> None:
        products.check_build(self.incident, act)
