"""The nemesis: each fault in a class of its own, each with its healing."""
