"""The centre that a run is played in: the configuration of a real one, read and never contacted."""

import hashlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from leerp.protocol import Policy
from leerp.stakeholders import Directory, Officer
from matrices.tables import Table, Tables
from notifications.channels import ChannelsFile
from notifications.configuration import (
    lay_out_example,
    load_channels,
    load_directory,
    load_policy,
    load_tables,
)

EXAMPLE = "example"
"""Where a setting comes from that no folder was named for."""


@dataclass(frozen=True)
class Setting:
    """The files of a centre that a run is played with. `origin`: the folder they come from, or `example`."""

    directory: Directory
    channels: ChannelsFile
    policy: Policy
    tables: Tables = field(default_factory=Tables)
    origin: str = EXAMPLE

    @property
    def team(self) -> tuple[Officer, ...]:
        """The officers of the centre: who may act, and who sits in the rota."""
        return self.directory.officers

    @property
    def matrix(self) -> Table:
        """The decision table that incidents begin with; BadInputError when the policy names none that is there."""
        return self.tables.named(self.policy.table)

    def with_matrix(self, table: Table) -> "Setting":
        """The same centre with another decision table, which stands under its own name."""
        tables = replace(self.tables, own={**self.tables.own, table.name: table})
        return replace(self, tables=tables, policy=self.policy.model_copy(update={"table": table.name}))

    def with_directory(self, directory: Directory) -> "Setting":
        """The same centre with other stakeholders; its team stays where the other directory names no officers."""
        officers = directory.officers or self.team
        return replace(self, directory=directory.model_copy(update={"officers": officers}))

    def with_team(self, officers: Sequence[Officer]) -> "Setting":
        """The same centre with other officers."""
        return replace(self, directory=self.directory.model_copy(update={"officers": tuple(officers)}))

    def with_policy(self, policy: Policy) -> "Setting":
        """The same centre with another policy; it names the decision table too."""
        return replace(self, policy=policy)

    def sha256_of_directory(self) -> str:
        """Over everybody but the team, as JSON."""
        return _sha256(self.directory.model_dump_json(exclude={"officers"}))

    def sha256_of_team(self) -> str:
        """Over the officers, as JSON."""
        return _sha256(self.directory.model_dump_json(include={"officers"}))

    def sha256_of_policy(self) -> str:
        """Over the policy, as JSON."""
        return _sha256(self.policy.model_dump_json())


def setting(config: Path | None) -> Setting:
    """The configuration in a folder, or the example; nothing in it is contacted. Raises BadInputError."""
    if config is not None:
        return _setting_in(config, origin=str(config.absolute()))
    with tempfile.TemporaryDirectory(prefix="leerp-example-") as folder:
        lay_out_example(Path(folder))
        return _setting_in(Path(folder), origin=EXAMPLE)


def _setting_in(folder: Path, *, origin: str) -> Setting:
    return Setting(
        directory=load_directory(folder / "directory.yaml"),
        channels=load_channels(folder / "channels.yaml"),
        policy=load_policy(folder / "policy.yaml"),
        tables=load_tables(folder / "tables"),
        origin=origin,
    )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
