"""Requests of persons about their data: asking, working on them, what is told of them."""
