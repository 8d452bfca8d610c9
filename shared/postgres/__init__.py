"""Postgres: one pool per process, one transaction per use case, named queries, migrations."""
