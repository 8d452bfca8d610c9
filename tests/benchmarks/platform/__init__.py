"""What the platform costs: HTTP, relay, consumer, the way between services, every process; each against a baseline."""
