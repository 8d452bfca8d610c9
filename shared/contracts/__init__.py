"""The language between the services: topics, envelope, and one module of frozen models per publisher."""
