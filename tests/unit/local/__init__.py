"""Tests of what runs the platform on one machine."""
