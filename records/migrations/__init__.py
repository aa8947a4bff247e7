"""How the schema grew: an Alembic environment, run by `records.migration`.

A new revision: `alembic -c records/migrations/alembic.ini revision -m "what changes" --rev-id 0002`, then write its
`upgrade` by hand, change `records/schema.py` and its `HEAD` alike, and let `tests/records/test_migration.py` compare.
To read the SQL first: `alembic -c records/migrations/alembic.ini -x url=postgresql+psycopg:// upgrade head --sql`.
"""
