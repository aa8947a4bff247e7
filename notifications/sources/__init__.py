"""Sources that leerp reads by itself: what an operator settles for each, in sources.yaml.

Reading these settings loads nothing that could fetch. In an exercise nothing is fetched at all (DESIGN rule 10).
"""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from leerp.model import Identifier, Model
from leerp.reports import SourceGroup
from leerp.stakeholders import SOURCE_GROUPS as GROUPS
from leerp.stakeholders import Directory
from notifications.sources.feed import FeedSettings
from notifications.sources.mailbox import MailboxSettings
from notifications.sources.misp import MispSettings
from notifications.sources.taxii import TaxiiSettings

AnySource = Annotated[FeedSettings | MailboxSettings | MispSettings | TaxiiSettings, Field(discriminator="kind")]


class SourcesFile(Model):
    """`sources.yaml`: every source by its name; none, and nothing is fetched."""

    sources: dict[Identifier, AnySource] = Field(default={}, max_length=64)


def check_sources(file: SourcesFile, directory: Directory) -> Iterator[str]:
    """What is wrong with the sources before any server is asked: one sentence each."""
    for name, one in file.sources.items():
        for fault in one.faults():
            yield f"source {name!r}: {fault}"
        if isinstance(one, MispSettings | TaxiiSettings):
            known = directory.named(one.source)
            if known is None:
                yield f"source {name!r}: {one.source!r} is not in the directory; add it there"
    if GROUPS[directory.centre.group] is not SourceGroup.EC3:
        feeds = [name for name, one in file.sources.items() if isinstance(one, FeedSettings)]
        yield from (
            f"source {name!r}: open sources are the centre's, and the centre is of no such group" for name in feeds
        )
