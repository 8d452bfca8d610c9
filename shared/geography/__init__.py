"""Where things are, in coordinates that an index can answer "nearest first" for."""
