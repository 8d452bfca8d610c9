"""An account of what the services acknowledged, kept apart from them, and its comparison with what they hold."""
