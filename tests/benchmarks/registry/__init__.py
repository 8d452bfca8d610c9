"""The registry with a million volunteers."""
