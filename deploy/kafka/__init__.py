"""What a Kafka cluster needs before the services can start: topics and access rules."""
