"""The catalogue of products: what the centre makes of an investigation, for whom it takes which skills, by when."""

from functools import lru_cache

from pydantic import Field, model_validator

from leerp.formats.strict import yaml_model
from leerp.model import Identifier, Line, Model, Text
from leerp.products import GeneratedSection
from matrices.table_head import TableHead


class ProductEntry(Model):
    """One product of the catalogue. `deadline_hours`: by when it is due where nobody says otherwise."""

    id: Identifier
    title: Line
    what: Text = Field(min_length=1)
    skills: tuple[Identifier, ...] = Field(min_length=1, max_length=16)
    sections: tuple[GeneratedSection, ...] = ()
    deadline_hours: int = Field(ge=1, le=24 * 90)


class Catalogue(TableHead):
    """The file of products."""

    products: tuple[ProductEntry, ...] = Field(min_length=1, max_length=64)

    @model_validator(mode="after")
    def _each_once(self) -> "Catalogue":
        ids = [one.id for one in self.products]
        twice = next((one for one in ids if ids.count(one) > 1), None)
        if twice:
            raise ValueError(f"products: {twice!r} stands twice; give each product an id of its own")
        return self

    def entry(self, kind: str) -> ProductEntry | None:
        """The product of that id."""
        return next((one for one in self.products if one.id == kind), None)


@lru_cache(maxsize=16)
def load_catalogue(content: bytes, *, name: str) -> Catalogue:
    """The catalogue in the bytes of a YAML file; raises BadInputError with file, line and key."""
    return yaml_model(Catalogue, content, name=name)
