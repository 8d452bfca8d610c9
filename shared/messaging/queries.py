"""The named SQL of the promise."""

from shared.postgres.queries import load_queries

queries = load_queries(__file__)
