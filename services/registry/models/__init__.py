"""What the registry speaks of: commands, stored things, answers. One module per noun."""
