"""Decisions without any I/O: who is told what, in which words, and how long it is tried."""
