"""What matching knows, as data without I/O, one module per noun."""
