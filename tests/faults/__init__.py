"""The promise under fire: a nemesis breaks things, a checker compares what is left with what was acknowledged."""
