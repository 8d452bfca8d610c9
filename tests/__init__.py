"""Tests, by what they need: unit, integration, contracts, system; and what supports them."""
