"""A small service for the tests of the promise: it stands in matching's place, with tables of its own."""
