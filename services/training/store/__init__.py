"""Training's tables as typed functions over `queries.sql`, by noun. Nothing is decided here."""
