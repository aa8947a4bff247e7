"""What an operator settles for a TAXII 2.1 collection."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import StringConstraints, model_validator

from leerp.model import Identifier, Line
from notifications.sources.common import WebSettings, from_file

ApiRoot = Annotated[str, StringConstraints(min_length=9, max_length=500, pattern=r"^[^?#]+$")]
CollectionId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$")]


class TaxiiSettings(WebSettings):
    """A collection of a TAXII 2.1 server. `source`: the stakeholder it speaks for.

    `username` with `password_file` (HTTP Basic, as TAXII has it), or `token_file` (Bearer), or neither.
    """

    kind: Literal["taxii"]
    api_root: ApiRoot
    collection: CollectionId
    source: Identifier
    username: Line | None = None
    password_file: Path | None = None
    token_file: Path | None = None

    @property
    def address(self) -> str:
        """The objects of the collection."""
        return f"{self.api_root.rstrip('/')}/collections/{self.collection}/objects/"

    @model_validator(mode="after")
    def _one_way_to_sign_in(self) -> "TaxiiSettings":
        if (self.username is None) != (self.password_file is None):
            raise ValueError("username needs password_file, and it needs username")
        if self.username is not None and self.token_file is not None:
            raise ValueError("there is one way to sign in: username and password_file, or token_file")
        return self

    def password(self) -> str | None:
        """The password; None if there is none."""
        return from_file(self.password_file, what="TAXII password")

    def token(self) -> str | None:
        """The token; None if there is none."""
        return from_file(self.token_file, what="TAXII token")
