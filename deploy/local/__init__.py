"""The whole platform on one machine without Docker: `make up` and what belongs to it."""
