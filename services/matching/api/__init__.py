"""HTTP in and out of matching: parse, call a use case, show its result. No decisions."""
