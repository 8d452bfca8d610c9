"""Use cases of the registry: each is one transaction, the change and the events that announce it."""
