"""Seeing what happens: one JSON object per log line, metrics, health; correlation over HTTP and Kafka; no personal data."""
