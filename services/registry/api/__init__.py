"""HTTP in and out: parse, call a handler, answer. One module per noun."""
