"""Use cases: one each, in one transaction."""
