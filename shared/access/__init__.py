"""Who somebody is and what they may: tokens prove identity, each service decides permission from its own read model."""
