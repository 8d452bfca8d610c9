"""What is measured, with data of a whole Land: `make bench`."""
