"""The centre that a run is played in: the configuration of a real one, read and never contacted."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from leerp.protocol import Policy
from leerp.stakeholders import Directory
from notifications.channels import ChannelsFile
from notifications.configuration import lay_out_example, load_channels, load_directory, load_policy


@dataclass(frozen=True)
class Setting:
    """The files of a centre that a run is played with."""

    directory: Directory
    channels: ChannelsFile
    policy: Policy


def setting(config: Path | None) -> Setting:
    """The configuration in a folder, or the example; nothing in it is contacted. Raises BadInputError."""
    if config is not None:
        return _setting_in(config)
    with tempfile.TemporaryDirectory(prefix="leerp-example-") as folder:
        lay_out_example(Path(folder))
        return _setting_in(Path(folder))


def _setting_in(folder: Path) -> Setting:
    return Setting(
        directory=load_directory(folder / "directory.yaml"),
        channels=load_channels(folder / "channels.yaml"),
        policy=load_policy(folder / "policy.yaml"),
    )
