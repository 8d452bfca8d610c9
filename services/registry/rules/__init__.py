"""Pure decisions of the registry. No I/O, no clock: what they need is given."""
