"""HTTP in and out of training, by noun."""
