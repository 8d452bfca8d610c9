"""The whole platform as real processes on real servers: the journey, faults, bad input, logs."""
