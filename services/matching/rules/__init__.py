"""Pure decisions on models, without any I/O, one module per noun."""
