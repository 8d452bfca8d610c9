"""Tests of what runs the platform on one machine, with real processes and servers."""
