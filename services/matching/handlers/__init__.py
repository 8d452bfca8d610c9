"""The use cases of matching: each one transaction, the change and its events together; they know no HTTP and no Kafka."""
