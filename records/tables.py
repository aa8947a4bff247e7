"""Every table that there is: whoever compares the schema with a database needs them all."""

from records import schema_collecting, schema_correlating, schema_machines, schema_people, schema_searching
from records.schema import metadata

__all__ = [
    "metadata",
    "schema_collecting",
    "schema_correlating",
    "schema_machines",
    "schema_people",
    "schema_searching",
]
