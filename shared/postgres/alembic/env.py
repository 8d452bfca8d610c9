"""Alembic's environment for every service's chain; called by `shared.postgres.migrate`."""

from alembic import context
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool

attributes = context.config.attributes
schema: str = attributes["service"]
url = make_url(attributes["owner_dsn"]).set(drivername="postgresql+psycopg")
engine = create_engine(url, poolclass=NullPool, connect_args={"options": f"-csearch_path={schema}"})

with engine.connect() as connection:
    connection.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended('migrations of ' || :schema, 0))"), {"schema": schema}
    )
    context.configure(connection=connection, version_table="schema_revision", version_table_schema=schema)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
