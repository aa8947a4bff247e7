"""Alembic runs this. A connection comes from `records.migration`; without one, only SQL is written (`--sql`)."""

from alembic import context

from records.tables import metadata

if context.is_offline_mode():
    context.configure(url=context.get_x_argument(as_dictionary=True)["url"], literal_binds=True)
else:
    context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)

with context.begin_transaction():
    context.run_migrations()
