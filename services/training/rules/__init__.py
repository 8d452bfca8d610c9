"""Training's decisions: pure functions of models and instants, by noun."""
